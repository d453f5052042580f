package dict

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
)

// An entrant of a race is a choice of atoms, a few exchanges away from another, with the
// other factors as far as they have been fitted.
type entrant struct {
	moves   []exchange
	atoms   [][]int
	factors []*mat.Dense
	err     float64
}

// laps of a race: a share of the entrants, those of least error, goes on for so many more
// sweeps. What an exchange is worth shows late where components are nearly collinear, but
// few of those that end ahead are far behind on the way.
var laps = []struct{ share, sweeps int }{{1, 5}, {8, 10}, {32, 25}, {64, briefSweeps}}

const (
	sprint     = 32  // exchanges of one atom in a first, short race
	marathon   = 384 // and at most in one of all that may be better
	runners    = 64  // of each component in that
	everyone   = 16  // exchanges of each component that are in it in any case
	costlyRace = 64  // exchanges in a race whose every sweep goes through all data
)

// race fits the entrants by turns and returns the model of the first that comes to the
// goal, nil if none does.
func (f *portfolio) race(ctx context.Context, list []*entrant, goal float64) (*candidate, error) {
	if goal < rounding {
		return nil, nil // the fit is perfect
	}
	all := len(list)
	for _, lap := range laps {
		list = list[:(all+lap.share-1)/lap.share]
		for _, e := range list {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("dict: stopped while exchanges were compared: %w", err)
			}
			c, err := f.p.quick(ctx, Auto{}.Name(), e.atoms, e.factors, sweep.MaxSweeps(lap.sweeps))
			if err != nil {
				return nil, err
			}
			e.factors, e.err = c.factors, c.err
		}
		slices.SortStableFunc(list, byError)
		if len(list) > 0 && list[0].err <= goal {
			return f.last(ctx, list[0])
		}
	}
	return nil, nil
}

func byError(x, y *entrant) int { return cmp.Compare(x.err, y.err) }

// last fits an entrant that is better to where fits are compared.
func (f *portfolio) last(ctx context.Context, e *entrant) (*candidate, error) {
	return f.p.quick(ctx, Auto{}.Name(), e.atoms, e.factors, f.p.stop)
}

// singles are the exchanges of one atom that promise most, and in a long race some of every
// component.
func (f *portfolio) singles(c *candidate, most int) []*entrant {
	own := map[[2]int]int{}
	var list []*entrant
	for at, e := range (Swap{Tries: most}).proposals(f.p, c) {
		own[[2]int{e.i, e.r}]++
		if at < most || most > sprint && own[[2]int{e.i, e.r}] <= everyone {
			list = append(list, f.entrant(e, c))
		}
	}
	return list
}

// entrant is c with an exchange made. The factor that is to follow does so at once, unless
// it is the first of a sweep anyway.
func (f *portfolio) entrant(e exchange, c *candidate) *entrant {
	atoms, factors := e.in(c.atoms), c.factors
	for n := range e.n {
		if f.p.mode(n) == nil {
			factors = f.p.followed(e, atoms, factors)
			break
		}
	}
	return &entrant{moves: []exchange{e}, atoms: atoms, factors: factors, err: math.Inf(1)}
}

// sprint looks for an exchange of one atom among the most promising that lowers the error.
func (f *portfolio) sprint(ctx context.Context, c *candidate) (*candidate, error) {
	return f.race(ctx, f.singles(c, sprint), c.err*(1-leastGain))
}

// marathon looks for exchanges that lower the error, of one atom and then of more at a
// time, and last for a better fit to the same atoms.
func (f *portfolio) marathon(ctx context.Context, c *candidate) (*candidate, error) {
	goal := c.err * (1 - leastGain)
	most := min(marathon, runners*f.p.rank)
	if f.p.flat == nil {
		most = costlyRace
	}
	singles := f.singles(c, most)
	next, err := f.race(ctx, singles, goal)
	if next != nil || err != nil {
		return next, err
	}
	if most = f.most(); most > 0 {
		if next, err = f.combined(ctx, singles, most, goal); next != nil || err != nil {
			return next, err
		}
	}
	return f.transpose(ctx, c, goal)
}
