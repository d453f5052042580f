package matrix

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// absoluteU sets x to the minimiser of Σ_ij |(R − Λ)_ij − x_i·y_j| over x ≥ 0, and absoluteV y to that
// for a given x.
func (s *nmu) absoluteU(x, y []float64) {
	par.For(len(x), 1+(1<<12)/len(y), func(_, lo, hi int) {
		list := make([]quotient, 0, len(y))
		for i := lo; i < hi; i++ {
			list = list[:0]
			l, r := s.lambda.RawRowView(i), s.left.RawRowView(i)
			for j, w := range y {
				if w > 0 {
					list = append(list, quotient{(r[j] - l[j]) / w, w})
				}
			}
			x[i] = max(0, weightedMedian(list))
		}
	})
}

func (s *nmu) absoluteV(y, x []float64) {
	par.For(len(y), 1+(1<<12)/len(x), func(_, lo, hi int) {
		list := make([]quotient, 0, len(x))
		for j := lo; j < hi; j++ {
			list = list[:0]
			for i, w := range x {
				if w > 0 {
					list = append(list, quotient{(s.left.At(i, j) - s.lambda.At(i, j)) / w, w})
				}
			}
			y[j] = max(0, weightedMedian(list))
		}
	})
}

type quotient struct{ value, weight float64 }

// weightedMedian is the least t that minimises Σ w·|v − t|; 0 of none. It sorts the list.
func weightedMedian(list []quotient) float64 {
	half := 0.0
	for _, q := range list {
		half += q.weight / 2
	}
	slices.SortFunc(list, func(a, b quotient) int { return cmp.Compare(a.value, b.value) })
	sum := 0.0
	for _, q := range list {
		if sum += q.weight; sum >= half {
			return q.value
		}
	}
	return 0
}

// evenly gives x the largest entry one, the scale going to y, which it is solved for next.
func evenly(x []float64) {
	if top := mat.Max(mat.NewVecDense(len(x), x)); top > 0 {
		for i := range x {
			x[i] /= top
		}
	}
}
