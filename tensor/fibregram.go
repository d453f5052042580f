package tensor

import "gonum.org/v1/gonum/mat"

// gramPasses is how many passes over data that are read anew each time the Gram of an
// unfolding may take.
const gramPasses = 32

// GramFibres is how many fibres of mode n of a tensor of those sizes [GramByFibres] is to read
// at a time: 2²⁰ entries, but one at least.
func GramFibres(dims []int, n int) int { return max(1, min(size(dims), 1<<20)/dims[n]) }

// GramFibresInPasses is the same where each reading is a pass over data that are elsewhere: as
// many as x holds, 0 if that takes more than 32 passes.
func GramFibresInPasses(x Gatherer, n int) int {
	all := size(x.Dims()) / x.Dims()[n]
	for passes := 1; passes <= gramPasses; passes++ {
		if some := (all + passes - 1) / passes; x.Holds(some * x.Dims()[n]) {
			return some
		}
	}
	return 0
}

// GramByFibres sets dst, I_n×I_n, to X₍ₙ₎·X₍ₙ₎ᵀ of a tensor of those sizes whose rows of mode n
// are not together: a sum over so many fibres at a time, I_n·ΠI multiplications. Memory: the
// fibres, and dst 6 times.
func GramByFibres(dst *mat.SymDense, x Fibrous, dims []int, n, fibres int) {
	in, left := dims[n], size(dims)/dims[n]
	dst.Zero()
	part, block := mat.NewSymDense(in, nil), mat.NewDense(min(fibres, left), in, nil)
	index, next := make([][]int32, len(dims)), make([]int32, len(dims))
	for left > 0 {
		some := min(fibres, left)
		left -= some
		for m := range index {
			index[m] = index[m][:0]
		}
		for range some {
			for m, i := range next {
				index[m] = append(index[m], i)
			}
			for m := len(dims) - 1; m >= 0; m-- {
				if m == n {
					continue
				}
				if next[m]++; int(next[m]) < dims[m] {
					break
				}
				next[m] = 0
			}
		}
		b := block.Slice(0, some, 0, in).(*mat.Dense)
		x.FibresTo(b, index, n)
		values{f64: b.RawMatrix().Data}.lastModeGram(part, some, in)
		dst.AddSym(dst, part)
	}
}
