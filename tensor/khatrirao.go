package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// KhatriRao is the column-wise Kronecker product A₀ ⊙ A₁ ⊙ …, (Π I_m)×R, the rows
// of the last factor running fastest. Kernels here never need it as a whole; it
// is for tests, small problems and users.
func KhatriRao(factors ...*mat.Dense) *mat.Dense {
	if len(factors) == 0 {
		panic("tensor: KhatriRao: no factors")
	}
	rows, rank := 1, 0
	for n, a := range factors {
		r, c := a.Dims()
		if n > 0 && c != rank {
			panic(fmt.Sprintf("tensor: KhatriRao: factor %d has %d columns, factor 0 has %d", n, c, rank))
		}
		rows, rank = rows*r, c
	}
	dst := mat.NewDense(rows, rank, nil)
	var it rowIterator
	it.reset(factors, rank)
	for i := range rows {
		copy(dst.RawRowView(i), it.next())
	}
	return dst
}

// HadamardOfGrams is ∗_{m≠except} A_mᵀA_m, R×R; except −1 leaves none out. With
// no factor left it is all ones.
func HadamardOfGrams(factors []*mat.Dense, except int) *mat.SymDense {
	if len(factors) == 0 {
		panic("tensor: HadamardOfGrams: no factors")
	}
	_, rank := factors[0].Dims()
	g, s := mat.NewSymDense(rank, nil), mat.NewSymDense(rank, nil)
	for i := range rank {
		for j := i; j < rank; j++ {
			g.SetSym(i, j, 1)
		}
	}
	for m, a := range factors {
		if m == except {
			continue
		}
		Gram(s, a)
		for i := range rank {
			for j := i; j < rank; j++ {
				g.SetSym(i, j, g.At(i, j)*s.At(i, j))
			}
		}
	}
	return g
}
