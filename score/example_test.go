package score_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/tensor"
)

// The same two terms in another order, the scale elsewhere, one with two signs
// turned.
func ExampleFactorMatch() {
	truth := tensor.NewKruskal(
		mat.NewDense(2, 2, []float64{1, 0, 0, 1}),
		mat.NewDense(2, 2, []float64{3, 0, 4, 1}),
	)
	estimate := tensor.NewKruskal(
		mat.NewDense(2, 2, []float64{0, -10, 1, 0}),
		mat.NewDense(2, 2, []float64{0, -3, 1, -4}),
	)
	m, _ := score.FactorMatch(truth, estimate)
	fmt.Printf("%.3f %v\n", m.Score, m.Col)
	// With weights the first term, ten times too large, counts a tenth.
	m, _ = score.WeightedFactorMatch(truth, estimate)
	fmt.Printf("%.3f\n", m.Score)
	// Output:
	// 1.000 [1 0]
	// 0.550
}

func ExampleSpectralAngle() {
	angle := score.SpectralAngle([]float64{1, 0}, []float64{3, 3})
	fmt.Printf("%.1f°\n", angle*180/math.Pi)
	// Output: 45.0°
}

// Atom 7 is right once, atom 9 has the right class.
func ExampleRightAtoms() {
	truth, got := []int{7, 2}, []int{7, 9}
	class := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 1}
	fmt.Println(score.RightAtoms(truth, got), score.RightClasses(truth, got, class))
	// Output: 0.5 1
}
