package dict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// resample draws the noise anew and looks which atoms are then chosen: the wild
// bootstrap
//
//	X* = X̂ + √(cells/(cells − freedom))·ε∗(X − X̂),  ε = ±1 at random in every cell,
//
// which keeps the size of the noise in every cell, whatever it is, and takes cells to
// be independent. The search on X* starts from the chosen atoms and exchanges single
// ones as [Swap] does, at most R times.
//
// References:
//   - Wu, C.F.J.: Jackknife, bootstrap and other resampling methods in regression
//     analysis. Ann. Stat. 14(4), 1261–1295 (1986).
//   - Davidson, R., Flachaire, E.: The wild bootstrap, tamed at last. J. Econometrics
//     146(1), 162–169 (2008).
func (e *exam) resample(ctx context.Context) error {
	e.tally(func(t *AtomTrust) { t.Resampled, t.ResampledGroup = math.NaN(), math.NaN() })
	read := cellsOf(e.p.x)
	if read == nil || e.o.Resamples == 0 || math.IsNaN(e.trust.Variance) {
		return nil
	}
	model := tensor.NewKruskal(e.base.factors...).Dense()
	x := tensor.NewDense(model.Dims(), nil)
	var chosen [][][]int
	defer func() { e.share(chosen) }()
	for b := range e.o.Resamples {
		rng := rand.New(rand.NewPCG(e.p.seed, uint64(b)<<32|0xb007))
		e.redraw(x.Data(), model.Data(), read, rng)
		atoms, err := e.search(ctx, x, fmt.Sprintf("resample %d of %d", b+1, e.o.Resamples))
		if err != nil {
			return err
		}
		chosen = append(chosen, atoms)
	}
	return nil
}

// redraw sets to, cell by cell, to the fit and what it leaves of the data, with a
// random sign: of mean square σ̂².
func (e *exam) redraw(to, fit []float64, read func(i int) float64, rng *rand.Rand) {
	by := math.Sqrt(float64(e.p.cells()) / float64(e.p.cells()-e.trust.Freedom))
	var bits uint64
	for i, m := range fit {
		if i%64 == 0 {
			bits = rng.Uint64()
		}
		left := by * (read(i) - m)
		if bits&1 == 0 {
			left = -left
		}
		bits >>= 1
		to[i] = m + left
	}
}

// cellsOf reads the cells of dense data; nil for other kinds.
func cellsOf(x tensor.Tensor) func(i int) float64 {
	switch x := x.(type) {
	case *tensor.Dense:
		data := x.Data()
		return func(i int) float64 { return data[i] }
	case *tensor.Dense32:
		data := x.Data()
		return func(i int) float64 { return float64(data[i]) }
	}
	return nil
}

// search exchanges atoms of the result on other data.
func (e *exam) search(ctx context.Context, x tensor.Tensor, stage string) ([][]int, error) {
	o := e.o.Fit
	if o.Observe != nil {
		o.Observe = func(_ string, q sweep.Point) error { return e.o.Fit.Observe(stage, q) }
	}
	p, err := newProblem(x, e.p.rank, e.p.modes, &o)
	if err != nil {
		return nil, err
	}
	c, err := p.refit(ctx, stage, e.base.atoms, e.base.factors, p.stop)
	for range p.rank {
		if err != nil {
			return nil, err
		}
		var next *candidate
		if next, err = (Swap{Tries: fewTries}).improve(ctx, p, c); next == nil {
			break
		}
		c = next
	}
	if err != nil {
		return nil, err
	}
	return c.atoms, nil
}

// share fills in how often the atoms were chosen again.
func (e *exam) share(chosen [][][]int) {
	e.trust.Resamples = len(chosen)
	if len(chosen) == 0 {
		return
	}
	for i := range e.p.modes {
		of := e.trust.Atoms[e.p.modes[i].N]
		for r := range of {
			t := &of[r]
			if t.Atom < 0 {
				continue
			}
			alone, group := 0, 0
			for _, atoms := range chosen {
				switch {
				case slices.Contains(atoms[i], t.Atom):
					alone++
					group++
				case slices.ContainsFunc(atoms[i], func(j int) bool { return slices.Contains(t.Group, j) }):
					group++
				}
			}
			t.Resampled = float64(alone) / float64(len(chosen))
			t.ResampledGroup = float64(group) / float64(len(chosen))
		}
	}
}

// restart runs Decompose again from other seeds and counts which atoms come back
// where it ends as low.
func (e *exam) restart(ctx context.Context) error {
	e.tally(func(t *AtomTrust) { t.Restarted = math.NaN() })
	var as []*Result // as low
	defer func() {
		for n, of := range e.trust.Atoms {
			for r := range of {
				count := 0
				for _, other := range as {
					if slices.Contains(other.Atoms[n], of[r].Atom) {
						count++
					}
				}
				if len(as) > 0 && of[r].Atom >= 0 {
					of[r].Restarted = float64(count) / float64(len(as))
				}
			}
		}
	}()
	limit := e.trust.Loss*(1+e.o.Matters) + rounding*rounding*e.p.x.SquaredNorm()
	for s := range e.o.Restarts {
		o := e.o.Fit
		o.Seed += uint64(s+1) * 0x9e3779b97f4a7c15
		if o.Observe != nil {
			stage := fmt.Sprintf("run %d of %d", s+1, e.o.Restarts)
			o.Observe = func(_ string, q sweep.Point) error {
				err := e.o.Fit.Observe(stage, q)
				e.p.stopped = e.p.stopped || errors.Is(err, sweep.ErrStop)
				return err
			}
		}
		r, err := Decompose(ctx, e.p.x, e.p.rank, e.p.modes, &o)
		if err == nil && e.p.stopped {
			err = sweep.ErrStop
		}
		if err != nil {
			return err
		}
		e.trust.Restarts = append(e.trust.Restarts, Candidate{r.Algorithm, s, r.RelativeError, len(r.Trace), r.Status})
		if r.RelativeError*r.RelativeError*e.p.x.SquaredNorm() <= limit {
			as = append(as, r)
		}
	}
	return nil
}

// tally calls f for every chosen atom.
func (e *exam) tally(f func(t *AtomTrust)) {
	for _, of := range e.trust.Atoms {
		for r := range of {
			f(&of[r])
		}
	}
}
