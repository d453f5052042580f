package tensor

import (
	"fmt"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// SquaredResidual implements [Residualer]: Σ (x − x̂)² entry by entry, one pass
// over X and R·ΠI multiplications; the model is made a row at a time.
func (x *Dense) SquaredResidual(k *Kruskal) float64 {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SquaredResidual: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	last := x.dims[len(x.dims)-1]
	sums := make([]float64, len(x.data)/last)
	k.rows(func(at int, row []float64) {
		var s float64
		for i, v := range x.data[at : at+last] {
			s += (v - row[i]) * (v - row[i])
		}
		sums[at/last] = s
	})
	var s float64
	for _, v := range sums {
		s += v
	}
	return s
}

// rows calls f with every row of the model along the last mode and the offset
// of its first entry in a [Dense], from several goroutines at once. The row is
// only valid during the call.
func (k *Kruskal) rows(f func(at int, row []float64)) {
	dims, rank := k.Dims(), k.Rank()
	n := len(dims) - 1
	last := dims[n]
	count := size(dims) / last
	final := k.Factors[n].RawMatrix()
	par.For(count, max(1, (1<<15)/max(1, last*rank)), func(_, lo, hi int) {
		row, weight := make([]float64, last), make([]float64, rank)
		var it rowIterator
		it.reset(k.Factors[:n], rank)
		it.seek(lo)
		for l := lo; l < hi; l++ {
			if rank > 0 {
				kernel.MulTo(weight, k.Weights, it.next())
			}
			for i := range row {
				row[i] = kernel.Dot(weight, final.Data[i*final.Stride:][:rank])
			}
			f(l*last, row)
		}
	})
}

func equalDims(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for m := range a {
		if a[m] != b[m] {
			return false
		}
	}
	return true
}

// Entry is the model's entry at the given indices.
func (k *Kruskal) Entry(index ...int) float64 {
	if len(index) != len(k.Factors) {
		panic(fmt.Sprintf("tensor: %d indices into a model of order %d", len(index), len(k.Factors)))
	}
	var s float64
	for r, w := range k.Weights {
		for n, i := range index {
			w *= k.Factors[n].At(i, r)
		}
		s += w
	}
	return s
}

var (
	_ Tensor     = (*Dense)(nil)
	_ Gramer     = (*Dense)(nil)
	_ Residualer = (*Dense)(nil)
	_ NonFiniter = (*Dense)(nil)
	_ Measurer   = (*Dense)(nil)
)
