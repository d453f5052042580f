package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/internal/par"
)

// chooser is the choice of atoms for one mode, with its scratch. In one pass over
// the atoms it keeps of every component (and group) the atoms that an exact
// choice may need, by the costs of the mode's Match: R+1 if they are to be
// distinct, else one. The choice is that from the R×d costs, the lowest index
// among equals.
type chooser struct {
	mode   *Mode
	rule   Match // of the mode, Loss resolved
	signed bool
	pass   *pass
	weight []float64    // of the columns in the total cost
	asked  *mat.Dense   // I×R: what Loss compares, nil for other rules
	unit   *mat.Dense   // I×R: the columns as the rule compares them
	norm   []float64    // their norms before
	column []float64    // scratch, I
	best   []*shortlist // of each worker

	atoms  []int      // atoms[r] is the atom of component r
	sign   []float64  // −1 where −a_r is the closer one
	by     []float64  // what atoms are multiplied by in target
	target *mat.Dense // I×R: the atoms with their signs, at the mode's scale, or that of the rule
}

// shortlist is what a worker has kept.
type shortlist struct {
	*assign.Shortlists
	kinds *kinds    // not nil where atoms are to be apart
	reach []float64 // reach[g·R+r]: cosine that an atom of group g must have, cost it must be below
}

func newChooser(m *Mode, rank int, signed bool) *chooser {
	rows, _ := m.Dict.Dims()
	c := &chooser{
		mode: m, rule: m.rule(), signed: signed, weight: make([]float64, rank), unit: mat.NewDense(rows, rank, nil), norm: make([]float64, rank), column: make([]float64, rows),
		atoms: make([]int, rank), sign: make([]float64, rank), by: make([]float64, rank), target: mat.NewDense(rows, rank, nil),
	}
	if m.Match == Loss {
		c.asked = mat.NewDense(rows, rank, nil)
	}
	for r := range c.weight {
		c.weight[r] = 1
	}
	c.pass = newPass(m.Dict, c.rule.scaling(m.Dict), rank, c.see)
	c.pass.raw = c.rule != Distance
	return c
}

// chooseFor is choose for a factor a that was updated with MTTKRP m and Gram g. Under
// Loss it compares e_r/g_rr = (m_r − A·g_r)/g_rr + a_r, of weight g_rr; where g_rr is
// zero the data say nothing, and the column is taken as it is.
func (c *chooser) chooseFor(a, m *mat.Dense, g *mat.SymDense) error {
	if c.mode.Match != Loss {
		return c.choose(a)
	}
	rows, rank := a.Dims()
	c.asked.Mul(a, g)
	for r := range rank {
		c.weight[r] = g.At(r, r)
		if !(c.weight[r] > 0) {
			c.weight[r] = 1
		}
	}
	for i := range rows {
		w, x, y := c.asked.RawRowView(i), a.RawRowView(i), m.RawRowView(i)
		for r := range w {
			if g.At(r, r) > 0 {
				w[r] = (y[r]-w[r])/g.At(r, r) + x[r]
			} else {
				w[r] = x[r]
			}
		}
	}
	return c.pick(c.asked, a)
}

// choose sets atoms, sign and target for the columns of a.
func (c *chooser) choose(a *mat.Dense) error { return c.pick(a, a) }

// pick is choose by the columns of asked, a being where free ones are.
func (c *chooser) pick(asked, a *mat.Dense) error {
	if err := c.rule.prepare(c.unit, c.norm, c.column, asked); err != nil {
		return err
	}
	for len(c.best) < par.Workers() {
		c.best = append(c.best, c.newShortlist())
	}
	for _, b := range c.best {
		b.reset(c.rule)
	}
	c.pass.run(c.unit)
	for _, b := range c.best[1:] {
		c.best[0].merge(b, len(c.norm))
	}
	if err := c.best[0].choose(c.mode, c.atoms); err != nil {
		return err
	}
	c.aim(a)
	return nil
}

func (c *chooser) newShortlist() *shortlist {
	groups, room := max(1, len(c.mode.bounds())), 1
	if c.mode.Distinct {
		room = len(c.norm) + 1
	}
	return &shortlist{assign.NewShortlists(len(c.norm), groups, room), newKinds(c.mode, len(c.norm), groups), make([]float64, groups*len(c.norm))}
}

// enter offers atom j of group g to component r of rank and returns the cost from which
// no further one need be offered.
func (b *shortlist) enter(r, rank, g, j int, cost float64) float64 {
	if b.kinds != nil {
		return b.kinds.lists[g*rank+r].offer(member{b.kinds.mode.family[j], j, cost}, rank+1)
	}
	b.Offer(r, g, j, cost)
	return b.Bar(r, g)
}

// merge enters all that another worker has kept.
func (b *shortlist) merge(from *shortlist, rank int) {
	if b.kinds == nil {
		b.Merge(from.Shortlists)
		return
	}
	for i, list := range from.kinds.lists {
		for _, x := range list {
			b.kinds.lists[i].offer(x, rank+1)
		}
	}
}

// choose sets k to the best choice of what was entered.
func (b *shortlist) choose(m *Mode, k []int) error {
	if b.kinds == nil {
		return m.choose(k, b.Shortlists)
	}
	b.kinds.pour(b, len(k))
	if err := m.choose(k, b.Shortlists); err != nil {
		return err
	}
	b.kinds.name(k)
	return nil
}

// empty forgets what was entered.
func (b *shortlist) empty() {
	b.Reset()
	if b.kinds != nil {
		b.kinds.reset()
	}
}

func (b *shortlist) reset(m Match) {
	b.empty()
	none := m.reach(math.Inf(1), 1)
	if m == Distance {
		none = math.Inf(1)
	}
	for i := range b.reach {
		b.reach[i] = none
	}
}

// see offers a block of atoms. A worker sees them in ascending order, so that an
// equal cost comes too late.
func (c *chooser) see(worker, first int, cosines []float64) {
	b, rank := c.best[worker], len(c.norm)
	if c.rule == Distance {
		c.seeDistances(b, first, cosines)
		return
	}
	n := len(cosines) / rank
	factors := c.pass.factors(first, n)
	reach := b.reach[:rank]
	for k := range n {
		if c.mode.Bounds != nil {
			reach = b.reach[c.mode.Group[first+k]*rank:][:rank]
		}
		row, s := cosines[k*rank:][:rank], 1.0
		if factors != nil {
			s = factors[k]
		}
		bar := reach[:len(row)]
		if c.signed {
			for r, x := range row {
				if x*s >= bar[r] {
					c.offer(b, r, first+k, x*s)
				}
			}
			continue
		}
		for r, x := range row {
			if math.Abs(x*s) >= bar[r] {
				c.offer(b, r, first+k, x*s)
			}
		}
	}
}

// seeDistances is see for a rule that weighs the norms of the atoms.
func (c *chooser) seeDistances(b *shortlist, first int, products []float64) {
	rank := len(c.norm)
	for k := range len(products) / rank {
		j := first + k
		bar := b.reach[c.group(j)*rank:][:rank]
		for r, x := range products[k*rank:][:rank] {
			if !c.signed {
				x = math.Abs(x)
			}
			if squaredDistance(x, c.norm[r], c.mode.Dict.norms[j]) < bar[r] {
				c.offer(b, r, j, x)
			}
		}
	}
}

// offer offers atom j to component r, at correlation x.
func (c *chooser) offer(b *shortlist, r, j int, x float64) {
	m, g := c.rule, c.group(j)
	bar := b.enter(r, len(c.norm), g, j, c.weight[r]*m.cost(x, c.norm[r], c.mode.Dict.norms[j], c.signed)) / c.weight[r]
	if m != Distance {
		bar = m.reach(bar, c.norm[r])
	}
	b.reach[g*len(c.norm)+r] = bar
}

func (c *chooser) group(j int) int {
	if c.mode.Bounds == nil {
		return 0
	}
	return c.mode.Group[j]
}

// aim sets sign and target for the chosen atoms. Under a distance with free scale the
// target is the closest multiple of an atom, unless that is zero. Free columns of a are
// where they are to be.
func (c *chooser) aim(a *mat.Dense) {
	c.target.Copy(a)
	c.mode.Dict.columnsTo(c.target, c.atoms, c.mode.Physical)
	rows, _ := c.target.Dims()
	clear(c.sign)
	for i := range rows {
		u, t := c.unit.RawRowView(i), c.target.RawRowView(i)
		for r := range t {
			c.sign[r] += u[r] * t[r]
		}
	}
	for r, s := range c.sign {
		c.sign[r], c.by[r] = 1, 1
		if c.atoms[r] < 0 {
			continue
		}
		if !c.signed && s < 0 {
			c.sign[r] = -1
		}
		if by := math.Abs(s) * c.norm[r]; c.rule == ScaledDistance && !c.mode.Physical && s*c.sign[r] > 0 && by > 0 {
			c.by[r] = by
		}
		c.by[r] *= c.sign[r]
	}
	for i := range rows {
		row := c.target.RawRowView(i)
		for r, s := range c.by {
			row[r] *= s
		}
	}
}
