package dict

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// TrickOMP unmixes first and codes then: orthogonal matching pursuit on each
// column of Y·B·(BᵀB)⁻¹ by itself. With k = 1 it is the step of [Hard]. It is exact
// when D is orthonormal or Y noiseless, and suffers where B is badly conditioned.
// Work: k passes over the dictionary for all components.
//
// References:
//   - [C22], section 3.
type TrickOMP struct{}

// Name implements [Coder].
func (TrickOMP) Name() string { return "trick OMP" }

func (TrickOMP) code(_ context.Context, c *coding) error {
	var unmixed mat.Dense
	unmixed.CloneFrom(c.m)
	if err := new(linalg.LS).Solve(&unmixed, c.m, c.g); err != nil {
		return err
	}
	p := newPursuit(c, c.rank)
	p.target.Copy(&unmixed)
	for r := range p.weigh {
		p.weigh[r] = 1
	}
	if err := p.run(); err != nil {
		return err
	}
	c.list = c.list[:0]
	for r, k := range p.support {
		for _, j := range k {
			c.list = append(c.list, slot{r, j})
		}
	}
	return c.refine()
}

// HOMP, hierarchical OMP, is block coordinate descent over the columns of S: with
// the others fixed column r solves
//
//	min ½g_rr‖D̂·s‖² − ⟨e_r, D̂·s⟩,  e_r = m_r − Σ_{q≠r} g_qr·a_q,  ‖s‖₀ ≤ k,
//
// by orthogonal matching pursuit, which is kept if the cost falls; a round over the
// columns ends with all coefficients solved for together. The cost falls from round
// to round. Work: k·R passes over the dictionary of one column each, a round.
//
// References:
//   - [C22], algorithm 3.
type HOMP struct {
	// Rounds is the most rounds over the columns. Default: 50.
	Rounds int
}

// Name implements [Coder].
func (HOMP) Name() string { return "HOMP" }

// leastFall is the relative fall of the cost that a new support must bring, well
// above the rounding of the cost.
const leastFall = 1e-10

func (a HOMP) code(ctx context.Context, c *coding) error {
	if a.Rounds <= 0 {
		a.Rounds = 50
	}
	c.list = c.list[:0]
	if err := c.refine(); err != nil {
		return err
	}
	p := newPursuit(c, 1)
	for range a.Rounds {
		before := c.cost
		for r := range c.rank {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.renew(r); err != nil {
				return err
			}
		}
		if err := c.refine(); err != nil {
			return err
		}
		if before-c.cost <= leastFall*math.Abs(c.cost) {
			break
		}
	}
	return nil
}

// renew codes column r anew, the others fixed, and keeps that if it is better.
func (p *pursuit) renew(r int) error {
	c := p.coding
	c.residual(c.a)
	g := c.h[r*c.rank+r]
	var old float64
	rows, _ := c.a.Dims()
	for i := range rows {
		a, t := c.a.At(i, r), c.e.At(i, r)+g*c.a.At(i, r)
		p.target.Set(i, 0, t)
		old += g*a*a/2 - t*a
	}
	p.weigh[0] = g
	if err := p.run(); err != nil {
		return err
	}
	var now float64
	for i := range rows {
		a := p.fit.At(i, 0)
		now += g*a*a/2 - p.target.At(i, 0)*a
	}
	if !(now < old-leastFall*math.Abs(old)) {
		return nil
	}
	c.list = slices.DeleteFunc(c.list, func(s slot) bool { return s.r == r })
	for _, j := range p.support[0] {
		c.list = append(c.list, slot{r, j})
	}
	c.a.SetCol(r, mat.Col(nil, 0, p.fit))
	return nil
}

// pursuit is orthogonal matching pursuit on several columns, each by itself,
//
//	min ½w‖D̂·s‖² − ⟨t, D̂·s⟩,  ‖s‖₀ ≤ k,
//
// by passes that the columns share.
type pursuit struct {
	*coding
	target  *mat.Dense // I×cols
	weigh   []float64
	support [][]int
	fit     *mat.Dense // I×cols: D̂·s
	left    *mat.Dense // I×cols: t − w·D̂·s
	find    *pass
	best    [][]pick // of each worker, of each column
	column  *coding  // a problem of one column, for the coefficients
}

// pick is an atom and its correlation.
type pick struct {
	j int
	x float64
}

func newPursuit(c *coding, cols int) *pursuit {
	rows, _ := c.dict.Dims()
	p := &pursuit{
		coding: c, target: mat.NewDense(rows, cols, nil), weigh: make([]float64, cols), support: make([][]int, cols),
		fit: mat.NewDense(rows, cols, nil), left: mat.NewDense(rows, cols, nil), column: newColumn(c),
	}
	p.find = newPass(c.dict, &c.dict.plain, cols, p.see)
	return p
}

// newColumn is a coding of a single column that only ever refines.
func newColumn(c *coding) *coding {
	rows, _ := c.dict.Dims()
	return &coding{
		dict: c.dict, rank: 1, k: c.k, nonnegative: c.nonnegative,
		m: mat.NewDense(rows, 1, nil), g: mat.NewSymDense(1, nil), h: make([]float64, 1),
		a: mat.NewDense(rows, 1, nil), e: mat.NewDense(rows, 1, nil),
		atoms: make([]float64, rows*c.k), gram: make([]float64, c.k*c.k), normal: make([]float64, c.k*c.k), right: make([]float64, c.k),
	}
}

// see looks for the atom of largest correlation with each column, the lowest
// index among equals.
func (p *pursuit) see(worker, first int, x []float64) {
	best := p.best[worker]
	for j := first; len(x) > 0; j++ {
		for r, v := range x[:len(best)] {
			if !p.nonnegative {
				v = math.Abs(v)
			}
			if v > best[r].x && !slices.Contains(p.support[r], j) {
				best[r] = pick{j, v}
			}
		}
		x = x[len(best):]
	}
}

// run sets support and fit for target and weigh.
func (p *pursuit) run() error {
	p.left.Copy(p.target)
	p.fit.Zero()
	for r := range p.support {
		p.support[r] = p.support[r][:0]
	}
	for range p.k {
		for len(p.best) < par.Workers() {
			p.best = append(p.best, make([]pick, len(p.support)))
		}
		for _, b := range p.best {
			for r := range b {
				b[r] = pick{-1, 0}
			}
		}
		p.find.run(p.left)
		for r := range p.support {
			best := p.best[0][r]
			for _, b := range p.best[1:] {
				if b[r].x > best.x {
					best = b[r]
				}
			}
			if best.j >= 0 {
				if err := p.extend(r, best.j); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// extend adds atom j to the support of column r and solves for its coefficients.
func (p *pursuit) extend(r, j int) error {
	c := p.column
	rows, _ := p.target.Dims()
	for i := range rows {
		c.m.Set(i, 0, p.target.At(i, r))
	}
	c.g.SetSym(0, 0, p.weigh[r])
	c.h[0] = p.weigh[r]
	c.list = c.list[:0]
	for _, k := range append(p.support[r], j) {
		c.list = append(c.list, slot{0, k})
	}
	if err := c.refine(); err != nil {
		return err
	}
	p.support[r] = p.support[r][:0]
	for _, s := range c.list {
		p.support[r] = append(p.support[r], s.j)
	}
	for i := range rows {
		p.fit.Set(i, r, c.a.At(i, 0))
		p.left.Set(i, r, c.e.At(i, 0))
	}
	return nil
}
