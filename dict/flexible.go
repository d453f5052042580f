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

// Flexible pulls the columns of the dictionary factor towards atoms,
//
//	min ‖X − ⟦A₀, …⟧‖² + λ‖A_n − D(:,κ)‖²,
//
// which in mode n only changes the normal equations to (M + λD(:,κ), G + λI). It
// starts from the fit without dictionary, with λ = 0.01·‖X − X̂‖²/‖A_n − D(:,κ)‖²
// but at most trace(G)/R, and multiplies λ by Growth after every sweep that
// leaves ‖A_n − D(:,κ)‖₂/‖A_n‖₂ above Tol (spectral norms). It is not monotone: the
// atoms of the last sweeps, and of those before them, are all fitted and the
// best is kept.
//
// References:
//   - [CG18a], section IV (smooth MPALS).
type Flexible struct {
	// Growth of λ per sweep. Default: 1.1.
	Growth float64
	// Tol is the relative distance to the atoms that is close enough. Default: 0.01.
	Tol float64
	// Sweeps is the most sweeps of a start. Default: 300.
	Sweeps int
}

// Name implements [Algorithm].
func (Flexible) Name() string { return "flexible" }

const (
	startWeight = 0.01 // λ₀ relative to the ratio of the two errors
	settled     = 5    // sweeps with the same atoms that count as settled
	near        = 0.05 // relative distance to the atoms under which they count as settled
	remembered  = 6    // different choices of atoms that are fitted at the end
)

func (a Flexible) fit(ctx context.Context, p *problem) (*candidate, error) {
	if a.Growth <= 1 {
		a.Growth = 1.1
	}
	if a.Tol <= 0 {
		a.Tol = 0.01
	}
	if a.Sweeps <= 0 {
		a.Sweeps = 300
	}
	return p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		visited, err := a.search(ctx, p, p.spread(r.Model), r.RelativeError)
		if err != nil {
			return nil, err
		}
		return p.bestVisit(ctx, a.Name(), visited)
	})
}

// bestVisit fits the other factors to every choice of atoms and keeps the best. A
// candidate may come with an error.
func (p *problem) bestVisit(ctx context.Context, stage string, visited []visit) (*candidate, error) {
	var best *candidate
	for _, v := range visited {
		c, err := p.refit(ctx, stage, v.atoms, v.factors, p.stop)
		if c != nil && (best == nil || c.err < best.err) {
			best = c
		}
		if err != nil {
			return best, err
		}
	}
	return best, nil
}

// visit is a choice of atoms that the search came by, with the factors then.
type visit struct {
	atoms   [][]int
	factors []*mat.Dense
}

// search runs the sweeps and returns the last different choices of atoms.
func (a Flexible) search(ctx context.Context, p *problem, factors []*mat.Dense, relativeError float64) ([]visit, error) {
	update := make([]cpd.Updater, len(factors))
	for n, m := range p.relaxedMethods() {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	pulls := make([]*pull, len(p.modes))
	for i := range p.modes {
		n := p.modes[i].N
		u := &pull{
			chooser: newChooser(&p.modes[i], p.rank, p.matchSigned(i)), inner: update[n],
			m: mat.NewDense(p.x.Dims()[n], p.rank, nil), g: mat.NewSymDense(p.rank, nil),
		}
		if err := u.choose(factors[n]); err != nil {
			return nil, err
		}
		u.lambda = u.firstLambda(factors[n], relativeError*relativeError*p.x.SquaredNorm())
		pulls[i], update[n] = u, u
	}
	s, err := cpd.NewALS(p.x, factors, update)
	if err != nil {
		return nil, err
	}
	var visited []visit
	same := 0
	_, _, err = sweep.Run(ctx, s, sweep.MaxSweeps(a.Sweeps), func(q sweep.Point) error {
		close := true
		var atoms [][]int
		for _, u := range pulls {
			ratio := u.distance(s.Factors()[u.mode.N])
			if ratio > a.Tol {
				u.lambda *= a.Growth
			}
			close = close && ratio < near
			atoms = append(atoms, append([]int(nil), u.atoms...))
		}
		if len(visited) > 0 && sameAtoms(visited[len(visited)-1].atoms, atoms) {
			same++
		} else {
			same = 0
		}
		visited = remember(visited, atoms, s.Factors())
		if err := p.tell(a.Name(), q); err != nil {
			return err
		}
		if same >= settled && close {
			return sweep.ErrStop
		}
		return nil
	})
	return visited, err
}

// remember puts a choice of atoms last, in place of the same choice earlier,
// and forgets the oldest beyond a few.
func remember(visited []visit, atoms [][]int, factors []*mat.Dense) []visit {
	v := visit{atoms: atoms}
	for i := range visited {
		if sameAtoms(visited[i].atoms, atoms) {
			v.factors = visited[i].factors
			visited = slices.Delete(visited, i, i+1)
			break
		}
	}
	if v.factors == nil && len(visited) == remembered {
		v.factors = visited[0].factors
		visited = slices.Delete(visited, 0, 1)
	}
	if v.factors == nil {
		for _, f := range factors {
			v.factors = append(v.factors, mat.DenseCopyOf(f))
		}
		return append(visited, v)
	}
	for n, f := range factors {
		v.factors[n].Copy(f)
	}
	return append(visited, v)
}

func sameAtoms(a, b [][]int) bool {
	return slices.EqualFunc(a, b, func(x, y []int) bool { return slices.Equal(x, y) })
}

// pull is the Updater of [Flexible]: the penalised update, then the choice of
// atoms that the next one is pulled to.
type pull struct {
	*chooser
	inner  cpd.Updater
	lambda float64
	m      *mat.Dense    // M + λD(:,κ)
	g      *mat.SymDense // G + λI
	capped bool          // λ has been held under trace(G)/R once
}

func (u *pull) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rank := g.SymmetricDim()
	if !u.capped {
		u.lambda, u.capped = min(u.lambda, mat.Trace(g)/float64(rank)), true
	}
	u.g.CopySym(g)
	for r := range rank {
		u.g.SetSym(r, r, g.At(r, r)+u.lambda)
	}
	u.m.Scale(u.lambda, u.target)
	u.m.Add(u.m, m)
	if err := u.inner.Update(a, u.m, u.g); err != nil {
		return err
	}
	return u.choose(a)
}

// KeepsScale implements [cpd.Scaled]: the atoms set the scale of the columns.
func (*pull) KeepsScale() {}

// firstLambda is 0.01·‖X − X̂‖²/‖A − D(:,κ)‖². At a distance of zero there is
// nothing to pull at, and λ is left to its cap.
func (u *pull) firstLambda(a *mat.Dense, squaredError float64) float64 {
	rows, _ := a.Dims()
	var d2 float64
	for i := range rows {
		x, t := a.RawRowView(i), u.target.RawRowView(i)
		for r := range x {
			d2 += (x[r] - t[r]) * (x[r] - t[r])
		}
	}
	if d2 == 0 {
		return math.MaxFloat64
	}
	return startWeight * squaredError / d2
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
