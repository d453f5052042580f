package cpd

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/racetest"
)

// The squared error never rises, whatever the data, and the point of a sweep is
// the error of the model after it. Of FCLS it is promised from the first sweep
// on, for the start need not be feasible.
func TestSweepsDescend(t *testing.T) {
	racetest.Slow(t)
	problems := corpus()
	for name, of := range map[string]func(order int) []Method{
		"ALS":        func(n int) []Method { return same(LeastSquares{}, n) },
		"HALS":       func(n int) []Method { return same(HALS{}, n) },
		"HALS/1":     func(n int) []Method { return same(HALS{Inner: 1}, n) },
		"NNLS":       func(n int) []Method { return same(NNLS{}, n) },
		"FCLS first": func(n int) []Method { return append([]Method{FCLS{}}, same(HALS{}, n-1)...) },
		"FCLS last":  func(n int) []Method { return append(same(NNLS{}, n-1), FCLS{}) },
		"FCLS all":   func(n int) []Method { return same(FCLS{}, n) },
		"Fixed":      func(n int) []Method { return append([]Method{Fixed{}}, same(LeastSquares{}, n-1)...) },
		"all Fixed":  func(n int) []Method { return same(Fixed{}, n) },
		"HALS/all":   func(n int) []Method { return same(HALS{Inner: 30, Delta: -1}, n) },
		"GG12":       func(n int) []Method { return same(AcceleratedHALS{}, n) },
		"MU":         func(n int) []Method { return same(MU{}, n) },
		"MU, ALS":    func(n int) []Method { return append([]Method{MU{}}, same(LeastSquares{}, n-1)...) },
		"ADMM":       func(n int) []Method { return same(ADMM{}, n) },
		"ADMM/1":     func(n int) []Method { return same(ADMM{Inner: 1}, n) },
		"fast":       func(n int) []Method { return same(FastGradient{}, n) },
		"fast/2":     func(n int) []Method { return same(FastGradient{Inner: 2}, n) },
		"mixed":      func(n int) []Method { return append([]Method{LeastSquares{}}, same(HALS{}, n-1)...) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range problems {
				fcls := strings.HasPrefix(name, "FCLS")
				if fcls && strings.HasPrefix(p.name, "zero slices") {
					// A zero row that sums to one needs a zero component; with one, the
					// scale of the others is free and drifts off until no digit is left.
					continue
				}
				checkDescent(t, p, of(len(p.x.Dims())), fcls)
			}
		})
	}
}

// One factor under a constraint, the others nonnegative, first or last: the squared error
// never rises, from the start as it was moved into the set.
func TestConstrainedSweepsDescend(t *testing.T) {
	racetest.Slow(t)
	problems := corpus()
	for name, c := range sets() {
		t.Run(name, func(t *testing.T) {
			for k, p := range problems {
				order, solver := len(p.x.Dims()), Method(ADMM{Constraint: c})
				if k%2 == 1 {
					solver = FastGradient{Constraint: c, Inner: 5}
				}
				methods := same(NNLS{}, order)
				methods[(k/2)%2*(order-1)] = solver
				checkDescent(t, p, methods, false)
			}
		})
	}
}

// sets are the constraints of any shape that are no penalties.
func sets() map[string]constraint.Constraint {
	all := map[string]constraint.Constraint{}
	for _, some := range []map[string]constraint.Constraint{convexConstraints, otherConstraints} {
		for name, c := range some {
			if c.Facts().Set {
				all[name] = c
			}
		}
	}
	return all
}

// With penalties it is ½‖X − X̂‖² + Σ h that never rises.
func TestPenalisedSweepsDescend(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []constraint.Constraint{
		constraint.L1{Weight: 0.1},
		constraint.L1{Weight: 0.1, Nonnegative: true},
		constraint.Smooth{Weight: 0.1},
		constraint.Smooth{Weight: 0.1, Nonnegative: true},
	} {
		methods := []Method{ADMM{Constraint: c}, ADMM{Constraint: c, Inner: 1}, FastGradient{Constraint: c, Inner: 3}}
		if s, ok := c.(constraint.Smooth); ok && !s.Nonnegative {
			methods = append(methods, Smooth{Weight: s.Weight})
		}
		for _, method := range methods {
			t.Run(fmt.Sprintf("%T%+v/%T", c, c, method), func(t *testing.T) {
				for _, p := range corpus() {
					checkPenalised(t, p, c, method)
				}
			})
		}
	}
}

func checkPenalised(t *testing.T, p problem, c constraint.Constraint, method Method) {
	t.Helper()
	dims := p.x.Dims()
	_, rank := p.start[0].Dims()
	methods := same(ADMM{Constraint: constraint.Ball{}}, len(dims)) // lest the penalty be evaded
	methods[len(dims)-1] = method
	s, err := NewALS(p.x, p.start, begin(methods, dims, rank))
	require.NoError(t, err, p.name)
	objective := func() float64 {
		e := slowError(p.x, s.view())
		return e*e*p.x.SquaredNorm()/2 + c.Value(s.Factors()[len(dims)-1])
	}
	before := objective()
	for k := range 6 {
		_, err := s.Sweep()
		require.NoError(t, err)
		now := objective()
		require.LessOrEqual(t, now, before+1e-13*(p.x.SquaredNorm()+before), "%s, sweep %d", p.name, k)
		before = now
	}
}

func checkDescent(t *testing.T, p problem, methods []Method, fcls bool) {
	t.Helper()
	dims := p.x.Dims()
	_, rank := p.start[0].Dims()
	s, err := NewALS(p.x, p.start, begin(methods, dims, rank))
	require.NoError(t, err, p.name)
	// squares is Σ_r ‖component r‖²/‖X‖².
	squares := func() (sum float64) {
		for _, w := range s.Model().Weights {
			sum += w * w / p.x.SquaredNorm()
		}
		return sum
	}
	before, long := slowError(p.x, s.view()), squares()
	for k := range 6 {
		point, err := s.Sweep()
		require.NoError(t, err, "%s, sweep %d", p.name, k)
		now := slowError(p.x, s.view())

		// Directions v of Ĝ, G with unit diagonal, with eigenvalues under R/MaxCond are
		// given up. What a carried there, ‖âᵀv‖²·λ ≤ ‖â‖²·R/MaxCond, comes back as error, in
		// every mode; summed over rows ‖â‖² are the squares of the components. The
		// residuals of the modes may be aligned: their norms add up, not their squares.
		given := 0.0
		long = max(long, squares())
		for _, m := range methods {
			if _, ok := m.(LeastSquares); ok {
				given += math.Sqrt(float64(rank) * (1 + long) / linalg.MaxCond)
			}
		}
		rise := given * given
		rise = max(rise, 64*eps*(1+before*before))
		if k > 0 || !fcls {
			require.LessOrEqual(t, now*now, before*before+rise, "%s, sweep %d", p.name, k)
		}

		// The identity cancels to eps of the longest things in it.
		length := 1.0
		for _, w := range s.Model().Weights {
			length += w / math.Sqrt(p.x.SquaredNorm())
		}
		require.InDelta(t, now*now, point.RelativeError*point.RelativeError, 64*eps*length*length, "%s, sweep %d", p.name, k)
		before = now
	}
}

// Near an exact model whose components cancel, the identity alone says 1e-4 where
// the error is 1e-7.
func TestPointIsRightWhereComponentsCancel(t *testing.T) {
	for _, p := range corpus() {
		_, rank := p.start[0].Dims()
		s, err := NewALS(p.x, p.start, begin(same(LeastSquares{}, len(p.x.Dims())), p.x.Dims(), rank))
		require.NoError(t, err)
		for k := range 6 {
			point, err := s.Sweep()
			require.NoError(t, err)
			want := slowError(p.x, s.view())
			require.InDelta(t, want, point.RelativeError, 1e-3*want+1e-12, "%s, sweep %d", p.name, k)
		}
	}
}

// With exact updates and no constraint, the order in which norms move between
// factors and weights changes nothing: scaling columns of the start, against each
// other, gives the same errors.
func TestScalingOfTheStartIsIrrelevant(t *testing.T) {
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}, MU{}, ADMM{}, ADMM{Inner: 2}, FastGradient{}} {
		rng := newRand(5)
		x := planted(rng, []int{6, 5, 4}, 3, true, 0.2)
		a := drawnFactors(rng, x.Dims(), 3, true)
		b := make([]float64, 0, 10)
		s, err := NewALS(x, a, begin(same(method, 3), x.Dims(), 3))
		require.NoError(t, err)
		for range 5 {
			p, err := s.Sweep()
			require.NoError(t, err)
			b = append(b, p.RelativeError)
		}
		scaleColumn(a[0], 1, 1e40)
		scaleColumn(a[1], 1, 1e-70)
		scaleColumn(a[2], 1, 1e30)
		s, err = NewALS(x, a, begin(same(method, 3), x.Dims(), 3))
		require.NoError(t, err)
		for k := range 5 {
			p, err := s.Sweep()
			require.NoError(t, err)
			require.InEpsilon(t, b[k], p.RelativeError, 1e-9, "%T sweep %d", method, k)
		}
	}
}
