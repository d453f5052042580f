package cpd_test

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// Two components, planted and found again: X = 3·a∘a∘c + b∘b∘d with unit columns.
func planted() *tensor.Dense {
	a := mat.NewDense(2, 2, []float64{
		1, 0,
		0, 1,
	})
	c := mat.NewDense(3, 2, []float64{
		3, 0,
		0, 0.6,
		0, 0.8,
	})
	return tensor.NewKruskal(a, a, c).Dense()
}

// Every mode nonnegative; the components come sorted by weight, with unit columns.
func ExampleDecompose() {
	nonnegative := []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}
	r, err := cpd.Decompose(context.Background(), planted(), 2, &cpd.Options{Methods: nonnegative, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Status, r.RelativeError < 1e-9)
	fmt.Printf("weights %.2f\n", r.Model.Weights)
	fmt.Printf("%.1f\n", mat.Formatted(r.Model.Factors[2]))
	// Output:
	// converged true
	// weights [3.00 1.00]
	// ⎡1.0  0.0⎤
	// ⎢0.0  0.6⎥
	// ⎣0.0  0.8⎦
}

// The loop by hand: one sweep after the other, for as long as one likes.
func ExampleALS() {
	x := planted()
	start := []*mat.Dense{
		mat.NewDense(2, 2, []float64{1, 0.5, 0.5, 1}),
		mat.NewDense(2, 2, []float64{1, 0.5, 0.5, 1}),
		mat.NewDense(3, 2, []float64{1, 1, 1, 2, 1, 3}),
	}
	var update []cpd.Updater
	for _, rows := range x.Dims() {
		update = append(update, cpd.LeastSquares{}.Begin(rows, 2))
	}
	s, err := cpd.NewALS(x, start, update)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 100 {
		point, err := s.Sweep()
		if err != nil {
			fmt.Println(err)
			return
		}
		if point.RelativeError < 1e-9 {
			break
		}
	}
	fmt.Printf("weights %.2f\n", s.Model().Weights)
	// Output: weights [3.00 1.00]
}

// The last factor is known; the others are fitted around it.
func ExampleFixed() {
	known := mat.NewDense(3, 2, []float64{
		1, 0,
		0, 3,
		0, 4,
	})
	ones := mat.NewDense(2, 2, []float64{1, 0.5, 0.5, 1})
	r, err := cpd.Decompose(context.Background(), planted(), 2, &cpd.Options{
		Methods: []cpd.Method{2: cpd.Fixed{}},
		Init:    cpd.Given{Factors: []*mat.Dense{ones, ones, known}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f\n", mat.Formatted(r.Model.Factors[2]))
	fmt.Printf("weights %.2f\n", r.Model.Weights)
	// Output:
	// ⎡1.0  0.0⎤
	// ⎢0.0  0.6⎥
	// ⎣0.0  0.8⎦
	// weights [3.00 1.00]
}

// A multiplication table with a hole: the cell that is NaN is not fitted, and the
// model says what it was.
func ExampleDecompose_missing() {
	x := tensor.NewDense([]int{3, 3}, []float64{
		1, 2, 3,
		2, 4, 6,
		3, 6, math.NaN(),
	})
	r, err := cpd.Decompose(context.Background(), tensor.NewMaskedNaN(x).Exact(), 1, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", r.Model.Entry(2, 2))
	// Output: 9.0000
}

// Five of the eight cells of (1, 2)∘(1, 3)∘(1, 5) are known; they determine the
// other three.
func ExampleDecompose_completion() {
	index := [][]int32{
		{0, 1, 0, 0, 1},
		{0, 0, 1, 0, 1},
		{0, 0, 0, 1, 0},
	}
	x, err := tensor.NewSparse([]int{2, 2, 2}, index, []float64{1, 2, 3, 5, 6})
	if err != nil {
		panic(err)
	}
	r, err := cpd.Decompose(context.Background(), tensor.NewObserved(x), 1, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f %.3f %.3f\n", r.Model.Entry(1, 1, 1), r.Model.Entry(1, 0, 1), r.Model.Entry(0, 1, 1))
	// Output: 30.000 10.000 15.000
}

// Abundances that sum to one in mode 0, spectra that rise and fall once in mode 2.
func ExampleADMM() {
	abundances := mat.NewDense(4, 2, []float64{
		1, 0,
		0.5, 0.5,
		0.2, 0.8,
		0, 1,
	})
	gains := mat.NewDense(2, 2, []float64{
		1, 2,
		3, 1,
	})
	peaks := mat.NewDense(5, 2, []float64{
		0, 1,
		1, 4,
		4, 2,
		1, 1,
		0, 0,
	})
	x := tensor.NewKruskal(abundances, gains, peaks).Dense()
	r, err := cpd.Decompose(context.Background(), x, 2, &cpd.Options{Methods: []cpd.Method{
		cpd.ADMM{Constraint: constraint.Simplex{}},
		cpd.HALS{},
		cpd.ADMM{Constraint: constraint.Unimodal{Nonnegative: true}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Status, r.RelativeError < 1e-3)
	sum := 0.0
	for _, v := range r.Factors[0].RawRowView(1) {
		sum += v
	}
	fmt.Printf("row 1 sums to %.6f\n", sum)
	// Output:
	// converged true
	// row 1 sums to 1.000000
}

// Two components that are alike: their columns have cosines of 0.995 in every mode.
// From an algebraic start, Gauss–Newton steps have all digits at once.
func ExampleGaussNewton() {
	a := mat.NewDense(3, 2, []float64{
		1, 1,
		0, 0.1,
		0, 0,
	})
	x := tensor.NewKruskal(a, a, a).Dense()
	r, err := cpd.Decompose(context.Background(), x, 2, &cpd.Options{Algorithm: cpd.GaussNewton{}, Init: cpd.GEVD{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.RelativeError < 1e-12, len(r.Trace) < 10)
	fmt.Printf("%.3f\n", r.Model.Weights)
	// Output:
	// true true
	// [1.015 1.000]
}

// Counts. The likeliest model of rank one is the product of the sums of rows and
// columns over the sum of all, here 6·3/12 and 6·9/12.
func ExampleGeneralized() {
	x := tensor.NewDense([]int{2, 2}, []float64{
		2, 4,
		1, 5,
	})
	r, err := cpd.Decompose(context.Background(), x, 1, &cpd.Options{
		Algorithm: cpd.Generalized{Loss: cpd.Poisson{}},
		Methods:   []cpd.Method{cpd.HALS{}, cpd.HALS{}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", r.Model.Dense().Data())
	// Output: [1.5000 4.5000 1.5000 4.5000]
}
