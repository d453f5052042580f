package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// A SliceResidualer can say how its error is spread over slices: residual[n][i] is
// ‖X_i − X̂_i‖² and norm[n][i] ‖X_i‖² of slice i of mode n, over the known cells.
type SliceResidualer interface {
	SliceResiduals(k *Kruskal) (residual, norm [][]float64)
}

// SliceResiduals implements [SliceResidualer]: one pass, R·ΠI multiplications.
func (x *Dense) SliceResiduals(k *Kruskal) (residual, norm [][]float64) {
	return sliceSums(x.dims, k, func(at int, row []float64) ([]float64, []float64) {
		cells := x.data[at : at+len(row)]
		for i, v := range cells {
			row[i] = v - row[i]
		}
		return row, cells
	})
}

// SliceResiduals implements [SliceResidualer], as [Dense.SliceResiduals].
func (x *Dense32) SliceResiduals(k *Kruskal) (residual, norm [][]float64) {
	return sliceSums(x.dims, k, func(at int, row []float64) ([]float64, []float64) {
		cells := make([]float64, len(row))
		for i, v := range x.data[at : at+len(row)] {
			cells[i] = float64(v)
			row[i] = cells[i] - row[i]
		}
		return row, cells
	})
}

// SliceResiduals implements [SliceResidualer]: unknown cells count on neither side.
func (x *Masked) SliceResiduals(k *Kruskal) (residual, norm [][]float64) {
	return sliceSums(x.x.dims, k, func(at int, row []float64) ([]float64, []float64) {
		cells := x.x.data[at : at+len(row)]
		for i, v := range cells {
			row[i] = v - row[i]
		}
		x.eachUnknown(at, at+len(row), func(i int) { row[i] = 0 })
		return row, cells
	})
}

// sliceSums adds up squares: f turns a row of the model, whose first cell has the
// given offset, into that of the differences, and returns it and that of the
// data. Sums run row by row, in order.
func sliceSums(dims []int, k *Kruskal, f func(at int, row []float64) (difference, cells []float64)) (residual, norm [][]float64) {
	if got := k.Dims(); !equalDims(got, dims) {
		panic(fmt.Sprintf("tensor: SliceResiduals: model of sizes %v, tensor of sizes %v", got, dims))
	}
	order := len(dims)
	last := dims[order-1]
	// Sums of rows, and for the last mode sums over the rows of a slice of mode 0,
	// which one goroutine has at a time.
	rows := size(dims) / last
	sums := [2][]float64{make([]float64, rows), make([]float64, rows)}
	blocks := dims[0]
	if order == 1 {
		blocks = 1
	}
	columns := [2]*mat.Dense{mat.NewDense(blocks, last, nil), mat.NewDense(blocks, last, nil)}
	k.slices(blocks, func(b, at int, row []float64) {
		difference, cells := f(at, row)
		for kind, v := range [2][]float64{difference, cells} {
			column, s := columns[kind].RawRowView(b), 0.0
			for i, e := range v {
				s += e * e
				column[i] += e * e
			}
			sums[kind][at/last] = s
		}
	})
	var all [2][][]float64
	for kind := range all {
		all[kind] = make([][]float64, order)
		right := 1
		for n := order - 2; n >= 0; n-- {
			v := make([]float64, dims[n])
			for l, s := range sums[kind] {
				v[l/right%dims[n]] += s
			}
			all[kind][n] = v
			right *= dims[n]
		}
		v := make([]float64, last)
		for b := range blocks {
			for i, s := range columns[kind].RawRowView(b) {
				v[i] += s
			}
		}
		all[kind][order-1] = v
	}
	return all[0], all[1]
}

// slices is [Kruskal.rows] block by block of the first mode; rows of a block come
// in order, one at a time, and may be changed.
func (k *Kruskal) slices(blocks int, f func(block, at int, row []float64)) {
	dims, rank := k.Dims(), k.Rank()
	order := len(dims)
	last := dims[order-1]
	count := size(dims) / last / blocks
	final := k.Factors[order-1]
	par.For(blocks, grain(count*last*(rank+1)), func(_, lo, hi int) {
		row, weight := mat.NewVecDense(last, nil), mat.NewVecDense(max(1, rank), nil)
		var it rowIterator
		it.reset(k.Factors[:order-1], rank)
		it.seek(lo * count)
		for l := lo * count; l < hi*count; l++ {
			row.Zero()
			if rank > 0 {
				for r, v := range it.next() {
					weight.SetVec(r, v*k.Weights[r])
				}
				row.MulVec(final, weight)
			}
			f(l/count, l*last, row.RawVector().Data)
		}
	})
}

// SliceResiduals implements [SliceResidualer]. The entries that are not stored are
// too many to visit: with m_i row i of the MTTKRP and G the Gram matrix of the
// components without mode n,
//
//	‖X_i − X̂_i‖² = ‖X_i‖² − 2·Σ_r w_r m_ir a_ir + Σ_rs w_r w_s g_rs a_ir a_is,
//
// which loses what is below 1e-8 of ‖X_i‖ + ‖X̂_i‖.
func (x *Sparse) SliceResiduals(k *Kruskal) (residual, norm [][]float64) {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SliceResiduals: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	for n, a := range k.Factors {
		v := make([]float64, x.dims[n])
		for p, i := range x.index[n] {
			v[i] += x.value[p] * x.value[p]
		}
		norm = append(norm, v)
		m := mat.NewDense(x.dims[n], k.Rank(), nil)
		x.MTTKRP(m, k.Factors, n)
		g := HadamardOfGrams(k.Factors, n)
		e := make([]float64, x.dims[n])
		for i := range e {
			e[i] = v[i]
			row, inner := a.RawRowView(i), m.RawRowView(i)
			for r, w := range k.Weights {
				t := -2 * inner[r]
				for s, u := range k.Weights {
					t += u * g.At(r, s) * row[s]
				}
				e[i] += w * row[r] * t
			}
			e[i] = max(0, e[i]) // rounding can push it below zero
		}
		residual = append(residual, e)
	}
	return residual, norm
}

var (
	_ SliceResidualer = (*Dense)(nil)
	_ SliceResidualer = (*Dense32)(nil)
	_ SliceResidualer = (*Masked)(nil)
	_ SliceResidualer = (*Sparse)(nil)
)
