package assign_test

import (
	"fmt"

	"github.com/polyad/polyad/assign"
	"gonum.org/v1/gonum/mat"
)

// Two components want the same atom; only one may have it.
func ExampleSolve() {
	cost := mat.NewDense(2, 3, []float64{
		1, 5, 9,
		1, 2, 9,
	})
	r, _ := assign.Solve(cost)
	fmt.Println(r.Col, r.Cost)
	fmt.Println(r.U, r.V) // U[i] + V[j] ≤ cost, equal where assigned
	// Output:
	// [0 1] 3
	// [2 2] [-1 0 0]
}

// Columns 0 and 1 are of one library, columns 2 and 3 of another. Both
// components would rather use the first, but each library must serve once.
func ExampleSolveBounded() {
	cost := mat.NewDense(2, 4, []float64{
		1, 2, 4, 7,
		2, 1, 6, 8,
	})
	library := []int{0, 0, 1, 1}
	r, _ := assign.SolveBounded(cost, library, []assign.Bound{
		{Min: 0, Max: -1}, // no bound
		{Min: 1, Max: 1},
	})
	fmt.Println(r.Col, r.Cost)
	fmt.Println(r.W) // serving once costs 3 more than not at all
	// Output:
	// [2 1] 5
	// [0 3]
}
