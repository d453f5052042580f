package matrix_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// The columns of x are mixtures of two of them, the first and the last.
func ExampleSPA() {
	x := mat.NewDense(3, 4, []float64{
		4, 2, 1, 0,
		0, 1, 3, 4,
		2, 2, 2, 2,
	})
	sel, _ := matrix.SPA{}.Select(context.Background(), x, 2)
	fmt.Println(sel.Index)
	// Output: [0 3]
}

// One pixel is three parts of the first spectrum to one of the second; the other
// lies beyond the second, and is given to it whole.
func ExampleFCLS() {
	u := mat.NewDense(2, 2, []float64{
		4, 0,
		0, 4,
	})
	x := mat.NewDense(2, 2, []float64{
		3, -1,
		1, 5,
	})
	a, _ := matrix.FCLS(context.Background(), u, x)
	fmt.Printf("%.2f\n", mat.Formatted(a.V))
	// Output:
	// ⎡0.75  0.00⎤
	// ⎣0.25  1.00⎦
}
