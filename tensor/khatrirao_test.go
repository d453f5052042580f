package tensor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Row (i₀·I₁ + i₁)·I₂ + … of A₀ ⊙ A₁ ⊙ … is the elementwise product of the rows i_m.
func TestKhatriRaoMatchesItsDefinition(t *testing.T) {
	for _, dims := range corpus {
		for _, rank := range []int{1, 3} {
			factors := randomFactors(rand.New(rand.NewPCG(2, 1)), dims, rank)
			got := tensor.KhatriRao(factors...)
			row := 0
			indices(dims, func(index []int) {
				for r := range rank {
					want := 1.0
					for m, i := range index {
						want *= factors[m].At(i, r)
					}
					require.Equal(t, want, got.At(row, r), "sizes %v, row %d, column %d", dims, row, r)
				}
				row++
			})
			rows, _ := got.Dims()
			require.Equal(t, row, rows)
		}
	}
}

// (A ⊙ B)ᵀ(A ⊙ B) = AᵀA ∗ BᵀB, and leaving one out leaves it out of ⊙.
func TestHadamardOfGramsIsTheGramOfKhatriRao(t *testing.T) {
	dims, rank := []int{3, 1, 4, 2}, 5
	factors := randomFactors(rand.New(rand.NewPCG(2, 2)), dims, rank)
	for except := -1; except < len(dims); except++ {
		var others []*mat.Dense
		for m, a := range factors {
			if m != except {
				others = append(others, a)
			}
		}
		rows := tensor.KhatriRao(others...)
		terms, _ := rows.Dims()
		var want, abs mat.SymDense
		want.SymOuterK(1, rows.T())
		abs.SymOuterK(1, absolute(rows).T())
		for i := range rank { // the factors' own sums have larger absolute values than those of their product
			for j := i; j < rank; j++ {
				abs.SetSym(i, j, 10*abs.At(i, j))
			}
		}
		near(t, &want, tensor.HadamardOfGrams(factors, except), &abs, terms, fmt.Sprintf("except %d", except))
	}
	ones := tensor.HadamardOfGrams(factors[:1], 0)
	require.True(t, mat.Equal(mat.NewDense(5, 5, ones25()), ones), "an empty product is all ones")
}

func ones25() []float64 {
	v := make([]float64, 25)
	for i := range v {
		v[i] = 1
	}
	return v
}

// AᵀA over sizes on both sides of the partial sums of 4096 rows, contiguous and
// strided, whatever the destination held.
func TestGramMatchesTheProduct(t *testing.T) {
	for _, rows := range []int{1, 2, 5, 4095, 4096, 4097, 9000} {
		for _, rank := range []int{1, 2, 5} {
			outer := randomMatrix(rand.New(rand.NewPCG(2, 3)), rows, rank+2)
			strided := outer.Slice(0, rows, 1, rank+1).(*mat.Dense)
			for _, a := range []*mat.Dense{strided, mat.DenseCopyOf(strided)} {
				var want, abs mat.SymDense
				want.SymOuterK(1, a.T())
				abs.SymOuterK(1, absolute(a).T())
				got := mat.NewSymDense(rank, nil)
				for i := range rank {
					got.SetSym(i, i, 1e300)
				}
				tensor.Gram(got, a)
				near(t, &want, got, &abs, rows, fmt.Sprintf("%d×%d", rows, rank))
			}
		}
	}
}

func TestProductsRejectShapes(t *testing.T) {
	a, b := mat.NewDense(4, 2, nil), mat.NewDense(3, 5, nil)
	panicsWith(t, func() { tensor.KhatriRao() }, "KhatriRao", "no factors")
	panicsWith(t, func() { tensor.KhatriRao(a, b) }, "KhatriRao", "factor 1 has 5", "factor 0 has 2")
	panicsWith(t, func() { tensor.HadamardOfGrams(nil, -1) }, "HadamardOfGrams", "no factors")
	panicsWith(t, func() { tensor.HadamardOfGrams([]*mat.Dense{a, b}, -1) }, "Gram", "2×2", "3×5")
	panicsWith(t, func() { tensor.Gram(mat.NewSymDense(3, nil), a) }, "Gram", "3×3", "4×2")
	panicsWith(t, func() { tensor.NewKruskal() }, "NewKruskal", "no factors")
	panicsWith(t, func() { tensor.NewKruskal(a, b) }, "NewKruskal", "factor 1 has 5", "factor 0 has 2")
}
