package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/sweep"
)

// Archetypal analysis: columns are mixtures of components that are mixtures of columns,
//
//	X ≈ U·V,  U = X·C,  columns of C and of V ≥ 0 with sum one,
//
// so that components are extremes of the data, in their convex hull, and X may have
// negative entries. Components are updated one after the other, each by the point of the hull
// nearest to what the others leave for it, found by exact fits to few columns to which the column
// that promises most is added (Wolfe's algorithm); V exactly. The loss never rises. The
// start's U is replaced by the nearest points of the hull: begin with [Pure] columns of
// [FurthestSum], which a random start is far from. Norms of U mean something and stay. Work in a
// sweep: 2·p·n·(r + 2) flops for V and r to Inner·r readings of X for U.
//
// References:
//   - Cutler, A., Breiman, L.: Archetypal analysis. Technometrics 36(4), 338–347 (1994).
//   - Mørup, M., Hansen, L.K.: Archetypal analysis for machine learning and data mining.
//     Neurocomputing 80, 54–63 (2012).
//   - Wolfe, P.: Finding the nearest point in a polytope. Math. Program. 11, 128–149 (1976).
type Archetypal struct {
	// Inner is the most columns that are added to a component in a sweep. Default: 5.
	Inner int
}

const (
	archetypalStart = 100   // columns that are added to a component at most at the start
	archetypalGap   = 1e-10 // of the distance to the nearest point, squared and relative
	rounded         = 1e-15 // of squares of the longest column
)

func (m Archetypal) fit(ctx context.Context, p *problem) (*Factors, error) {
	if m.Inner < 0 {
		return nil, fmt.Errorf("%w: Archetypal adds %d columns; Inner is at least 1", ErrMethod, m.Inner)
	}
	x, err := p.dense("Archetypal")
	if err != nil {
		return nil, err
	}
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) { return newArchetypal(m, p, &d, u, vt) })
}

func (Archetypal) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	a, err := FCLS(ctx, u, x)
	if err != nil {
		return nil, err
	}
	return a.V, nil
}

// archetypal is the state between two sweeps.
type archetypal struct {
	*pair
	d      *data
	inner  int
	top    float64 // squared norm of the longest column
	active [][]int // columns that each component is a mixture of
	share  [][]float64
	mixed  *mat.Dense // C as factors were asked for last
	fcls   linalg.FCLS
	score  []float64
	target []float64
	off    []float64 // of the component from its target
}

func newArchetypal(m Archetypal, p *problem, d *data, u, vt *mat.Dense) (*archetypal, error) {
	s := &archetypal{
		pair: newPair(p, u, vt), d: d, inner: orDefault(m.Inner, 5), active: make([][]int, p.rank), share: make([][]float64, p.rank),
		score: make([]float64, p.n), target: make([]float64, p.p), off: make([]float64, p.p),
	}
	s.top = slices.Max(newHull(d, 1, false).norm) / (d.scale * d.scale)
	for r := range p.rank {
		mat.Col(s.target, r, u)
		u.SetCol(r, make([]float64, p.p))
		if err := s.nearest(r, archetypalStart); err != nil {
			return nil, err
		}
	}
	return s, s.solveV()
}

// Sweep updates U, then V.
func (s *archetypal) Sweep() (sweep.Point, error) {
	s.equationsU()
	for r := range s.p.rank {
		own := s.gv.At(r, r)
		if own == 0 {
			continue // of no column: wherever it is, the loss is the same
		}
		for i := range s.target { // the minimiser without bounds
			left := s.mu.At(i, r)
			for q := range s.p.rank {
				if q != r {
					left -= s.u.At(i, q) * s.gv.At(q, r)
				}
			}
			s.target[i] = left / own
		}
		if err := s.nearest(r, s.inner); err != nil {
			return sweep.Point{}, err
		}
	}
	if err := s.solveV(); err != nil {
		return sweep.Point{}, err
	}
	return s.measure(), nil
}

func (s *archetypal) solveV() error {
	s.equationsV()
	if err := s.fcls.Solve(s.vt, s.mv, s.gu); err != nil {
		return fmt.Errorf("matrix: Archetypal: V: %w", err)
	}
	return nil
}

// nearest moves component r towards the point of the hull nearest to the target, by at most
// that many columns more.
func (s *archetypal) nearest(r, most int) error {
	if len(s.active[r]) == 0 {
		for i, v := range s.target {
			s.off[i] = -v
		}
		s.active[r] = []int{s.furthestAlong()}
	}
	for added := 0; ; added++ {
		if err := s.mix(r); err != nil {
			return err
		}
		here := 0.0
		for i := range s.off {
			s.off[i] = s.u.At(i, r) - s.target[i]
			here += s.off[i] * s.u.At(i, r)
		}
		j := s.furthestAlong()
		if gap := here - s.score[j]; added == most || slices.Contains(s.active[r], j) || gap <= archetypalGap*kernel.Dot(s.off, s.off)+rounded*s.top {
			return nil
		}
		s.active[r] = append(s.active[r], j)
	}
}

// furthestAlong is the column that lies furthest against s.off; score has all products.
func (s *archetypal) furthestAlong() int {
	s.d.along(s.off, func(lo int, sum []float64) { copy(s.score[lo:], sum) })
	best := 0
	for j, v := range s.score {
		if v < s.score[best] {
			best = j
		}
	}
	return best
}

// mix makes component r the mixture of its columns nearest to the target, and lets those go
// that it has nothing of.
func (s *archetypal) mix(r int) error {
	k := len(s.active[r])
	y := s.d.pick(s.active[r])
	for i := range s.d.p {
		for c := range k {
			y.Set(i, c, y.At(i, c)-s.target[i])
		}
	}
	gram := mat.NewSymDense(k, nil)
	gram.SymOuterK(1, y.T())
	share := mat.NewDense(1, k, nil)
	share.Set(0, 0, 1)
	if err := new(linalg.FCLS).Solve(share, mat.NewDense(1, k, nil), gram); err != nil {
		return fmt.Errorf("matrix: Archetypal: component %d: %w", r, err)
	}
	var kept []int
	var shares []float64
	column := slices.Clone(s.target)
	for c, j := range s.active[r] {
		v := share.At(0, c)
		if v == 0 {
			continue
		}
		kept, shares = append(kept, j), append(shares, v)
		for i := range column {
			column[i] += v * y.At(i, c)
		}
	}
	s.active[r], s.share[r] = kept, shares
	s.u.SetCol(r, column)
	return nil
}

func (s *archetypal) factors() (u, v *mat.Dense) {
	u, v = s.copies()
	s.mixed = mat.NewDense(s.p.n, s.p.rank, nil)
	for k, r := range sortComponents(u, v) {
		for c, j := range s.active[r] {
			s.mixed.Set(j, k, s.mixed.At(j, k)+s.share[r][c])
		}
	}
	return u, v
}

func (s *archetypal) mixtures() *mat.Dense { return s.mixed }
