package tensor

import (
	"fmt"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// modelChunk is the number of entries whose terms are made at a time.
const modelChunk = 256

// ModelAt sets dst[p] to the model's entry at the coordinates of stored entry p,
// in the order of [Sparse.Coordinates], and returns dst; nil dst is allocated.
// Work N·R flops an entry, over all cores. It panics when the sizes of the model
// or the length of dst do not match.
func (x *Sparse) ModelAt(dst []float64, k *Kruskal) []float64 {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: ModelAt: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	if dst == nil {
		dst = make([]float64, len(x.value))
	}
	if len(dst) != len(x.value) {
		panic(fmt.Sprintf("tensor: ModelAt: destination of length %d for %d stored entries", len(dst), len(x.value)))
	}
	rank := k.Rank()
	if rank == 0 {
		clear(dst)
		return dst
	}
	par.For(len(dst), max(modelChunk, sparseGrain/rank), func(_, lo, hi int) {
		terms := make([]float64, modelChunk*rank)
		for ; lo < hi; lo += modelChunk {
			x.modelChunk(dst, terms, k, lo, min(hi, lo+modelChunk))
		}
	})
	return dst
}

// modelChunk sets dst[lo:hi]; terms is scratch.
func (x *Sparse) modelChunk(dst, terms []float64, k *Kruskal, lo, hi int) {
	rank := k.Rank()
	for p := range hi - lo {
		copy(terms[p*rank:], k.Weights)
	}
	for m, a := range k.Factors {
		f := rowMajorOf(a)
		kernel.GatherMul(rank, terms, f.data, f.stride, x.index[m][lo:hi])
	}
	for p := range hi - lo {
		var s float64
		for _, t := range terms[p*rank:][:rank] {
			s += t
		}
		dst[lo+p] = s
	}
}

// Inner is ⟨X, X̂⟩ = Σ x·x̂ over the stored entries.
func (x *Sparse) Inner(k *Kruskal) float64 {
	model := x.ModelAt(nil, k)
	return blockSum(len(model), func(lo, hi int) float64 {
		return kernel.Dot(x.value[lo:hi], model[lo:hi])
	})
}

// StoredResidual is Σ (x − x̂)² over the stored entries alone: the squared error
// of data that are unknown elsewhere.
func (x *Sparse) StoredResidual(k *Kruskal) float64 {
	model := x.ModelAt(nil, k)
	return blockSum(len(model), func(lo, hi int) (s float64) {
		for p := lo; p < hi; p++ {
			s += (x.value[p] - model[p]) * (x.value[p] - model[p])
		}
		return s
	})
}
