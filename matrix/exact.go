package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// ExactOptions of [ExactNMF]. nil is the zero value.
type ExactOptions struct {
	// Method is how an attempt searches. Default: RankByRank.
	Method ExactMethod
	// Attempts is how many are made at most. Default: 10.
	Attempts int
	// Tol is the ‖X − U·V‖/‖X‖ up to which a factorisation counts as exact. Default: 1e-6.
	Tol float64
	// Zero is the share of the largest entry up to which an entry of X, of either sign, counts as
	// zero. Default: 1e-12; negative: none.
	Zero float64
	// Seed drives every random choice; equal seeds give equal results for any number of
	// workers. Default: 0, which is a seed like any other.
	Seed uint64
}

// ExactMethod is a heuristic of [ExactNMF].
type ExactMethod int

const (
	// RankByRank begins with no component and appends one at a time, the best of ten random ones
	// after 50 sweeps over all components.
	RankByRank ExactMethod = iota
	// Annealing replaces two components by random ones, makes 100 sweeps, and keeps what it gets if the
	// error falls, or rises by δ with probability exp(−δ/T), T going from 0.1 to 10⁻⁴.
	Annealing
	// Hybrid is RankByRank, then Annealing.
	Hybrid
	// MultiStart is a random start.
	MultiStart
)

// Exact is what [ExactNMF] finds.
type Exact struct {
	// Found says whether U·V is X up to the tolerance. Where it is not nothing is proved: there
	// may be an exact factorisation that the search missed.
	Found         bool
	U, V          *mat.Dense // p×r and r×n, the best found
	RelativeError float64    // ‖X − U·V‖/‖X‖, recomputed
	Attempts      int        // that were made, up to the one that U and V come from if Found
}

// ExactNMF looks for U ≥ 0 (p×rank) and V ≥ 0 (rank×n) with X = U·V, not near X: a heuristic for a
// problem that is NP-hard, for matrices of up to some dozens of rows and columns, whose nonnegative
// rank is at most rank if it succeeds.
//
// Every attempt begins with random components, of which the columns of U have zeros and the rows of V
// have not, makes sweeps of hierarchical least squares as the method says, then more as long as 50 of
// them take 1 % off the error, and, where that is below 3 %, steps of Levenberg and Marquardt on the
// entries that are not held at zero, which make six digits fifteen. Zero rows and columns and
// multiples of others are left out of the search, and rows and columns are brought to one size, which
// changes no nonnegative rank.
//
// Work of a sweep: 4·p·n·rank flops, of a step (p+n)³·rank³/3. Errors: [ErrShape], [ErrNotFinite],
// [ErrMethod] for entries below zero, [ErrRank], [ErrOptions], and that of ctx with the best factors so far.
//
// Reference:
//   - Vandaele, A., Gillis, N., Glineur, F., Tuyttens, D.: Heuristics for exact nonnegative matrix
//     factorization. J. Global Optim. 65, 369–400 (2016).
func ExactNMF(ctx context.Context, x mat.Matrix, rank int, opts *ExactOptions) (*Exact, error) {
	o := ExactOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Method < RankByRank || o.Method > MultiStart || o.Attempts < 0 || !(o.Tol >= 0 && o.Tol < 1) {
		return nil, fmt.Errorf("%w: method %d, %d attempts, tolerance %g", ErrOptions, o.Method, o.Attempts, o.Tol)
	}
	if rank < 1 {
		return nil, fmt.Errorf("%w: %d components; a model has at least 1", ErrRank, rank)
	}
	o.Attempts = orDefault(o.Attempts, 10)
	if o.Tol == 0 {
		o.Tol = 1e-6
	}
	s, err := newDistinct(x, o.Zero)
	if err != nil {
		return nil, err
	}
	if s.zero() {
		p, n := x.Dims()
		return &Exact{Found: true, U: mat.NewDense(p, rank, nil), V: mat.NewDense(rank, n, nil)}, nil
	}
	res, err := s.exact(ctx, x, rank, &o)
	if err != nil {
		err = fmt.Errorf("matrix: exact NMF: %w", err)
	}
	return res, err
}

// exact makes attempts, several at a time, the first that succeeds being the answer.
func (s *distinct) exact(ctx context.Context, x mat.Matrix, rank int, o *ExactOptions) (*Exact, error) {
	var best *Exact
	size := 1
	for first := 0; first < o.Attempts; first += size {
		if first > 0 {
			size = min(8, o.Attempts-first)
		}
		made := make([]*Exact, size)
		par.For(size, 1, func(_, lo, hi int) {
			for k := lo; k < hi; k++ {
				a := newAttempt(ctx, s.x, rank, rand.New(rand.NewPCG(o.Seed, uint64(first+k))))
				a.search(o.Method)
				u, v := s.whole(a.factors())
				made[k] = &Exact{U: u, V: v, RelativeError: misfit(x, u, v)}
			}
		})
		for k, e := range made {
			if best == nil || e.RelativeError < best.RelativeError {
				best = e
			}
			if e.RelativeError <= o.Tol {
				e.Found, e.Attempts = true, first+k+1
				return e, nil
			}
		}
		best.Attempts = first + size
		if err := ctx.Err(); err != nil {
			return best, err
		}
	}
	return best, nil
}

const (
	exactTrials  = 10   // components that rank-by-rank tries
	exactSweeps  = 50   // after each
	exactGain    = 0.99 // of the error that 50 sweeps have to go below to go on
	exactMost    = 20000
	exactPolish  = 0.03 // error below which Newton-like steps are made
	exactEnd     = 1e-14
	exactLargest = 800 // unknowns of such a step

	annealHot, annealCold = 0.1, 1e-4
	annealFactor          = 0.8 // from one temperature to the next
	annealTrials          = 10  // at one temperature
	annealSweeps          = 100
	annealReplaced        = 2
)

// attempt is one search: X ≈ A·Bᵀ.
type attempt struct {
	ctx     context.Context
	p, n, r int // r grows in a search rank by rank
	x, xt   []float64
	a, b    []float64 // p×rank and n×rank, rows of length rank
	rank    int
	gram    []float64
	m       []float64
	xx      float64
	rng     *rand.Rand
}

func newAttempt(ctx context.Context, y *mat.Dense, rank int, rng *rand.Rand) *attempt {
	p, n := y.Dims()
	s := &attempt{
		ctx: ctx, p: p, n: n, rank: rank, rng: rng, x: make([]float64, p*n), xt: make([]float64, p*n),
		a: make([]float64, p*rank), b: make([]float64, n*rank), gram: make([]float64, rank*rank), m: make([]float64, rank),
	}
	for i := range p {
		for j := range n {
			v := y.At(i, j)
			s.x[i*n+j], s.xt[j*p+i] = v, v
			s.xx += v * v
		}
	}
	return s
}

func (s *attempt) search(method ExactMethod) {
	if method == RankByRank || method == Hybrid {
		for s.r < s.rank && s.ctx.Err() == nil { // what is not reached stays zero
			s.append()
		}
	} else {
		s.r = s.rank
		for k := range s.r {
			s.random(k)
		}
		s.sweeps(exactSweeps)
	}
	if method == Annealing || method == Hybrid {
		s.anneal()
	}
	s.improve()
}

// random draws component k: its column of U has zeros, its row of V has none.
func (s *attempt) random(k int) {
	share, one := s.rng.Float64(), s.rng.IntN(s.p)
	for i := range s.p {
		v, keep := s.rng.Float64(), s.rng.Float64() < share
		if !keep && i != one {
			v = 0
		}
		s.a[i*s.rank+k] = v
	}
	for j := range s.n {
		s.b[j*s.rank+k] = s.rng.Float64()
	}
}

// append adds the best of some random components.
func (s *attempt) append() {
	s.r++
	before := s.copy()
	best, least := before, math.Inf(1)
	for range exactTrials {
		s.restore(before)
		s.random(s.r - 1)
		s.sweeps(exactSweeps)
		if e := s.error(); e < least {
			best, least = s.copy(), e
		}
		if least < exactEnd || s.ctx.Err() != nil {
			break
		}
	}
	s.restore(best)
}

func (s *attempt) copy() [2][]float64 {
	return [2][]float64{append([]float64(nil), s.a...), append([]float64(nil), s.b...)}
}

func (s *attempt) restore(from [2][]float64) {
	copy(s.a, from[0])
	copy(s.b, from[1])
}

// anneal is simulated annealing.
func (s *attempt) anneal() {
	now, e := s.copy(), s.error()
	best, least := now, e
	for hot := annealHot; hot > annealCold; hot *= annealFactor {
		for range annealTrials {
			if s.ctx.Err() != nil || least < exactEnd {
				s.restore(best)
				return
			}
			s.restore(now)
			for range min(annealReplaced, s.r) {
				s.random(s.rng.IntN(s.r))
			}
			s.sweeps(annealSweeps)
			next := s.error()
			if next < e || s.rng.Float64() < math.Exp((e-next)/hot) {
				now, e = s.copy(), next
			}
			if e < least {
				best, least = now, e
			}
		}
	}
	s.restore(best)
}

// improve goes on while it pays.
func (s *attempt) improve() {
	e := s.error()
	for done := 0; done < exactMost && e > exactEnd && s.ctx.Err() == nil; done += exactSweeps {
		s.sweeps(exactSweeps)
		next := s.error()
		slow := !(next < exactGain*e)
		e = next
		if slow {
			break
		}
		if e < exactPolish && s.polish() < exactEnd {
			return
		}
	}
	if e < exactPolish {
		s.polish()
	}
}

// sweeps makes n sweeps, U, then V, two passes over the components each.
func (s *attempt) sweeps(n int) {
	for range n {
		if s.ctx.Err() != nil {
			return
		}
		s.update(s.a, s.b, s.x, s.p, s.n)
		s.update(s.b, s.a, s.xt, s.n, s.p)
	}
}

// update solves for the rows of a, x ≈ a·bᵀ.
func (s *attempt) update(a, b, x []float64, rows, length int) {
	r := s.r
	gram := s.gram[:r*r]
	clear(gram)
	for j := range length {
		row := b[j*s.rank:][:r]
		for k, v := range row {
			for l, w := range row {
				gram[k*r+l] += v * w
			}
		}
	}
	m := s.m[:r]
	for i := range rows {
		clear(m)
		for j, v := range x[i*length:][:length] {
			if v != 0 {
				for k, w := range b[j*s.rank:][:r] {
					m[k] += v * w
				}
			}
		}
		row := a[i*s.rank:][:r]
		for range 2 {
			for k := range row {
				g := gram[k*r:][:r]
				if !(g[k] > 0) {
					continue
				}
				left := m[k]
				for l, v := range row {
					left -= g[l] * v
				}
				row[k] = max(0, row[k]+left/g[k])
			}
		}
	}
}

// error is ‖X − A·Bᵀ‖/‖X‖.
func (s *attempt) error() float64 {
	sum := 0.0
	for i := range s.p {
		row := s.a[i*s.rank:][:s.r]
		for j, v := range s.x[i*s.n:][:s.n] {
			for k, w := range s.b[j*s.rank:][:s.r] {
				v -= row[k] * w
			}
			sum += v * v
		}
	}
	return math.Sqrt(sum / s.xx)
}

// factors are U and V.
func (s *attempt) factors() (u, v *mat.Dense) {
	u, vt := mat.NewDense(s.p, s.rank, s.a), mat.NewDense(s.n, s.rank, s.b)
	return u, mat.DenseCopyOf(vt.T())
}
