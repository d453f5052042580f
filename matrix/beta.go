package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// BetaDivergence minimises Σ d_β(x, x̂) over U ≥ 0 and V ≥ 0 by multiplicative updates,
//
//	U ← U ∗ ( ((X ∗ X̂^{β−2})·Vᵀ) / (X̂^{β−1}·Vᵀ) )^γ,  and so for V,
//
// where γ is 1 for β from 1 to 2, 1/(2 − β) below and 1/(β − 1) above, which makes the
// loss fall. The divergence is
//
//	β = 2   (x − y)²/2                                     Gaussian noise of one size
//	β = 1   x·log(x/y) − x + y        (Kullback, Leibler)  counts
//	β = 0   x/y − log(x/y) − 1        (Itakura, Saito)     noise in proportion
//	else    (x^β + (β−1)·y^β − β·x·y^{β−1}) / (β(β − 1)).
//
// Updates set out from an extrapolated point, U + α·max(0, U − U_before), α of Nesterov's
// sequence; a sweep that raises the loss is taken back and made without, so the loss
// never rises. Entries never fall below 1e-16 of the largest one of the start.
//
// Data must be ≥ 0, and > 0 for β ≤ 0. Of a [tensor.Sparse] matrix, for which β must be 1,
// only stored entries are looked at. Points of the trace have ‖X − X̂‖/‖X‖, which
// stop criteria read and which may rise; Factors.Loss is the divergence. Cost of a sweep:
// 10·p·n·r flops, and a power an entry where β is not a multiple of ½.
//
// References:
//   - Févotte, C., Idier, J.: Algorithms for nonnegative matrix factorization with the
//     β-divergence. Neural Comput. 23(9), 2421–2456 (2011).
//   - Hien, L.T.K., Leplat, V., Gillis, N.: Block majorization minimization with
//     extrapolation and application to β-NMF. SIAM J. Math. Data Sci. 7(3) (2025).
type BetaDivergence struct {
	// Beta is the parameter. 0, the zero value, is Itakura and Saito's divergence.
	Beta float64
	// Momentum is the largest α. Default: 1; negative: plain updates.
	Momentum float64
	// KeepOrder leaves components in the order of the start, whose components mean
	// something to the caller. Default: sorted by size.
	KeepOrder bool
}

func (m BetaDivergence) fit(ctx context.Context, p *problem) (*Factors, error) {
	if err := m.check(p); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) { return newBeta(m, p, u, vt, false), nil })
}

// check refuses parameters and data that do not go together.
func (m BetaDivergence) check(p *problem) error {
	if math.IsNaN(m.Beta) || math.Abs(m.Beta) > 100 {
		return fmt.Errorf("%w: BetaDivergence.Beta is %g, want -100 to 100", ErrMethod, m.Beta)
	}
	if err := p.nonnegative("BetaDivergence"); err != nil {
		return err
	}
	switch x := p.x.(type) {
	case *tensor.Dense:
		for at, v := range x.Data() {
			if v == 0 && m.Beta <= 0 {
				return fmt.Errorf("%w: with β = %g data must be positive; X is 0 at row %d, column %d", ErrMethod, m.Beta, at/p.n, at%p.n)
			}
		}
	case *tensor.Sparse:
		if m.Beta != 1 {
			return fmt.Errorf("%w: of sparse data BetaDivergence takes β = 1 alone, not %g; use Squares for β = 2, or dense data", ErrMethod, m.Beta)
		}
	default:
		return fmt.Errorf("%w: BetaDivergence takes dense or sparse data with every entry known, not a %T", ErrMethod, p.x)
	}
	return nil
}

// coefficientStop ends the updates of V for new data.
var coefficientStop = sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 3}, sweep.MaxSweeps(1000))

func (m BetaDivergence) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	_, r := u.Dims()
	p, err := newProblem(tensor.FromMatrix(x), r, nil)
	if err != nil {
		return nil, err
	}
	if err := m.check(p); err != nil {
		return nil, err
	}
	vt := mat.NewDense(p.n, r, nil)
	mean := mat.Sum(x) / float64(p.p*p.n) / max(mat.Sum(u)/float64(p.p), math.SmallestNonzeroFloat64)
	vt.Apply(func(_, _ int, _ float64) float64 { return mean }, vt)
	s := newBeta(m, p, mat.DenseCopyOf(u), vt, true)
	s.byLoss = true
	if _, _, err := sweep.Run(ctx, s, coefficientStop, nil); err != nil {
		return nil, fmt.Errorf("matrix: V of new data: %w", err)
	}
	return mat.DenseCopyOf(s.f[1].now.T()), nil
}

// betaData computes what updates need from X.
type betaData interface {
	// parts sets num and den of side n, (X ∗ X̂^{β−2})·B and X̂^{β−1}·B for the factor B of
	// the other side, X̂ the product of a, of this side, and b.
	parts(num, den, a, b *mat.Dense, n int)
	// errors are the divergence and ‖X − X̂‖² for U and Vᵀ.
	errors(u, vt *mat.Dense) (loss, squares float64)
}

// betaFactor is one factor, and what it was.
type betaFactor struct {
	now, before, kept *mat.Dense
	at                *mat.Dense // where an update sets out from
	num, den          *mat.Dense
	floor             float64
}

// beta is the state between two sweeps.
type beta struct {
	p            *problem
	x            betaData
	f            [2]betaFactor // U, Vᵀ
	gamma, limit float64
	theta        float64
	fixed        bool // U stays
	ordered      bool // components do
	byLoss       bool // points have the loss in place of the relative error
	least        float64
	squares      float64
}

func newBeta(m BetaDivergence, p *problem, u, vt *mat.Dense, fixed bool) *beta {
	if m.Momentum == 0 {
		m.Momentum = 1
	}
	s := &beta{p: p, gamma: 1, limit: max(0, m.Momentum), theta: 1, fixed: fixed, ordered: m.KeepOrder}
	switch {
	case m.Beta < 1:
		s.gamma = 1 / (2 - m.Beta)
	case m.Beta > 2:
		s.gamma = 1 / (m.Beta - 1)
	}
	if x, ok := p.x.(*tensor.Sparse); ok {
		s.x = newSparseKL(x, p.rank)
	} else {
		s.x = newBetaDense(p.x.(*tensor.Dense), m.Beta, p.rank)
	}
	for n, a := range []*mat.Dense{u, vt} {
		rows, r := a.Dims()
		floor := max(revived*mat.Max(a), math.SmallestNonzeroFloat64)
		if !fixed || n == 1 {
			a.Apply(func(_, _ int, v float64) float64 { return max(floor, v) }, a)
		}
		s.f[n] = betaFactor{
			now: a, before: mat.DenseCopyOf(a), kept: mat.DenseCopyOf(a), at: mat.NewDense(rows, r, nil),
			num: mat.NewDense(rows, r, nil), den: mat.NewDense(rows, r, nil), floor: floor,
		}
	}
	s.least, s.squares = s.x.errors(u, vt)
	return s
}

// Sweep updates U, then V.
func (s *beta) Sweep() (sweep.Point, error) {
	theta := (1 + math.Sqrt(1+4*s.theta*s.theta)) / 2
	alpha := min(s.limit, (s.theta-1)/theta)
	s.theta = theta
	for n := range s.f {
		s.f[n].kept.Copy(s.f[n].now)
	}
	if loss, squares := s.attempt(alpha); loss <= s.least || alpha == 0 {
		s.least, s.squares = loss, squares
	} else {
		for n := range s.f {
			s.f[n].now.Copy(s.f[n].kept)
		}
		s.theta = 1
		s.least, s.squares = s.attempt(0)
	}
	if s.byLoss {
		return sweep.Point{RelativeError: s.least}, nil
	}
	return sweep.Point{RelativeError: root(s.squares, s.p.xx)}, nil
}

// attempt makes a sweep that sets out from where momentum leads.
func (s *beta) attempt(alpha float64) (loss, squares float64) {
	for n := range s.f {
		if s.fixed && n == 0 {
			continue
		}
		s.update(n, alpha)
	}
	return s.x.errors(s.f[0].now, s.f[1].now)
}

func (s *beta) update(n int, alpha float64) {
	f := &s.f[n]
	at, now, before := f.at.RawMatrix().Data, f.now.RawMatrix().Data, f.before.RawMatrix().Data
	for i, v := range now {
		at[i] = v + alpha*max(0, v-before[i])
	}
	copy(before, f.kept.RawMatrix().Data)
	s.x.parts(f.num, f.den, f.at, s.f[1-n].now, n)
	num, den := f.num.RawMatrix().Data, f.den.RawMatrix().Data
	for i, v := range at {
		if !(den[i] > 0) {
			continue // the other factor has nothing there, and every value fits alike
		}
		q := num[i] / den[i]
		if s.gamma != 1 {
			q = math.Pow(q, s.gamma)
		}
		now[i] = max(f.floor, v*q)
	}
}

func (s *beta) loss() float64 { return s.least }

func (s *beta) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.f[0].now), mat.DenseCopyOf(s.f[1].now.T())
	unitNorms(u, v)
	if !s.ordered {
		sortComponents(u, v)
	}
	return u, v
}
