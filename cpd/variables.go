package cpd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// eps is the distance of 1 to the next number.
const eps = 0x1p-52

// variables are the factors of a model as one vector, factor after factor and row
// after row.
type variables struct {
	z      []float64
	factor []*mat.Dense // factor[n] is dims[n]×R and shares z
	at     []int        // factor n is z[at[n]:at[n+1]]
	held   []bool       // modes that are Fixed
	asked  []demand     // of every mode

	// size is what the columns of rigid modes are to be multiplied by to be what was
	// asked for; nil for the other modes, which make up for it.
	size [][]float64
}

func newVariables(dims []int, rank int, asked []demand) *variables {
	v := &variables{at: make([]int, len(dims)+1), asked: asked, held: make([]bool, len(dims)), size: make([][]float64, len(dims))}
	for n, d := range asked {
		v.held[n] = d.held
		if d.rigid() {
			v.size[n] = make([]float64, rank)
			ones(v.size[n])
		}
	}
	for n, rows := range dims {
		v.at[n+1] = v.at[n] + rows*rank
	}
	v.z = make([]float64, v.at[len(dims)])
	for n, rows := range dims {
		v.factor = append(v.factor, mat.NewDense(rows, rank, v.block(n)))
	}
	return v
}

// like is a vector of the same shape, zero.
func (v *variables) like() *variables {
	dims := make([]int, len(v.factor))
	rank := 0
	for n, a := range v.factor {
		dims[n], rank = a.Dims()
	}
	w := newVariables(dims, rank, v.asked)
	w.size = v.size
	return w
}

// rigid says that the columns of factor n are not to be rescaled.
func (v *variables) rigid(n int) bool { return v.size[n] != nil }

// bound is what is asked of the variables of factor n.
func (v *variables) bound(n int) demand {
	d := v.asked[n]
	if v.rigid(n) && !d.held {
		d.lo, d.hi = d.lo/v.size[n][0], d.hi/v.size[n][0]
	}
	return d
}

// block is factor n as a slice.
func (v *variables) block(n int) []float64 { return v.z[v.at[n]:v.at[n+1]] }

// rows is the number of rows of factor n.
func (v *variables) rows(n int) int { return v.factor[n].RawMatrix().Rows }

// balance divides the norm of every component evenly among its columns, which
// changes no model and leaves every Gram of the size of the others. The columns of
// rigid modes stay as they are. A component of zero norm keeps its other columns,
// with unit norm, so that its gradient is not zero.
func (v *variables) balance() {
	_, rank := v.factor[0].Dims()
	for r := range rank {
		var sum float64 // of logarithms, because a product of norms can overflow
		zero, free := false, 0
		for n, a := range v.factor {
			if v.rigid(n) {
				continue
			}
			raw := a.RawMatrix()
			norm := columnNorm(raw.Data, raw.Rows, raw.Stride, r)
			if norm == 0 {
				zero = true
				continue
			}
			for i := range raw.Rows {
				raw.Data[i*raw.Stride+r] /= norm
			}
			sum += math.Log(norm)
			free++
		}
		if zero {
			continue
		}
		by := math.Exp(sum / float64(free))
		for n, a := range v.factor {
			if !v.rigid(n) {
				scaleColumn(a, r, by)
			}
		}
	}
}

// skew is the most by which the columns of a component that is not zero differ in norm.
func (v *variables) skew() float64 {
	_, rank := v.factor[0].Dims()
	most := 1.0
	for r := range rank {
		low, high := math.Inf(1), 0.0
		for n, a := range v.factor {
			if raw := a.RawMatrix(); !v.rigid(n) {
				norm := columnNorm(raw.Data, raw.Rows, raw.Stride, r)
				low, high = min(low, norm), max(high, norm)
			}
		}
		if low > 0 {
			most = max(most, high/low)
		}
	}
	return most
}

// start copies factors and scales component r by 1/norm: what a model of data
// divided by norm begins with. Columns of held modes are brought to unit norm, and a
// factor within bounds as a whole; what they lose goes to the others. Where every mode
// is rigid, one of those within bounds takes the norm.
func (v *variables) start(factors []*mat.Dense, norm float64) {
	free, bounded := -1, -1
	for n, a := range factors {
		v.factor[n].Copy(a)
		switch {
		case !v.rigid(n):
			free = n
		case !v.held[n]:
			bounded = n
		}
	}
	for n, size := range v.size {
		switch {
		case size == nil:
		case free < 0 && n == bounded:
			v.resize(n, free, func(int) float64 { return norm })
		case free < 0:
		case v.held[n]:
			v.resize(n, free, func(r int) float64 { return v.columnNorm(n, r) })
		default:
			largest := 0.0
			for r := range size {
				largest = max(largest, v.columnNorm(n, r))
			}
			v.resize(n, free, func(int) float64 { return largest })
		}
	}
	if free >= 0 {
		v.balance()
		v.scale(1 / norm)
	}
}

// resize divides the columns of a rigid factor by what is given for them, and
// multiplies those of factor free, if there is one.
func (v *variables) resize(n, free int, by func(r int) float64) {
	for r := range v.size[n] {
		if s := by(r); s > 0 {
			scaleColumn(v.factor[n], r, 1/s)
			v.size[n][r] = s
			if free >= 0 {
				scaleColumn(v.factor[free], r, s)
			}
		}
	}
}

func (v *variables) columnNorm(n, r int) float64 {
	raw := v.factor[n].RawMatrix()
	return columnNorm(raw.Data, raw.Rows, raw.Stride, r)
}

// scale multiplies the model, evenly among the factors that are not rigid.
func (v *variables) scale(by float64) {
	count := 0
	for n := range v.factor {
		if !v.rigid(n) {
			count++
		}
	}
	by = math.Pow(by, 1/float64(count))
	for n, a := range v.factor {
		if !v.rigid(n) {
			a.Scale(by, a)
		}
	}
}

// kruskal is the model whose components are norm times those of v. It shares the
// factors.
func (v *variables) kruskal(norm float64) tensor.Kruskal {
	_, rank := v.factor[0].Dims()
	w := make([]float64, rank)
	for r := range w {
		w[r] = norm
	}
	return tensor.Kruskal{Weights: w, Factors: v.factor}
}

// model is kruskal with unit columns, and shares nothing.
func (v *variables) model(norm float64) *tensor.Kruskal {
	k := v.kruskal(norm)
	m := k.Clone()
	m.Normalize()
	return m
}

// atScale are the factors of kruskal at the scale that rigid modes ask for; nil where
// none is.
func (v *variables) atScale(norm float64) []*mat.Dense {
	_, rank := v.factor[0].Dims()
	free, any := -1, false
	for n := range v.factor {
		if v.rigid(n) {
			any = true
		} else {
			free = n
		}
	}
	if !any {
		return nil
	}
	out := make([]*mat.Dense, len(v.factor))
	for n, a := range v.factor {
		out[n] = mat.DenseCopyOf(a)
	}
	if free >= 0 {
		out[free].Scale(norm, out[free])
	}
	for n, size := range v.size {
		for r := range rank {
			if size == nil {
				break
			}
			scaleColumn(out[n], r, size[r])
			if free >= 0 {
				scaleColumn(out[free], r, 1/size[r])
			}
		}
		if d := v.asked[n]; size != nil && !d.held {
			out[n].Apply(func(_, _ int, x float64) float64 { return d.clamp(x) }, out[n]) // rounding
		}
	}
	return out
}
