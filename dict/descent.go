package dict

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// descent exchanges atoms of a choice as long as the loss of a table falls: single
// atoms first, then pairs. All exchanges are scored ([scorer]) on the first rows
// of the table, the best by score are fitted on these rows, the best of those on
// all rows; only what is better there is a move.
type descent struct {
	t       *table
	rank    int
	rows    int // that are scored
	scorers []*scorer
	fitters []*fitter // of each worker
	fit     fitter

	k    []int      // the choice, as places in the pool
	a    *mat.Dense // rows × R: its fit
	loss float64
	// accept is asked before a move, and may refuse it.
	accept func(atoms []int) (bool, error)

	tries int     // proposals of each component that may be fitted
	pairs int     // first exchanges of pairs that are looked at
	work  float64 // multiplications so far, roughly
}

// A proposal is atom j of the pool for component r, and the loss that is expected
// of it on the rows that are scored.
type proposal struct {
	r, j int
	loss float64
}

const (
	scoreWork  = 4e8  // rows·d·R³ of scoring all exchanges once: some hundredths of a second
	scoreLeast = 256  // rows at least
	scoreMost  = 2048 // and at most: more do not change the order
	fitFirst   = 8    // proposals fitted on these rows before any is fitted on all
	fitMost    = 32   // and as long as none is better
	fitWhole   = 4    // of each batch that are fitted on all rows
	pairMost   = 64   // first exchanges of pairs
)

func newDescent(t *table, k []int, accept func([]int) (bool, error)) *descent {
	all, _ := t.b.Dims()
	rank := float64(len(k))
	per := float64(len(t.pool)) * rank * rank * rank
	d := &descent{
		t: t, rank: len(k), rows: min(all, scoreMost, max(scoreLeast, int(scoreWork/per))),
		a: mat.NewDense(all, len(k), nil), fit: fitter{t: t}, accept: accept, tries: fitMost, pairs: pairMost,
	}
	d.begin(k)
	return d
}

// begin sets the choice.
func (d *descent) begin(k []int) {
	d.k = d.k[:0]
	for _, j := range k {
		d.k = append(d.k, int(d.t.at[j]))
	}
	d.a.Zero()
	d.loss = d.fit.fit(d.k, d.a)
}

// atoms are places in the pool as atoms of the dictionary.
func (d *descent) atoms(k []int) []int {
	atoms := make([]int, len(k))
	for r, q := range k {
		atoms[r] = d.t.pool[q]
	}
	return atoms
}

// first is a copy of the scored rows of a.
func (d *descent) first(a *mat.Dense) *mat.Dense {
	return mat.DenseCopyOf(a.Slice(0, d.rows, 0, d.rank))
}

// propose scores all exchanges of one atom of the choice k, whose fit on the scored
// rows is a, but for component keep, and returns up to most of each component, the
// best first.
func (d *descent) propose(k []int, a *mat.Dense, keep, most int) []proposal {
	atoms := d.atoms(k)
	lists := make([][]proposal, len(k))
	for len(d.scorers) < par.Workers() {
		d.scorers, d.fitters = append(d.scorers, new(scorer)), append(d.fitters, &fitter{t: d.t})
	}
	par.For(len(k), 1, func(worker, lo, hi int) {
		s := d.scorers[worker]
		for r := lo; r < hi; r++ {
			if r == keep {
				continue
			}
			var others *mat.Dense
			if len(k) > 1 {
				others = withoutColumn([]*mat.Dense{a}, r)[0]
			}
			rest := d.fitters[worker].score(s, without(k, r), others, d.rows)
			for j, g := range s.gain {
				if n := len(lists[r]); n < most || rest-g < lists[r][n-1].loss {
					lists[r] = enterProposal(lists[r], proposal{r, j, rest - g}, most, d.t, atoms)
				}
			}
		}
	})
	d.work += d.scoring()
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(x, y proposal) int { return cmp.Compare(x.loss, y.loss) })
	return all
}

// scoring is the work of propose.
func (d *descent) scoring() float64 {
	return float64(d.rows*len(d.t.pool)) * float64(d.rank*d.rank*d.rank)
}

// enterProposal puts a proposal that the mode allows into a list of the most best.
func enterProposal(list []proposal, e proposal, most int, t *table, atoms []int) []proposal {
	if !t.mode.allows(atoms, e.r, t.pool[e.j]) {
		return list
	}
	if len(list) == most {
		list = list[:most-1]
	}
	at := len(list)
	for at > 0 && list[at-1].loss > e.loss {
		at--
	}
	return slices.Insert(list, at, e)
}

// with is k with the exchange made.
func (e proposal) with(k []int) []int {
	k = slices.Clone(k)
	k[e.r] = e.j
	return k
}

// single makes an exchange of one atom that lowers the loss, the best by score that
// does. It says whether there was one, and returns the proposals in order.
func (d *descent) single(ctx context.Context) (moved bool, list []proposal, err error) {
	part := d.first(d.a)
	list = d.propose(d.k, part, -1, d.tries)
	now := d.fit.fit(d.k, part)
	most := min(len(list), max(fitMost, d.tries))
	for lo := 0; lo < most; {
		hi := min(most, max(fitFirst, 2*lo))
		batch := slices.Clone(list[lo:hi])
		for i := range batch {
			batch[i].loss = d.fit.fit(batch[i].with(d.k), mat.DenseCopyOf(part))
		}
		slices.SortStableFunc(batch, func(x, y proposal) int { return cmp.Compare(x.loss, y.loss) })
		for i, e := range batch {
			if i >= fitWhole || i > 0 && e.loss >= now {
				break // of several that are no better on these rows, one is fitted on all
			}
			if err := ctx.Err(); err != nil {
				return false, list, err
			}
			if moved, err := d.move(e.with(d.k), d.a); moved || err != nil {
				return moved, list, err
			}
		}
		lo = hi
	}
	return false, list, nil
}

// move makes k the choice if its loss is less, and if that is accepted. a is where
// the fit starts.
func (d *descent) move(k []int, a *mat.Dense) (bool, error) {
	b := mat.DenseCopyOf(a)
	loss := d.fit.fit(k, b)
	if !(loss < d.loss-d.t.least(d.loss)) {
		return false, nil
	}
	if ok, err := d.accept(d.atoms(k)); !ok || err != nil {
		return false, err
	}
	d.k, d.a, d.loss = k, b, loss
	return true, nil
}

// pair makes an exchange of two atoms that lowers the loss: the singles in order of
// promise, whatever they do to the loss, each followed by the best second one. It
// stops when the work that it may do is done, and says whether it came to the end.
func (d *descent) pair(ctx context.Context, list []proposal, work float64) (moved, ended bool, err error) {
	part := d.first(d.a)
	now := d.fit.fit(d.k, part)
	until := d.work + work
	for _, e := range list[:min(len(list), d.pairs)] {
		if err := ctx.Err(); err != nil {
			return false, false, err
		}
		if d.work+d.scoring() > until {
			return false, false, nil
		}
		k := e.with(d.k)
		a := mat.DenseCopyOf(part)
		d.fit.fit(k, a)
		seconds := d.propose(k, a, e.r, 2)
		for _, f := range seconds[:min(2, len(seconds))] {
			q := f.with(k)
			if loss := d.fit.fit(q, mat.DenseCopyOf(a)); !(loss < now-roundingLoss*math.Abs(now)) {
				continue
			}
			if moved, err := d.move(q, d.a); moved || err != nil {
				return moved, true, err
			}
		}
	}
	return false, true, nil
}

// settle exchanges single atoms until that leads no further, then pairs as long as
// work is left, and after each of them single atoms again. complete says that no
// pair was left untried for want of work.
func (d *descent) settle(ctx context.Context, work float64) (moves int, complete bool, err error) {
	for {
		moved, list, err := d.single(ctx)
		if err != nil {
			return moves, false, err
		}
		if !moved {
			before := d.work
			if moved, complete, err = d.pair(ctx, list, work); err != nil || !moved {
				return moves, complete, err
			}
			work -= d.work - before
		}
		moves++
	}
}

// roundingLoss is the relative change of a loss that is rounding.
const roundingLoss = 1e-13

// least is the fall of a loss that counts as one.
func (t *table) least(loss float64) float64 {
	if !t.whole { // what is left out of it is not known
		return roundingLoss * math.Abs(loss)
	}
	return max(2*leastGain*loss, roundingLoss*t.xx)
}
