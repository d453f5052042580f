package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// NuclearBound is the lower bound (ν/‖X‖)² of the nonnegative rank of X ≥ 0, ν the semidefinite
// relaxation of the nonnegative nuclear norm,
//
//	ν = min ½(tr Y + tr Z)  with  [Y  X; Xᵀ  Z] ⪰ 0,  Y ≥ 0, Z ≥ 0 entry by entry,
//
// for X = Σ u_k·v_kᵀ makes ν ≤ Σ ‖u_k‖·‖v_k‖ ≤ √r₊·‖X‖. What is solved is the dual,
//
//	max ⟨X, M⟩  with  [P  −M; −Mᵀ  Q] ⪰ 0,  P and Q of unit diagonal and ≤ 0 elsewhere,
//
// of which any M that is feasible gives a bound, and one that is not becomes so by a multiple of I.
// It depends on how rows and columns of X are scaled. enough ends it: 0 stands for no such value.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], [ErrSize] for more
// than 150 rows and columns together, and that of ctx with the bound so far.
//
// Reference:
//   - Fawzi, H., Parrilo, P.A.: Lower bounds on nonnegative rank via nonnegative nuclear norms. Math.
//     Program. 153, 41–66 (2015).
func NuclearBound(ctx context.Context, x mat.Matrix, zero, enough float64) (float64, error) {
	y, err := newDistinct(x, zero)
	if err != nil {
		return 0, err
	}
	if y.zero() {
		return 0, nil
	}
	bound, err := nuclearBound(ctx, y.plain(x), enough)
	if err != nil {
		err = fmt.Errorf("matrix: nuclear bound: %w", err)
	}
	return bound, err
}

// nuclearLargest is the number of rows and columns up to which the bound is computed.
const nuclearLargest = 150

func nuclearBound(ctx context.Context, x *mat.Dense, enough float64) (float64, error) {
	p, n := x.Dims()
	if p+n > nuclearLargest {
		return 0, fmt.Errorf("%w: X is %d×%d in distinct rows and columns; the nuclear bound is computed up to %d of them", ErrSize, p, n, nuclearLargest)
	}
	size := mat.Norm(x, 2)
	s := &semidefinite{n: p + n, c: mat.NewSymDense(p+n, nil)}
	for i := range p {
		for j := range n {
			s.c.SetSym(i, p+j, -x.At(i, j)/size/2)
		}
	}
	s.project = func(g *mat.SymDense) {
		for i := range p + n {
			g.SetSym(i, i, 1)
			for j := i + 1; j < p+n; j++ {
				if (i < p) == (j < p) {
					g.SetSym(i, j, min(0, g.At(i, j)))
				}
			}
		}
	}
	s.bound = func(g *mat.SymDense, least float64) float64 {
		along := 0.0
		for i := range p {
			for j := range n {
				along -= x.At(i, j) / size * g.At(i, p+j)
			}
		}
		return square(max(0, along) / (1 + max(0, -least)))
	}
	bound, err := s.solve(ctx, orInfinite(enough))
	return max(0, bound), err
}
