package matrix

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// NNDSVD starts from the singular vectors of X: component 1 from their magnitudes, each
// further one from the positive parts of both vectors or from the negative ones, whichever
// pair has the larger product of norms m,
//
//	u_k = √(σ_k·m)·u^±/‖u^±‖,  v_k = √(σ_k·m)·v^±/‖v^±‖.
//
// About half of the entries are zero; Fill is for methods that leave zeros alone.
//
// Reference:
//   - Boutsidis, C., Gallopoulos, E.: SVD based initialization: A head start for
//     nonnegative matrix factorization. Pattern Recognit. 41(4), 1350–1362 (2008).
type NNDSVD struct{ Fill Fill }

// Fill is what becomes of the zeros of [NNDSVD].
type Fill int

const (
	Zeros  Fill = iota // they stay
	Mean               // the mean of X: NNDSVDa
	Random             // small random values, up to a hundredth of the mean: NNDSVDar
)

// Start implements [cpd.Init]. Components beyond the rank of X are random.
func (s NNDSVD) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	p, n := x.Dims()[0], x.Dims()[1]
	random, err := cpd.Random{}.Start(x, rank, nonnegative, rng)
	if err != nil {
		return nil, err
	}
	u, sigma, v := leadingSVD(x, min(rank, p, n), rng)
	a, b := random[0], random[1]
	for k, s := range sigma {
		left, right := mat.Col(nil, k, u), mat.Col(nil, k, v)
		norm := 1.0
		if k == 0 {
			absolute(left)
			absolute(right)
		} else {
			norm = largerParts(left, right)
		}
		size := math.Sqrt(s * norm)
		for i, t := range left {
			a.Set(i, k, size*t)
		}
		for j, t := range right {
			b.Set(j, k, size*t)
		}
	}
	s.fill(x, a, b, rng)
	return []*mat.Dense{a, b}, nil
}

// absolute replaces entries by their magnitudes.
func absolute(v []float64) {
	for i, t := range v {
		v[i] = math.Abs(t)
	}
}

// largerParts keeps the positive or the negative parts of both vectors, at unit norm,
// and returns the product of the norms that they had.
func largerParts(u, v []float64) float64 {
	var norm [2][2]float64
	for w, x := range [][]float64{u, v} {
		for _, t := range x {
			if t > 0 {
				norm[w][0] += t * t
			} else {
				norm[w][1] += t * t
			}
		}
	}
	sign, part := 1.0, 0
	if norm[0][1]*norm[1][1] > norm[0][0]*norm[1][0] {
		sign, part = -1, 1
	}
	a, b := math.Sqrt(norm[0][part]), math.Sqrt(norm[1][part])
	keep := func(x []float64, size float64) {
		for i, t := range x {
			x[i] = max(0, sign*t)
			if size > 0 {
				x[i] /= size
			}
		}
	}
	keep(u, a)
	keep(v, b)
	return a * b
}

// fill fills zeros.
func (s NNDSVD) fill(x tensor.Tensor, a, b *mat.Dense, rng *rand.Rand) {
	if s.Fill == Zeros {
		return
	}
	p, n := x.Dims()[0], x.Dims()[1]
	ones, sums := mat.NewDense(n, 1, nil), mat.NewDense(p, 1, nil)
	for j := range n {
		ones.Set(j, 0, 1)
	}
	x.MTTKRP(sums, []*mat.Dense{nil, ones}, 0)
	mean := math.Abs(mat.Sum(sums)) / float64(p) / float64(n)
	for _, f := range []*mat.Dense{a, b} {
		f.Apply(func(_, _ int, v float64) float64 {
			switch {
			case v != 0:
				return v
			case s.Fill == Random:
				return mean / 100 * rng.Float64()
			}
			return mean
		}, f)
	}
}

const (
	svdGram    = 2048  // rows or columns up to which a Gram matrix is formed
	svdSteps   = 8     // of subspace iteration beyond
	svdRounded = 1e-14 // squared singular value, relative to the largest, taken for zero
)

// leadingSVD is at most k leading singular triples of x (u p×k, v n×k), fewer where
// the rank is less; beyond 2048 rows and columns those of a subspace that the
// leading one is approximated by.
func leadingSVD(x tensor.Tensor, k int, rng *rand.Rand) (u *mat.Dense, sigma []float64, v *mat.Dense) {
	p, n := x.Dims()[0], x.Dims()[1]
	short := 0
	if n < p {
		short = 1
	}
	size, long := min(p, n), max(p, n)
	var basis *mat.Dense // of the shorter mode
	if g := tensor.GramerOf(x, short); g != nil && size <= svdGram {
		gram := mat.NewSymDense(size, nil)
		g.UnfoldingGram(gram, short)
		_, basis = linalg.EigenLead(gram, k, rng)
	} else {
		basis = rangeOf(x, short, min(size, k+8), rng)
	}
	// The singular triples of X within the basis, from those of Y = XᵀB (long × columns).
	_, cols := basis.Dims()
	y := mat.NewDense(long, cols, nil)
	times(y, x, basis, 1-short)
	gram := mat.NewSymDense(cols, nil)
	tensor.Gram(gram, y)
	vals, vecs := linalg.EigenTop(gram, min(k, cols))
	for k = len(vals); k > 0 && vals[k-1] <= svdRounded*vals[0]; k-- {
	}
	near, far := mat.NewDense(size, max(1, k), nil), mat.NewDense(long, max(1, k), nil)
	if k > 0 {
		near.Mul(basis, vecs.Slice(0, cols, 0, k))
		far.Mul(y, vecs.Slice(0, cols, 0, k))
	}
	for c := range k {
		s := math.Sqrt(vals[c])
		sigma = append(sigma, s)
		scaleColumn(far, c, 1/s)
	}
	if short == 1 {
		return far, sigma, near
	}
	return near, sigma, far
}

// times sets y to the unfolding of mode n of x times b, the factor of the other mode.
func times(y *mat.Dense, x tensor.Tensor, b *mat.Dense, n int) {
	f := []*mat.Dense{b, b}
	f[n] = nil
	x.MTTKRP(y, f, n)
}

// rangeOf is an orthonormal basis of about the leading left singular vectors of the
// unfolding of mode n, by subspace iteration.
func rangeOf(x tensor.Tensor, n, cols int, rng *rand.Rand) *mat.Dense {
	q, z := mat.NewDense(x.Dims()[n], cols, nil), mat.NewDense(x.Dims()[1-n], cols, nil)
	q.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, q)
	for range svdSteps {
		times(z, x, q, 1-n)
		times(q, x, orthonormal(z), n)
		q = orthonormal(q)
	}
	return q
}

// orthonormal is an orthonormal basis of the columns of a, less those that rounding
// makes of dependent ones.
func orthonormal(a *mat.Dense) *mat.Dense {
	_, cols := a.Dims()
	b := mat.DenseCopyOf(a)
	for range 2 { // the second time removes what rounding left of the first
		gram := mat.NewSymDense(cols, nil)
		tensor.Gram(gram, b)
		vals, vecs := linalg.EigenTop(gram, cols)
		for c, v := range vals {
			if v > svdRounded*vals[0] {
				scaleColumn(vecs, c, 1/math.Sqrt(v))
			} else {
				scaleColumn(vecs, c, 0)
			}
		}
		var next mat.Dense
		next.Mul(b, vecs)
		b = &next
	}
	return b
}
