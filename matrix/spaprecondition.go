package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// PreconditionedSPA selects by [SPA] after a linear map that makes the pure columns
// nearly orthonormal, which lets SPA stand far more noise when they are alike. The map
// is taken from the data projected onto their r leading singular vectors,
// Y = U_rᵀ·X. Residual is that of SPA on the mapped data. Fewer columns are returned
// when the data have no more dimensions. Deterministic.
//
// References:
//   - Gillis, N., Vavasis, S.A.: Semidefinite Programming Based Preconditioning for
//     More Robust Near-Separable Nonnegative Matrix Factorization. SIAM J. Optim. 25(1),
//     677–698 (2015).
//   - Gillis, N., Ma, W.-K.: Enhancing Pure-Pixel Identification Performance via
//     Preconditioning. SIAM J. Imaging Sci. 8(2), 1161–1186 (2015).
//   - Mizutani, T.: Ellipsoidal Rounding for Nonnegative Matrix Factorization Under
//     Noisy Separability. J. Mach. Learn. Res. 15, 1011–1039 (2014).
type PreconditionedSPA struct {
	// By is the map. Default: Whitening.
	By Preconditioner
}

// A Preconditioner is the map of [PreconditionedSPA].
type Preconditioner int

const (
	// Whitening divides Y by its singular values: p²·n flops.
	Whitening Preconditioner = iota
	// Ellipsoid maps the ellipsoid of least volume about the origin that holds all
	// columns of ±Y onto the ball.
	Ellipsoid
	// EllipsoidPoints is Ellipsoid, and only columns on the ellipsoid's surface can
	// be chosen.
	EllipsoidPoints
)

// Select implements [Selector].
func (s PreconditionedSPA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.By < Whitening || s.By > EllipsoidPoints {
		return nil, fmt.Errorf("%w: PreconditionedSPA by %d", ErrOptions, s.By)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	y := d.whitened(min(r, d.p))
	if y == nil {
		return SPA{}.Select(ctx, d.dense, r) // zero data
	}
	if s.By == Whitening {
		return SPA{}.Select(ctx, y, r)
	}
	weight, err := minimumEllipsoid(ctx, y)
	if err != nil {
		return nil, fmt.Errorf("matrix: ellipsoid: %w", err)
	}
	z := toBall(y, weight)
	if s.By == Ellipsoid {
		return SPA{}.Select(ctx, z, r)
	}
	var surface []int
	for j := range d.n {
		if mat.Norm(z.ColView(j), 2) >= 1-1e-4 {
			surface = append(surface, j)
		}
	}
	zd := data{dense: z, v: z.RawMatrix().Data, stride: z.RawMatrix().Stride, p: r, n: d.n, scale: 1}
	zd.p, _ = z.Dims()
	sel, err := SPA{}.Select(ctx, zd.pick(surface), min(r, len(surface)))
	if sel != nil {
		for k, j := range sel.Index {
			sel.Index[k] = surface[j]
		}
	}
	return sel, err
}

// whitened is Σ⁻¹UᵀX for the leading singular triplets that are not zero, at most r;
// nil for zero data.
func (d *data) whitened(r int) *mat.Dense {
	vals, vecs := leading(d.outer(nil), r)
	k := 0
	for k < r && vals[k] > 1e-13*vals[0] {
		s := 1 / math.Sqrt(vals[k])
		for i := range d.p {
			vecs.Set(i, k, vecs.At(i, k)*s)
		}
		k++
	}
	if k == 0 {
		return nil
	}
	return d.project(mat.DenseCopyOf(vecs.Slice(0, d.p, 0, k)))
}
