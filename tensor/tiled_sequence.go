package tensor

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// A RowStreamer is the Sequence of data that come in slabs of one mode. While a slab is
// in memory its rows of the MTTKRP of that mode are known, and its rows of the factor may
// be updated at once; what they make of the slab serves all the other modes. So a sweep is
// one pass over the data.
type RowStreamer interface {
	Sequence
	// RowMode is the mode of the slabs.
	RowMode() int
	// Streams says whether StreamRows is ready to work on models of that rank: partial
	// products may take too much memory, or slabs be thinner than what is settled
	// together.
	Streams(rank int) bool
	// StreamRows sets m to the MTTKRP of that mode and calls update for the rows
	// lo ≤ i < hi of every slab, in order, when they are there; update changes those rows
	// of the factor, and nothing else. The sequence knows of the change; Updated tells
	// of any other. Without ok nothing has been done, see Streams. An error of update ends the pass and is returned.
	StreamRows(m *mat.Dense, factors []*mat.Dense, update func(lo, hi int) error) (ok bool, err error)
}

// Sequence implements [Sequencer]. With P, the tensor contracted with the factor of the
// tiled mode t,
//
//	P[j,:] = Σ_i X[i,j]·A_t[i,:],  j the other modes,
//
// MTTKRPs of all other modes take no pass, for as long as A_t stays; P takes Π_{m≠t} I_m·R
// floats. A sweep is one pass where A_t is updated within it ([RowStreamer]), two
// elsewhere, and one a mode where P is more than half of the memory.
func (x *Tiled) Sequence() Sequence { return &tiledSequence{x: x} }

// tiledSequence keeps P.
type tiledSequence struct {
	x *Tiled
	p partial

	// Of the pass that is running.
	s    *slab
	a    *mat.Dense
	body func(worker, lo, hi int)
}

// Updated implements [Sequence].
func (q *tiledSequence) Updated(n int) {
	if n == q.x.order[0] {
		q.p.valid = false
	}
}

// keeps says whether P fits.
func (q *tiledSequence) keeps(rank int) bool {
	return len(q.x.dims) > 1 && int64(q.x.slice) <= q.x.spare/8/int64(rank)
}

// RowMode implements [RowStreamer].
func (q *tiledSequence) RowMode() int { return q.x.order[0] }

// MTTKRP implements [Sequence].
func (q *tiledSequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(q.x.dims, dst, factors, n)
	if k := q.x.place[n]; k > 0 && q.keeps(rank) {
		list := q.x.turned(factors, n)
		if !q.p.valid || q.p.rank != rank {
			q.begin(rank)
			q.p.valid = q.x.pass(func(s *slab) { q.add(s, list[0]) })
		}
		if q.p.valid {
			j := getJob(values{}, rank)
			j.take(dst, q.p.v, q.x.stored[1:], list[1:], k-1)
			j.put()
		}
		q.x.finish(dst, q.p.valid)
		return
	}
	q.x.MTTKRP(dst, factors, n)
}

// Streams implements [RowStreamer].
func (q *tiledSequence) Streams(rank int) bool { return !q.x.thin && q.keeps(rank) }

// StreamRows implements [RowStreamer].
func (q *tiledSequence) StreamRows(m *mat.Dense, factors []*mat.Dense, update func(lo, hi int) error) (ok bool, err error) {
	x := q.x
	rank := checkMTTKRP(x.dims, m, factors, x.order[0])
	if !q.Streams(rank) {
		return false, nil
	}
	list := x.turned(factors, -1)
	q.begin(rank)
	q.p.valid = x.pass(func(s *slab) {
		if err != nil {
			return
		}
		rows := rowsOf(m, s.lo, s.hi)
		denseMTTKRP(rows, s.dims, s.data, list, 0)
		x.finish(rows, true)
		if err = update(s.lo, s.hi); err == nil {
			q.add(s, list[0])
		}
	})
	if !q.p.valid {
		m.Zero()
	}
	q.p.valid = q.p.valid && err == nil
	return true, err
}

// begin clears P.
func (q *tiledSequence) begin(rank int) {
	q.p.rank, q.p.valid = rank, false
	if n := q.x.slice * rank; cap(q.p.v) < n {
		q.p.v = hugePages(make([]float64, n))
	} else {
		q.p.v = q.p.v[:n]
		clear(q.p.v)
	}
}

// add adds what a slab contributes to P, a block of columns at a time, whose sums stay in
// the cache.
func (q *tiledSequence) add(s *slab, factor *mat.Dense) {
	if q.body == nil {
		q.body = q.someBlocks
	}
	q.s, q.a = s, rowsOf(factor, s.lo, s.hi)
	cols := q.cols()
	par.For(par.Blocks(q.x.slice, cols), grain(cols*s.dims[0]*q.p.rank), q.body)
	q.s, q.a = nil, nil
}

// cols is the number of columns of a block.
func (q *tiledSequence) cols() int { return max(64, blockFloats/q.p.rank&^7) }

func (q *tiledSequence) someBlocks(_, lo, hi int) {
	a, r, cols := q.a.RawMatrix(), q.p.rank, q.cols()
	for b := lo; b < hi; b++ {
		at := b * cols
		q.s.data.mulTAdd(min(cols, q.x.slice-at), r, q.s.dims[0], at, q.x.slice, a.Data, a.Stride, q.p.v[at*r:], r)
	}
}

var (
	_ Sequencer   = (*Tiled)(nil)
	_ RowStreamer = (*tiledSequence)(nil)
)
