package matrix

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// AtMostNNLS returns the V ≥ 0 with at most k entries that are not zero in every column that
// minimises ‖X − U·V‖, exactly, by branch and bound over the sets of components in use: a set
// is bounded by its NNLS solution, since fewer components cannot fit better, and branches
// on which of the components that this uses is left out next. r is at most 64.
//
// Errors: as [NNLS], and [ErrRank] unless 1 ≤ k ≤ r ≤ 64. Work: that of NNLS, and for each
// column up to Σ_{s>k} C(r, s) problems of r unknowns, of which bounds leave few where U
// fits the column well with few components.
func AtMostNNLS(ctx context.Context, u, x mat.Matrix, k int) (*Abundances, error) {
	if u == nil {
		return nil, fmt.Errorf("%w: U is nil", ErrShape)
	}
	if _, r := u.Dims(); k < 1 || k > r || r > 64 {
		return nil, fmt.Errorf("%w: at most %d of %d components in use, want 1 to the number of components, which is at most 64", ErrRank, k, r)
	}
	return solve(ctx, u, x, &atMost{k: k}, 0)
}

// atMost is a rowSolver.
type atMost struct {
	k      int
	worker []*branching
	err    []error
}

// Solve implements rowSolver.
func (s *atMost) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	for len(s.worker) < par.Workers() {
		s.worker = append(s.worker, newBranching(s.k, g.SymmetricDim()))
	}
	s.err = make([]error, len(s.worker))
	rows, _ := m.Dims()
	par.For(rows, 16, func(worker, lo, hi int) {
		b := s.worker[worker]
		b.g = g
		for i := lo; i < hi; i++ {
			if err := b.solve(a.RawRowView(i), m.RawRowView(i)); err != nil {
				s.err[worker] = err
				return
			}
		}
	})
	for _, err := range s.err {
		if err != nil {
			return err
		}
	}
	return nil
}

// branching is the search for one row: ½aᵀGa − mᵀa over supports.
type branching struct {
	k, r int
	g    *mat.SymDense
	nnls linalg.NNLS

	m     []float64
	best  []float64
	least float64
	depth []level
}

// level is the problem with some components left out.
type level struct {
	a, m *mat.Dense
	g    *mat.SymDense
}

func newBranching(k, r int) *branching {
	b := &branching{k: k, r: r, best: make([]float64, r)}
	for range r + 1 {
		b.depth = append(b.depth, level{mat.NewDense(1, r, nil), mat.NewDense(1, r, nil), mat.NewSymDense(r, nil)})
	}
	return b
}

func (b *branching) solve(a, m []float64) error {
	b.m, b.least = m, math.Inf(1)
	if err := b.branch(0, 0, 0); err != nil {
		return err
	}
	copy(a, b.best)
	return nil
}

// branch searches the supports without the components in out; those in kept, which other
// branches leave out, stay. depth is the number left out.
func (b *branching) branch(out, kept uint64, depth int) error {
	l := &b.depth[depth]
	a, m := l.a.RawRowView(0), l.m.RawRowView(0)
	copy(m, b.m)
	l.g.CopySym(b.g)
	for o := out; o != 0; o &= o - 1 {
		k := bits.TrailingZeros64(o)
		m[k] = 0
		for j := range b.r {
			l.g.SetSym(k, j, 0)
		}
	}
	clear(a)
	if err := b.nnls.Solve(l.a, l.m, l.g); err != nil {
		return err
	}
	value, used, count := 0.0, uint64(0), 0
	for k, v := range a {
		value -= m[k] * v / 2 // at the solution ½aᵀGa = ½mᵀa
		if v > 0 {
			used |= 1 << k
			count++
		}
	}
	if value >= b.least {
		return nil
	}
	if count <= b.k {
		b.least = value
		copy(b.best, a)
		return nil
	}
	// Least first, as what contributes least is most likely to be absent.
	for used &^= kept; used != 0; {
		pick, size := 0, math.Inf(1)
		for o := used; o != 0; o &= o - 1 {
			if k := bits.TrailingZeros64(o); a[k]*a[k]*b.g.At(k, k) < size {
				pick, size = k, a[k]*a[k]*b.g.At(k, k)
			}
		}
		used &^= 1 << pick
		if err := b.branch(out|1<<pick, kept, depth+1); err != nil {
			return err
		}
		kept |= 1 << pick
		if bits.OnesCount64(kept) > b.k {
			return nil // more components than allowed would stay
		}
	}
	return nil
}
