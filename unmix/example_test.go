package unmix_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/unmix"
)

// Four pixels in a row, mixtures of two of three known spectra.
func ExampleSolve() {
	img := &unmix.Image{Rows: 1, Cols: 4, Y: mat.NewDense(3, 4, []float64{
		1, 0, 0.5, 0.25,
		0, 1, 0.5, 0.75,
		1, 1, 1.0, 1.00,
	})}
	p := &unmix.Problem{Rank: 2, SumToOne: true, Libraries: []unmix.Library{{
		Name: "lab", Max: -1, Names: []string{"soil", "water", "leaf"},
		Atoms: mat.NewDense(3, 3, []float64{
			1, 3, 0,
			0, 3, 1,
			1, 1, 1,
		}),
	}}}
	r, _ := unmix.Solve(context.Background(), img, p)
	for c, a := range r.Atoms {
		fmt.Printf("%-4s %.2f\n", a.Name, r.Abundances.RawRowView(c))
	}
	// Output:
	// leaf [0.00 1.00 0.50 0.75]
	// soil [1.00 0.00 0.50 0.25]
}

// A library in steps of 5 nm comes to two bands of 20 nm, and has nothing for a third.
func ExampleResampleGaussian() {
	library, ramp := &unmix.Axis{}, mat.NewDense(21, 1, nil)
	for k := range 21 {
		library.Centers = append(library.Centers, 400+5*float64(k))
		ramp.Set(k, 0, float64(k))
	}
	image := &unmix.Axis{Centers: []float64{420, 450, 700}, Widths: []float64{20, 20, 20}}
	r, _ := unmix.ResampleGaussian(library, image)
	fmt.Println("missing:", r.Missing)
	y, _ := r.Only([]int{0, 1}).Apply(ramp)
	fmt.Printf("%.3f\n", y.RawMatrix().Data)
	// Output:
	// missing: [2]
	// [4.000 10.000]
}
