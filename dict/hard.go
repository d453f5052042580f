package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// Hard is MPALS: within every sweep the dictionary factor is solved for and its
// columns are at once replaced by the closest atoms. The replacement is a
// projection heuristic: the error may rise and the atoms may cycle, so the best
// sweep counts, and the search ends when it has not been bettered for a while.
//
// References:
//   - [CG18a], algorithm 1.
type Hard struct {
	// Sweeps is the most sweeps of a start. Default: 300.
	Sweeps int
	// Schedule, if not empty, is followed instead, as [PublishedMPALS] and
	// [PublishedMatrixMPALS] are.
	Schedule Schedule
}

// patience is the number of sweeps without a better one after which the atoms
// are taken to have settled or to go round in a cycle.
const patience = 25

// Name implements [Algorithm].
func (Hard) Name() string { return "hard" }

func (a Hard) fit(ctx context.Context, p *problem) (*candidate, error) {
	if a.Schedule != (Schedule{}) {
		return a.Schedule.fit(ctx, p, a.Name(), hard)
	}
	if a.Sweeps <= 0 {
		a.Sweeps = 300
	}
	return p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		atoms, factors, err := a.search(ctx, p, p.spread(r.Model))
		if err != nil {
			return nil, err
		}
		return p.refit(ctx, a.Name(), atoms, factors, p.stop)
	})
}

// search runs the sweeps and returns the atoms and factors of the best.
func (a Hard) search(ctx context.Context, p *problem, factors []*mat.Dense) ([][]int, []*mat.Dense, error) {
	update := make([]cpd.Updater, len(factors))
	snaps := make([]*snap, len(p.modes))
	for n, m := range p.relaxedMethods() {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	for i := range p.modes {
		snaps[i] = &snap{chooser: newChooser(&p.modes[i], p.rank, p.matchSigned(i)), inner: update[p.modes[i].N]}
		update[p.modes[i].N] = snaps[i]
	}
	s, err := cpd.NewALS(p.x, factors, update)
	if err != nil {
		return nil, nil, err
	}
	best := math.Inf(1)
	since := 0
	var atoms [][]int
	var kept []*mat.Dense
	_, _, err = sweep.Run(ctx, s, sweep.MaxSweeps(a.Sweeps), func(q sweep.Point) error {
		since++
		if q.RelativeError < best*(1-1e-8) {
			best, since = q.RelativeError, 0
			atoms, kept = atoms[:0], kept[:0]
			for _, u := range snaps {
				atoms = append(atoms, append([]int(nil), u.atoms...))
			}
			for _, f := range s.Factors() {
				kept = append(kept, mat.DenseCopyOf(f))
			}
		}
		if err := p.tell(a.Name(), q); err != nil {
			return err
		}
		if since >= patience {
			return sweep.ErrStop
		}
		return nil
	})
	return atoms, kept, err
}

// snap is the Updater of [Hard]: solve, then replace the columns by atoms. The
// atoms keep their norms; the scale goes to the modes that are solved next.
type snap struct {
	*chooser
	inner cpd.Updater
}

func (u *snap) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if err := u.inner.Update(a, m, g); err != nil {
		return err
	}
	if err := u.chooseFor(a, m, g); err != nil {
		return err
	}
	a.Copy(u.target)
	for r, j := range u.atoms {
		if j < 0 && !u.mode.Physical {
			unitColumn(a, r)
		}
	}
	return nil
}

// unitColumn brings column r of a to unit norm, unless it is zero.
func unitColumn(a *mat.Dense, r int) {
	rows, _ := a.Dims()
	norm := mat.Norm(a.ColView(r), 2)
	for i := range rows {
		if norm > 0 {
			a.Set(i, r, a.At(i, r)/norm)
		}
	}
}

// KeepsScale implements [cpd.Scaled].
func (*snap) KeepsScale() {}
