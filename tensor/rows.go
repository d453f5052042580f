package tensor

import (
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// rowIterator runs over the rows of the Khatri–Rao product of some factors, in
// order, keeping the products of the leading factors so that a step costs R
// flops in most cases. Over no factors there is one row, of ones.
type rowIterator struct {
	factors []*mat.Dense
	rank    int
	index   []int
	prefix  []float64 // row m is the product of the rows index[0…m]; one row of ones if there are no factors
	fresh   bool
}

// reset starts over with other factors.
func (it *rowIterator) reset(factors []*mat.Dense, rank int) {
	it.factors, it.rank = factors, rank
	it.index = grow(it.index, len(factors))
	it.prefix = grow(it.prefix, max(1, len(factors))*rank)
	if len(factors) == 0 {
		for r := range it.prefix {
			it.prefix[r] = 1
		}
		return
	}
	it.seek(0)
}

func (it *rowIterator) row(m int) []float64 { return it.prefix[m*it.rank:][:it.rank] }

// seek makes row `at` of the product the one that next returns next.
func (it *rowIterator) seek(at int) {
	for m := len(it.factors) - 1; m >= 0; m-- {
		n := it.factors[m].RawMatrix().Rows
		it.index[m] = at % n
		at /= n
	}
	it.fill(0)
	it.fresh = true
}

// fill recomputes the prefixes from factor m on.
func (it *rowIterator) fill(m int) {
	for ; m < len(it.factors); m++ {
		raw := it.factors[m].RawMatrix()
		row := raw.Data[it.index[m]*raw.Stride:][:it.rank]
		if m == 0 {
			copy(it.row(0), row)
			continue
		}
		kernel.MulTo(it.row(m), it.row(m-1), row)
	}
}

// next is the next row; it is valid until the next call and must not be
// changed. Behind the last row it starts again.
func (it *rowIterator) next() []float64 {
	if len(it.factors) == 0 {
		return it.row(0)
	}
	last := len(it.factors) - 1
	if !it.fresh {
		m := last
		for ; m >= 0; m-- {
			it.index[m]++
			if it.index[m] < it.factors[m].RawMatrix().Rows {
				break
			}
			it.index[m] = 0
		}
		it.fill(max(m, 0))
	}
	it.fresh = false
	return it.row(last)
}

// block sets dst, k×R, to the next k rows. A run along the last factor is the row
// of the others times each of its rows.
func (it *rowIterator) block(dst []float64, k int) {
	last := len(it.factors) - 1
	if last < 0 {
		for i := range k {
			copy(dst[i*it.rank:][:it.rank], it.row(0))
		}
		return
	}
	raw := it.factors[last].RawMatrix()
	for k > 0 {
		copy(dst[:it.rank], it.next()) // moves the others on where their turn has come
		first := it.index[last] + 1
		run := min(k-1, raw.Rows-first)
		if run > 0 {
			a, to := raw.Data[first*raw.Stride:], dst[it.rank:]
			if last == 0 {
				for i := range run {
					copy(to[i*it.rank:][:it.rank], a[i*raw.Stride:])
				}
			} else {
				kernel.MulRows(run, it.rank, to, it.rank, it.row(last-1), a, raw.Stride)
			}
			it.index[last] += run
		}
		k -= run + 1
		dst = dst[(run+1)*it.rank:]
	}
}

// scratch is what one worker needs for one part of an MTTKRP. It is pooled.
type scratch struct {
	over, weight rowIterator // the factors that are multiplied in blocks, and those that weigh the results
	block        []float64   // size×R: rows of the product of the first
	size         int
	part         []float64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// getScratch prepares blocks of rows of the Khatri–Rao product of over, which
// has count rows, and rows of that of weight.
func getScratch(over, weight []*mat.Dense, count, rank int) *scratch {
	s := scratches.Get().(*scratch)
	s.over.reset(over, rank)
	s.weight.reset(weight, rank)
	s.size = max(1, min(count, blockFloats/rank))
	s.block = grow(s.block, s.size*rank)
	return s
}

// put gives the scratch back, without the factors.
func (s *scratch) put() {
	s.over.factors, s.weight.factors = nil, nil
	scratches.Put(s)
}

// fill sets the first k rows of the block to the next k rows of the product.
func (s *scratch) fill(k int) { s.over.block(s.block, k) }

// grain is the number of indices, each of that many multiplications, under
// which a second core is not worth waking: some 50 µs of vector code.
func grain(work int) int { return max(1, (1<<20)/max(1, work)) }
