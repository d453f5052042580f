package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

const (
	gramLimit  = 2048 // size of a mode up to which the Gram of its unfolding is formed
	oversample = 8    // columns of a sketch beyond the rank
)

// signal is the mode-n unfolding compressed to its leading k-dimensional left
// singular subspace: Z = U_k·Σ_k, I_n×k, so that Z·Zᵀ ≈ X₍ₙ₎·X₍ₙ₎ᵀ. It comes from
// the Gram of the unfolding, or, where that is too large or cannot be had, from the
// unfolding times a random Khatri–Rao product; where cells are unknown, from the fit
// without dictionary. It is made once a mode, and again when more columns are asked for.
func (p *problem) signal(n, k int) *mat.Dense {
	rows := p.x.Dims()[n]
	k = min(k, rows)
	if z := p.signals[n]; z == nil || z.RawMatrix().Cols < k {
		p.signals[n] = p.compress(n, max(k, p.rank+oversample))
	}
	z := p.signals[n]
	return z.Slice(0, rows, 0, k).(*mat.Dense)
}

// spectral says whether Z comes from the Gram of the unfolding, so that its columns
// are the true ones.
func (p *problem) spectral(n int) bool {
	return p.x.Dims()[n] <= gramLimit && tensor.GramerOf(p.x, p.gramMode(n)) != nil
}

// gramMode is the mode whose Gram Z comes from: of a matrix the shorter one.
func (p *problem) gramMode(n int) int {
	if dims := p.x.Dims(); len(dims) == 2 && dims[1-n] < dims[n] {
		return 1 - n
	}
	return n
}

func (p *problem) compress(n, k int) *mat.Dense {
	rows := p.x.Dims()[n]
	k = min(k, rows)
	if z := p.relaxedSignal(n); z != nil {
		return z
	}
	if !p.spectral(n) {
		return p.sketch(n, k)
	}
	if p.gramMode(n) != n {
		return p.thin(n, k)
	}
	gram := mat.NewSymDense(rows, nil)
	p.x.(tensor.Gramer).UnfoldingGram(gram, n)
	vals, vecs := linalg.EigenTop(gram, k)
	for c, v := range vals {
		for i := range rows {
			vecs.Set(i, c, vecs.At(i, c)*math.Sqrt(max(0, v)))
		}
	}
	return vecs
}

// thin is U·Σ = X₍ₙ₎·V of a matrix whose other mode is the shorter one, V from the Gram of
// that; columns beyond its length are zero.
func (p *problem) thin(n, k int) *mat.Dense {
	rows, short := p.x.Dims()[n], p.x.Dims()[1-n]
	gram := mat.NewSymDense(short, nil)
	p.x.(tensor.Gramer).UnfoldingGram(gram, 1-n)
	_, vecs := linalg.EigenTop(gram, min(k, short))
	factors := make([]*mat.Dense, 2)
	factors[1-n] = vecs
	product := mat.NewDense(rows, min(k, short), nil)
	p.x.MTTKRP(product, factors, n)
	z := mat.NewDense(rows, k, nil)
	z.Slice(0, rows, 0, min(k, short)).(*mat.Dense).Copy(product)
	return z
}

// sketch is X₍ₙ₎·Ω/√c for a random Khatri–Rao product Ω of c columns, cut to its k
// leading directions. Its Gram estimates that of the unfolding.
func (p *problem) sketch(n, k int) *mat.Dense {
	rows := p.x.Dims()[n]
	cols := min(rows, 4*k+oversample)
	rng := p.rng(0)
	random := make([]*mat.Dense, len(p.x.Dims()))
	for m, size := range p.x.Dims() {
		random[m] = mat.NewDense(size, cols, nil)
		for i := range size {
			for c := range cols {
				random[m].Set(i, c, rng.NormFloat64())
			}
		}
	}
	s := mat.NewDense(rows, cols, nil)
	p.x.MTTKRP(s, random, n)
	s.Scale(1/math.Sqrt(float64(cols)), s)
	small := mat.NewSymDense(cols, nil)
	tensor.Gram(small, s)
	_, vecs := linalg.EigenTop(small, k)
	z := mat.NewDense(rows, k, nil)
	z.Mul(s, vecs)
	return z
}
