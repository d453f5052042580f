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
	signed bool
	pass   *pass
	unit   *mat.Dense   // I×R: the columns as the rule compares them
	norm   []float64    // their norms before
	column []float64    // scratch, I
	best   []*shortlist // of each worker

	atoms  []int      // atoms[r] is the atom of component r
	sign   []float64  // −1 where −a_r is the closer one
	target *mat.Dense // I×R: the atoms with their signs, at the mode's scale
}

// shortlist is what a worker has kept.
type shortlist struct {
	*assign.Shortlists
	reach []float64 // reach[g·R+r]: cosine that an atom of group g must have, cost it must be below
}

func newChooser(m *Mode, rank int, signed bool) *chooser {
	rows, _ := m.Dict.Dims()
	c := &chooser{
		mode: m, signed: signed, unit: mat.NewDense(rows, rank, nil), norm: make([]float64, rank), column: make([]float64, rows),
		atoms: make([]int, rank), sign: make([]float64, rank), target: mat.NewDense(rows, rank, nil),
	}
	c.pass = newPass(m.Dict, m.Match.scaling(m.Dict), rank, c.see)
	c.pass.raw = m.Match != Distance
	return c
}

// choose sets atoms, sign and target for the columns of a.
func (c *chooser) choose(a *mat.Dense) error {
	if err := c.mode.Match.prepare(c.unit, c.norm, c.column, a); err != nil {
		return err
	}
	for len(c.best) < par.Workers() {
		c.best = append(c.best, c.newShortlist())
	}
	for _, b := range c.best {
		b.reset(c.mode.Match)
	}
	c.pass.run(c.unit)
	for _, b := range c.best[1:] {
		c.best[0].Merge(b.Shortlists)
	}
	if err := c.mode.choose(c.atoms, c.best[0].Shortlists); err != nil {
		return err
	}
	c.aim()
	return nil
}

func (c *chooser) newShortlist() *shortlist {
	groups, room := max(1, len(c.mode.Bounds)), 1
	if c.mode.Distinct {
		room = len(c.norm) + 1
	}
	return &shortlist{assign.NewShortlists(len(c.norm), groups, room), make([]float64, groups*len(c.norm))}
}

func (b *shortlist) reset(m Match) {
	b.Reset()
	none := m.reach(math.Inf(1))
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
	if c.mode.Match == Distance {
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
	m, g := c.mode.Match, c.group(j)
	b.Offer(r, g, j, m.cost(x, c.norm[r], c.mode.Dict.norms[j], c.signed))
	bar := b.Bar(r, g)
	if m != Distance {
		bar = m.reach(bar)
	}
	b.reach[g*len(c.norm)+r] = bar
}

func (c *chooser) group(j int) int {
	if c.mode.Bounds == nil {
		return 0
	}
	return c.mode.Group[j]
}

// aim sets sign and target for the chosen atoms.
func (c *chooser) aim() {
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
		c.sign[r] = 1
		if !c.signed && s < 0 {
			c.sign[r] = -1
		}
	}
	for i := range rows {
		row := c.target.RawRowView(i)
		for r, s := range c.sign {
			row[r] *= s
		}
	}
}
