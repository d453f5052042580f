package dict

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// GroupLasso relaxes the choice of atoms for a matrix X ≈ D·A to few rows of A: it solves
//
//	min_A ½‖X − D̂·A‖² + λ·Σ_j ‖a_j‖
//
// ([RowSparse]) along a path of falling weights λ, each from the last, until rows for all
// components and a few more are there. The largest rows that Distinct and bounds
// allow are one choice, the rows that explain most one after the other, as in [SOMP], are
// another. Both are refined by its exchanges and fitted, and the better one is kept.
//
// Rows in ‖·‖₂ are of the data compressed to their signal subspace and of either sign;
// rows in ‖·‖_∞ of the data themselves, of every second, third, … column where
// there are more than a few hundred, and nonnegative where the other factor is. On a coherent
// dictionary rows of look-alikes share what one of them should have; the refinement is
// what tells them apart.
//
// It needs a matrix whose other factor is solved exactly, and the atoms in memory.
//
// References:
//   - Tropp, J.A.: Algorithms for simultaneous sparse approximation, part II: convex
//     relaxation. Signal Process. 86(3), 589–602 (2006).
//   - Elhamifar, E., Sapiro, G., Vidal, R.: See all by looking at a few: sparse modeling
//     for finding representative objects. CVPR (2012).
type GroupLasso struct {
	// Norm of the rows. Default: RowL2.
	Norm RowNorm
	// Shrink is what λ is multiplied by from weight to weight. Default: 0.8.
	Shrink float64
}

// Name implements [Algorithm].
func (a GroupLasso) Name() string { return "group lasso " + a.Norm.String() }

const (
	pathEnd    = 1e-3 // share of λ_max at which a path ends at the latest
	pathGap    = 1e-4 // duality gap of a weight on the path
	pathSteps  = 100  // and most steps
	spare      = 2    // rows there are to be for every component
	rowColumns = 250  // columns that rows in ‖·‖_∞ are solved for
)

func (a GroupLasso) fit(ctx context.Context, p *problem) (*candidate, error) {
	if !p.matrix() {
		return nil, fmt.Errorf("%w: %s is for matrices whose other factor is solved exactly (LeastSquares, HALS, NNLS or FCLS)", ErrOptions, a.Name())
	}
	m := &p.modes[0]
	if err := m.Dict.inMemory(a.Name()); err != nil {
		return nil, err
	}
	choices, err := a.search(ctx, p, m)
	if err != nil {
		return nil, err
	}
	var best *candidate
	for _, k := range choices {
		c, err := p.refit(ctx, a.Name(), [][]int{k}, p.blank(), p.stop)
		if c != nil && (best == nil || c.err < best.err) {
			best = c
		}
		if err != nil {
			return best, err
		}
	}
	p.compare(a.Name(), 0, best)
	return best, nil
}

// search follows the path and returns the choices that it leads to.
func (a GroupLasso) search(ctx context.Context, p *problem, m *Mode) ([][]int, error) {
	if !(a.Shrink > 0 && a.Shrink < 1) {
		a.Shrink = 0.8
	}
	o := RowOptions{Norm: a.Norm, Gap: pathGap, Steps: pathSteps}
	y := mat.DenseCopyOf(p.signal(m.N, p.rank+oversample))
	if a.Norm == RowMax {
		y = p.someColumns(m.N)
		o.Nonnegative = !p.free(p.carrier())
	}
	s := newRowSolver(m.Dict, y, o)
	v := newProjection(m, p.signal(m.N, p.rank))
	var largest, rows []int
	for share := a.Shrink; share >= pathEnd && len(rows) < spare*p.rank; share *= a.Shrink {
		if err := s.solve(ctx, share*s.most); err != nil {
			return nil, err
		}
		rows = s.rows()
		if largest == nil {
			if k := m.first(s.byNorm(rows), p.rank); len(k) == p.rank {
				largest = k
			}
		}
	}
	if largest == nil {
		largest = v.extend(m.first(s.byNorm(rows), p.rank), p.rank, nil)
	}
	choices := [][]int{v.exchange(largest)}
	if k := v.exchange(v.extend(nil, p.rank, rows)); !slices.Equal(sortedCopy(k), sortedCopy(choices[0])) {
		choices = append(choices, k)
	}
	return choices, nil
}

// byNorm are these rows, the largest first.
func (s *rowSolver) byNorm(rows []int) []int {
	order := slices.Clone(rows)
	norm := make(map[int]float64, len(rows))
	for _, j := range rows {
		norm[j] = s.o.Norm.of(s.x.RawRowView(j))
	}
	sort.SliceStable(order, func(a, b int) bool { return norm[order[a]] > norm[order[b]] })
	return order
}

// first are the first of these atoms that a choice of rank atoms may have together.
func (m *Mode) first(order []int, rank int) (k []int) {
	for _, j := range order {
		if len(k) < rank && m.extends(k, j, rank) {
			k = append(k, j)
		}
	}
	return k
}

// extend adds to k the atoms that explain most one after the other, those of a pool
// as long as it has some that are allowed, and of all then.
func (v *projection) extend(k []int, rank int, pool []int) []int {
	every := make([]int, len(v.gain))
	for j := range every {
		every[j] = j
	}
	for len(k) < rank {
		v.score(k)
		best := -1
		for _, from := range [][]int{pool, every} {
			for _, j := range from {
				if (best < 0 || v.gain[j] > v.gain[best]) && v.mode.extends(k, j, rank) {
					best = j
				}
			}
			if best >= 0 {
				break
			}
		}
		k = append(k, best)
	}
	return k
}

func sortedCopy(k []int) []int {
	s := slices.Clone(k)
	slices.Sort(s)
	return s
}

// someColumns are columns of the unfolding, of a matrix, at equal distances: all if
// there are no more than rowColumns.
func (p *problem) someColumns(n int) *mat.Dense {
	const together = 64
	rows, other := p.x.Dims()[n], p.carrier()
	all := p.x.Dims()[other]
	stride := (all + rowColumns - 1) / rowColumns
	y := mat.NewDense(rows, (all+stride-1)/stride, nil)
	_, cols := y.Dims()
	for at := 0; at < cols; at += together {
		width := min(together, cols-at)
		pick := mat.NewDense(all, width, nil)
		for c := range width {
			pick.Set((at+c)*stride, c, 1)
		}
		factors := make([]*mat.Dense, 2)
		factors[other], factors[n] = pick, mat.NewDense(rows, width, nil)
		part := mat.NewDense(rows, width, nil)
		p.x.MTTKRP(part, factors, n)
		y.Slice(0, rows, at, at+width).(*mat.Dense).Copy(part)
	}
	return y
}
