package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
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
	it := newRows(factors, rank)
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

// rows runs over the rows of the Khatri–Rao product of some factors, in order,
// keeping the products of the leading factors so that a step costs R flops in
// most cases. Over no factors there is one row, of ones.
type rows struct {
	factors []*mat.Dense
	index   []int
	prefix  [][]float64 // prefix[m] is the product of the rows index[0…m]
	one     []float64
	fresh   bool
}

func newRows(factors []*mat.Dense, rank int) *rows {
	it := &rows{factors: factors, index: make([]int, len(factors)), prefix: make([][]float64, len(factors)), one: make([]float64, rank)}
	for r := range it.one {
		it.one[r] = 1
	}
	for m := range it.prefix {
		it.prefix[m] = make([]float64, rank)
	}
	it.seek(0)
	return it
}

// seek makes row `at` of the product the one that next returns next.
func (it *rows) seek(at int) {
	for m := len(it.factors) - 1; m >= 0; m-- {
		n, _ := it.factors[m].Dims()
		it.index[m] = at % n
		at /= n
	}
	it.fill(0)
	it.fresh = true
}

// fill recomputes the prefixes from factor m on.
func (it *rows) fill(m int) {
	for ; m < len(it.factors); m++ {
		row := it.factors[m].RawRowView(it.index[m])
		if m == 0 {
			copy(it.prefix[0], row)
			continue
		}
		kernel.MulTo(it.prefix[m], it.prefix[m-1], row)
	}
}

// next is the next row; it is valid until the next call and must not be
// changed. Behind the last row it starts again.
func (it *rows) next() []float64 {
	if len(it.factors) == 0 {
		return it.one
	}
	last := len(it.factors) - 1
	if !it.fresh {
		m := last
		for ; m >= 0; m-- {
			it.index[m]++
			if n, _ := it.factors[m].Dims(); it.index[m] < n {
				break
			}
			it.index[m] = 0
		}
		it.fill(max(m, 0))
	}
	it.fresh = false
	return it.prefix[last]
}
