package dict_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/tensor"
)

// A matrix of two components made of the atoms "rise" and "peak" of a dictionary.
func ExampleDecompose() {
	d, _ := dict.New(mat.NewDense(4, 4, []float64{
		1, 1, 0, 4,
		1, 2, 5, 3,
		1, 3, 5, 2,
		1, 4, 0, 1,
	}), []string{"flat", "rise", "peak", "fall"}, nil)
	amounts := mat.NewDense(3, 2, []float64{ // per sample: of rise, of peak
		1, 0,
		2, 1,
		0, 3,
	})
	x := tensor.NewKruskal(d.Columns([]int{1, 2}, true), amounts).Dense()

	r, _ := dict.Decompose(context.Background(), x, 2, []dict.Mode{{N: 0, Dict: d, Distinct: true}}, nil)
	for c, j := range r.Atoms[0] {
		fmt.Printf("component %d: %s\n", c, d.Name(j))
	}
	fmt.Printf("relative error %.4f\n", r.RelativeError)
	// Output:
	// component 0: peak
	// component 1: rise
	// relative error 0.0000
}
