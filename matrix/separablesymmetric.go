package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// SeparableTri is the result of [SeparableSymmetric].
type SeparableTri struct {
	Index         []int         // K, in the order of choice
	W             *mat.Dense    // n×r, columns that sum to one
	S             *mat.SymDense // r×r
	RelativeError float64       // ‖X − W·S·Wᵀ‖/‖X‖
}

// separableSweeps is the most that are made over the entries of S.
const separableSweeps = 1000

// SeparableSymmetric factors a symmetric x (n×n) as W·S·Wᵀ with W and S ≥ 0 where every
// component has a row of W to itself: a word that is in one topic only, x the
// co-occurrences of words. The columns of those rows are of x what pure columns are of
// separable data, and are chosen by s, [SPA] where that is nil; then
//
//	W = argmin ‖X − W·X(K,:)‖, W ≥ 0,  and  S = argmin ‖X − W·S·Wᵀ‖, S ≥ 0,
//
// both to convergence. When ctx ends while S is sought, the error comes with the factors so
// far. Work: that of s, of [NNLS] on n columns, 4·n²·r flops, and r⁴ for each sweep over the
// entries of S: few where its least squares are nonnegative, 1000 at most.
//
// Reference:
//   - Arora, S., et al.: A Practical Algorithm for Topic Modeling with Provable
//     Guarantees. ICML, PMLR 28(2), 280–288 (2013); as a factorisation in Gillis, N.:
//     Nonnegative Matrix Factorization, ch. 7. SIAM (2020).
func SeparableSymmetric(ctx context.Context, x mat.Matrix, r int, s Selector) (*SeparableTri, error) {
	if s == nil {
		s = SPA{}
	}
	sel, err := s.Select(ctx, x, r) // which checks x and r
	if err != nil {
		return nil, err
	}
	n, c := x.Dims()
	if n != c {
		return nil, fmt.Errorf("%w: SeparableSymmetric: X is %d×%d, not square", ErrShape, n, c)
	}
	largest := mat.Norm(x, 1)
	for i := range n {
		for j := range i {
			if math.Abs(x.At(i, j)-x.At(j, i)) > 1e-9*largest {
				return nil, fmt.Errorf("%w: SeparableSymmetric: X has %g at (%d, %d) and %g at (%d, %d)", ErrShape, x.At(i, j), i, j, x.At(j, i), j, i)
			}
		}
	}
	k := len(sel.Index)
	if k == 0 { // X is zero
		return &SeparableTri{}, nil
	}
	u := mat.NewDense(n, k, nil)
	for q, j := range sel.Index {
		for i := range n {
			u.Set(i, q, x.At(i, j))
		}
	}
	a, err := NNLS(ctx, u, x)
	if err != nil {
		return nil, err
	}
	t := &SeparableTri{Index: sel.Index, W: mat.DenseCopyOf(a.V.T()), S: mat.NewSymDense(k, nil)}
	for q := range k {
		sum := mat.Sum(t.W.ColView(q))
		for i := range n {
			if sum > 0 {
				t.W.Set(i, q, t.W.At(i, q)/sum)
			}
		}
	}
	if err = t.middle(ctx, x); err != nil {
		err = fmt.Errorf("matrix: SeparableSymmetric: %w", err)
	}
	var left, full mat.Dense
	left.Mul(t.W, t.S)
	full.Mul(&left, t.W.T())
	full.Sub(x, &full)
	t.RelativeError = mat.Norm(&full, 2) / mat.Norm(x, 2)
	return t, err
}

// middle finds S: least squares where these are nonnegative, entry by entry from there
// where they are not.
func (t *SeparableTri) middle(ctx context.Context, x mat.Matrix) error {
	var xw, b, g, free mat.Dense
	xw.Mul(x, t.W)
	b.Mul(t.W.T(), &xw)
	g.Mul(t.W.T(), t.W)
	k, _ := b.Dims()
	if free.Solve(&g, &b) == nil {
		var s mat.Dense
		if s.Solve(&g, free.T()) == nil {
			for i := range k {
				for j := range i + 1 {
					t.S.SetSym(i, j, max(0, (s.At(i, j)+s.At(j, i))/2))
				}
			}
		}
	}
	var gs, gsg mat.Dense
	for range separableSweeps {
		if err := ctx.Err(); err != nil {
			return err
		}
		gs.Mul(&g, t.S)
		gsg.Mul(&gs, &g)
		moved, size := 0.0, 0.0
		for i := range k {
			for j := range i + 1 {
				// The entry and its mirror image move together.
				curve := g.At(i, i) * g.At(j, j)
				if i != j {
					curve += g.At(i, j) * g.At(i, j)
				}
				if !(curve > 0) {
					continue
				}
				was := t.S.At(i, j)
				v := max(0, was+(b.At(i, j)-gsg.At(i, j))/curve)
				t.S.SetSym(i, j, v)
				follow(&gsg, &g, i, j, v-was)
				moved, size = max(moved, math.Abs(v-was)), max(size, v)
			}
		}
		if moved <= 1e-12*size {
			return nil
		}
	}
	return nil
}

// follow brings the lower triangle of G·S·G up to date with entry (i, j) of S and its
// mirror image, which have grown by so much: by·(g_i·g_jᵀ + g_j·g_iᵀ), or by·g_i·g_iᵀ.
func follow(gsg, g *mat.Dense, i, j int, by float64) {
	if by == 0 {
		return
	}
	gi, gj := g.RawRowView(i), g.RawRowView(j)
	for a := range gi {
		row := gsg.RawRowView(a)[:a+1]
		kernel.Axpy(row, by*gi[a], gj[:a+1])
		if i != j {
			kernel.Axpy(row, by*gj[a], gi[:a+1])
		}
	}
}
