package diagnose

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// checkModel refuses a model that does not fit dims (nil: any) or is not finite.
func checkModel(k *tensor.Kruskal, dims []int) error {
	if k == nil || len(k.Factors) == 0 {
		return fmt.Errorf("%w: no model", ErrShape)
	}
	if dims != nil && !slices.Equal(k.Dims(), dims) {
		return fmt.Errorf("%w: a model of sizes %v for data of sizes %v", ErrShape, k.Dims(), dims)
	}
	for r, w := range k.Weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("%w: weight %d is %g", ErrNotFinite, r, w)
		}
	}
	for n, a := range k.Factors {
		rows, cols := a.Dims()
		if cols != k.Rank() {
			return fmt.Errorf("%w: factor %d has %d columns for %d weights", ErrShape, n, cols, k.Rank())
		}
		for i := range rows {
			for r, v := range a.RawRowView(i) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return fmt.Errorf("%w: factor %d holds %g in row %d, column %d", ErrNotFinite, n, v, i, r)
				}
			}
		}
	}
	return nil
}

// balanced is the model with its weights spread over the modes: every column of
// component r has norm |w_r|^(1/N) (of the model with unit columns), a negative
// sign goes to mode 0.
func balanced(k *tensor.Kruskal) []*mat.Dense {
	k = k.Clone()
	k.Normalize()
	order := float64(len(k.Factors))
	for n, a := range k.Factors {
		rows, _ := a.Dims()
		for i := range rows {
			row := a.RawRowView(i)
			for r, w := range k.Weights {
				row[r] *= math.Pow(math.Abs(w), 1/order)
				if n == 0 && w < 0 {
					row[r] = -row[r]
				}
			}
		}
	}
	return k.Factors
}

// mttkrperOf is how single MTTKRPs of x are taken: of incomplete data with the model
// in the unknown cells where x can do that, of others without what a sequence keeps for
// the next mode.
func mttkrperOf(x tensor.Tensor, k *tensor.Kruskal) (mttkrper, error) {
	if _, ok := x.(tensor.Incomplete); !ok {
		return x, nil
	}
	if s, ok := x.(tensor.Sequencer); ok {
		q := s.Sequence()
		if p, ok := q.(tensor.Imputer); ok {
			p.Impute(k)
			return q, nil
		}
	}
	return nil, fmt.Errorf("%w: %T cannot fill its unknown cells; use the imputing form of the data", ErrOptions, x)
}

type mttkrper interface {
	MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int)
}
