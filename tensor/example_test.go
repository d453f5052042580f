package tensor_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// The last index is the fastest; a mode-n unfolding has the fibres of mode n as
// columns.
func ExampleDense_Unfold() {
	x := tensor.NewDense([]int{2, 2, 2}, []float64{
		0, 1, // x(0,0,·)
		2, 3, // x(0,1,·)
		4, 5, // x(1,0,·)
		6, 7, // x(1,1,·)
	})
	fmt.Println(x.At(1, 0, 1))
	for n := range 3 {
		fmt.Println(mat.Formatted(x.Unfold(n)))
	}
	// Output:
	// 5
	// ⎡0  1  2  3⎤
	// ⎣4  5  6  7⎦
	// ⎡0  1  4  5⎤
	// ⎣2  3  6  7⎦
	// ⎡0  2  4  6⎤
	// ⎣1  3  5  7⎦
}

// Against factors of ones the MTTKRP of mode 0 sums the slices x(i,·,·). The
// factor of mode 0 itself is not read.
func ExampleDense_MTTKRP() {
	x := tensor.NewDense([]int{2, 2, 2}, []float64{0, 1, 2, 3, 4, 5, 6, 7})
	ones := mat.NewDense(2, 1, []float64{1, 1})
	m := mat.NewDense(2, 1, nil)
	x.MTTKRP(m, []*mat.Dense{nil, ones, ones}, 0)
	fmt.Println(m.At(0, 0), m.At(1, 0))
	// Output: 6 22
}

// A matrix is a tensor of order 2: M₀ = X·B and M₁ = Xᵀ·A.
func ExampleFromMatrix() {
	x := tensor.FromMatrix(mat.NewDense(2, 3, []float64{
		1, 2, 3,
		4, 5, 6,
	}))
	b := mat.NewDense(3, 1, []float64{1, 0, -1})
	m := mat.NewDense(2, 1, nil)
	x.MTTKRP(m, []*mat.Dense{nil, b}, 0)
	fmt.Println(mat.Formatted(m))
	// Output:
	// ⎡-2⎤
	// ⎣-2⎦
}

// The rows of the last factor run fastest.
func ExampleKhatriRao() {
	a := mat.NewDense(2, 2, []float64{
		1, 2,
		3, 4,
	})
	b := mat.NewDense(2, 2, []float64{
		1, 10,
		0, 100,
	})
	fmt.Println(mat.Formatted(tensor.KhatriRao(a, b)))
	// Output:
	// ⎡  1   20⎤
	// ⎢  0  200⎥
	// ⎢  3   40⎥
	// ⎣  0  400⎦
}

// Two components of a 2×3 model: 1·(1,0)∘(1,1,1) + 2·(0,1)∘(1,2,3).
func ExampleKruskal() {
	k := tensor.NewKruskal(
		mat.NewDense(2, 2, []float64{1, 0, 0, 1}),
		mat.NewDense(3, 2, []float64{1, 1, 1, 2, 1, 3}),
	)
	k.Weights = []float64{1, 2}
	fmt.Println(k.Dense().Data(), k.SquaredNorm())
	// Output: [1 1 1 2 4 6] 59
}

// Normalize puts the length of every column into the weights, Sort the largest
// component first; the model stays the same.
func ExampleKruskal_Normalize() {
	k := tensor.NewKruskal(
		mat.NewDense(2, 2, []float64{1, 3, 0, 4}),
		mat.NewDense(1, 2, []float64{2, 2}),
	)
	k.Normalize()
	fmt.Println(k.Weights)
	fmt.Println(k.Sort(), k.Weights)
	fmt.Printf("%.1f\n", mat.Formatted(k.Factors[0]))
	// Output:
	// [2 10]
	// [1 0] [10 2]
	// ⎡0.6  1.0⎤
	// ⎣0.8  0.0⎦
}

// A model that misses one entry of two, (3, 4) against (3, 0).
func ExampleKruskal_RelativeError() {
	x := tensor.NewDense([]int{2}, []float64{3, 4})
	k := tensor.NewKruskal(mat.NewDense(2, 1, []float64{3, 0}))
	fmt.Println(k.RelativeError(x))
	// Output: 0.8
}
