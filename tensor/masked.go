package tensor

import (
	"fmt"
	"math"
	"math/bits"
)

// Masked is a [Dense] of which only some cells are known. As a [Tensor] it is
// zero at the others, which is what the MTTKRP of known cells alone needs. A fit
// of it, over the mask Ω of known cells,
//
//	min ‖Ω∗(X − X̂)‖²,
//
// comes in two forms. Masked itself is the fast one, by expectation and
// maximisation: its [Sequence] is an [Imputer], which fills the unknown cells with
// the model after every sweep. A sweep costs that of a Dense and one more pass,
// and any constraint may be used; the error never rises, because
//
//	‖Ω∗(X − Z)‖² ≤ ‖Ω∗X + (1−Ω)∗X̂ − Z‖²  for every Z, with equality at Z = X̂,
//
// but the more cells are unknown the more sweeps it takes. [Masked.Exact] is the
// other.
//
// Memory: a copy of the data and one bit a cell; another copy for every run.
//
// References:
//   - Tomasi, G., Bro, R.: PARAFAC and missing values. Chemom. Intell. Lab. Syst.
//     75(2), 163–180 (2005).
type Masked struct {
	x       *Dense   // zero at the unknown cells
	unknown []uint64 // bit at%64 of word at/64 is set where cell `at` is unknown
	known   int
}

// NewMasked is x with the cells at which known is false taken for unknown,
// whatever they hold; known is in the order of x.Data(). Both are copied. It panics
// when the lengths differ. Without a known cell it is a zero tensor.
func NewMasked(x *Dense, known []bool) *Masked {
	if len(known) != len(x.data) {
		panic(fmt.Sprintf("tensor: NewMasked: %d marks for sizes %v, want %d", len(known), x.dims, len(x.data)))
	}
	return newMasked(x, func(at int) bool { return known[at] })
}

// NewMaskedNaN is x with the cells that are NaN taken for unknown. Infinities
// stay, to be refused by whoever cannot use them.
func NewMaskedNaN(x *Dense) *Masked {
	return newMasked(x, func(at int) bool { return !math.IsNaN(x.data[at]) })
}

func newMasked(x *Dense, known func(at int) bool) *Masked {
	n := len(x.data)
	y := &Masked{x: NewDense(x.dims, nil), unknown: make([]uint64, (n+63)/64)}
	for at, v := range x.data {
		if known(at) {
			y.x.data[at] = v
			y.known++
		} else {
			y.unknown[at/64] |= 1 << (at % 64)
		}
	}
	return y
}

// IsKnown says whether the cell at the given indices is known.
func (x *Masked) IsKnown(index ...int) bool {
	at := x.x.offset(index)
	return x.unknown[at/64]>>(at%64)&1 == 0
}

// Dense is a copy of the tensor with NaN at the unknown cells.
func (x *Masked) Dense() *Dense {
	y := NewDense(x.x.dims, append([]float64(nil), x.x.data...))
	x.eachUnknown(0, len(y.data), func(i int) { y.data[i] = math.NaN() })
	return y
}

// KnownCells implements [Incomplete].
func (x *Masked) KnownCells() int { return x.known }

// UnknownSlices are, for every mode, the slices of which no cell is known: a fit says
// nothing of their rows of the factor.
func (x *Masked) UnknownSlices() [][]int {
	dims := x.x.dims
	known := make([][]int, len(dims)) // how many cells of every slice
	for n, d := range dims {
		known[n] = make([]int, d)
		for i := range known[n] {
			known[n][i] = len(x.x.data) / d
		}
	}
	x.eachUnknown(0, len(x.x.data), func(at int) {
		for n := len(dims) - 1; n >= 0; n-- {
			known[n][at%dims[n]]--
			at /= dims[n]
		}
	})
	none := make([][]int, len(dims))
	for n := range dims {
		for i, count := range known[n] {
			if count == 0 {
				none[n] = append(none[n], i)
			}
		}
	}
	return none
}

// eachUnknown calls f with the offset of every unknown cell of lo…hi, from lo.
func (x *Masked) eachUnknown(lo, hi int, f func(i int)) {
	for w := lo / 64; w*64 < hi; w++ {
		word := x.unknown[w]
		if first := w * 64; first < lo {
			word &= math.MaxUint64 << (lo - first)
		}
		for ; word != 0; word &= word - 1 {
			at := w*64 + bits.TrailingZeros64(word)
			if at >= hi {
				return
			}
			f(at - lo)
		}
	}
}

// KnownResidual implements [Incomplete]. One pass over X, 2·ΠI·R flops.
func (x *Masked) KnownResidual(k *Kruskal) float64 { return x.residual(k, x.x.data, false) }

// Sequence implements [Sequencer]; it is an [Imputer] with a copy of the data.
func (x *Masked) Sequence() Sequence {
	filled := NewDense(x.x.dims, append([]float64(nil), x.x.data...))
	return &imputing{Sequence: filled.Sequence(), x: x, filled: filled.data}
}

// imputing is the sequence of a tensor whose unknown cells hold the model.
type imputing struct {
	Sequence // of filled
	x        *Masked
	filled   []float64
}

// Impute implements [Imputer].
func (q *imputing) Impute(k *Kruskal) float64 {
	s := q.x.residual(k, q.filled, true)
	if q.x.known < len(q.filled) {
		for n := range q.x.x.dims {
			q.Updated(n) // whatever was made of the cells before
		}
	}
	return s
}

var (
	_ Incomplete  = (*Masked)(nil)
	_ Sequencer   = (*Masked)(nil)
	_ AllMTTKRPer = (*Masked)(nil)
	_ Gramer      = (*Masked)(nil)
	_ NonFiniter  = (*Masked)(nil)
	_ Measurer    = (*Masked)(nil)
	_ Imputer     = (*imputing)(nil)
)
