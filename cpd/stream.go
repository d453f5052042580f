package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// A streamable Updater takes the rows of a factor block by block, as the data that
// their MTTKRP comes from are read.
type streamable interface {
	Updater
	// begin takes G over. It returns the rows of a block and what updates one, see
	// [tensor.Streamer].
	begin(g *mat.SymDense) (rows int, update func(rows int, a, m []float64))
	// end does what takes the whole factor, and says whether it changed it.
	end(a *mat.Dense) bool
}

// stream updates factor n and its Gram in one pass over the data, with the same
// iterates as an MTTKRP and an update after it, up to rounding. It returns ⟨M, A_n⟩.
// Only the carrier of the scale is updated so: nobody rescales it afterwards, and what
// the sequence keeps of it stays valid.
func (s *ALS) stream(n int) (inner float64, ok bool) {
	q, ok := s.sequence.(tensor.Streamer)
	if !ok || n != s.carrier || n != len(s.factor)-1 || s.rows != nil || s.moved != nil {
		return 0, false
	}
	u, ok := s.update[n].(streamable)
	if !ok {
		return 0, false
	}
	s.gramExcept(n)
	rows, update := u.begin(s.g)
	s.entries.scaleColumns(s.factor[n], s.scale)
	ones(s.scale)
	inner, ok = q.Stream(s.gram[n], s.factor, rows, update)
	if ok && u.end(s.factor[n]) { // by columns of 1e-16 of the others, too little for inner
		s.sequence.Updated(n)
		tensor.Gram(s.gram[n], s.factor[n])
	}
	return inner, ok
}
