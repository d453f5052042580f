package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// FactorError is the relative squared error of one factor whose columns are
// known up to order, scale and sign:
//
//	min_π Σ_r ‖b_r − σ_r·b̂_π(r)‖² / Σ_r ‖b_r‖²,  all columns scaled to unit norm,
//
// σ_r = ±1 the better of the two; that is (2/R)·Σ_r (1 − |cos|), between 0 and 2.
// A true column without a partner (the estimate has fewer columns) or with a
// zero one counts as missed, ‖b_r‖². Errors: [ErrShape], [ErrNotFinite].
//
// Reference: Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical
// polyadic decomposition. IEEE Trans. Signal Process. 66(7), 1876–1889 (2018).
func FactorError(truth, estimate mat.Matrix) (float64, error) {
	e, err := factorErrors([]mat.Matrix{truth}, []mat.Matrix{estimate})
	if err != nil {
		return 0, err
	}
	return e[0], nil
}

// FactorErrors is [FactorError] of every mode of a CP model, the components
// paired once, by the greatest sum of |cos| over all modes, as in the reference
// of FactorError: errors of a mode can exceed those of pairing that mode alone.
func FactorErrors(truth, estimate []*mat.Dense) ([]float64, error) {
	t, e := make([]mat.Matrix, len(truth)), make([]mat.Matrix, len(estimate))
	for n := range truth {
		t[n] = truth[n]
	}
	for n := range estimate {
		e[n] = estimate[n]
	}
	return factorErrors(t, e)
}

func factorErrors(truth, estimate []mat.Matrix) ([]float64, error) {
	if len(truth) != len(estimate) || len(truth) == 0 {
		return nil, fmt.Errorf("%w: %d factors against %d", ErrShape, len(estimate), len(truth))
	}
	a, b := make([]unit, len(truth)), make([]unit, len(truth))
	_, rank := truth[0].Dims()
	_, rank2 := estimate[0].Dims()
	var similarity *mat.Dense
	for n := range truth {
		var err error
		if a[n], b[n], err = unitPair(truth[n], estimate[n], n); err != nil {
			return nil, err
		}
		if len(a[n].logNorm) != rank || len(b[n].logNorm) != rank2 {
			return nil, fmt.Errorf("%w: mode %d has %d and %d components, mode 0 %d and %d", ErrShape, n, len(a[n].logNorm), len(b[n].logNorm), rank, rank2)
		}
		var cos mat.Dense
		cos.Mul(a[n].column.T(), b[n].column)
		cos.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, &cos)
		if similarity == nil {
			similarity = &cos
		} else {
			similarity.Add(similarity, &cos)
		}
	}
	col, err := pair(similarity)
	if err != nil {
		return nil, err
	}
	errs := make([]float64, len(truth))
	for n := range errs {
		errs[n] = missed(a[n].column, b[n].column, col)
	}
	return errs, nil
}

// missed is Σ_r min(‖a_r − b_q‖², ‖a_r + b_q‖²)/Σ_r ‖a_r‖², q = col[r], columns
// unit or zero, 0 for b_q without a partner. Differences are formed entry by
// entry, which keeps small errors that 2 − 2cos would lose to cancellation.
func missed(a, b *mat.Dense, col []int) float64 {
	rows, rank := a.Dims()
	var sum, norm float64
	for r := range rank {
		var minus, plus float64
		for i := range rows {
			x, y := a.At(i, r), 0.0
			if col[r] >= 0 {
				y = b.At(i, col[r])
			}
			minus += (x - y) * (x - y)
			plus += (x + y) * (x + y)
			norm += x * x
		}
		sum += min(minus, plus)
	}
	if norm == 0 {
		if sum == 0 {
			return 0
		}
		return math.Inf(1)
	}
	return sum / norm
}
