package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// Gradient relaxes the choice of atoms to coefficients S, d×R, in A_n = D̂·S and
// makes them sparse little by little: every sweep takes a few accelerated proximal
// gradient steps on
//
//	½‖X − ⟦A₀, …⟧‖² + Σ_r λ_r‖s_r‖₁,  λ_r = w·max_j |⟨d̂_j, m_r⟩|,
//
// of length 1/(σ₁(D̂)²·σ₁(G)), with w growing from 0 to Weight over the sweeps, and
// every column then takes the atom of its largest coefficient: within Distinct and
// the bounds of the mode, those of largest sum. S ≥ 0 where the sign of a component
// cannot go to another factor. It is not monotone; the atoms of the last sweeps, and
// of those before them, are all fitted and the best is kept. Its authors prefer
// [Hard]: on a coherent dictionary steps are short and S stays spread over look-alikes.
// Work: 4·I·d·R flops a step.
//
// References:
//   - [CG18a], section IV (fast gradient variant).
type Gradient struct {
	// Weight at the end, of that at which a column, alone, would be zero.
	// Default: 0.7.
	Weight float64
	// Sweeps over which the weight grows. Default: 200.
	Sweeps int
	// Steps of a sweep. Default: 3.
	Steps int
}

// Name implements [Algorithm].
func (Gradient) Name() string { return "gradient" }

func (a Gradient) fit(ctx context.Context, p *problem) (*candidate, error) {
	for i := range p.modes {
		if err := p.modes[i].Dict.inMemory("the gradient variant"); err != nil {
			return nil, err
		}
	}
	if a.Weight <= 0 {
		a.Weight = 0.7
	}
	if a.Sweeps <= 0 {
		a.Sweeps = 200
	}
	if a.Steps <= 0 {
		a.Steps = 3
	}
	return p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		visited, err := a.search(ctx, p, p.spread(r.Model))
		if err != nil {
			return nil, err
		}
		return p.bestVisit(ctx, a.Name(), visited)
	})
}

// search runs the sweeps and returns the last different choices of atoms.
func (a Gradient) search(ctx context.Context, p *problem, factors []*mat.Dense) ([]visit, error) {
	update := make([]cpd.Updater, len(factors))
	for n, m := range p.relaxedMethods() {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	climbs := make([]*climb, len(p.modes))
	for i := range p.modes {
		m := &p.modes[i]
		climbs[i] = newClimb(m, p.rank, a.Steps, p.matchSigned(i))
		if err := climbs[i].start(factors[m.N]); err != nil {
			return nil, err
		}
		update[m.N] = climbs[i]
	}
	s, err := cpd.NewALS(p.x, factors, update)
	if err != nil {
		return nil, err
	}
	var visited []visit
	_, _, err = sweep.Run(ctx, s, sweep.MaxSweeps(a.Sweeps), func(q sweep.Point) error {
		var atoms [][]int
		for _, u := range climbs {
			if err := u.choose(); err != nil {
				return err
			}
			atoms = append(atoms, append([]int(nil), u.atoms...))
			u.weight = a.Weight * float64(q.Sweep) / float64(a.Sweeps)
		}
		visited = remember(visited, visit{atoms: atoms}, s.Factors())
		return p.tell(a.Name(), q)
	})
	return visited, err
}

// climb is the Updater of [Gradient].
type climb struct {
	*fista
	mode   *Mode
	steps  int
	weight float64
	h      *l1
	best   *shortlist
	atoms  []int
}

func newClimb(m *Mode, rank, steps int, signed bool) *climb {
	u := &climb{mode: m, steps: steps, atoms: make([]int, rank)}
	c := newCoding(m.Dict, rank, 1, signed)
	u.fista, u.h = newFista(c), &l1{top: make([]float64, rank), lambda: make([]float64, rank), nonnegative: signed}
	u.best = newChooser(m, rank, signed).newShortlist()
	return u
}

// start makes S such that D̂·S is the correlation of the columns of a with the
// atoms, the first step from zero.
func (u *climb) start(a *mat.Dense) error {
	u.e.Copy(a)
	u.correlate()
	copy(u.s, u.corr)
	for i, x := range u.s {
		u.s[i] = soft(x, 0, u.nonnegative)
	}
	u.expand(u.as, u.s)
	u.unit()
	return u.choose()
}

// Update implements [cpd.Updater]. Columns of S leave it with unit norm, unless they
// are zero.
func (u *climb) Update(a, m *mat.Dense, g *mat.SymDense) error {
	u.begin(m, g)
	u.h.measure(u.coding)
	u.h.relative(u.weight)
	u.lipschitz = u.squaredNorm() * u.topEigenvalue()
	u.cost = u.residual(u.as) + u.h.value(u.s)
	u.still()
	t := 1.0
	for range u.steps {
		if !u.step(u.h) {
			t = 1
			u.still()
			continue
		}
		next := (1 + math.Sqrt(1+4*t*t)) / 2
		u.lead((t - 1) / next)
		t = next
	}
	u.unit()
	a.Copy(u.as)
	return nil
}

// KeepsScale implements [cpd.Scaled]: the steps presuppose columns of the size
// that they left them with.
func (*climb) KeepsScale() {}

// unit brings the columns of S to unit norm. Those of A will not do: where the steps
// make them smaller, what of S the atoms cancel would grow from sweep to sweep.
func (u *climb) unit() {
	a := u.as.RawMatrix().Data
	for r := range u.rank {
		norm := blas64.Nrm2(blas64.Vector{N: len(u.s) / u.rank, Data: u.s[r:], Inc: u.rank})
		if norm == 0 {
			continue
		}
		for i := r; i < len(a); i += u.rank {
			a[i] /= norm
		}
		for i := r; i < len(u.s); i += u.rank {
			u.s[i] /= norm
		}
	}
}

// choose sets atoms to those of the largest coefficients.
func (u *climb) choose() error {
	u.best.empty()
	for i, x := range u.s {
		g, j := 0, i/u.rank
		if u.mode.Bounds != nil {
			g = u.mode.Group[j]
		}
		u.best.enter(i%u.rank, u.rank, g, j, -math.Abs(x))
	}
	return u.best.choose(u.mode, u.atoms)
}
