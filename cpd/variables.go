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
}

func newVariables(dims []int, rank int, held []bool) *variables {
	v := &variables{at: make([]int, len(dims)+1), held: held}
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
	return newVariables(dims, rank, v.held)
}

// block is factor n as a slice.
func (v *variables) block(n int) []float64 { return v.z[v.at[n]:v.at[n+1]] }

// rows is the number of rows of factor n.
func (v *variables) rows(n int) int { return v.factor[n].RawMatrix().Rows }

// balance divides the norm of every component evenly among its columns, which
// changes no model and leaves every Gram of the size of the others. The columns of
// held modes stay as they are. A component of zero norm keeps its other columns,
// with unit norm, so that its gradient is not zero.
func (v *variables) balance() {
	_, rank := v.factor[0].Dims()
	for r := range rank {
		var sum float64 // of logarithms, because a product of norms can overflow
		zero, free := false, 0
		for n, a := range v.factor {
			if v.held[n] {
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
			if !v.held[n] {
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
			if raw := a.RawMatrix(); !v.held[n] {
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
// divided by norm begins with. Columns of held modes are brought to unit norm; what
// they lose goes to the others.
func (v *variables) start(factors []*mat.Dense, norm float64) {
	_, rank := factors[0].Dims()
	free := -1
	for n, a := range factors {
		v.factor[n].Copy(a)
		if !v.held[n] {
			free = n
		}
	}
	for n, held := range v.held {
		if !held || free < 0 {
			continue
		}
		raw := v.factor[n].RawMatrix()
		for r := range rank {
			if length := columnNorm(raw.Data, raw.Rows, raw.Stride, r); length > 0 {
				scaleColumn(v.factor[n], r, 1/length)
				scaleColumn(v.factor[free], r, length)
			}
		}
	}
	v.balance()
	v.scale(1 / norm)
}

// scale multiplies the model, evenly among the factors that are not held.
func (v *variables) scale(by float64) {
	count := 0
	for _, held := range v.held {
		if !held {
			count++
		}
	}
	by = math.Pow(by, 1/float64(count))
	for n, a := range v.factor {
		if !v.held[n] {
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
