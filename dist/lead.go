package dist

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Lead runs f on rank 0 with a tensor whose parts lie with all ranks, as [NewTensor] has
// them; the other ranks make passes over theirs when x is asked something, until f has
// returned. It serves what a tensor.Partitioned cannot: factors of the split mode that are
// updated as a whole, such as one made of atoms or with smooth columns, and every solver
// that needs nothing but passes over its data.
//
// All factors are with rank 0, which decides alone; the others get what of them has changed.
// For an MTTKRP of mode n by a tensor.Sequence that is
//
//	4 + R·Σ_{m changed} I_m  words told,
//	R·I_n                    summed, the rows of the split mode with zeros beside them,
//
// over a sweep R·ΣI_n of each. Data in slabs are read twice a sweep. What f computes between
// two calls the other ranks wait for; only rank 0 has its error.
//
// The Gram of the unfolding of a mode that is not split takes 4 words told and I_n(I_n+1)/2
// summed. Where all parts are dense, S fibres of mode n take 4 + (N−1)·S told and S·I_n summed,
// S entries 4 + N·S and S, and all entries ([tensor.Gatherer]) 4 + ΠI told, by the rank that
// has them. The Gram of the split mode is read in its fibres ([tensor.GramByFibres]).
func Lead(c Comm, local tensor.Tensor, n, size, lo int, f func(x tensor.Tensor) error) error {
	p, err := NewTensor(c, local, n, size, lo)
	if err != nil {
		return err
	}
	x := &led{served: served{dims: tensor.WholeDims(p)}}
	if e, ok := p.(exact); ok {
		x.part, x.residual = e.Tensor, e.residual
	} else {
		x.part = p.(*Tensor)
	}
	// What is known of the data once and for all. Each is asked of all ranks.
	x.bad, _ = x.part.NonFinite()
	x.largest = x.part.MaxAbs()
	if err := x.survey(); err != nil {
		return err
	}
	if c.Rank() > 0 {
		return x.serve()
	}
	told := false
	defer func() {
		if !told { // f has panicked, and the others wait
			_ = x.tell(order{what: leave})
		}
	}()
	switch {
	case x.residual != nil && x.can[len(x.dims)]:
		err = f(ledDense{ledExact{x}})
	case x.residual != nil:
		err = f(ledExact{x})
	default:
		err = f(x)
	}
	told = true
	if e := x.tell(order{what: leave}); err == nil {
		err = e
	}
	return err
}

// What rank 0 may ask for.
const (
	leave    = iota
	product  // an MTTKRP
	sequel   // one of the sequence that made the last
	residual // a squared residual
	gather   // all entries
	gram     // of an unfolding
	fibres   // or entries, of mode −1
)

// order is what rank 0 tells the others: the mode and the number of components, or of fibres,
// and of which modes it sends the factors, a bit each.
type order struct{ what, mode, rank, sent int }

// served is what a rank does when it is told to.
type served struct {
	part     *Tensor
	residual tensor.Residualer // nil if it has none
	dims     []int             // of the whole
	rank     int
	factors  []*mat.Dense // of the whole
	own      []*mat.Dense // as the part has them: rows lo…hi−1 of that of the split mode
	out      []*mat.Dense // MTTKRPs of the whole
	sequence tensor.Sequence
	words    [4]float64
}

// tell sends an order, or gets it.
func (s *served) tell(o order) error {
	s.words = [4]float64{float64(o.what), float64(o.mode), float64(o.rank), float64(o.sent)}
	return s.part.Agree(s.words[:])
}

// serve follows orders.
func (s *served) serve() error {
	for {
		if err := s.tell(order{}); err != nil {
			return err
		}
		o := order{int(s.words[0]), int(s.words[1]), int(s.words[2]), int(s.words[3])}
		if o.what == leave {
			return nil
		}
		if o.what >= gather {
			_, err := s.read(o, nil)
			if err != nil {
				return err
			}
			continue
		}
		if _, err := s.follow(o, nil, nil); err != nil {
			return err
		}
	}
}

// follow gets the factors that are sent, of which rank 0 has the originals, and does what
// is asked for: out has an MTTKRP then, and the number is a residual.
func (s *served) follow(o order, originals []*mat.Dense, weights []float64) (float64, error) {
	s.hold(o.rank)
	if o.what != sequel {
		s.sequence = nil
	}
	if o.what == sequel && s.sequence == nil {
		s.sequence = whole{s.part}
		if q, ok := s.part.local.(tensor.Sequencer); ok {
			s.sequence = q.Sequence()
		}
	}
	for m := range s.dims {
		if o.sent>>m&1 == 0 {
			continue
		}
		if originals != nil {
			s.factors[m].Copy(originals[m])
		}
		if err := s.part.Agree(s.factors[m].RawMatrix().Data); err != nil {
			return 0, err
		}
		if s.sequence != nil {
			s.sequence.Updated(m)
		}
	}
	if o.what == residual {
		k := &tensor.Kruskal{Weights: make([]float64, o.rank), Factors: s.own}
		copy(k.Weights, weights)
		if err := s.part.Agree(k.Weights); err != nil {
			return 0, err
		}
		v := []float64{s.residual.SquaredResidual(k)}
		err := s.part.Sum(v)
		return v[0], err
	}
	to := s.out[o.mode]
	if o.mode == s.part.mode { // other ranks have the other rows
		to.Zero()
		to = to.Slice(s.part.lo, s.part.hi, 0, o.rank).(*mat.Dense)
	}
	if s.sequence != nil {
		s.sequence.MTTKRP(to, s.own, o.mode)
	} else {
		s.part.local.MTTKRP(to, s.own, o.mode)
	}
	return 0, s.part.Sum(s.out[o.mode].RawMatrix().Data)
}

// hold makes room for models of some rank.
func (s *served) hold(rank int) {
	if s.rank == rank {
		return
	}
	s.rank, s.sequence, s.factors, s.own, s.out = rank, nil, nil, nil, nil
	for m, size := range s.dims {
		a := mat.NewDense(size, rank, nil)
		s.factors, s.out = append(s.factors, a), append(s.out, mat.NewDense(size, rank, nil))
		if m == s.part.mode {
			a = a.Slice(s.part.lo, s.part.hi, 0, rank).(*mat.Dense)
		}
		s.own = append(s.own, a)
	}
}

// led is the tensor as rank 0 has it. Calls from several goroutines take turns.
type led struct {
	served
	lock    sync.Mutex
	last    *ledSequence // which the other ranks have the factors of
	can     []bool       // form the Gram of every mode; and, last, be read as dense data
	bad     []int
	largest float64
}

// ledExact is a led of which every part is a tensor.Residualer.
type ledExact struct{ *led }

var (
	_ tensor.Tensor     = (*led)(nil)
	_ tensor.Sequencer  = (*led)(nil)
	_ tensor.Failer     = (*led)(nil)
	_ tensor.Measurer   = (*led)(nil)
	_ tensor.NonFiniter = (*led)(nil)
	_ tensor.Residualer = ledExact{}
)

// Dims implements tensor.Tensor.
func (x *led) Dims() []int { return x.dims }

// SquaredNorm implements tensor.Tensor.
func (x *led) SquaredNorm() float64 { return x.part.xx }

// Stored is the number of entries, of a sparse tensor of nonzeros.
func (x *led) Stored() int { return x.part.stored }

// Err implements tensor.Failer.
func (x *led) Err() error { return x.part.err }

// MaxAbs implements tensor.Measurer, as [Tensor.MaxAbs] does.
func (x *led) MaxAbs() float64 { return x.largest }

// NonFinite implements tensor.NonFiniter.
func (x *led) NonFinite() (index []int, ok bool) { return x.bad, x.bad != nil }

// MTTKRP implements tensor.Tensor; zeros after a failure, see Err.
func (x *led) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	x.check(dst, factors, n)
	x.lock.Lock()
	defer x.lock.Unlock()
	x.last = nil
	x.ask(dst, factors, order{product, n, dst.RawMatrix().Cols, x.all() &^ (1 << n)})
}

// all is a bit for every mode.
func (x *led) all() int { return 1<<len(x.dims) - 1 }

// ask sets dst to an MTTKRP.
func (x *led) ask(dst *mat.Dense, factors []*mat.Dense, o order) {
	err := x.tell(o)
	if err == nil {
		_, err = x.follow(o, factors, nil)
	}
	if err != nil {
		dst.Zero() // the error is kept
		return
	}
	dst.Copy(x.out[o.mode])
}

// check panics where the call is one that no tensor takes.
func (x *led) check(dst *mat.Dense, factors []*mat.Dense, n int) {
	if n < 0 || n >= len(x.dims) {
		panic(fmt.Sprintf("dist: MTTKRP of mode %d of a tensor of order %d", n, len(x.dims)))
	}
	rows, rank := dst.Dims()
	if rows != x.dims[n] || len(factors) != len(x.dims) {
		panic(fmt.Sprintf("dist: MTTKRP of mode %d: %d factors and a destination of %d×%d for sizes %v", n, len(factors), rows, rank, x.dims))
	}
	for m, size := range x.dims {
		if m == n {
			continue
		}
		if factors[m] == nil {
			panic(fmt.Sprintf("dist: MTTKRP of mode %d: factor %d is nil", n, m))
		}
		if r, c := factors[m].Dims(); r != size || c != rank {
			panic(fmt.Sprintf("dist: MTTKRP of mode %d: factor %d is %d×%d, want %d×%d", n, m, r, c, size, rank))
		}
	}
}

// Sequence implements tensor.Sequencer.
func (x *led) Sequence() tensor.Sequence { return &ledSequence{x: x, stale: x.all()} }

// ledSequence sends what has changed.
type ledSequence struct {
	x     *led
	rank  int
	stale int // a bit for every mode whose factor the other ranks do not have
}

func (q *ledSequence) Updated(n int) { q.stale |= 1 << n }

func (q *ledSequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	q.x.check(dst, factors, n)
	q.x.lock.Lock()
	defer q.x.lock.Unlock()
	if rank := dst.RawMatrix().Cols; q.x.last != q || q.rank != rank {
		q.x.last, q.rank, q.stale = q, rank, q.x.all()
	}
	sent := q.stale &^ (1 << n)
	q.stale &= 1 << n
	q.x.ask(dst, factors, order{sequel, n, q.rank, sent})
}

// SquaredResidual implements tensor.Residualer; NaN after a failure, see Err.
func (x ledExact) SquaredResidual(k *tensor.Kruskal) float64 {
	x.lock.Lock()
	defer x.lock.Unlock()
	x.last = nil
	o := order{residual, 0, len(k.Weights), x.all()}
	if x.tell(o) != nil {
		return math.NaN()
	}
	v, err := x.follow(o, k.Factors, k.Weights)
	if err != nil {
		return math.NaN()
	}
	return v
}
