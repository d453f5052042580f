package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/sweep"
)

// Weighted minimises Σ w_ij·(x_ij − (U·V)_ij)² over U ≥ 0 and V ≥ 0: entries of unequal
// certainty, or, with weights of 0, unknown ones. Entries are updated exactly, one component of
// a row after the other,
//
//	u_ik ← max(0, u_ik + Σ_j w_ij·e_ij·v_kj / Σ_j w_ij·v_kj²),  E = X − U·V,
//
// so the loss never rises. Errors of the trace and of the result are weighted,
// √(Σ w·e² / Σ w·x²). Work of a sweep: 12·p·n·r flops. Where entries are either known or
// not, [Squares] on a [tensor.Masked] is faster. Without the max(0, ·), AnySign, it is weighted low-rank
// approximation, which has local minima that are not global where the plain one has none: use several starts.
//
// References:
//   - Gillis, N., Glineur, F.: Low-rank matrix approximation with weights or missing data is NP-hard.
//     SIAM J. Matrix Anal. Appl. 32(4), 1149–1165 (2011).
//   - Ho, N.-D.: Nonnegative matrix factorization: algorithms and applications. PhD thesis,
//     Université catholique de Louvain (2008), ch. 6.
type Weighted struct {
	// W holds the weights, p×n, ≥ 0.
	W mat.Matrix
	// AnySign lets entries of U and V be negative.
	AnySign bool
}

func (m Weighted) fit(ctx context.Context, p *problem) (*Factors, error) {
	x, err := p.dense("Weighted")
	if err != nil {
		return nil, err
	}
	w, err := newData("W", m.W)
	if err != nil {
		return nil, err
	}
	if w.p != p.p || w.n != p.n {
		return nil, fmt.Errorf("%w: W is %d×%d, X is %d×%d", ErrShape, w.p, w.n, p.p, p.n)
	}
	xx := 0.0
	for i := range w.p {
		for j, v := range w.row(i) {
			if v < 0 {
				return nil, fmt.Errorf("%w: a weight is %g at row %d, column %d; weights are ≥ 0", ErrMethod, v, i, j)
			}
			xx += v * x.At(i, j) * x.At(i, j)
		}
	}
	if xx == 0 {
		return nil, fmt.Errorf("%w: the weights leave nothing of X but zeros", ErrMethod)
	}
	rows := weightedSide{x: x, w: w.dense}
	columns := weightedSide{x: mat.DenseCopyOf(x.T()), w: mat.DenseCopyOf(w.dense.T())}
	p.signed = m.AnySign
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		s := newWeighted(p, rows, columns, u, vt, xx)
		if m.AnySign {
			s.least = math.Inf(-1)
		}
		return s, nil
	})
}

// There are no weights of new data.
func (m Weighted) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	if m.AnySign {
		return Squares{V: cpd.LeastSquares{}}.coefficients(ctx, u, x)
	}
	return leastSquares(ctx, u, x)
}

// weightedSide is X and W with the rows of one factor as rows.
type weightedSide struct{ x, w *mat.Dense }

// weighted is the state between two sweeps.
type weighted struct {
	side   [2]weightedSide
	f      [2]*mat.Dense // U, Vᵀ
	across [2]*mat.Dense // the same transposed, r×p and r×n
	e      [][]float64   // a row of the residual for every worker
	lost   []float64     // Σ w·e² of every row
	xx     float64
	least  float64 // that an entry may be
	n      int     // of the update that is running
	body   func(worker, lo, hi int)

	residual float64
}

func newWeighted(p *problem, rows, columns weightedSide, u, vt *mat.Dense, xx float64) *weighted {
	s := &weighted{side: [2]weightedSide{rows, columns}, f: [2]*mat.Dense{u, vt}, lost: make([]float64, max(p.p, p.n)), xx: xx}
	s.across = [2]*mat.Dense{mat.DenseCopyOf(u.T()), mat.DenseCopyOf(vt.T())}
	s.body = s.rows
	return s
}

// Sweep updates U, then V.
func (s *weighted) Sweep() (sweep.Point, error) {
	s.update(0)
	s.residual = s.update(1)
	return sweep.Point{RelativeError: root(s.residual, s.xx)}, nil
}

// update updates factor n and returns what is left.
func (s *weighted) update(n int) float64 {
	rows, length := s.side[n].x.Dims()
	for len(s.e) < par.Workers() {
		s.e = append(s.e, nil)
	}
	for k := range s.e {
		if len(s.e[k]) < length {
			s.e[k] = make([]float64, length)
		}
	}
	s.n = n
	par.For(rows, 1+(1<<16)/length, s.body)
	from, to := s.f[n].RawMatrix(), s.across[n].RawMatrix()
	kernel.Transpose(from.Rows, from.Cols, to.Data, to.Stride, from.Data, from.Stride)
	sum := 0.0
	for _, v := range s.lost[:rows] {
		sum += v
	}
	return sum
}

func (s *weighted) rows(worker, lo, hi int) {
	side, other := s.side[s.n], s.across[1-s.n]
	for i := lo; i < hi; i++ {
		u, w := s.f[s.n].RawRowView(i), side.w.RawRowView(i)
		e := s.e[worker][:len(w)]
		copy(e, side.x.RawRowView(i))
		for k, v := range u {
			kernel.Axpy(e, -v, other.RawRowView(k))
		}
		for k, v := range u {
			b := other.RawRowView(k)
			along, size := weightedProducts(e, w, b)
			if !(size > 0) || math.IsInf(1/size, 1) {
				continue // nothing is known of this entry
			}
			next := max(s.least, v+along/size)
			kernel.Axpy(e, v-next, b)
			u[k] = next
		}
		s.lost[i] = 0
		for j, v := range e {
			s.lost[i] += w[j] * v * v
		}
	}
}

// weightedProducts is Σ w·e·b and Σ w·b².
func weightedProducts(e, w, b []float64) (along, size float64) {
	for j, v := range b {
		t := w[j] * v
		along += t * e[j]
		size += t * v
	}
	return along, size
}

func (s *weighted) loss() float64          { return s.residual }
func (s *weighted) relativeError() float64 { return root(s.residual, s.xx) }

func (s *weighted) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.f[0]), mat.DenseCopyOf(s.f[1].T())
	unit(u, v)
	return u, v
}
