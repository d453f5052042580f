package matrix_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
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

// Counts of words in six documents, of two topics that share the third word: with
// the divergence of Kullback and Leibler the model keeps the sum of every word.
func ExampleNMF() {
	x := mat.NewDense(4, 6, []float64{
		4, 8, 2, 0, 0, 0,
		2, 4, 1, 0, 0, 0,
		2, 4, 1, 1, 2, 3,
		0, 0, 0, 3, 6, 9,
	})
	f, _ := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{
		Method: matrix.BetaDivergence{Beta: 1},
		Init:   matrix.NNDSVD{Fill: matrix.Random},
	})
	for k := range 2 {
		topic := mat.Col(nil, k, f.U)
		floats.Scale(1/floats.Sum(topic), topic)
		fmt.Printf("%.2f\n", topic)
	}
	// Output:
	// [0.00 0.00 0.25 0.75]
	// [0.50 0.25 0.25 0.00]
}

// One part alone for either column.
func ExampleAtMostNNLS() {
	u := mat.NewDense(2, 3, []float64{
		1, 1, 0,
		0, 1, 1,
	})
	x := mat.NewDense(2, 2, []float64{
		3, 1,
		1, 2,
	})
	a, _ := matrix.AtMostNNLS(context.Background(), u, x, 1, cpd.ExactSupports)
	fmt.Printf("%.1f\n", mat.Formatted(a.V))
	// Output:
	// ⎡3.0  0.0⎤
	// ⎢0.0  1.5⎥
	// ⎣0.0  0.0⎦
}

// Every column is a multiple of one of two atoms.
func ExampleKSVD() {
	x := mat.NewDense(2, 5, []float64{
		3, 6, 4, 8, 12,
		4, 8, 3, 6, 9,
	})
	r, _ := matrix.KSVD{K: 1, Nonnegative: true}.Learn(context.Background(), x, 2, &matrix.LearnOptions{Starts: 3})
	fmt.Printf("%.1f\n", mat.Formatted(r.D))
	fmt.Printf("%.0f\n", mat.Formatted(r.V))
	// Output:
	// ⎡0.6  0.8⎤
	// ⎣0.8  0.6⎦
	// ⎡ 5  10   0   0   0⎤
	// ⎣ 0   0   5  10  15⎦
}

// Noise hides the number of components from the error, which falls on and on; samples agree
// on three.
func ExampleSuggestRank() {
	rng := rand.New(rand.NewPCG(1, 2))
	u, v, x := mat.NewDense(10, 3, nil), mat.NewDense(3, 200, nil), new(mat.Dense)
	u.Apply(func(i, q int, _ float64) float64 { return float64((i*(q+2))%7) + 1 }, u)
	v.Apply(func(_, _ int, _ float64) float64 { return rng.ExpFloat64() }, v)
	x.Mul(u, v)
	x.Apply(func(_, _ int, t float64) float64 { return t + 0.05*rng.NormFloat64() }, x)
	a, _ := matrix.SuggestRank(context.Background(), x, &matrix.RankOptions{Hi: 4, Samples: 5})
	fmt.Println(a.Rank, a.HySime)
	// Output: 3 3
}

// The slack matrix of a square has rank 3, but four components are needed: the two nested polygons are the
// same square.
func ExampleNonnegativeRank() {
	square := mat.NewDense(4, 4, []float64{
		1, 1, 0, 0,
		1, 0, 1, 0,
		0, 1, 0, 1,
		0, 0, 1, 1,
	})
	r, _ := matrix.NonnegativeRank(context.Background(), square, nil)
	fmt.Println(r.Bounds[0].Name, r.Bounds[0].Lower)
	fmt.Println(r.LowerBy, r.Lower, "at most", r.Upper)
	// Output:
	// rank 3
	// geometric 4 at most 4
}
