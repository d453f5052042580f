package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// MTTKRP implements [Tensor] in one pass. Extra memory: that of [Dense.MTTKRP] of a slab,
// and a second M.
func (x *Tiled) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(x.dims, dst, factors, n)
	list, k := x.turned(factors, n), x.place[n]
	first := list[0]
	var part *mat.Dense
	if k > 0 {
		part = mat.NewDense(x.dims[n], rank, nil)
		dst.Zero()
	}
	ok := x.pass(func(s *slab) {
		if k == 0 {
			denseMTTKRP(rowsOf(dst, s.lo, s.hi), s.dims, s.data, list, 0)
			return
		}
		list[0] = rowsOf(first, s.lo, s.hi)
		denseMTTKRP(part, s.dims, s.data, list, k)
		addTo(dst, part)
	})
	x.finish(dst, ok)
}

// finish applies the scale, or clears what is of no use.
func (x *Tiled) finish(dst *mat.Dense, ok bool) {
	switch {
	case !ok:
		dst.Zero()
	case x.by != 1:
		dst.Scale(x.by, dst)
	}
}

// addTo adds a to dst, of the same size.
func addTo(dst, a *mat.Dense) {
	to, from := dst.RawMatrix(), a.RawMatrix()
	for i := range to.Rows {
		kernel.Axpy(to.Data[i*to.Stride:][:to.Cols], 1, from.Data[i*from.Stride:][:to.Cols])
	}
}

// MTTKRPs implements [AllMTTKRPer] in one pass.
func (x *Tiled) MTTKRPs(dst, factors []*mat.Dense) {
	rank := checkMTTKRPs(x.dims, dst, factors)
	list, into, parts := x.turned(factors, -1), make([]*mat.Dense, len(dst)), make([]*mat.Dense, len(dst))
	for k, n := range x.order {
		into[k] = dst[n]
		if k > 0 {
			parts[k] = mat.NewDense(x.stored[k], rank, nil)
			into[k].Zero()
		}
	}
	first := list[0]
	ok := x.pass(func(s *slab) {
		list[0], parts[0] = rowsOf(first, s.lo, s.hi), rowsOf(into[0], s.lo, s.hi)
		denseMTTKRPs(parts, s.dims, s.data, list)
		for k := 1; k < len(into); k++ {
			addTo(into[k], parts[k])
		}
	})
	for _, m := range dst {
		x.finish(m, ok)
	}
}

// SquaredResidual implements [Residualer] in one pass.
func (x *Tiled) SquaredResidual(k *Kruskal) float64 {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SquaredResidual: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	sum, model := 0.0, x.model(k)
	ok := x.pass(func(s *slab) { sum += s.dense().SquaredResidual(model.of(s)) })
	return x.squares(sum, ok)
}

// SliceResiduals implements [SliceResidualer] in one pass.
func (x *Tiled) SliceResiduals(k *Kruskal) (residual, norm [][]float64) {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SliceResiduals: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	for _, d := range x.dims {
		residual, norm = append(residual, make([]float64, d)), append(norm, make([]float64, d))
	}
	model := x.model(k)
	ok := x.pass(func(s *slab) {
		r, v := s.dense().SliceResiduals(model.of(s))
		for m, n := range x.order {
			at := 0
			if m == 0 {
				at = s.lo
			}
			kernel.Axpy(residual[n][at:][:len(r[m])], 1, r[m])
			kernel.Axpy(norm[n][at:][:len(v[m])], 1, v[m])
		}
	})
	for n := range x.dims {
		for i := range residual[n] {
			residual[n][i], norm[n][i] = x.squares(residual[n][i], ok), x.squares(norm[n][i], ok)
		}
	}
	return residual, norm
}

// tiledModel is a model at the scale of the entries as they are stored.
type tiledModel struct {
	Kruskal
	first *mat.Dense
}

// model is k as slabs see it.
func (x *Tiled) model(k *Kruskal) *tiledModel {
	m := &tiledModel{Kruskal: Kruskal{Weights: append([]float64(nil), k.Weights...), Factors: x.turned(k.Factors, -1)}}
	m.first = m.Factors[0]
	for r := range m.Weights {
		m.Weights[r] /= x.by
	}
	return m
}

// of is the part of a slab.
func (m *tiledModel) of(s *slab) *Kruskal {
	m.Factors[0] = rowsOf(m.first, s.lo, s.hi)
	return &m.Kruskal
}

var (
	_ AllMTTKRPer     = (*Tiled)(nil)
	_ Residualer      = (*Tiled)(nil)
	_ SliceResidualer = (*Tiled)(nil)
)
