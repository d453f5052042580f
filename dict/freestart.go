package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// refitFree is refit from two starts for free columns where a mode has them: the
// columns of the factors, and the directions in which the signal is largest beside the
// atoms. The first know of signs and of the other factors, the second fit best where all
// of that is free.
func (p *problem) refitFree(ctx context.Context, stage string, atoms [][]int, factors []*mat.Dense) (*candidate, error) {
	c, err := p.refit(ctx, stage, atoms, factors, p.stop)
	if err != nil || len(p.modes) != 1 || freeIn(atoms[0]) == 0 {
		return c, err
	}
	other, err := p.refit(ctx, stage, atoms, p.leftStart(atoms[0], factors), p.stop)
	if other != nil && other.err < c.err {
		return other, err
	}
	return c, err
}

// leftStart are the factors with free columns that explain most of the signal Z less the
// atoms, P⊥_K·Z, and the columns that go with them in the carrier.
func (p *problem) leftStart(k []int, factors []*mat.Dense) []*mat.Dense {
	m := &p.modes[0]
	z := p.signal(m.N, p.rank)
	rows, cols := z.Dims()
	known := chosen(k)
	w := mat.NewDense(rows, len(known)+cols, nil)
	if len(known) > 0 {
		w.Slice(0, rows, 0, len(known)).(*mat.Dense).Copy(m.Dict.Columns(known, false))
	}
	w.Slice(0, rows, len(known), len(known)+cols).(*mat.Dense).Copy(z)
	orthogonalize(w, len(known))
	left := mat.DenseCopyOf(w.Slice(0, rows, len(known), len(known)+cols))
	gram := mat.NewSymDense(cols, nil)
	tensor.Gram(gram, left)
	_, vecs := linalg.EigenTop(gram, min(cols, freeIn(k)))
	var directions mat.Dense
	directions.Mul(left, vecs)

	start := make([]*mat.Dense, len(factors))
	for n, a := range factors {
		start[n] = mat.DenseCopyOf(a)
	}
	next := 0
	_, most := directions.Dims()
	for r, j := range k {
		if j < 0 && next < most {
			start[m.N].SetCol(r, p.signedColumn(m.N, mat.Col(nil, next, &directions)))
			unitColumn(start[m.N], r)
			next++
		}
	}
	carrier := p.carrier()
	size, _ := start[carrier].Dims()
	b := mat.NewDense(size, p.rank, nil)
	p.mttkrp(b, start, carrier)
	g := tensor.HadamardOfGrams(start, carrier)
	for r, j := range k {
		if j >= 0 || g.At(r, r) == 0 {
			continue
		}
		v := mat.Col(nil, r, b)
		for i := range v {
			if v[i] /= g.At(r, r); !p.free(carrier) {
				v[i] = max(0, v[i])
			}
		}
		start[carrier].SetCol(r, v)
	}
	return start
}

// signedColumn is v, or where mode n is nonnegative the larger one of its two parts, in
// norm.
func (p *problem) signedColumn(n int, v []float64) []float64 {
	if p.free(n) {
		return v
	}
	up, down := 0.0, 0.0
	for _, x := range v {
		up += max(0, x) * x
		down += min(0, x) * x
	}
	for i, x := range v {
		v[i] = max(0, math.Copysign(1, up-down)*x)
	}
	return v
}
