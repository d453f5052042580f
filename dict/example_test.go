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

// Two atoms are 0.08° apart: the data do not tell them apart, and with the noise drawn
// anew now one is chosen, now the other. The peak cannot be replaced.
func ExampleExamine() {
	d, _ := dict.New(mat.NewDense(4, 4, []float64{
		1, 1.00, 0, 4,
		2, 2.00, 5, 3,
		3, 3.01, 5, 2,
		4, 4.00, 0, 1,
	}), []string{"rise", "rise, too", "peak", "fall"}, nil)
	amounts := mat.NewDense(6, 2, []float64{1, 0, 2, 1, 0, 3, 1, 1, 3, 2, 2, 0})
	x := tensor.NewKruskal(d.Columns([]int{0, 2}, true), amounts).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.3 * float64(i*i%7-3) / 3 // noise
	}
	modes := []dict.Mode{{N: 0, Dict: d, Distinct: true}}
	r, _ := dict.Decompose(context.Background(), x, 2, modes, nil)

	trust, _ := dict.Examine(context.Background(), x, r, modes, nil)
	for _, at := range trust.Atoms[0] {
		fmt.Printf("%s: clear %v, always chosen again %v\n", d.Name(at.Atom), at.Clear, at.Resampled == 1)
	}
	// Output:
	// peak: clear true, always chosen again true
	// rise, too: clear false, always chosen again false
}
