package constraint_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/constraint/constrainttest"
)

func TestNonnegative(t *testing.T) { constrainttest.Check(t, constraint.Nonnegative{}) }

func TestBox(t *testing.T) {
	constrainttest.Check(t, constraint.Box{Lo: -0.5, Hi: 2})
	constrainttest.Check(t, constraint.Box{Lo: 0.1, Hi: 0.1})
}

func TestL1(t *testing.T) {
	constrainttest.Check(t, constraint.L1{Weight: 0.3})
	constrainttest.Check(t, constraint.L1{Weight: 0.3, Nonnegative: true})
	constrainttest.Check(t, constraint.L1{})
}

func TestL0(t *testing.T) {
	for _, nonnegative := range []bool{false, true} {
		for _, byRow := range []bool{false, true} {
			constrainttest.Check(t, constraint.L0{K: 1, ByRow: byRow, Nonnegative: nonnegative})
			constrainttest.Check(t, constraint.L0{K: 3, ByRow: byRow, Nonnegative: nonnegative})
		}
	}
}

func TestSimplex(t *testing.T) {
	constrainttest.Check(t, constraint.Simplex{})
	constrainttest.Check(t, constraint.Simplex{ByColumn: true})
	constrainttest.Check(t, constraint.Simplex{Sum: 30})
	constrainttest.Check(t, constraint.Simplex{Sum: 1e-3, ByColumn: true})
}

func TestBall(t *testing.T) {
	constrainttest.Check(t, constraint.Ball{})
	constrainttest.Check(t, constraint.Ball{Radius: 0.2, Nonnegative: true})
}

func TestSphere(t *testing.T) {
	constrainttest.Check(t, constraint.Sphere{})
	constrainttest.Check(t, constraint.Sphere{Radius: 3, Nonnegative: true})
}

func TestSmooth(t *testing.T) {
	constrainttest.Check(t, constraint.Smooth{Weight: 2})
	constrainttest.Check(t, constraint.Smooth{Weight: 2, Nonnegative: true})
	constrainttest.Check(t, constraint.Smooth{Weight: 1e4, Nonnegative: true})
}

func TestMonotone(t *testing.T) {
	for _, nonnegative := range []bool{false, true} {
		constrainttest.Check(t, constraint.Monotone{Nonnegative: nonnegative})
		constrainttest.Check(t, constraint.Monotone{Decreasing: true, Nonnegative: nonnegative})
	}
}

func TestUnimodal(t *testing.T) {
	constrainttest.Check(t, constraint.Unimodal{})
	constrainttest.Check(t, constraint.Unimodal{Nonnegative: true})
}

func TestOrthogonal(t *testing.T) { constrainttest.Check(t, constraint.Orthogonal{}) }

func TestKnown(t *testing.T) {
	constrainttest.Check(t, constraint.Known{Index: []int{2, 0}, Columns: mat.NewDense(5, 2, []float64{1, 2, 3, 4, 5, -6, 7, 8, 9, 0})})
}

// A constraint of one's own needs no type.
func TestFunc(t *testing.T) {
	constrainttest.Check(t, constraint.Func{ // ridge, (1/2)‖A‖²
		Operator: func(a *mat.Dense, step float64) { a.Scale(1/(1+step), a) },
		Penalty:  func(a *mat.Dense) float64 { n := mat.Norm(a, 2); return n * n / 2 },
		Is:       constraint.Facts{Acts: constraint.Entries, Convex: true},
	})
}

// A row of abundances is moved to the nearest that sums to one.
func ExampleSimplex() {
	a := mat.NewDense(2, 3, []float64{
		0.7, 0.5, -0.1,
		0.2, 0.2, 0.2,
	})
	constraint.Simplex{}.Prox(a, 1)
	fmt.Printf("%.3f\n", mat.Formatted(a))
	// Output:
	// ⎡0.600  0.400  0.000⎤
	// ⎣0.333  0.333  0.333⎦
}
