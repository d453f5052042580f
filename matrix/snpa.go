package matrix

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// SNPA selects by successive nonnegative projection: as [SPA], but the columns
// are projected onto the convex hull of the origin and the columns chosen,
//
//	r_j = m_j − U·h_j,  h_j = argmin ‖m_j − U·h‖  subject to  h ≥ 0, 1ᵀh ≤ 1,
//
// which makes it more robust to noise and lets it choose more columns than the
// rank. The projections are exact. Ties and the end are those of SPA, and so is
// what V must meet: columns that sum to at most one. Residual is the norm of the
// largest r_j. Work: 4·p·n·r + p·n·r² flops and r fits of r unknowns a column.
// Deterministic.
//
// Reference:
//   - Gillis, N.: Successive Nonnegative Projection Algorithm for Robust
//     Nonnegative Blind Source Separation. SIAM J. Imaging Sci. 7(2), 1420–1450
//     (2014), algorithm 2.
type SNPA struct{}

// Select implements [Selector].
func (s SNPA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}

func (SNPA) choose(ctx context.Context, d *data, r int) (*Selection, error) {
	w := newHull(d, r, true)
	original := slices.Clone(w.norm)
	top, _ := w.worst()
	sel := &Selection{Residual: []float64{1}}
	if top == 0 {
		sel.Residual[0] = 0
		return sel, d.in.failed()
	}
	for norm := top; len(sel.Index) < r && norm/top > spaStop; {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: SNPA: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		b := d.in.preferred(w.norm, original, spaTie)
		if err := d.in.failed(); err != nil {
			return nil, err
		}
		if slices.Contains(sel.Index, b) {
			break // what rounding leaves of a chosen column is all there is
		}
		if err := w.add(b); err != nil {
			return sel, err
		}
		norm, _ = w.worst()
		sel.Index = append(sel.Index, b)
		sel.Residual = append(sel.Residual, relative(norm, top))
	}
	return sel, d.in.failed()
}
