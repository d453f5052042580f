package matrix

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// compressed is a sparse matrix by rows, or by columns.
type compressed struct {
	start []int // of every row, and the end
	at    []int32
	value []float64
}

// compress sorts the entries of x by rows (n = 0) or columns (n = 1).
func compress(x *tensor.Sparse, n int) compressed {
	c := compressed{start: make([]int, x.Dims()[n]+1), at: make([]int32, x.Stored()), value: make([]float64, x.Stored())}
	for at := range x.Coordinates() {
		c.start[at[n]+1]++
	}
	for i := range c.start[1:] {
		c.start[i+1] += c.start[i]
	}
	next := append([]int(nil), c.start...)
	for at, v := range x.Coordinates() {
		k := next[at[n]]
		next[at[n]]++
		c.at[k], c.value[k] = int32(at[1-n]), v
	}
	return c
}

// sparseKL are the products of [BetaDivergence] with β = 1 on sparse data: of a zero
// entry only Σ x̂ is left, which is (Σ_i u_i)·(Σ_j v_j).
type sparseKL struct {
	side    [2]compressed
	sum     []float64
	entries []float64 // of every block of rows
	squares []float64

	num, a, b  *mat.Dense // of the call that is running
	n          int
	rows, sums func(worker, lo, hi int)
}

// sparseRows is the number of rows that sums are taken over.
const sparseRows = 64

func newSparseKL(x *tensor.Sparse, r int) *sparseKL {
	s := &sparseKL{side: [2]compressed{compress(x, 0), compress(x, 1)}, sum: make([]float64, r)}
	blocks := par.Blocks(x.Dims()[0], sparseRows)
	s.entries, s.squares = make([]float64, blocks), make([]float64, blocks)
	s.rows, s.sums = s.rowBlock, s.sumBlock
	return s
}

// parts implements betaData.
func (s *sparseKL) parts(num, den, a, b *mat.Dense, n int) {
	s.num, s.a, s.b, s.n = num, a, b, n
	rows, _ := num.Dims()
	columnSums(s.sum, b)
	for i := range rows {
		copy(den.RawRowView(i), s.sum)
	}
	par.For(rows, 256, s.rows)
}

func columnSums(sum []float64, a *mat.Dense) {
	clear(sum)
	rows, _ := a.Dims()
	for i := range rows {
		kernel.Axpy(sum, 1, a.RawRowView(i))
	}
}

func (s *sparseKL) rowBlock(_, lo, hi int) {
	c := &s.side[s.n]
	for i := lo; i < hi; i++ {
		num, a := s.num.RawRowView(i), s.a.RawRowView(i)
		clear(num)
		for k := c.start[i]; k < c.start[i+1]; k++ {
			b := s.b.RawRowView(int(c.at[k]))
			kernel.Axpy(num, c.value[k]/kernel.Dot(a, b), b)
		}
	}
}

// errors implements betaData.
func (s *sparseKL) errors(u, vt *mat.Dense) (loss, squares float64) {
	s.a, s.b = u, vt
	par.For(len(s.entries), 4, s.sums)
	for k, v := range s.entries {
		loss += v
		squares += s.squares[k]
	}
	columnSums(s.sum, u)
	all := append([]float64(nil), s.sum...)
	columnSums(s.sum, vt)
	loss += kernel.Dot(all, s.sum)
	g, h := mat.NewSymDense(len(s.sum), nil), mat.NewSymDense(len(s.sum), nil)
	tensor.Gram(g, u)
	tensor.Gram(h, vt)
	return loss, max(0, squares+innerSym(g, h)) // rounding can push it below zero
}

// sumBlock adds what stored entries have of the loss and, less ‖X̂‖², of the squares.
func (s *sparseKL) sumBlock(_, lo, hi int) {
	c := &s.side[0]
	for b := lo; b < hi; b++ {
		loss, squares := 0.0, 0.0
		for i := b * sparseRows; i < min(len(c.start)-1, (b+1)*sparseRows); i++ {
			u := s.a.RawRowView(i)
			for k := c.start[i]; k < c.start[i+1]; k++ {
				x, y := c.value[k], kernel.Dot(u, s.b.RawRowView(int(c.at[k])))
				if x > 0 {
					loss += x*math.Log(x/y) - x
				}
				squares += x*x - 2*x*y
			}
		}
		s.entries[b], s.squares[b] = loss, squares
	}
}
