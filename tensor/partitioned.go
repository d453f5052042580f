package tensor

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Partitioned tensor is one of several parts of a tensor: some rows of one mode, the
// split one; the others are with other processes, which run the same program at the same
// time. Dims has the rows that are here, and so have factors of the split mode. SquaredNorm
// is that of the whole, and so is the MTTKRP of every other mode; that of the split mode
// has the rows that are here. All methods but Dims, SquaredNorm and Part wait for the other
// parts: every part calls them in the same order.
type Partitioned interface {
	Tensor
	// Part is the split mode, its size as a whole, and the rows lo…hi−1 that are here.
	Part() (n, size, lo, hi int)
	// Sum replaces x by its sum over all parts, which is the same in all of them to the
	// last bit. When a call has failed, every later one fails alike, that of no words too:
	// MTTKRP, which has no error of its own, is judged by it.
	Sum(x []float64) error
	// Agree replaces x by that of the first part. What parts decide by has to be agreed
	// on, since different machines round differently.
	Agree(x []float64) error
}

// WholeDims are the sizes of all parts of x together; of other tensors those of x.
func WholeDims(x Tensor) []int {
	p, ok := x.(Partitioned)
	if !ok {
		return x.Dims()
	}
	dims := append([]int(nil), x.Dims()...)
	n, size, _, _ := p.Part()
	dims[n] = size
	return dims
}

// Parts does with models of a [Partitioned] tensor what takes a look at every row of their
// factors. Of a tensor that is no part of another, and so for a nil Parts, it does the same
// without sums. It is for one goroutine at a time.
type Parts struct {
	x    Partitioned
	mode int
	buf  []float64
}

// PartsOf is nil if x is no part of another tensor.
func PartsOf(x Tensor) *Parts {
	p, ok := x.(Partitioned)
	if !ok {
		return nil
	}
	n, _, _, _ := p.Part()
	return &Parts{x: p, mode: n}
}

// Split says whether factors of mode n are in parts.
func (p *Parts) Split(n int) bool { return p != nil && n == p.mode }

// Sum adds up x over the parts.
func (p *Parts) Sum(x ...float64) ([]float64, error) {
	if p == nil {
		return x, nil
	}
	return x, p.x.Sum(x)
}

// Agree is what the first part has for x.
func (p *Parts) Agree(x ...float64) ([]float64, error) {
	if p == nil {
		return x, nil
	}
	return x, p.x.Agree(x)
}

// Gram sets dst to AᵀA of factor n: R(R+1)/2 words where it is in parts.
func (p *Parts) Gram(dst *mat.SymDense, a *mat.Dense, n int) error {
	Gram(dst, a)
	if !p.Split(n) {
		return nil
	}
	rank := dst.SymmetricDim()
	p.buf = grow(p.buf, rank*(rank+1)/2)
	k := 0
	for i := range rank {
		for j := i; j < rank; j++ {
			p.buf[k] = dst.At(i, j)
			k++
		}
	}
	err := p.x.Sum(p.buf)
	k = 0
	for i := range rank {
		for j := i; j < rank; j++ {
			dst.SetSym(i, j, p.buf[k])
			k++
		}
	}
	return err
}

// HadamardOfGrams is that of a model of x, see [HadamardOfGrams].
func (p *Parts) HadamardOfGrams(factors []*mat.Dense, except int) (*mat.SymDense, error) {
	if p == nil || except == p.mode {
		return HadamardOfGrams(factors, except), nil
	}
	g := mat.NewSymDense(factors[0].RawMatrix().Cols, nil)
	err := p.Gram(g, factors[p.mode], p.mode)
	for n, a := range factors {
		if n == except || n == p.mode {
			continue
		}
		h := mat.NewSymDense(g.SymmetricDim(), nil)
		Gram(h, a)
		for i := range g.SymmetricDim() {
			for j := i; j < g.SymmetricDim(); j++ {
				g.SetSym(i, j, g.At(i, j)*h.At(i, j))
			}
		}
	}
	return g, err
}

// Norm is the norm of a column of which squared is the sum of squares, safe against over-
// and underflow; column r of a is what is here of it. Every part has the same squared.
func (p *Parts) Norm(squared float64, a *mat.Dense, r int) (float64, error) {
	if squared > 1e-280 && squared < 1e280 {
		return math.Sqrt(squared), nil
	}
	largest := 0.0
	rows, _ := a.Dims()
	for i := range rows {
		largest = max(largest, math.Abs(a.At(i, r)))
	}
	top, err := p.Sum(largest) // no less than the largest entry, and no more than parts times that
	if err != nil || top[0] == 0 || math.IsNaN(top[0]) || math.IsInf(top[0], 0) {
		return top[0], err
	}
	sum := 0.0
	for i := range rows {
		v := a.At(i, r) / top[0]
		sum += v * v
	}
	all, err := p.Sum(sum)
	return top[0] * math.Sqrt(all[0]), err
}

// Normalize is [Kruskal.Normalize] of a model of x: R words. The weights of all parts are
// those of the first.
func (p *Parts) Normalize(k *Kruskal) error {
	if p == nil {
		k.Normalize()
		return nil
	}
	a := k.Factors[p.mode]
	rows, rank := a.Dims()
	squares := make([]float64, rank)
	for r := range rank {
		for i := range rows {
			squares[r] += a.At(i, r) * a.At(i, r)
		}
	}
	if err := p.x.Sum(squares); err != nil {
		return err
	}
	for r := range rank {
		norm, err := p.Norm(squares[r], a, r)
		if err != nil {
			return err
		}
		k.Weights[r] *= norm
		if norm == 0 {
			continue
		}
		for i := range rows {
			a.Set(i, r, a.At(i, r)/norm)
		}
	}
	rest := &Kruskal{Weights: k.Weights}
	for n, f := range k.Factors {
		if n != p.mode {
			rest.Factors = append(rest.Factors, f)
		}
	}
	rest.Normalize()
	return p.x.Agree(k.Weights)
}

// relativeError is [Kruskal.RelativeError] of a model of a part.
func (p *Parts) relativeError(k *Kruskal) (float64, error) {
	xx := p.x.SquaredNorm()
	g, err := p.HadamardOfGrams(k.Factors, -1)
	if err != nil {
		return 0, err
	}
	mm, components := k.normsBy(g)
	if xx == 0 {
		if mm == 0 {
			return 0, nil
		}
		return math.Inf(1), nil
	}
	inner := k.product(p.x)
	if p.mode == 0 {
		all, err := p.Sum(inner)
		if err != nil {
			return 0, err
		}
		inner = all[0]
	}
	rel := math.Sqrt(max(0, 1-2*(inner/xx)+mm/xx)) // rounding can push it below zero
	v, err := p.Agree(rel, explicitBelow*(1+components/math.Sqrt(xx)))
	if err != nil {
		return 0, err
	}
	if e, ok := p.x.(Residualer); ok && v[0] < v[1] {
		return math.Sqrt(e.SquaredResidual(k) / xx), p.x.Sum(nil)
	}
	return v[0], nil
}
