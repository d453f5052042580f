package dict

import (
	"context"
	"errors"
	"fmt"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// Schedule is how a published program runs, for results that can be compared
// with its own: from Options.Init as it is, without a fit without dictionary, to the
// atoms of its last sweep, be they the best or not. The zero value stands for the way of
// the algorithm here, which starts better and keeps the best.
//
// A sweep updates the other factors, the dictionary factor, the choice of atoms and the
// factor that carries the scale, in this order. Nonnegative factors are updated by HALS,
// each pass over all rows, until a pass moves the factor by less than 1e-6 of what
// the first did; factors without dictionary but the carrier are then normalised. λ, if
// there is one, starts at 0.01·‖X − X̂‖²/(‖A_n − D(:,κ)‖² + 1e-6), and grows after an
// update that leaves ‖A_n − D(:,κ)‖₂/‖A_n‖₂ above Tol. From a start that is made of atoms
// λ is so large that these stay: use the algorithm's own way there.
//
// Atoms enter at unit norm; programs that take them as they are need Mode.Physical.
// Methods may be least squares or nonnegative.
type Schedule struct {
	// Warm is the number of sweeps of accelerated HALS that come first. The atoms
	// that λ starts from are those of the start before, and the first sweep then chooses
	// atoms without another update of the factor. Default: none.
	Warm int
	// Passes of HALS in an update. Default: 10.
	Passes int
	// Growth of λ. Default: 1.1.
	Growth float64
	// Tol is the relative distance to the atoms up to which λ stays. Default: 0.01.
	Tol float64
	// Sweeps is the most sweeps. Default: 300.
	Sweeps int
	// Every is the number of sweeps between two looks at the error, each told to the
	// observer, as that of the start is with sweep 0. Default: 1.
	Every int
	// Settle ends the sweeps when the last three relative changes of the squared
	// error from look to look are at most this in the mean. Default: never.
	Settle float64
	// Still ends them when so many sweeps in a row have left the atoms as they were, at a relative
	// distance under 0.05. Default: never.
	Still int
}

// The schedules of the authors' programs.
//
// References:
//   - [CG18a] and the programs that come with it.
//   - [CG18b] Cohen, J.E., Gillis, N.: Spectral unmixing with multiple dictionaries.
//     IEEE Geosci. Remote Sens. Lett. 15(2), 187–191 (2018).
var (
	// PublishedMPALS is MPALS on tensors, for [Hard].
	PublishedMPALS = Schedule{Passes: 20, Sweeps: 300, Every: 100, Settle: 1e-8}
	// PublishedSmooth is the smooth variant on tensors, for [Smooth].
	PublishedSmooth = Schedule{Passes: 30, Growth: 1.1, Tol: 0.01, Sweeps: 300, Every: 10, Settle: 1e-8}
	// PublishedFlexible is the flexible variant on tensors, for [Flexible].
	PublishedFlexible = Schedule{Passes: 30, Growth: 1.1, Tol: 0.04, Sweeps: 300, Every: 10, Settle: 1e-8}
	// PublishedMatrixMPALS is MPALS on matrices, with one dictionary or several, for [Hard].
	PublishedMatrixMPALS = Schedule{Warm: 11, Passes: 10, Sweeps: 200, Every: 10, Settle: 2e-5}
	// PublishedMatrixSmooth is the smooth variant on matrices, for [Smooth].
	PublishedMatrixSmooth = Schedule{Warm: 11, Passes: 10, Growth: 1.5, Tol: 0.01, Sweeps: 30, Every: 1, Still: 6}
)

// fit runs the program from every start. A candidate may come with an error.
func (s Schedule) fit(ctx context.Context, p *problem, name string, v variant) (*candidate, error) {
	for n, m := range p.methods {
		if _, free := m.(cpd.LeastSquares); !free && !onlyNonnegative(m) {
			return nil, fmt.Errorf("%w: a published schedule knows least squares and nonnegative factors, mode %d has %T; leave Schedule empty", ErrOptions, n, m)
		}
	}
	for i := range p.modes {
		if m := &p.modes[i]; m.free > 0 || m.Tolerance > 0 {
			return nil, fmt.Errorf("%w: a published schedule knows neither free components nor tolerances, and mode %d has them; leave Schedule empty", ErrOptions, m.N)
		}
	}
	s.Passes, s.Sweeps, s.Every = whenZero(s.Passes, 10), whenZero(s.Sweeps, 300), whenZero(s.Every, 1)
	if s.Growth <= 0 {
		s.Growth = 1.1
	}
	if s.Tol <= 0 {
		s.Tol = 0.01
	}
	return p.bestOf(ctx, name, func(start int) (*candidate, error) {
		nonnegative := make([]bool, len(p.methods))
		for n, m := range p.methods {
			nonnegative[n] = m.Nonnegative()
		}
		factors, err := p.init.Start(p.x, p.rank, nonnegative, p.rng(start))
		if err != nil {
			return nil, err
		}
		g, err := newProgram(p, s, v, factors)
		if err != nil {
			return nil, err
		}
		switch err := g.run(ctx, name); {
		case err == nil || errors.Is(err, sweep.ErrStop):
			return p.refit(ctx, name, g.atoms(), g.factors, p.stop)
		case ctx.Err() != nil:
			p.observe = nil
			c, _ := p.refit(context.WithoutCancel(ctx), name, g.atoms(), g.factors, sweep.MaxSweeps(1))
			return c, err
		default:
			return nil, err
		}
	})
}

func onlyNonnegative(m cpd.Method) bool {
	switch m.(type) {
	case cpd.HALS, cpd.NNLS, cpd.AcceleratedHALS:
		return true
	}
	return false
}

func whenZero(n, or int) int {
	if n <= 0 {
		return or
	}
	return n
}
