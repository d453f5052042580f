package dict

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// pulling is what [Flexible] and [Smooth] have in common: a relaxed factor that is
// pulled to atoms by a growing λ.
type pulling struct {
	growth, tol float64
	sweeps      int
	// exposed are the atoms, not the relaxed factor, to the other modes.
	exposed bool
}

const (
	startWeight = 0.01 // λ₀ relative to the ratio of the two errors
	settled     = 5    // sweeps with the same atoms that count as settled
	near        = 0.05 // relative distance to the atoms under which they count as settled
	remembered  = 6    // different choices of atoms that are fitted at the end
	hurry       = 4    // sweeps' growth of λ in one, when the atoms go round in a cycle
)

func newPulling(growth, tol float64, sweeps int) pulling {
	if growth <= 1 {
		growth = 1.1
	}
	if tol <= 0 {
		tol = 0.01
	}
	return pulling{growth: growth, tol: tol, sweeps: whenZero(sweeps, 300)}
}

func (a pulling) fit(ctx context.Context, p *problem, name string) (*candidate, error) {
	return p.bestOf(ctx, name, func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		visited, err := a.search(ctx, p, name, p.spread(r.Model), r.RelativeError)
		if err != nil {
			return nil, err
		}
		return p.bestVisit(ctx, name, visited)
	})
}

// search runs the sweeps and returns the choices of atoms that are worth a fit.
func (a pulling) search(ctx context.Context, p *problem, name string, factors []*mat.Dense, relativeError float64) ([]visit, error) {
	update := make([]cpd.Updater, len(factors))
	for n, m := range p.relaxedMethods() {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	pulls := make([]*pull, len(p.modes))
	for i := range p.modes {
		n := p.modes[i].N
		u := newPull(p, i, update[n])
		if err := u.choose(factors[n]); err != nil {
			return nil, err
		}
		u.lambda = u.firstLambda(factors[n], relativeError*relativeError*p.x.SquaredNorm())
		pulls[i], update[n] = u, u
		if a.exposed {
			update[n] = &exposed{u, mat.DenseCopyOf(factors[n])}
		}
	}
	s, err := cpd.NewALS(p.x, factors, update)
	if err != nil {
		return nil, err
	}
	var visited []visit
	same := 0
	_, _, err = sweep.Run(ctx, s, sweep.MaxSweeps(a.sweeps), func(q sweep.Point) error {
		var atoms [][]int
		for _, u := range pulls {
			atoms = append(atoms, slices.Clone(u.atoms))
		}
		before := slices.IndexFunc(visited, func(v visit) bool { return sameAtoms(v.atoms, atoms) })
		cycle := before >= 0 && before < len(visited)-1
		if same++; before < 0 || cycle {
			same = 0
		}
		close := a.grow(pulls, cycle)
		v := visit{atoms: atoms}
		if a.exposed {
			v.err = q.RelativeError
		}
		visited = remember(visited, v, s.Factors())
		if err := p.tell(name, q); err != nil {
			return err
		}
		if same >= settled && close {
			return sweep.ErrStop
		}
		return nil
	})
	return visited, err
}

// grow multiplies λ where a factor is not close to its atoms, and says whether
// all are near. Atoms that were left and are taken again would go round for as long as
// the pull is as weak as it is.
func (a pulling) grow(pulls []*pull, cycle bool) (close bool) {
	close = true
	for _, u := range pulls {
		switch {
		case cycle:
			u.lambda *= math.Pow(a.growth, hurry)
		case u.ratio > a.tol:
			u.lambda *= a.growth
		}
		close = close && u.ratio < near
	}
	return close
}

// pull is the Updater of [Flexible]: the penalised update, then the choice of
// atoms that the next one is pulled to.
type pull struct {
	*chooser
	inner  cpd.Updater
	lambda float64
	ratio  float64       // ‖A − D(:,κ)‖₂/‖A‖₂ after the last update
	m      *mat.Dense    // M + λD(:,κ)
	g      *mat.SymDense // G + λI
	capped bool          // λ has been held under trace(G)/R once
}

func newPull(p *problem, i int, inner cpd.Updater) *pull {
	return &pull{
		chooser: newChooser(&p.modes[i], p.rank, p.matchSigned(i)), inner: inner,
		m: mat.NewDense(p.x.Dims()[p.modes[i].N], p.rank, nil), g: mat.NewSymDense(p.rank, nil),
	}
}

func (u *pull) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rank := g.SymmetricDim()
	if !u.capped {
		u.lambda, u.capped = min(u.lambda, mat.Trace(g)/float64(rank)), true
	}
	if err := u.solve(a, m, g); err != nil {
		return err
	}
	if err := u.chooseFor(a, m, g); err != nil {
		return err
	}
	u.ratio = u.distance(a)
	return nil
}

// solve is the penalised update.
func (u *pull) solve(a, m *mat.Dense, g *mat.SymDense) error {
	rank := g.SymmetricDim()
	u.g.CopySym(g)
	u.m.Scale(u.lambda, u.target)
	u.m.Add(u.m, m)
	for r := range rank {
		if u.atoms[r] < 0 { // nothing pulls at it
			u.m.SetCol(r, mat.Col(nil, r, m))
			continue
		}
		u.g.SetSym(r, r, g.At(r, r)+u.lambda)
	}
	return u.inner.Update(a, u.m, u.g)
}

// KeepsScale implements [cpd.Scaled]: the atoms set the scale of the columns.
func (*pull) KeepsScale() {}

// firstLambda is 0.01·‖X − X̂‖²/‖A − D(:,κ)‖². At a distance of zero there is
// nothing to pull at, and λ is left to its cap.
func (u *pull) firstLambda(a *mat.Dense, squaredError float64) float64 {
	d2 := u.squaredDistance(a)
	if d2 == 0 {
		return math.MaxFloat64
	}
	return startWeight * squaredError / d2
}

// squaredDistance is ‖A − D(:,κ)‖².
func (u *pull) squaredDistance(a *mat.Dense) (d2 float64) {
	rows, _ := a.Dims()
	for i := range rows {
		x, t := a.RawRowView(i), u.target.RawRowView(i)
		for r := range x {
			d2 += (x[r] - t[r]) * (x[r] - t[r])
		}
	}
	return d2
}

// distance is ‖A − D(:,κ)‖₂/‖A‖₂, spectral norms through the R×R Grams.
func (u *pull) distance(a *mat.Dense) float64 {
	u.m.Sub(a, u.target)
	top := spectralNorm(u.m)
	if top == 0 {
		return 0
	}
	return top / spectralNorm(a)
}

func spectralNorm(a *mat.Dense) float64 {
	_, rank := a.Dims()
	g := mat.NewSymDense(rank, nil)
	tensor.Gram(g, a)
	var e mat.EigenSym
	if !e.Factorize(g, false) {
		return mat.Norm(a, 2)
	}
	v := e.Values(nil)
	return math.Sqrt(max(0, v[rank-1])) // rounding can push it below zero
}
