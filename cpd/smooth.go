package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/linalg"
)

// Smooth adds the penalty (Weight/2)·‖L·A‖², L the second differences of columns,
// and solves the update exactly:
//
//	A·G + Weight·LᵀL·A = M.
//
// With G = QΛQᵀ the columns of A·Q come apart, five diagonals each: O(I·R² + R³) an
// update. For A ≥ 0 as well use [ADMM] with constraint.Smooth. The factor keeps its
// scale, for the weight means something at that scale only; bound the norms of other
// factors, by constraint.Ball say, or the penalty is evaded by scaling.
type Smooth struct {
	// Weight of the penalty, in units of the squared error. Default: 0, no penalty.
	Weight float64
}

// Begin implements [Method].
func (m Smooth) Begin(rows, rank int) Updater {
	return &smooth{operator: constraint.Smooth{Weight: m.Weight}, err: m.Check(rows, rank), gram: make([]float64, rank*rank), column: mat.NewDense(rows, 1, nil)}
}

// Nonnegative implements [Method].
func (Smooth) Nonnegative() bool { return false }

// Check implements [Checker].
func (m Smooth) Check(rows, rank int) error {
	return constraint.Check(constraint.Smooth{Weight: m.Weight}, rows, rank)
}

type smooth struct {
	operator constraint.Smooth
	err      error
	gram     []float64
	eigen    jacobi
	column   *mat.Dense // I×1
}

func (*smooth) KeepsScale() {}

// Update implements [Updater]. Directions that G does not know from rounding are
// left at zero, which costs no penalty, as [LeastSquares] leaves them.
func (u *smooth) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if u.err != nil {
		return u.err
	}
	rows, rank := m.Dims()
	for r := range rank {
		for q := range rank {
			u.gram[r*rank+q] = g.At(r, q)
		}
	}
	u.eigen.decompose(u.gram, rank)
	largest := floats.Max(u.eigen.values)
	if math.IsNaN(largest) || math.IsInf(largest, 0) || !finite(m) {
		return fmt.Errorf("%w: the normal equations hold a NaN or an infinity", ErrNotFinite)
	}
	if largest <= 0 {
		return nil // G = 0: every value fits alike
	}
	a.Zero()
	for k, value := range u.eigen.values {
		q := u.eigen.vectors[k*rank:][:rank]
		if value <= largest/linalg.MaxCond {
			continue
		}
		for i := range rows {
			u.column.Set(i, 0, floats.Dot(m.RawRowView(i), q)/value)
		}
		u.operator.Prox(u.column, 1/value)
		for i := range rows {
			floats.AddScaled(a.RawRowView(i), u.column.At(i, 0), q)
		}
	}
	return nil
}

// finite says whether a holds neither NaN nor infinity.
func finite(a *mat.Dense) bool {
	rows, _ := a.Dims()
	for i := range rows {
		for _, v := range a.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}
