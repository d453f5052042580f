package tensor

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// Sparse is a tensor most of whose entries are zero, given by the coordinates
// and values of the others. It does not change after it is made.
//
// Entries are kept in lexicographic order, and once more, sorted by rows, for
// every later mode whose MTTKRP has been asked for: the first product of a mode
// sorts a copy, later ones read it from front to back and sum each row of the
// result in registers. In the end an entry takes 4·(N−1)+8 bytes for
// each of the N modes and 4 for the row of the first: 52 at order 3; see
// [Sparse.MTTKRP] for what it buys.
//
// An entry whose value is zero, given so or by duplicates that cancel, stays
// stored: it is an entry that is known to be zero to [Sparse.StoredResidual],
// and changes no other result. Sizes may be far beyond what fits in memory as
// long as the factors fit; nothing here has the size of the whole tensor but
// [Sparse.Dense].
type Sparse struct {
	dims  []int
	index [][]int32 // index[n][p]: index of entry p in mode n; lexicographic order, no two equal
	value []float64
	modes []sparseMode
}

// sparseMode is made when it is first needed.
type sparseMode struct {
	once sync.Once
	rows sparseRows
}

// NewSparse returns the tensor of the given sizes with values[p] at
// (index[0][p], …, index[N−1][p]) and zero elsewhere. The coordinates may come
// in any order; values of equal ones are added, in the order given. The
// arguments are copied. Sizes are at least 1 and at most 2³¹−1 (a factor with
// more rows takes 16 GiB a column); their product may be anything. Values may be
// NaN or infinite, as in a [Dense]: solvers refuse them by [Sparse.NonFinite].
//
// It fails with [ErrCoordinates], naming mode and position, when lengths do not
// match or an index is out of range.
//
// Cost: one or two passes of a counting sort a mode, over all cores, none if the
// coordinates are in order; up to 16 bytes an entry beside the result. On two cores
// of a Zen 3, 10⁷ entries of order 3 took 0.4 s when in order; the copies for the
// other modes then took about 0.9 s each, the time of some ten products (single runs).
func NewSparse(dims []int, index [][]int32, values []float64) (*Sparse, error) {
	if err := checkCoordinates(dims, index, values); err != nil {
		return nil, err
	}
	x := &Sparse{dims: slices.Clone(dims), modes: make([]sparseMode, len(dims))}
	if compareEntries(index, len(values)) < 0 {
		x.index, x.value = cloneColumns(index), slices.Clone(values)
		return x, nil
	}
	s := newEntrySort(len(values))
	for n := len(dims) - 1; n >= 0; n-- {
		s.by(index[n], dims[n])
	}
	x.index = make([][]int32, len(dims))
	for n := range dims {
		x.index[n] = gather(index[n], s.order)
	}
	x.value = gather(values, s.order)
	x.sumDuplicates()
	return x, nil
}

func checkCoordinates(dims []int, index [][]int32, values []float64) error {
	if len(dims) == 0 {
		return fmt.Errorf("%w: no sizes; a tensor has at least one mode", ErrCoordinates)
	}
	if len(index) != len(dims) {
		return fmt.Errorf("%w: indices for %d modes, sizes for %d", ErrCoordinates, len(index), len(dims))
	}
	for n, d := range dims {
		if d < 1 || d > math.MaxInt32 {
			return fmt.Errorf("%w: mode %d has size %d; sizes are from 1 to %d", ErrCoordinates, n, d, math.MaxInt32)
		}
		if len(index[n]) != len(values) {
			return fmt.Errorf("%w: %d indices in mode %d for %d values", ErrCoordinates, len(index[n]), n, len(values))
		}
		for p, i := range index[n] {
			if i < 0 || int(i) >= d {
				return fmt.Errorf("%w: index %d of entry %d in mode %d, which has size %d", ErrCoordinates, i, p, n, d)
			}
		}
	}
	return nil
}

// compareEntries is −1 when the first count coordinates strictly increase in
// lexicographic order, 0 when some are equal to their predecessors, and +1 when
// some are less.
func compareEntries(index [][]int32, count int) int {
	most := -1
	for p := 1; p < count; p++ {
		if c := compareAt(index, p-1, p); c > 0 {
			return 1
		} else if c == 0 {
			most = 0
		}
	}
	return most
}

func compareAt(index [][]int32, p, q int) int {
	for _, column := range index {
		if a, b := column[p], column[q]; a < b {
			return -1
		} else if a > b {
			return 1
		}
	}
	return 0
}

// sumDuplicates merges entries of equal coordinates, which are neighbours.
func (x *Sparse) sumDuplicates() {
	if compareEntries(x.index, len(x.value)) < 0 {
		return
	}
	kept := 0
	for p := 1; p < len(x.value); p++ {
		if compareAt(x.index, kept, p) == 0 {
			x.value[kept] += x.value[p]
			continue
		}
		kept++
		for _, column := range x.index {
			column[kept] = column[p]
		}
		x.value[kept] = x.value[p]
	}
	for n := range x.index {
		x.index[n] = slices.Clone(x.index[n][:kept+1])
	}
	x.value = slices.Clone(x.value[:kept+1])
}

func cloneColumns(index [][]int32) [][]int32 {
	c := make([][]int32, len(index))
	for n := range index {
		c[n] = slices.Clone(index[n])
	}
	return c
}

// Dims implements [Tensor].
func (x *Sparse) Dims() []int { return x.dims }

// Stored is the number of stored entries.
func (x *Sparse) Stored() int { return len(x.value) }

// Coordinates yields the stored entries in lexicographic order. The index is
// only valid until the next step.
func (x *Sparse) Coordinates() iter.Seq2[[]int, float64] {
	return func(yield func([]int, float64) bool) {
		index := make([]int, len(x.dims))
		for p, v := range x.value {
			for n, column := range x.index {
				index[n] = int(column[p])
			}
			if !yield(index, v) {
				return
			}
		}
	}
}

// Dense is the tensor with its zeros. It panics when the sizes overflow.
func (x *Sparse) Dense() *Dense {
	d := NewDense(x.dims, nil)
	for index, v := range x.Coordinates() {
		d.Set(v, index...)
	}
	return d
}

// SquaredNorm implements [Tensor].
func (x *Sparse) SquaredNorm() float64 {
	return blockSum(len(x.value), func(lo, hi int) float64 {
		v := x.value[lo:hi]
		return kernel.Dot(v, v)
	})
}

// MaxAbs implements [Measurer].
func (x *Sparse) MaxAbs() float64 {
	var m float64
	for _, v := range x.value {
		m = max(m, math.Abs(v))
	}
	return m
}

// NonFinite implements [NonFiniter]: the first in lexicographic order.
func (x *Sparse) NonFinite() (index []int, ok bool) {
	for index, v := range x.Coordinates() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return index, true
		}
	}
	return nil, false
}

// gather is column[order[0]], column[order[1]], …
func gather[T any](column []T, order []int) []T {
	out := make([]T, len(order))
	par.For(len(order), 1<<16, func(_, lo, hi int) {
		for p := lo; p < hi; p++ {
			out[p] = column[order[p]]
		}
	})
	return out
}

var (
	_ Tensor     = (*Sparse)(nil)
	_ Gramer     = (*Sparse)(nil)
	_ Residualer = (*Sparse)(nil)
	_ NonFiniter = (*Sparse)(nil)
	_ Measurer   = (*Sparse)(nil)
)
