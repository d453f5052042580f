package dict

import (
	"context"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

const (
	mostTries = 64   // atoms tried in the place of each, by default, at most
	boundWork = 1e10 // multiplications up to which bounds come from the whole unfolding
)

// exchange finds the rival of every chosen atom.
//
// With a single other mode, ‖P⊥_{Q∪j} X‖² is what an exchange for atom j leaves with
// the other factor free, Q the other atoms: no constraint leaves less. Atoms are
// fitted in ascending order of that bound, and when it passes the least loss
// found no other atom can be a closer rival. Otherwise the order is that of the
// loss with atom j at its best scale and all else kept, which bounds nothing. The
// atom at the smallest angle is tried in any case.
func (e *exam) exchange(ctx context.Context) error {
	for i := range e.p.modes {
		closest := e.closest(i)
		score := e.score(i)
		for r := range e.p.rank {
			if err := e.observed(ctx); err != nil {
				return err
			}
			list, proves := score(r)
			if err := e.rival(ctx, i, r, closest[r], list, proves); err != nil {
				return err
			}
		}
	}
	return nil
}

// trial is an atom in the place of another, everything else fitted again.
type trial struct {
	j      int
	change Change
}

// rival fits the atoms of the list, whose promise is −(a bound of the loss) if it
// proves anything, and the closest.
func (e *exam) rival(ctx context.Context, i, r, closest int, list []exchange, proves bool) error {
	t := &e.trust.Atoms[e.p.modes[i].N][r]
	t.Atom = e.base.atoms[i][r]
	t.Rival, t.Swapped, t.Angle = -1, impossible, math.NaN()
	t.Closest, t.ClosestSwapped, t.ClosestAngle = closest, impossible, math.NaN()
	var tried []trial
	try := func(j int) error {
		c, err := e.swapped(ctx, i, r, j)
		if err != nil {
			return err
		}
		tried = append(tried, trial{j, c})
		return nil
	}
	if closest >= 0 {
		if err := try(closest); err != nil {
			return err
		}
		t.ClosestSwapped, t.ClosestAngle = tried[0].change, e.angle(i, t.Atom, closest)
	}
	t.Proven = proves && len(list) < e.o.Tries // every allowed atom is in the list
	for _, x := range list {
		if x.j == closest {
			continue
		}
		if proves && len(tried) > 0 && -x.promise >= least(tried) {
			t.Proven = true
			break
		}
		if err := try(x.j); err != nil {
			return err
		}
	}
	sort.SliceStable(tried, func(x, y int) bool { return tried[x].change.Loss < tried[y].change.Loss })
	for _, x := range tried {
		if x.change.Relative < e.o.Matters {
			t.Group = append(t.Group, x.j)
		}
	}
	if len(tried) > 0 {
		t.Rival, t.Swapped = tried[0].j, tried[0].change
		t.Angle = e.angle(i, t.Atom, t.Rival)
	}
	return nil
}

// least is the least loss of the atoms tried.
func least(tried []trial) float64 {
	loss := math.Inf(1)
	for _, x := range tried {
		loss = min(loss, x.change.Loss)
	}
	return loss
}

// swapped is the change by atom j in the place of component r of modes[i].
func (e *exam) swapped(ctx context.Context, i, r, j int) (Change, error) {
	atoms := make([][]int, len(e.base.atoms))
	for m, k := range e.base.atoms {
		atoms[m] = slices.Clone(k)
	}
	atoms[i][r] = j
	c, err := e.p.refit(ctx, "examination: atom exchanged", atoms, e.base.factors, e.p.stop)
	if err != nil {
		return Change{}, err
	}
	return e.change(c), nil
}

// score returns what lists the Tries most promising atoms for a component of
// modes[i], and says whether −promise is a lower bound of the loss.
func (e *exam) score(i int) func(r int) (list []exchange, proves bool) {
	m, k := &e.p.modes[i], e.base.atoms[i]
	if !e.p.projects() {
		lists := e.ranked(i)
		return func(r int) ([]exchange, bool) { return lists[r], false }
	}
	rows, atoms := m.Dict.Dims()
	keep := e.p.rank + oversample
	if float64(rows)*float64(rows)*float64(atoms)*float64(e.p.rank) <= boundWork {
		keep = rows
	}
	v := newProjection(m, e.p.compress(m.N, keep))
	v.free = freeIn(k)
	return func(r int) ([]exchange, bool) {
		rest := v.score(without(k, r))
		list := Swap{Tries: e.o.Tries}.top(m, k, i, r, v.gain, -1)
		for q := range list {
			list[q].promise -= 1 + rest // top counts from −1
		}
		return list, e.p.spectral(m.N) // a sketch only estimates
	}
}

// ranked lists, for every component of modes[i], the atoms that lower the loss most
// at their best scale with all else kept, in one pass over the atoms. They are
// those of [Swap], but also where none lowers it.
func (e *exam) ranked(i int) [][]exchange {
	m, k := &e.p.modes[i], e.base.atoms[i]
	factors := e.base.factors
	a := factors[m.N]
	rows, rank := a.Dims()
	left := mat.NewDense(rows, rank, nil) // M − A·G + A·diag(G)
	e.p.mttkrp(left, factors, m.N)
	g := tensor.HadamardOfGrams(factors, m.N)
	var others mat.Dense
	off := mat.NewDense(rank, rank, nil)
	off.Copy(g)
	for r := range rank {
		off.Set(r, r, 0)
	}
	others.Mul(a, off)
	left.Sub(left, &others)

	tops := make([][][]exchange, par.Workers())
	for w := range tops {
		tops[w] = make([][]exchange, rank)
	}
	swap := Swap{Tries: e.o.Tries}
	newPass(m.Dict, &m.Dict.plain, rank, func(worker, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			for r, v := range c[:rank] {
				if e.p.signed {
					v = max(0, v)
				}
				tops[worker][r] = swap.enter(tops[worker][r], m, k, exchange{i: i, r: r, j: j, n: -1, promise: v * v})
			}
			c = c[rank:]
		}
	}).run(left)
	for _, of := range tops[1:] {
		for r := range of {
			for _, x := range of[r] {
				tops[0][r] = swap.enter(tops[0][r], m, k, x)
			}
		}
	}
	return tops[0]
}

// closest is, for every chosen atom of modes[i], the allowed one at the smallest
// angle, −1 if none is.
func (e *exam) closest(i int) []int {
	m, k := &e.p.modes[i], e.base.atoms[i]
	rank := len(k)
	free := !e.p.matchSigned(i)
	tops := make([][]pair, par.Workers()) // i: the atom
	for w := range tops {
		tops[w] = make([]pair, rank)
		for r := range tops[w] {
			tops[w][r] = pair{math.Inf(-1), -1, r}
		}
	}
	newPass(m.Dict, &m.Dict.plain, rank, func(worker, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			for r, v := range c[:rank] {
				if free {
					v = math.Abs(v)
				}
				if v > tops[worker][r].mu && m.allows(k, r, j) {
					tops[worker][r] = pair{v, j, r}
				}
			}
			c = c[rank:]
		}
	}).run(m.Dict.Columns(k, false))
	closest := make([]int, rank)
	for r := range closest {
		best := tops[0][r]
		for _, of := range tops[1:] {
			if of[r].i >= 0 && of[r].closer(best) {
				best = of[r]
			}
		}
		closest[r] = best.i
	}
	return closest
}

// angle is that between two atoms, in radians: from ‖u − v‖, for an arc cosine has
// no digits left where it is small.
func (e *exam) angle(i, a, b int) float64 {
	m := &e.p.modes[i]
	u := m.Dict.Columns([]int{a, b}, false)
	rows, _ := u.Dims()
	var minus, plus float64
	for q := range rows {
		row := u.RawRowView(q)
		minus += (row[0] - row[1]) * (row[0] - row[1])
		plus += (row[0] + row[1]) * (row[0] + row[1])
	}
	if !e.p.matchSigned(i) && plus < minus {
		minus, plus = plus, minus
	}
	return 2 * math.Atan2(math.Sqrt(minus), math.Sqrt(plus))
}
