package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// Abundances is V for a given U, with what proves it.
type Abundances struct {
	V *mat.Dense // r×n
	// RelativeError is ‖X − U·V‖/‖X‖ in the Frobenius norm, from X itself; 0
	// when X is zero and fitted, +Inf when it is zero and not.
	RelativeError float64
	// KKT is the largest residual of the optimality conditions over all
	// columns, in relative terms: the distance between the entries of V, or
	// their gradients, and where they ought to be. Exact to rounding, it is of
	// the order of r·2⁻⁵² or, when columns of U lie within an angle of 1e-7 of one
	// another, of that angle. Always 0 for SCLS, where nothing is bounded and V is
	// a formula.
	KKT float64
}

// NNLS returns the V ≥ 0 that minimises ‖X − U·V‖, for U p×r and X p×n. The
// method is exact: block principal pivoting with the active set method in
// reserve. Where the columns of U are dependent the minimiser is not
// unique and one of them is returned; a zero column of U gets the amount 0.
//
// Errors: [ErrShape], [ErrNotFinite], and that of ctx. Work: 2·p·n·r flops for
// UᵀX, as many for the error, and 2·r² to 10·r² for each column of X.
func NNLS(ctx context.Context, u, x mat.Matrix) (*Abundances, error) {
	return solve(ctx, u, x, new(linalg.NNLS), bounded)
}

// SCLS returns the V that minimises ‖X − U·V‖ subject to columns that sum to
// one; entries may be negative. Otherwise as [NNLS].
func SCLS(ctx context.Context, u, x mat.Matrix) (*Abundances, error) {
	return solve(ctx, u, x, new(linalg.SCLS), summed)
}

// FCLS returns the V ≥ 0 that minimises ‖X − U·V‖ subject to columns that sum to
// one, fully constrained least squares. A zero column of U is allowed and means
// shade: its amount is what the others leave to one. Otherwise as [NNLS].
func FCLS(ctx context.Context, u, x mat.Matrix) (*Abundances, error) {
	return solve(ctx, u, x, new(linalg.FCLS), bounded|summed)
}

const (
	bounded = 1 << iota // V ≥ 0
	summed              // 1ᵀV = 1
)

// columnsBlock is how many columns of X are worked on at a time: enough to keep
// every core busy, and few enough that the scratch does not grow with n.
const columnsBlock = 1 << 14

// columnsPart is how many columns one pass over U and X takes: as many as stay
// in a core's cache with their products.
const columnsPart = 128

type rowSolver interface {
	Solve(a, m *mat.Dense, g *mat.SymDense) error
}

func solve(ctx context.Context, u, x mat.Matrix, s rowSolver, set int) (*Abundances, error) {
	ud, err := newData("U", u)
	if err != nil {
		return nil, err
	}
	xd, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if ud.p != xd.p {
		return nil, fmt.Errorf("%w: U is %d×%d, X is %d×%d, want the same number of rows", ErrShape, ud.p, ud.n, xd.p, xd.n)
	}
	f := newFit(&ud, &xd)
	res := &Abundances{V: mat.NewDense(f.r, xd.n, nil)}
	for lo := 0; lo < xd.n; lo += columnsBlock {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("matrix: %d of %d columns solved: %w", lo, xd.n, err)
		}
		hi := min(lo+columnsBlock, xd.n)
		f.products(lo, hi)
		if q, ok := s.(interface {
			shift(m *mat.Dense, unit float64)
		}); ok {
			q.shift(f.m, f.us*f.us)
		}
		if err := s.Solve(f.a, f.m, f.g); err != nil {
			return nil, fmt.Errorf("matrix: columns %d to %d: %w", lo, hi, err)
		}
		if set&bounded != 0 {
			res.KKT = max(res.KKT, linalg.KKT(f.a, f.m, f.g, set&summed != 0))
		}
		f.finish(res.V, lo, hi)
	}
	switch {
	case f.xx > 0:
		res.RelativeError = math.Sqrt(f.rr / f.xx)
	case f.rr > 0:
		res.RelativeError = math.Inf(1)
	}
	return res, nil
}

// fit is the state of solve between two blocks of columns.
type fit struct {
	x     *data
	plain *data      // U
	u     *mat.Dense // U times the scale of U, p×r
	us    float64    // that scale
	r     int
	g     *mat.SymDense // Gram matrix of u

	full   *mat.Dense // storage of a and m for a whole block
	a, m   *mat.Dense // columns of a block × r
	rr, xx float64    // ‖X − U·V‖² and ‖X‖² so far, times the square of the scale of X
	part   []float64  // rr and xx of the parts of a block
}

func newFit(u, x *data) *fit {
	f := &fit{x: x, plain: u, r: u.n, us: u.scale, u: mat.NewDense(u.p, u.n, nil), g: mat.NewSymDense(u.n, nil)}
	for i := range u.p {
		for j, v := range u.row(i) {
			f.u.Set(i, j, v*u.scale)
		}
	}
	tensor.Gram(f.g, f.u)
	n := min(columnsBlock, x.n)
	f.full = mat.NewDense(2*n, f.r, nil)
	f.part = make([]float64, 2*par.Blocks(n, columnsPart))
	return f
}

// products writes m = XᵀU of the columns lo to hi, and zeros to a. With U scaled
// by s, G is s²UᵀU, so M has to be s²XᵀU for the same V.
func (f *fit) products(lo, hi int) {
	n := hi - lo
	f.a = f.full.Slice(0, n, 0, f.r).(*mat.Dense)
	f.m = f.full.Slice(n, 2*n, 0, f.r).(*mat.Dense)
	f.a.Zero()
	f.m.Zero()
	u, m := f.u.RawMatrix(), f.m.RawMatrix()
	par.For(par.Blocks(n, columnsPart), f.grain(), func(_, first, last int) {
		for b := first; b < last; b++ {
			j0, j1 := b*columnsPart, min(n, (b+1)*columnsPart)
			mb := m.Data[j0*m.Stride : (j1-1)*m.Stride+f.r]
			kernel.MulTAdd(j1-j0, f.r, f.x.p, f.x.v[lo+j0:], f.x.stride, u.Data, u.Stride, mb, m.Stride)
			for k := range mb {
				mb[k] *= f.us
			}
		}
	})
}

// grain is the number of parts of columns that make a millisecond of work.
func (f *fit) grain() int { return 1 + (1<<20)/(columnsPart*f.r*f.x.p) }

// finish writes a to the columns lo to hi of v and adds up their residual.
func (f *fit) finish(v *mat.Dense, lo, hi int) {
	n := hi - lo
	parts := par.Blocks(n, columnsPart)
	raw := v.RawMatrix()
	par.For(parts, f.grain(), func(_, first, last int) {
		for b := first; b < last; b++ {
			j0, j1 := b*columnsPart, min(n, (b+1)*columnsPart)
			kernel.Transpose(j1-j0, f.r, raw.Data[lo+j0:], raw.Stride, f.a.RawMatrix().Data[j0*f.r:], f.r)
			f.part[2*b], f.part[2*b+1] = f.residual(raw, lo+j0, lo+j1)
		}
	})
	for b := range parts {
		f.rr += f.part[2*b]
		f.xx += f.part[2*b+1]
	}
}

// residual returns ‖X − U·V‖² and ‖X‖² over the columns j0 to j1.
func (f *fit) residual(v blas64.General, j0, j1 int) (rr, xx float64) {
	for i := range f.x.p {
		r, x := kernel.ColumnResidual(f.x.row(i)[j0:j1], v.Data[j0:], v.Stride, f.plain.row(i), f.x.scale)
		rr += r
		xx += x
	}
	return rr, xx
}
