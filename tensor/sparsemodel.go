package tensor

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

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
	if dst == nil {
		dst = make([]float64, len(x.value))
	}
	if len(dst) != len(x.value) {
		panic(fmt.Sprintf("tensor: ModelAt: destination of length %d for %d stored entries", len(dst), len(x.value)))
	}
	x.compare("ModelAt", dst, k)
	return dst
}

// Inner is ⟨X, X̂⟩ = Σ x·x̂ over the stored entries, at the cost of [Sparse.ModelAt].
// A warm call allocates nothing.
func (x *Sparse) Inner(k *Kruskal) float64 {
	inner, _ := x.compare("Inner", nil, k)
	return inner
}

// StoredResidual is Σ (x − x̂)² over the stored entries alone, at the cost of
// [Sparse.ModelAt]: the squared error of data that are unknown elsewhere. A warm
// call allocates nothing.
func (x *Sparse) StoredResidual(k *Kruskal) float64 {
	_, residual := x.compare("StoredResidual", nil, k)
	return residual
}

// modelWork is one pass over the stored entries and the model's entries there,
// pooled so that a warm call allocates nothing.
type modelWork struct {
	x     *Sparse
	k     *Kruskal
	dst   []float64 // takes the model's entries, unless nil
	sums  []modelSums
	terms [][]float64 // of each worker: a chunk of model entries and of their terms
	body  func(worker, lo, hi int)
}

// modelSums are the sums of one block, alone on a cache line or two.
type modelSums struct {
	inner, residual float64
	_               [14]float64
}

var modelPool = sync.Pool{New: func() any {
	w := new(modelWork)
	w.body = w.blocks
	return w
}}

// compare is ⟨X, X̂⟩ and Σ (x − x̂)² over the stored entries: fixed blocks, whose
// sums are added in order.
func (x *Sparse) compare(op string, dst []float64, k *Kruskal) (inner, residual float64) {
	fits := len(k.Factors) == len(x.dims)
	for n, a := range k.Factors {
		fits = fits && a.RawMatrix().Rows == x.dims[n]
	}
	if !fits {
		panic(fmt.Sprintf("tensor: %s: model of sizes %v, tensor of sizes %v", op, k.Dims(), x.dims))
	}
	w := modelPool.Get().(*modelWork)
	w.x, w.k, w.dst = x, k, dst
	count := par.Blocks(len(x.value), sparseBlock)
	w.sums = grow(w.sums, count)
	for len(w.terms) < min(count, par.Workers()) {
		w.terms = append(w.terms, nil)
	}
	par.For(count, max(1, sparseGrain/(sparseBlock*max(1, k.Rank()))), w.body)
	for _, s := range w.sums {
		inner, residual = inner+s.inner, residual+s.residual
	}
	w.x, w.k, w.dst = nil, nil, nil
	modelPool.Put(w)
	return inner, residual
}

// blocks does blocks lo to hi.
func (w *modelWork) blocks(worker, lo, hi int) {
	x := w.x
	w.terms[worker] = grow(w.terms[worker], modelChunk*(w.k.Rank()+1))
	model, terms := w.terms[worker][:modelChunk], w.terms[worker][modelChunk:]
	for b := lo; b < hi; b++ {
		end := min((b+1)*sparseBlock, len(x.value))
		var s modelSums
		for from := b * sparseBlock; from < end; from += modelChunk {
			to := min(end, from+modelChunk)
			at := model[:to-from]
			modelEntries(at, terms, w.k.Weights, w.k.Factors, -1, x.index, from)
			for p, m := range at {
				v := x.value[from+p]
				s.inner += v * m
				s.residual += (v - m) * (v - m)
			}
			if w.dst != nil {
				copy(w.dst[from:to], at)
			}
		}
		w.sums[b] = s
	}
}

// modelEntries sets dst[p] to Σ_r w_r·∏_m A_m[i_m(p), r] over all modes but skip
// (−1: none), where index has a column for each of them, read from place `from`.
// terms is scratch for the terms of all of dst.
func modelEntries(dst, terms, w []float64, factors []*mat.Dense, skip int, index [][]int32, from int) {
	rank, c := len(w), 0
	for p := range dst {
		copy(terms[p*rank:], w)
	}
	for m, a := range factors {
		if m == skip {
			continue
		}
		f, at := rowMajorOf(a), index[c][from:][:len(dst)]
		if c++; c < len(index) {
			kernel.GatherMul(rank, terms, f.data, f.stride, at)
			continue
		}
		for p, i := range at {
			dst[p] = kernel.Dot(terms[p*rank:][:rank], f.data[int(i)*f.stride:][:rank])
		}
	}
	if c == 0 { // a model of no factors is its weights
		for p := range dst {
			dst[p] = 0
			for _, v := range w {
				dst[p] += v
			}
		}
	}
}
