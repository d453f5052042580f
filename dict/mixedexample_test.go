package dict_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
)

// Two columns, each the sum of two of six atoms, seen in two mixtures of both.
func ExampleSparseCode() {
	d, _ := dict.New(mat.NewDense(4, 6, []float64{
		1, 0, 0, 0, 1, 1,
		0, 1, 0, 0, 1, 2,
		0, 0, 1, 0, 1, 0,
		0, 0, 0, 1, 1, 2,
	}), nil, nil)
	b := mat.NewDense(2, 2, []float64{
		1, 1,
		1, 2,
	})
	y := mat.NewDense(4, 2, []float64{ // columns 3·d₀ + 2·d₂ and d₁ + 4·d₃, mixed by b
		3, 3,
		1, 2,
		2, 2,
		4, 8,
	})
	code, _ := dict.SparseCode(context.Background(), y, b, d, 2, nil)
	for r, c := range code.Columns {
		fmt.Printf("column %d: atoms %v, weights %.1f\n", r, c.Atoms, c.Weights)
	}
	// Output:
	// column 0: atoms [0 2], weights [3.0 2.0]
	// column 1: atoms [1 3], weights [1.0 4.0]
}
