package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// Tucker is a tensor given by a small core and a basis for every mode,
//
//	X̃ = C ×₀ U₀ ×₁ U₁ … ×_{N−1} U_{N−1},
//
// U_n of I_n×J_n with orthonormal columns, or nil for the identity. What solvers
// ask for costs what it costs of C, and products of the bases with factors:
//
//	MTTKRP_n = U_n·MTTKRP_n(C; U_mᵀA_m),  ‖X̃‖ = ‖C‖.
type Tucker struct {
	core  *Dense
	basis []*mat.Dense
	dims  []int
}

// NewTucker keeps the core and the bases. It panics when they do not fit, or when
// the columns of a basis are not orthonormal to 1e-8.
func NewTucker(core *Dense, basis []*mat.Dense) *Tucker {
	if len(basis) != len(core.dims) {
		panic(fmt.Sprintf("tensor: NewTucker: %d bases for a core of order %d", len(basis), len(core.dims)))
	}
	x := &Tucker{core: core, basis: basis, dims: append([]int(nil), core.dims...)}
	for n, u := range basis {
		if u == nil {
			continue
		}
		r, c := u.Dims()
		if c != core.dims[n] {
			panic(fmt.Sprintf("tensor: NewTucker: basis %d is %d×%d, the core has size %d", n, r, c, core.dims[n]))
		}
		g := mat.NewSymDense(c, nil)
		Gram(g, u)
		for i := range c {
			for j := range c {
				want := 0.0
				if i == j {
					want = 1
				}
				if !(math.Abs(g.At(i, j)-want) <= 1e-8) {
					panic(fmt.Sprintf("tensor: NewTucker: columns %d and %d of basis %d have inner product %g", i, j, n, g.At(i, j)))
				}
			}
		}
		x.dims[n] = r
	}
	return x
}

// Dims implements [Tensor].
func (x *Tucker) Dims() []int { return x.dims }

// SquaredNorm implements [Tensor].
func (x *Tucker) SquaredNorm() float64 { return x.core.SquaredNorm() }

// MTTKRP implements [Tensor].
func (x *Tucker) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	checkMTTKRP(x.dims, dst, factors, n)
	x.Sequence().MTTKRP(dst, factors, n)
}

// Sequence implements [Sequencer]: U_nᵀA_n is made once for every change of A_n.
func (x *Tucker) Sequence() Sequence {
	n := len(x.dims)
	q := &tuckerSequence{x: x, core: x.core.Sequence(), small: make([]*mat.Dense, n), out: make([]*mat.Dense, n), valid: make([]bool, n)}
	q.body = q.expandRows
	return q
}

type tuckerSequence struct {
	x     *Tucker
	core  Sequence
	small []*mat.Dense // U_nᵀA_n, or A_n
	valid []bool
	out   []*mat.Dense // MTTKRPs of the core

	u, o, d blas64.General // of the expansion that is running: d = u·o
	body    func(worker, lo, hi int)
}

// Updated implements [Sequence].
func (q *tuckerSequence) Updated(n int) {
	q.valid[n] = false
	q.core.Updated(n)
}

// MTTKRP implements [Sequence].
func (q *tuckerSequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(q.x.dims, dst, factors, n)
	for m, a := range factors {
		if m == n {
			if q.small[n] == nil { // the core's own check wants every shape
				q.small[n] = mat.NewDense(q.x.core.dims[n], rank, nil)
			}
			continue
		}
		if u := q.x.basis[m]; u == nil {
			q.small[m] = a
		} else if !q.valid[m] || q.small[m].RawMatrix().Cols != rank {
			if q.small[m] == nil || q.small[m].RawMatrix().Cols != rank {
				q.small[m] = mat.NewDense(q.x.core.dims[m], rank, nil)
			}
			q.small[m].Zero()
			ur, ar, s := u.RawMatrix(), a.RawMatrix(), q.small[m].RawMatrix()
			kernel.MulTAdd(ur.Cols, rank, ur.Rows, ur.Data, ur.Stride, ar.Data, ar.Stride, s.Data, s.Stride)
		}
		q.valid[m] = true
	}
	u := q.x.basis[n]
	if u == nil {
		q.core.MTTKRP(dst, q.small, n)
		return
	}
	if q.out[n] == nil || q.out[n].RawMatrix().Cols != rank {
		q.out[n] = mat.NewDense(q.x.core.dims[n], rank, nil)
	}
	q.core.MTTKRP(q.out[n], q.small, n)
	q.u, q.o, q.d = u.RawMatrix(), q.out[n].RawMatrix(), dst.RawMatrix()
	dst.Zero()
	par.For(q.u.Rows, grain(q.u.Cols*rank), q.body)
	q.u, q.o, q.d = blas64.General{}, blas64.General{}, blas64.General{}
}

// expandRows adds rows lo…hi of U_n times the MTTKRP of the core to the result.
func (q *tuckerSequence) expandRows(_, lo, hi int) {
	u, d := q.u, q.d
	kernel.MulAdd(hi-lo, q.o.Cols, u.Cols, u.Data[lo*u.Stride:], u.Stride, q.o.Data, q.o.Stride, d.Data[lo*d.Stride:], d.Stride)
}

var (
	_ Tensor    = (*Tucker)(nil)
	_ Sequencer = (*Tucker)(nil)
)
