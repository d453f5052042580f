package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
)

// VCA selects by vertex component analysis: the data are projected onto r
// dimensions, and again and again the column that goes farthest along a random
// direction orthogonal to the columns chosen is taken.
//
// The projection depends on the estimated signal-to-noise ratio. Above 15 +
// 10·log₁₀ r dB it is onto the leading left singular vectors, every column divided
// by its product with the mean, so that lengths do not count; below, onto r−1
// principal components beside a constant. Distances that agree to a relative
// 1e-9 are ties, and the longest column of X is taken. Fewer columns are returned
// when nothing goes along any direction that is left.
//
// Work: p²·n flops for the Gram matrix, 2·p·n·r for the projection and 2·n·r² for
// the choices, the last also for every further start.
//
// Reference:
//   - Nascimento, J.M.P., Bioucas-Dias, J.M.: Vertex Component Analysis: A Fast
//     Algorithm to Unmix Hyperspectral Data. IEEE Trans. Geosci. Remote Sens.
//     43(4), 898–910 (2005).
type VCA struct {
	// Starts is the number of runs with other directions; the one whose columns
	// explain X best by exact nonnegative least squares is returned. Default: 1.
	Starts int
	// Seed of the directions. Default: 0, which is a seed like any other.
	Seed uint64
}

const (
	vcaTie  = 1e-9
	vcaStop = 1e-10 // length along a direction, relative to the longest column, taken for zero
)

// Select implements [Selector].
func (s VCA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Starts < 0 {
		return nil, fmt.Errorf("%w: VCA with %d starts", ErrOptions, s.Starts)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("matrix: VCA: %w", err)
	}
	length := newHull(&d, 1, false).norm
	if slices.Max(length) == 0 {
		return &Selection{}, nil
	}
	y := vcaProject(&d, min(r, d.p))
	rng := rand.New(rand.NewPCG(s.Seed, 0x766361))
	if s.Starts <= 1 {
		return &Selection{Index: vcaChoose(y, length, rng)}, nil
	}
	var best []int
	least := math.Inf(1)
	for start := range s.Starts {
		index := vcaChoose(y, length, rng)
		a, err := NNLS(ctx, d.pick(index), d.dense)
		if err != nil {
			return &Selection{Index: best}, fmt.Errorf("matrix: VCA, start %d: %w", start, err)
		}
		if a.RelativeError < least {
			least, best = a.RelativeError, index
		}
	}
	return &Selection{Index: best}, nil
}

// vcaProject returns the projected data, r×n.
func vcaProject(d *data, r int) *mat.Dense {
	mean := d.mean()
	g := d.outer(nil)
	g.ScaleSym(1/float64(d.n), g)
	power := mat.Trace(g)
	centred := mat.NewSymDense(d.p, nil)
	centred.SymRankOne(g, -1, mat.NewVecDense(d.p, mean))
	vals, vecs := linalg.EigenTop(centred, r)
	signal := kernel.Dot(mean, mean)
	for _, v := range vals {
		signal += max(0, v) // rounding can push it below zero
	}
	ratio := (signal - float64(r)/float64(d.p)*power) / (power - signal)
	if power-signal <= 1e-14*power || 10*math.Log10(ratio) > 15+10*math.Log10(float64(r)) {
		_, vecs = linalg.EigenTop(g, r)
		return d.projective(vecs, mean)
	}
	return d.affine(vecs, mean)
}

// projective is VᵀX with every column divided by its product with VVᵀmean; a
// column without a positive product, such as a zero one, becomes zero.
func (d *data) projective(v *mat.Dense, mean []float64) *mat.Dense {
	y := d.project(v)
	r, n := y.Dims()
	var centre mat.VecDense
	centre.MulVec(v.T(), mat.NewVecDense(d.p, mean))
	along, top := make([]float64, n), 0.0
	for k := range r {
		kernel.Axpy(along, centre.AtVec(k), y.RawRowView(k))
	}
	for j, v := range along {
		top = max(top, v)
		along[j] = 1 / v
	}
	for j, v := range along {
		if !(v > 0 && 1/v > 1e-12*top) {
			along[j] = 0
		}
	}
	for k := range r {
		row := y.RawRowView(k)
		kernel.MulTo(row, row, along)
	}
	return y
}

// affine is Vᵀ(X − mean·1ᵀ) on all but the last column of V, and in place of the
// last the length of the longest column.
func (d *data) affine(v *mat.Dense, mean []float64) *mat.Dense {
	y := d.project(v)
	r, n := y.Dims()
	longest := make([]float64, n)
	for k := range r - 1 {
		row, shift := y.RawRowView(k), mat.Dot(v.ColView(k), mat.NewVecDense(d.p, mean))
		for j := range row {
			row[j] -= shift
			longest[j] += row[j] * row[j]
		}
	}
	last, c := y.RawRowView(r-1), math.Sqrt(slices.Max(longest))
	for j := range last {
		last[j] = c
	}
	return y
}

// vcaChoose takes the columns of y (r×n), one for every direction.
func vcaChoose(y *mat.Dense, length []float64, rng *rand.Rand) (index []int) {
	r, n := y.Dims()
	far := make([]float64, n)
	longest := 0.0
	for j := range n {
		longest = max(longest, mat.Norm(y.ColView(j), 2))
	}
	e := make([]float64, r)
	e[r-1] = 1
	basis := [][]float64{e} // the first direction is orthogonal to the constant
	for range r {
		f := make([]float64, r)
		for k := range f {
			f[k] = rng.Float64()
		}
		if r > 1 && !direct(f, basis) {
			break
		}
		clear(far)
		for k, v := range f {
			kernel.Axpy(far, v, y.RawRowView(k))
		}
		for j, v := range far {
			far[j] = math.Abs(v)
		}
		for _, j := range index {
			far[j] = 0
		}
		j := preferred(far, length, vcaTie)
		if j < 0 || far[j] <= vcaStop*longest {
			break
		}
		if len(index) == 0 {
			basis = basis[:0]
		}
		index = append(index, j)
		a := mat.Col(nil, j, y)
		if !direct(a, basis) {
			break
		}
		basis = append(basis, a)
	}
	return index
}

// direct makes f orthogonal to the basis, twice for rounding's sake, and of unit
// length; it reports false if nothing is left of it.
func direct(f []float64, basis [][]float64) bool {
	before := math.Sqrt(kernel.Dot(f, f))
	for range 2 {
		for _, q := range basis {
			kernel.Axpy(f, -kernel.Dot(q, f), q)
		}
	}
	after := math.Sqrt(kernel.Dot(f, f))
	if !(after > 1e-13*before) {
		return false
	}
	for k := range f {
		f[k] /= after
	}
	return true
}
