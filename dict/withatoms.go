package dict

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// withAtoms is a dense tensor as fits see it whose factor of one mode is D(:,κ) for good.
// Of the data they only need the products
//
//	Y = D(:,κ)ᵀ·X₍ₙ₎,  R × Π_{m≠n} I_m,
//
// one slice for each component: the MTTKRP of another mode is the contraction of each with
// the columns of the rest, 2·R·Π_{m≠n} I_m flops, where that of X takes I_n times as many.
type withAtoms struct {
	x    *tensor.Dense
	n    int
	dims []int
	y    *mat.Dense
	room [][]float64 // of each worker

	body    func(worker, lo, hi int) // contracts for
	dst     *mat.Dense
	factors []*mat.Dense
	mode    int
}

// columnsAtOnce of the unfolding are multiplied by a worker.
const columnsAtOnce = 1 << 12

// given is the data for fits of the factors that are not made of atoms.
func (p *problem) given(factors []*mat.Dense) tensor.Tensor {
	if p.flat == nil {
		return p.x
	}
	atoms := factors[p.modes[0].N]
	rows, rank := atoms.Dims()
	_, cells := p.flat.Dims()
	s := &withAtoms{x: p.x.(*tensor.Dense), n: p.modes[0].N, dims: p.x.Dims(), y: mat.NewDense(rank, cells, nil)}
	s.room, s.body = make([][]float64, par.Workers()), s.components
	a, x, y := atoms.RawMatrix(), p.flat.RawMatrix(), s.y.RawMatrix()
	par.For((cells+columnsAtOnce-1)/columnsAtOnce, 1, func(_, lo, hi int) {
		first, last := lo*columnsAtOnce, min(cells, hi*columnsAtOnce)
		kernel.MulTAdd(rank, last-first, rows, a.Data, a.Stride, x.Data[first:], x.Stride, y.Data[first:], y.Stride)
	})
	return s
}

// Dims implements [tensor.Tensor].
func (s *withAtoms) Dims() []int { return s.dims }

// SquaredNorm implements [tensor.Tensor].
func (s *withAtoms) SquaredNorm() float64 { return s.x.SquaredNorm() }

// SquaredResidual implements [tensor.Residualer].
func (s *withAtoms) SquaredResidual(k *tensor.Kruskal) float64 { return s.x.SquaredResidual(k) }

// MTTKRP implements [tensor.Tensor] for the other modes, with the atoms that s was made
// for in the place of the factor of their mode.
func (s *withAtoms) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank, cells := s.y.Dims()
	s.dst, s.factors, s.mode = dst, factors, n
	par.For(rank, max(1, columnsAtOnce/cells), s.body)
	s.dst, s.factors = nil, nil
}

// components contracts for components lo to hi.
func (s *withAtoms) components(worker, lo, hi int) {
	_, cells := s.y.Dims()
	s.room[worker] = resize(s.room[worker], cells)
	for r := lo; r < hi; r++ {
		s.contract(s.dst, s.y.RawRowView(r), s.room[worker], s.factors, s.mode, r)
	}
}

// contract sets column r of dst to the product of x with the columns of all modes but n:
// first with those of the modes after n, the last first, then with those before it.
func (s *withAtoms) contract(dst *mat.Dense, x, room []float64, factors []*mat.Dense, n, r int) {
	for m := len(s.dims) - 1; m > n; m-- {
		if m == s.n {
			continue
		}
		f := factors[m].RawMatrix()
		for i := range len(x) / f.Rows {
			sum := 0.0
			for k, v := range x[i*f.Rows:][:f.Rows] {
				sum += v * f.Data[k*f.Stride+r]
			}
			room[i] = sum
		}
		x = room[:len(x)/f.Rows]
	}
	for m := range n {
		if m == s.n {
			continue
		}
		f := factors[m].RawMatrix()
		rest := len(x) / f.Rows
		for i := range rest {
			room[i] = x[i] * f.Data[r]
		}
		for k := 1; k < f.Rows; k++ {
			kernel.Axpy(room[:rest], f.Data[k*f.Stride+r], x[k*rest:][:rest])
		}
		x = room[:rest]
	}
	to := dst.RawMatrix()
	for i, v := range x {
		to.Data[i*to.Stride+r] = v
	}
}
