package dict

import (
	"gonum.org/v1/gonum/mat"
)

// chooser is the choice of atoms for one mode, with its scratch.
type chooser struct {
	mode    *Mode
	signed  bool
	cost    *mat.Dense // R×d
	scratch *mat.Dense // d×R
	atoms   []int      // atoms[r] is the atom of component r
	sign    []float64  // −1 where −a_r is the closer one
	target  *mat.Dense // I×R: the atoms with their signs, at the mode's scale
}

func newChooser(m *Mode, rank int, signed bool) *chooser {
	rows, atoms := m.Dict.Dims()
	return &chooser{
		mode: m, signed: signed,
		cost: mat.NewDense(rank, atoms, nil), scratch: mat.NewDense(atoms, rank, nil),
		sign: make([]float64, rank), target: mat.NewDense(rows, rank, nil),
	}
}

// choose sets atoms, sign and target for the columns of a.
func (c *chooser) choose(a *mat.Dense) error {
	c.mode.Match.costTo(c.cost, a, c.mode.Dict, c.signed, c.scratch)
	k, err := c.mode.choose(c.cost)
	if err != nil {
		return err
	}
	c.atoms = k
	for r, j := range k {
		c.sign[r] = 1
		if !c.signed && c.scratch.At(j, r) < 0 {
			c.sign[r] = -1
		}
	}
	c.mode.Dict.columnsTo(c.target, k, c.mode.Physical)
	rows, _ := c.target.Dims()
	for i := range rows {
		row := c.target.RawRowView(i)
		for r, s := range c.sign {
			row[r] *= s
		}
	}
	return nil
}
