package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/sweep"
)

// KSummits minimises ‖X − U·V‖² under U, V ≥ 0 with at most K entries in a column of V, as
// k-means does: every column of X is assigned to the R−K hyperplanes, each spanned by
// all columns of U but one, that it is closest to, and has no part of the components
// that these leave out; with these zeros U and V are solved for a few times, and the
// columns assigned anew. When the assignment no longer changes, U and V are solved for on.
// The distance of x to the hyperplane without component p is |c_p|/√(G⁻¹)_pp, c = G⁻¹Uᵀx,
// G = UᵀU. Much cheaper than the best supports of [Squares] with cpd.KSparse, and a
// heuristic: an assignment may raise the loss, and the best factors met are returned.
//
// Reference: Cohen, J.E., Gillis, N.: Nonnegative low-rank sparse component analysis.
// IEEE ICASSP (2019), NOLRAK.
type KSummits struct {
	// K is the most entries in a column, from 1 to the number of components less one.
	K int
	// Rounds is how often U and V are solved for between two assignments. Default: 30.
	Rounds int
}

func (m KSummits) fit(ctx context.Context, p *problem) (*Factors, error) {
	if m.K < 1 || m.K >= p.rank {
		return nil, fmt.Errorf("%w: KSummits with %d of %d components in a column; want 1 to %d", ErrMethod, m.K, p.rank, p.rank-1)
	}
	if err := p.complete("KSummits"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, rng *rand.Rand) (state, error) {
		s := &kSummits{
			pair: newPair(p, u, vt), rng: rng, k: m.K, rounds: orDefault(m.Rounds, 30),
			support: mat.NewDense(p.n, p.rank, nil), before: mat.NewDense(p.n, p.rank, nil),
			onSupport: linalg.KSparse{Search: linalg.Given}, distance: make([]float64, p.rank), order: make([]int, p.rank),
		}
		s.scale()
		return s, nil
	})
}

func (m KSummits) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	_, r := u.Dims()
	a, err := AtMostNNLS(ctx, u, x, min(m.K, r), linalg.Exact)
	if err != nil {
		return nil, err
	}
	return a.V, nil
}

type kSummits struct {
	*pair
	k, rounds       int
	settled         bool // the assignment no longer changes
	rng             *rand.Rand
	support, before *mat.Dense // n×r, 1 where a column may have an entry
	onSupport       linalg.KSparse
	nnls            linalg.NNLS
	distance        []float64
	order           []int
	best            struct {
		u, vt *mat.Dense
		loss  float64
	}
}

// Sweep assigns the columns and solves Rounds times, or once when that has settled.
func (s *kSummits) Sweep() (sweep.Point, error) {
	rounds := 1
	if !s.settled {
		if err := s.assign(); err != nil {
			return sweep.Point{}, err
		}
		s.settled = mat.Equal(s.support, s.before)
		s.support, s.before = s.before, s.support // before is now the assignment in force
		rounds = s.rounds
	}
	for range rounds {
		s.equationsV()
		s.vt.Copy(s.before)
		if err := s.onSupport.Solve(s.vt, s.mv, s.gu); err != nil {
			return sweep.Point{}, err
		}
		s.equationsU()
		if err := s.nnls.Solve(s.u, s.mu, s.gv); err != nil {
			return sweep.Point{}, err
		}
	}
	s.equationsV()
	point := s.measure()
	if s.best.u == nil || s.residual < s.best.loss {
		s.best.u, s.best.vt, s.best.loss = mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.vt), s.residual
	}
	return point, nil
}

// revive gives components that have died, to which no column could be said to be
// near, what is left of a random mixture of columns.
func (s *kSummits) revive() {
	r := s.p.rank
	most := 0.0
	for q := range r {
		most = max(most, mat.Norm(s.u.ColView(q), 2))
	}
	for q := range r {
		if mat.Norm(s.u.ColView(q), 2) > 1e-12*most {
			continue
		}
		w := mat.NewDense(s.p.n, 1, nil)
		w.Apply(func(_, _ int, _ float64) float64 { return s.rng.Float64() }, w)
		mixed, inside := mat.NewDense(s.p.p, 1, nil), mat.NewDense(r, 1, nil)
		s.p.timesV(mixed, w)
		inside.Mul(s.vt.T(), w)
		var fit mat.Dense
		fit.Mul(s.u, inside)
		for i := range s.p.p {
			s.u.Set(i, q, max(0, mixed.At(i, 0)-fit.At(i, 0)))
		}
	}
}

// assign writes support from the present U.
func (s *kSummits) assign() error {
	s.revive()
	s.equationsV()
	r := s.p.rank
	g := mat.NewSymDense(r, nil)
	g.CopySym(s.gu)
	for q := range r { // a component that died, or two that met, must not end the search
		g.SetSym(q, q, g.At(q, q)+1e-12*mat.Trace(s.gu)/float64(r))
	}
	var chol mat.Cholesky
	if !chol.Factorize(g) {
		return fmt.Errorf("%w: the columns of U are dependent to rounding", ErrRank)
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil && inverse.IsEmpty() {
		return fmt.Errorf("%w: the columns of U are dependent: %w", ErrRank, err)
	}
	var c mat.Dense
	c.Mul(s.mv, &inverse)
	for j := range s.p.n {
		row := c.RawRowView(j)
		for q, v := range row {
			s.distance[q], s.order[q] = v*v/inverse.At(q, q), q
		}
		slices.SortStableFunc(s.order, func(a, b int) int {
			switch {
			case s.distance[a] < s.distance[b]:
				return -1
			case s.distance[a] > s.distance[b]:
				return 1
			}
			return 0
		})
		allowed := s.support.RawRowView(j)
		for at, q := range s.order {
			allowed[q] = 0
			if at >= r-s.k {
				allowed[q] = 1
			}
		}
	}
	return nil
}

func (s *kSummits) loss() float64 { return s.best.loss }

func (s *kSummits) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.best.u), mat.DenseCopyOf(s.best.vt.T())
	unit(u, v)
	return u, v
}
