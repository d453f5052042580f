package dist

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Tensor is the part of a tensor that this rank holds: a tensor.Partitioned over any kind
// of tensor with all its cells known.
type Tensor struct {
	comm   Comm
	local  tensor.Tensor
	mode   int
	size   int // of the whole mode
	lo, hi int
	slabs  []int // rows lo and hi of every rank
	xx     float64
	stored int
	words  []float64 // an MTTKRP on its way
	err    error     // of the first call that failed
}

var (
	_ tensor.Partitioned = (*Tensor)(nil)
	_ tensor.Failer      = (*Tensor)(nil)
)

// exact is a Tensor of which local is a tensor.Residualer.
type exact struct {
	*Tensor
	residual tensor.Residualer
}

// NewTensor makes a tensor of local, which are the rows lo… of mode n of a tensor that has
// size of them; the ranks have contiguous slabs in their order, as [Slab] or [SlabOf] cut
// them. The result is a tensor.Residualer where local is one. It fails with [ErrSplit] when
// the parts do not make up a whole.
func NewTensor(c Comm, local tensor.Tensor, n, size, lo int) (tensor.Partitioned, error) {
	dims := local.Dims()
	if n < 0 || n >= len(dims) {
		return nil, fmt.Errorf("%w: mode %d of a tensor of order %d", ErrSplit, n, len(dims))
	}
	if _, ok := local.(tensor.Incomplete); ok {
		return nil, fmt.Errorf("%w: a tensor with unknown cells; fill them, or fit it in one process", ErrSplit)
	}
	x := &Tensor{comm: c, local: local, mode: n, size: size, lo: lo, hi: lo + dims[n]}
	if err := x.check(); err != nil {
		return nil, err
	}
	entries := 1.0
	for _, d := range dims {
		entries *= float64(d)
	}
	if s, ok := local.(interface{ Stored() int }); ok {
		entries = float64(s.Stored())
	}
	sums := []float64{local.SquaredNorm(), entries}
	if err := x.Sum(sums); err != nil {
		return nil, err
	}
	x.xx, x.stored = sums[0], int(sums[1])
	if r, ok := local.(tensor.Residualer); ok {
		return exact{x, r}, nil
	}
	return x, nil
}

// check sees whether the parts fit: all ranks know all slabs, and the sizes of rank 0.
func (x *Tensor) check() error {
	size, dims := x.comm.Size(), x.local.Dims()
	slabs := make([]float64, 2*size)
	slabs[2*x.comm.Rank()], slabs[2*x.comm.Rank()+1] = float64(x.lo), float64(x.hi)
	if err := x.Sum(slabs); err != nil {
		return err
	}
	first := []float64{float64(len(dims)), float64(x.mode), float64(x.size)}
	for n, d := range dims {
		if n != x.mode {
			first = append(first, float64(d))
		}
	}
	mine := append([]float64(nil), first...)
	if err := x.Agree(first); err != nil {
		return err
	}
	wrong := make([]float64, 1)
	for k := range mine {
		if mine[k] != first[k] {
			wrong[0] = 1
		}
	}
	if err := x.Sum(wrong); err != nil {
		return err
	}
	at := 0.0
	for r := range size {
		if slabs[2*r] != at || slabs[2*r+1] <= at {
			return fmt.Errorf("%w: rank %d has rows %g to %g of mode %d, and those before it end at %g", ErrSplit, r, slabs[2*r], slabs[2*r+1], x.mode, at)
		}
		at = slabs[2*r+1]
		x.slabs = append(x.slabs, int(slabs[2*r]), int(at))
	}
	if at != float64(x.size) || wrong[0] > 0 {
		return fmt.Errorf("%w: the parts end at row %g of %d of mode %d, and %g ranks have other sizes than the first", ErrSplit, at, x.size, x.mode, wrong[0])
	}
	return nil
}

// Dims implements tensor.Tensor: the sizes of what is here.
func (x *Tensor) Dims() []int { return x.local.Dims() }

// SquaredNorm implements tensor.Tensor: that of the whole.
func (x *Tensor) SquaredNorm() float64 { return x.xx }

// Stored is the number of entries of the whole, of a sparse tensor of nonzeros.
func (x *Tensor) Stored() int { return x.stored }

// Part implements tensor.Partitioned.
func (x *Tensor) Part() (n, size, lo, hi int) { return x.mode, x.size, x.lo, x.hi }

// Comm is the group.
func (x *Tensor) Comm() Comm { return x.comm }

// Err implements tensor.Failer: what has become of reading the part that is here. After a
// failure no call waits for the other ranks any more; they end when this one does.
func (x *Tensor) Err() error { return tensor.Err(x.local) }

// sound says whether the next call is to be made: not after one that failed, nor with what
// data that could not be read have led to.
func (x *Tensor) sound() bool {
	if x.err == nil {
		x.err = x.Err()
	}
	return x.err == nil
}

// Sum implements tensor.Partitioned.
func (x *Tensor) Sum(v []float64) error {
	if x.sound() && len(v) > 0 {
		x.err = x.comm.AllReduceSum(v)
	}
	return x.err
}

// Agree implements tensor.Partitioned.
func (x *Tensor) Agree(v []float64) error {
	if x.sound() && len(v) > 0 {
		x.err = x.comm.Bcast(0, v)
	}
	return x.err
}

// MTTKRP implements tensor.Tensor: I_n·R words where mode n is not split, none where it is.
func (x *Tensor) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	x.local.MTTKRP(dst, factors, n)
	x.sumProduct(dst, n)
}

// sumProduct sums an MTTKRP of mode n over the ranks.
func (x *Tensor) sumProduct(dst *mat.Dense, n int) {
	if n == x.mode {
		return
	}
	raw := dst.RawMatrix()
	if raw.Stride == raw.Cols {
		_ = x.Sum(raw.Data[:raw.Rows*raw.Cols]) // kept in x.err
		return
	}
	x.words = x.words[:0]
	for i := range raw.Rows {
		x.words = append(x.words, raw.Data[i*raw.Stride:][:raw.Cols]...)
	}
	_ = x.Sum(x.words) // kept in x.err
	for i := range raw.Rows {
		copy(raw.Data[i*raw.Stride:][:raw.Cols], x.words[i*raw.Cols:])
	}
}

// Sequence implements tensor.Sequencer by that of local.
func (x *Tensor) Sequence() tensor.Sequence {
	l, ok := x.local.(tensor.Sequencer)
	if !ok {
		return whole{x}
	}
	q := sequence{l.Sequence(), x}
	if rows, ok := q.Sequence.(tensor.RowStreamer); ok && rows.RowMode() == x.mode {
		return &streamed{sequence: q, rows: rows}
	}
	return q
}

// whole is the sequence of a tensor that has none.
type whole struct{ *Tensor }

func (whole) Updated(int) {}

type sequence struct {
	tensor.Sequence
	x *Tensor
}

func (q sequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	q.Sequence.MTTKRP(dst, factors, n)
	q.x.sumProduct(dst, n)
}

// streamed is the sequence of a part that is read slab by slab of the split mode, whose rows
// are nobody else's: a sweep is one pass over it.
type streamed struct {
	sequence
	rows  tensor.RowStreamer
	asked int // the rank that ready is about
	ready bool
}

// RowMode implements tensor.RowStreamer.
func (q *streamed) RowMode() int { return q.rows.RowMode() }

// Streams implements tensor.RowStreamer: one word when it is asked anew. Either all ranks
// stream or none does.
func (q *streamed) Streams(rank int) bool {
	if q.asked != rank {
		refuse := []float64{0}
		if !q.rows.Streams(rank) {
			refuse[0] = 1
		}
		q.asked, q.ready = rank, q.x.Sum(refuse) == nil && refuse[0] == 0
	}
	return q.ready
}

// StreamRows implements tensor.RowStreamer.
func (q *streamed) StreamRows(m *mat.Dense, factors []*mat.Dense, update func(lo, hi int) error) (ok bool, err error) {
	if _, rank := m.Dims(); !q.Streams(rank) {
		return false, nil
	}
	return q.rows.StreamRows(m, factors, update)
}

// SquaredResidual implements tensor.Residualer: one word.
func (x exact) SquaredResidual(k *tensor.Kruskal) float64 {
	v := []float64{x.residual.SquaredResidual(k)}
	_ = x.Sum(v) // kept in x.err
	return v[0]
}

// MaxAbs implements tensor.Measurer, for data whose squares underflow; it is at least the
// largest entry and at most as many times that as there are ranks.
func (x *Tensor) MaxAbs() float64 {
	v := []float64{0}
	if m, ok := x.local.(tensor.Measurer); ok {
		v[0] = m.MaxAbs()
	}
	_ = x.Sum(v) // kept in x.err
	return v[0]
}

// NonFinite implements tensor.NonFiniter: the index in the whole of an entry that is NaN or
// infinite, of the first rank that has one.
func (x *Tensor) NonFinite() (index []int, ok bool) {
	order := len(x.Dims())
	found := make([]float64, x.comm.Size()*(order+1))
	if f, can := x.local.(tensor.NonFiniter); can {
		if at, bad := f.NonFinite(); bad {
			mine := found[x.comm.Rank()*(order+1):]
			mine[0] = 1
			for n, i := range at {
				mine[1+n] = float64(i)
			}
			mine[1+x.mode] += float64(x.lo)
		}
	}
	if x.Sum(found) != nil {
		return nil, false
	}
	for ; len(found) > 0; found = found[order+1:] {
		if found[0] > 0 {
			for _, v := range found[1 : order+1] {
				index = append(index, int(math.Round(v)))
			}
			return index, true
		}
	}
	return nil, false
}
