package dict

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

const (
	passTol  = 1e-6 // ends the passes of an update
	warmTol  = 0.1  // and those of accelerated HALS
	offAtoms = 1e-6 // keeps λ finite
)

// variant is what a program does with the dictionary factor that it has solved for.
type variant int

const (
	hard     variant = iota // atoms take its place
	smooth                  // it is pulled to atoms, and the others see these
	flexible                // it is pulled to atoms, and the others see it
)

// program is a published program between two sweeps.
type program struct {
	Schedule
	p       *problem
	variant variant
	order   []int        // of the modes in a sweep
	factors []*mat.Dense // as the other modes see them
	update  []cpd.Updater
	m       []*mat.Dense // MTTKRP of each mode
	pulls   []*tug       // of p.modes
	solved  bool         // the dictionary factor as it is needs no update first
	same    int          // sweeps without another choice of atoms
}

// tug is the dictionary factor of a program.
type tug struct {
	*pull
	relaxed *mat.Dense
	last    []int // the atoms before
	ratio   float64
}

func newProgram(p *problem, s Schedule, v variant, start []*mat.Dense) (*program, error) {
	g := &program{Schedule: s, p: p, variant: v}
	for n, rows := range p.x.Dims() {
		if r, c := start[n].Dims(); r != rows || c != p.rank {
			return nil, fmt.Errorf("%w: factor %d of the start is %d×%d, want %d×%d", ErrShape, n, r, c, rows, p.rank)
		}
		g.factors = append(g.factors, mat.DenseCopyOf(start[n]))
		g.m = append(g.m, mat.NewDense(rows, p.rank, nil))
		g.update = append(g.update, g.updater(n, s.Passes, passTol))
		if p.mode(n) == nil && n != p.carrier() {
			g.order = append(g.order, n)
		}
	}
	for i := range p.modes {
		n := p.modes[i].N
		g.order = append(g.order, n)
		u := newPull(p, i, g.update[n])
		u.capped = true
		g.pulls = append(g.pulls, &tug{pull: u, relaxed: g.factors[n], last: make([]int, p.rank)})
		g.update[n] = u
	}
	slices.Sort(g.order[len(g.order)-len(p.modes):])
	g.order = append(g.order, p.carrier())
	return g, g.begin()
}

// updater is that of mode n with so many passes.
func (g *program) updater(n, passes int, tol float64) cpd.Updater {
	rows := g.p.x.Dims()[n]
	if !g.p.methods[n].Nonnegative() {
		return cpd.LeastSquares{}.Begin(rows, g.p.rank)
	}
	return &passing{inner: cpd.HALS{Inner: 1}.Begin(rows, g.p.rank), passes: passes, tol: tol, before: mat.NewDense(rows, g.p.rank, nil)}
}

// begin chooses the first atoms, warms up and sets λ.
func (g *program) begin() error {
	for _, u := range g.pulls {
		if err := u.choose(u.relaxed); err != nil {
			return err
		}
		copy(u.last, u.atoms)
		if g.Warm > 0 {
			continue
		}
		carrier := g.factors[g.p.carrier()]
		for r := range g.p.rank {
			norm := normalizeColumn(u.relaxed, r)
			scaleColumn(carrier, r, norm)
		}
	}
	return nil
}

// run warms up and sweeps until the schedule is over.
func (g *program) run(ctx context.Context, name string) error {
	rel := g.relativeError()
	loss := []float64{rel * rel}
	if err := g.p.tell(name, sweep.Point{RelativeError: rel}); err != nil {
		return err
	}
	if err := g.warm(); err != nil {
		return err
	}
	if g.variant != hard {
		rel := g.relativeError()
		for _, u := range g.pulls {
			u.lambda = startWeight * rel * rel * g.p.x.SquaredNorm() / (u.squaredDistance(u.relaxed) + offAtoms)
		}
	}
	if g.variant == smooth {
		for _, u := range g.pulls {
			g.factors[u.mode.N] = u.target
		}
	}
	for s := 1; s <= g.Sweeps; s++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("dict: stopped after %d sweeps: %w", s-1, err)
		}
		done, err := g.sweep()
		if done || err != nil {
			return err
		}
		if s%g.Every != 0 {
			continue
		}
		rel := g.relativeError()
		loss = append(loss, rel*rel)
		if err := g.p.tell(name, sweep.Point{Sweep: s, RelativeError: rel}); err != nil {
			return err
		}
		if g.Settle > 0 && settledBy(loss) <= g.Settle {
			return nil
		}
	}
	return nil
}

// settledBy is the mean of the last three relative changes.
func settledBy(loss []float64) float64 {
	if len(loss) < 4 {
		return math.Inf(1)
	}
	var sum float64
	for k := len(loss) - 3; k < len(loss); k++ {
		sum += math.Abs(loss[k]-loss[k-1]) / loss[k-1]
	}
	return sum / 3
}

// warm are sweeps of accelerated HALS, the first dictionary factor scaled to fit best
// before them.
func (g *program) warm() error {
	if g.Warm <= 0 {
		return nil
	}
	g.solved = true
	dims := g.p.x.Dims()
	update := make([]cpd.Updater, len(dims))
	for n := range dims {
		update[n] = g.updater(n, cpd.AcceleratedHALS{}.Passes(g.p.x, n, g.p.rank), warmTol)
	}
	n := g.p.modes[0].N
	g.p.x.MTTKRP(g.m[n], g.factors, n)
	var inner float64
	for i := range dims[n] {
		for r, v := range g.m[n].RawRowView(i) {
			inner += v * g.factors[n].At(i, r)
		}
	}
	if by := inner / tensor.NewKruskal(g.factors...).SquaredNorm(); by > 0 && !math.IsInf(by, 0) {
		g.factors[n].Scale(by, g.factors[n])
	}
	for range g.Warm {
		for _, n := range g.order {
			if err := g.solve(n, update[n], g.factors[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweep updates every factor once. It is done when atoms and factor have settled.
func (g *program) sweep() (done bool, err error) {
	for _, n := range g.order[:len(g.order)-1-len(g.pulls)] {
		if err := g.solve(n, g.update[n], g.factors[n]); err != nil {
			return false, err
		}
		for r := range g.p.rank {
			normalizeColumn(g.factors[n], r)
		}
	}
	close := true
	for _, u := range g.pulls {
		if err := g.pull(u); err != nil {
			return false, err
		}
		close = close && u.ratio < near
	}
	if g.Still > 0 && g.same >= g.Still && close {
		return true, nil
	}
	g.same++
	for _, u := range g.pulls {
		if err := u.choose(u.relaxed); err != nil {
			return false, err
		}
		if !slices.Equal(u.last, u.atoms) {
			g.same = 0
			copy(u.last, u.atoms)
		}
		switch g.variant {
		case hard:
			u.relaxed.Copy(u.target)
		case smooth:
			g.factors[u.mode.N] = u.target
		}
	}
	g.solved = false
	n := g.p.carrier()
	return false, g.solve(n, g.update[n], g.factors[n])
}

// pull solves for a dictionary factor and says how far it is from its atoms.
func (g *program) pull(u *tug) error {
	if g.solved {
		u.ratio = math.Inf(1)
		return nil
	}
	n := u.mode.N
	g.p.x.MTTKRP(g.m[n], g.factors, n)
	if err := u.solve(u.relaxed, g.m[n], tensor.HadamardOfGrams(g.factors, n)); err != nil {
		return err
	}
	if u.ratio = u.distance(u.relaxed); u.ratio > g.Tol {
		u.lambda *= g.Growth
	}
	return nil
}

func (g *program) solve(n int, update cpd.Updater, a *mat.Dense) error {
	g.p.x.MTTKRP(g.m[n], g.factors, n)
	return update.Update(a, g.m[n], tensor.HadamardOfGrams(g.factors, n))
}

func (g *program) relativeError() float64 {
	return tensor.NewKruskal(g.factors...).RelativeError(g.p.x)
}

func (g *program) atoms() [][]int {
	var atoms [][]int
	for _, u := range g.pulls {
		atoms = append(atoms, slices.Clone(u.atoms))
	}
	return atoms
}

// normalizeColumn brings column r to unit norm, unless it is zero, and returns its norm.
func normalizeColumn(a *mat.Dense, r int) float64 {
	m := a.RawMatrix()
	column := blas64.Vector{N: m.Rows, Data: m.Data[r:], Inc: m.Stride}
	norm := blas64.Nrm2(column)
	if norm > 0 {
		scaleColumn(a, r, 1/norm)
	}
	return norm
}

func scaleColumn(a *mat.Dense, r int, by float64) {
	m := a.RawMatrix()
	blas64.Scal(by, blas64.Vector{N: m.Rows, Data: m.Data[r:], Inc: m.Stride})
}

// passing is HALS, pass by pass over all rows.
type passing struct {
	inner  cpd.Updater // one pass
	passes int
	tol    float64
	before *mat.Dense
}

func (u *passing) Update(a, m *mat.Dense, g *mat.SymDense) error {
	var first float64
	for pass := range u.passes {
		u.before.Copy(a)
		if err := u.inner.Update(a, m, g); err != nil {
			return err
		}
		u.before.Sub(a, u.before)
		moved := mat.Norm(u.before, 2)
		if pass == 0 {
			first = moved
		}
		if moved < u.tol*first {
			break
		}
	}
	return nil
}
