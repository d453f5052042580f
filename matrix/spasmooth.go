package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// SmoothedSPA selects as [SPA], but every direction that is projected out is the mean of
// the Columns columns that go farthest along that of the largest residual: noise, and
// outliers with it, average out where every component has several columns that are
// almost pure. Chosen of these is the one closest to their mean. Work: 4·p·n·r flops.
//
// Reference:
//   - Nadisic, N., Gillis, N., Kervazo, C.: Smoothed Separable Nonnegative Matrix
//     Factorization. Linear Algebra Appl. 676, 174–204 (2023).
type SmoothedSPA struct {
	// Columns is how many are averaged, 1 being SPA. Default: a hundredth of all, at
	// least one.
	Columns int
}

// Select implements [Selector].
func (s SmoothedSPA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if s.Columns < 0 || s.Columns > d.n {
		return nil, fmt.Errorf("%w: SmoothedSPA over %d of %d columns", ErrOptions, s.Columns, d.n)
	}
	if s.Columns == 0 {
		s.Columns = max(1, d.n/100)
	}
	w, err := newSPAState(&d, false)
	if err != nil {
		return nil, err
	}
	top := w.largest()
	sel := &Selection{Residual: []float64{1}}
	if top == 0 {
		sel.Residual[0] = 0
		return sel, nil
	}
	for len(sel.Index) < r && w.largest()/top > spaStop {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: SmoothedSPA: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		j, mean := s.next(w, sel.Index)
		if j < 0 {
			break
		}
		w.projectOut(mean)
		sel.Index = append(sel.Index, j)
		sel.Residual = append(sel.Residual, relative(w.largest(), top))
	}
	return sel, nil
}

// next is the next column, and the mean that stands for it.
func (s SmoothedSPA) next(w *spaState, chosen []int) (int, []float64) {
	b := w.choose()
	u := w.column(b)
	if !direct(u, w.u) {
		return -1, nil
	}
	along := make([]float64, w.x.n)
	w.x.along(u, func(lo int, sum []float64) { copy(along[lo:], sum) })
	order := all(w.x.n)
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case along[i] > along[j]:
			return -1
		case along[i] < along[j]:
			return 1
		}
		return 0
	})
	order = order[:s.Columns]
	mean := make([]float64, w.x.p)
	for _, j := range order {
		kernel.Axpy(mean, 1/float64(len(order)), w.column(j))
	}
	best, least := -1, math.Inf(1)
	for _, j := range order {
		c := w.column(j)
		kernel.Axpy(c, -1, mean)
		if v := kernel.Dot(c, c); v < least && !slices.Contains(chosen, j) {
			best, least = j, v
		}
	}
	return best, mean
}
