package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// FurthestSum selects columns that are far from each other, extremes as archetypal
// analysis begins with them ([Archetypal]): the one with the largest sum of distances
//
//	Σ_{k∈K} ‖x_j − x_k‖
//
// to those chosen so far, beginning with the column furthest from the mean; then the oldest
// choice is taken back and another one made, ten times. It is a heuristic: what it chooses
// lies on the convex hull of the columns, but not one near every vertex. Distances that agree to a
// relative 1e-9 are ties, and the longest column is taken. Fewer columns are returned when
// there are fewer that differ. Work: 2·p·n·(r + 10) flops. Deterministic.
//
// Reference:
//   - Mørup, M., Hansen, L.K.: Archetypal analysis for machine learning and data mining.
//     Neurocomputing 80, 54–63 (2012).
type FurthestSum struct{}

const (
	furthestAgain = 10
	furthestSame  = 1e-7 // distance, relative to the longest column, under which columns are the same
)

// Select implements [Selector].
func (FurthestSum) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	w := &furthest{d: &d, norm: newHull(&d, 1, false).norm, score: make([]float64, d.n)}
	w.same = furthestSame * math.Sqrt(slices.Max(w.norm))
	w.from(d.mean(), w.score)
	sel := &Selection{}
	for again := 0; ; {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: FurthestSum: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		b := preferred(w.score, w.norm, spaTie)
		if b < 0 || w.score[b] <= w.same {
			return sel, nil
		}
		sel.Index = append(sel.Index, b)
		w.distances = append(w.distances, make([]float64, d.n))
		w.from(d.column(b), w.distances[len(sel.Index)-1])
		if len(sel.Index) == r {
			if again == furthestAgain || r == 1 || r == d.n {
				return sel, nil
			}
			again++
			sel.Index, w.distances = sel.Index[1:], w.distances[1:]
		}
		w.sum()
	}
}

// furthest are the distances from the columns that are chosen.
type furthest struct {
	d         *data
	norm      []float64 // squared, times the square of the scale
	distances [][]float64
	score     []float64
	same      float64
}

// from sets dst to the distances of all columns from c, times the scale.
func (w *furthest) from(c, dst []float64) {
	own := kernel.Dot(c, c)
	w.d.along(c, func(lo int, sum []float64) {
		for j, v := range sum {
			dst[lo+j] = math.Sqrt(max(0, w.norm[lo+j]-2*w.d.scale*v+own))
		}
	})
}

// sum adds up the distances; columns that are the same as a chosen one are not to be chosen.
func (w *furthest) sum() {
	clear(w.score)
	for _, v := range w.distances {
		kernel.Axpy(w.score, 1, v)
	}
	for _, v := range w.distances {
		for j, far := range v {
			if far <= w.same {
				w.score[j] = 0
			}
		}
	}
}

// column is column j, times the scale.
func (d *data) column(j int) []float64 {
	c := make([]float64, d.p)
	for i := range c {
		c[i] = d.row(i)[j] * d.scale
	}
	return c
}
