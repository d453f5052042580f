package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/tensor"
)

// A Match pairs the components of a true model with those of an estimate.
type Match struct {
	// Score is the factor match score, at most 1.
	Score float64
	// Col[r] is the component of the estimate paired with true component r, or
	// −1 when the estimate has fewer components.
	Col []int
	// Term[r] is what pair r adds to the sum of the score; 0 without a partner.
	Term []float64
}

// FactorMatch is the factor match score of two CP models of R and R̂ components,
// weights left out:
//
//	FMS = max_π Σ_r s_r·ŝ_π(r)·Π_n cos(a_r⁽ⁿ⁾, â_π(r)⁽ⁿ⁾) / max(R, R̂),
//
// s the signs of the weights, so that a term's negative is not the term, while
// two flipped columns of one term, or a flipped column and weight, change
// nothing. Zero columns have cosine 0, components without a partner add 0. It
// is 1 if and only if the models have the same terms up to positive scale.
// Work R·R̂·Σ I_n flops and an assignment. Errors: [ErrShape], [ErrNotFinite].
//
// Reference: Acar, E., Dunlavy, D.M., Kolda, T.G., Mørup, M.: Scalable tensor
// factorizations for incomplete data. Chemom. Intell. Lab. Syst. 106(1), 41–56
// (2011).
func FactorMatch(truth, estimate *tensor.Kruskal) (*Match, error) {
	return factorMatch(truth, estimate, func(_, _ float64) float64 { return 1 })
}

// WeightedFactorMatch is [FactorMatch] with each term multiplied by
//
//	1 − |ξ_r − ξ̂_π(r)| / max(ξ_r, ξ̂_π(r)),  ξ_r = |w_r|·Π_n ‖a_r⁽ⁿ⁾‖,
//
// so that it is 1 if and only if the models have the same terms.
func WeightedFactorMatch(truth, estimate *tensor.Kruskal) (*Match, error) {
	return factorMatch(truth, estimate, func(a, b float64) float64 {
		if a == b {
			return 1
		}
		return math.Exp(-math.Abs(a - b)) // 1 − |ξ−ξ̂|/max = min/max
	})
}

// factorMatch pairs terms; penalty is given ln ξ of both.
func factorMatch(truth, estimate *tensor.Kruskal, penalty func(a, b float64) float64) (*Match, error) {
	if err := checkModels(truth, estimate); err != nil {
		return nil, err
	}
	s := mat.NewDense(truth.Rank(), estimate.Rank(), nil)
	size, size2 := logs(truth.Weights), logs(estimate.Weights)
	for r, w := range truth.Weights {
		for q, v := range estimate.Weights {
			s.Set(r, q, sign(w)*sign(v))
		}
	}
	for n := range truth.Factors {
		a, b, err := unitPair(truth.Factors[n], estimate.Factors[n], n)
		if err != nil {
			return nil, err
		}
		if len(a.logNorm) != len(size) || len(b.logNorm) != len(size2) {
			return nil, fmt.Errorf("%w: mode %d has %d and %d columns for %d and %d weights", ErrShape, n, len(a.logNorm), len(b.logNorm), len(size), len(size2))
		}
		var cos mat.Dense
		cos.Mul(a.column.T(), b.column)
		s.MulElem(s, &cos)
		for r := range size {
			size[r] += a.logNorm[r]
		}
		for q := range size2 {
			size2[q] += b.logNorm[q]
		}
	}
	for r, a := range size {
		for q, b := range size2 {
			s.Set(r, q, s.At(r, q)*penalty(a, b))
		}
	}
	col, err := pair(s)
	if err != nil {
		return nil, err
	}
	m := &Match{Col: col, Term: make([]float64, len(col))}
	for r, q := range col {
		if q >= 0 {
			m.Term[r] = s.At(r, q)
			m.Score += m.Term[r]
		}
	}
	rows, cols := s.Dims()
	m.Score /= float64(max(rows, cols))
	return m, nil
}

func checkModels(truth, estimate *tensor.Kruskal) error {
	if len(truth.Factors) != len(estimate.Factors) || len(truth.Factors) == 0 {
		return fmt.Errorf("%w: a model of order %d against one of order %d", ErrShape, len(estimate.Factors), len(truth.Factors))
	}
	if truth.Rank() == 0 || estimate.Rank() == 0 {
		return fmt.Errorf("%w: a model of rank %d against one of rank %d; ranks are at least 1", ErrShape, estimate.Rank(), truth.Rank())
	}
	for _, k := range []*tensor.Kruskal{truth, estimate} {
		for r, w := range k.Weights {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return fmt.Errorf("%w: weight %d is %v", ErrNotFinite, r, w)
			}
		}
	}
	return nil
}

// pair is the assignment of rows to columns of greatest total similarity; −1
// for the rows that go without when there are more rows than columns.
func pair(similarity *mat.Dense) ([]int, error) {
	rows, cols := similarity.Dims()
	cost := mat.NewDense(rows, cols, nil)
	cost.Scale(-1, similarity)
	if rows > cols {
		cost = mat.DenseCopyOf(cost.T()) // the fewer pick among the more
	}
	res, err := assign.Solve(cost)
	if err != nil {
		return nil, fmt.Errorf("score: pairing %d with %d components: %w", rows, cols, err)
	}
	if rows <= cols {
		return res.Col, nil
	}
	col := make([]int, rows)
	for r := range col {
		col[r] = -1
	}
	for q, r := range res.Col {
		col[r] = q
	}
	return col, nil
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func logs(w []float64) []float64 {
	l := make([]float64, len(w))
	for r, v := range w {
		l[r] = math.Log(math.Abs(v))
	}
	return l
}
