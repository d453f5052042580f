package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// UnfoldingGram implements [Gramer]: every fibre along mode n that holds
// entries adds their products, two by two,
//
//	G[i,j] = Σ_fibres x_i·x_j.
//
// Work: a sort of the entries, and Σ ℓ²/2 multiplications over fibres of ℓ
// entries, from one an entry when fibres hold one each to I_n/2 an entry when
// they are full. Extra memory: 28 bytes an entry while it runs.
func (x *Sparse) UnfoldingGram(dst *mat.SymDense, n int) {
	if n < 0 || n >= len(x.dims) {
		panic(fmt.Sprintf("tensor: mode %d of a tensor of order %d", n, len(x.dims)))
	}
	in := x.dims[n]
	if dst.SymmetricDim() != in {
		panic(fmt.Sprintf("tensor: UnfoldingGram: destination has order %d, mode %d has size %d", dst.SymmetricDim(), n, in))
	}
	own, value, end := x.fibres(n)
	raw := dst.RawSymmetric()
	// Every worker walks all fibres and takes the rows of G that are its own: sums
	// have the order of the fibres, whatever the workers.
	par.For(in, max(1, in*sparseGrain/(1+8*len(value))), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			clear(raw.Data[i*raw.Stride:][i:in])
		}
		from := 0
		for _, to := range end {
			for p := from; p < to; p++ {
				i := int(own[p])
				if i < lo || i >= hi {
					continue
				}
				row, v := raw.Data[i*raw.Stride:][:in], value[p]
				for q := p; q < to; q++ {
					row[own[q]] += v * value[q]
				}
			}
			from = to
		}
	})
}

// fibres are the entries sorted by fibres along mode n, their indices in mode n,
// which increase along a fibre, and where each fibre ends.
func (x *Sparse) fibres(n int) (own []int32, value []float64, end []int) {
	e := newEntrySort(len(x.value))
	e.by(x.index[n], x.dims[n])
	for m := len(x.dims) - 1; m >= 0; m-- {
		if m != n {
			e.by(x.index[m], x.dims[m])
		}
	}
	same := func(p, q int) bool {
		for m, column := range x.index {
			if m != n && column[p] != column[q] {
				return false
			}
		}
		return true
	}
	for k := 1; k < len(e.order); k++ {
		if !same(e.order[k-1], e.order[k]) {
			end = append(end, k)
		}
	}
	return gather(x.index[n], e.order), gather(x.value, e.order), append(end, len(e.order))
}
