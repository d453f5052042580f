package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// inSlabs is an update of a factor some rows at a time, while the data that their MTTKRP
// comes from are in memory.
type inSlabs interface {
	// begin takes G over.
	begin(g *mat.SymDense)
	// some updates rows, of which a and m are the blocks.
	some(a, m *mat.Dense) error
	// end does what takes the whole factor, and says whether it changed it.
	end(a *mat.Dense) bool
}

// slabwise is u as such, nil where rows depend on each other.
func slabwise(u Updater) inSlabs {
	switch u := u.(type) {
	case *hals:
		return halsInSlabs{u}
	case *leastSquares, *nnls, *fcls, *kSparse, *mu:
		return &rowsInSlabs{update: u}
	}
	return nil
}

// rowsInSlabs is for Updaters that do nothing but solve for every row.
type rowsInSlabs struct {
	update Updater
	g      *mat.SymDense
}

func (s *rowsInSlabs) begin(g *mat.SymDense)      { s.g = g }
func (s *rowsInSlabs) some(a, m *mat.Dense) error { return s.update.Update(a, m, s.g) }
func (*rowsInSlabs) end(*mat.Dense) bool          { return false }

// halsInSlabs revives columns when all rows are there.
type halsInSlabs struct{ h *hals }

func (s halsInSlabs) begin(g *mat.SymDense) { s.h.load(g) }

func (s halsInSlabs) some(a, m *mat.Dense) error {
	s.h.settleRows(a, m)
	return nil
}

func (s halsInSlabs) end(a *mat.Dense) bool {
	return s.h.together() == nil && s.h.revive(a) // what failed fails again in the next sum
}

// carries says whether the mode whose rows the sequence can stream is to carry the scale:
// nobody rescales its columns afterwards, and what the sequence keeps of them stays valid.
func carries(q tensor.Sequence, update []Updater) (mode int, ok bool) {
	s, ok := q.(tensor.RowStreamer)
	if !ok {
		return 0, false
	}
	u := update[s.RowMode()]
	_, scaled := u.(Scaled)
	return s.RowMode(), !scaled && slabwise(u) != nil
}

// streamRows updates factor n slab by slab, in the pass over the data that its MTTKRP
// takes, with the same iterates as an MTTKRP and an update after it.
func (s *ALS) streamRows(n int) (ok bool, err error) {
	q, ok := s.sequence.(tensor.RowStreamer)
	if !ok || n != q.RowMode() || s.moved != nil {
		return false, nil
	}
	u := slabwise(s.update[n])
	if _, scaled := s.update[n].(Scaled); u == nil || n != s.carrier && !scaled {
		return false, nil
	}
	s.gramExcept(n)
	u.begin(s.g)
	if n == s.carrier {
		s.entries.scaleColumns(s.factor[n], s.scale)
		ones(s.scale)
	}
	ok, err = q.StreamRows(s.m[n], s.factor, func(lo, hi int) error {
		m := s.m[n].Slice(lo, hi, 0, len(s.scale)).(*mat.Dense)
		if n != s.carrier {
			s.entries.scaleColumns(m, s.scale)
		}
		return u.some(s.factor[n].Slice(lo, hi, 0, len(s.scale)).(*mat.Dense), m)
	})
	if ok && err == nil && u.end(s.factor[n]) { // by columns of 1e-16 of the others
		s.sequence.Updated(n)
	}
	return ok, err
}

// readable is a Stepper whose data may turn out not to be: it asks after every sweep.
type readable struct {
	Stepper
	x tensor.Tensor
}

// Sweep implements [sweep.Stepper].
func (s readable) Sweep() (sweep.Point, error) {
	p, err := s.Stepper.Sweep()
	if failed := tensor.Err(s.x); failed != nil {
		return p, unreadable(failed)
	}
	return p, err
}
