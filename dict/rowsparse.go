package dict

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// RowOptions of [RowSparse]. The zero value, or nil, is a group lasso with coefficients
// of either sign.
type RowOptions struct {
	// Norm of the rows. Default: RowL2.
	Norm RowNorm
	// Nonnegative asks for X ≥ 0.
	Nonnegative bool
	// Gap is the duality gap, as a share of ½‖Y‖², that is small enough. Default: 1e-6.
	Gap float64
	// Steps is the most steps. Default: 5000.
	Steps int
}

// RowCode is the answer of [RowSparse].
type RowCode struct {
	X         *mat.Dense // d×n, for atoms of unit norm
	Rows      []int      // that are not zero, ascending
	Lambda    float64    // the weight
	Objective float64    // ½‖Y − D̂·X‖² + λ·Σ_j ‖x_j‖
	Gap       float64    // Objective less a lower bound of the minimum, by duality
	Steps     int
}

// RowSparse relaxes the choice of few atoms of D, I×d, for Y, I×n, to a convex problem,
//
//	min_X ½‖Y − D̂·X‖² + λ·Σ_j ‖x_j‖,  λ = share·λ_max,
//
// x_j the rows of X, λ_max the least weight at which X = 0. D may be Y itself. It takes
// accelerated proximal gradient steps, begun anew whenever they turn uphill, until the
// duality gap is small: with E = Y − D̂·X and the largest s at which no row of s·D̂ᵀE has a
// dual norm above λ, the minimum is at least s·⟨Y, E⟩ − ½s²‖E‖² (for the best s up to
// that). Work: 4·I·d·n flops a step; memory for five matrices of d×n.
//
// It fails with [ErrShape] when sizes do not fit and with [ErrOptions] when the share is
// not within 0 and 1, or Y not finite. When ctx ends, the error comes with the code so
// far.
//
// References:
//   - Yuan, M., Lin, Y.: Model selection and estimation in regression with grouped
//     variables. J. R. Stat. Soc. B 68(1), 49–67 (2006).
//   - Tropp, J.A.: Algorithms for simultaneous sparse approximation, part II: convex
//     relaxation. Signal Process. 86(3), 589–602 (2006).
//   - Beck, A., Teboulle, M.: A fast iterative shrinkage-thresholding algorithm for
//     linear inverse problems. SIAM J. Imaging Sci. 2(1), 183–202 (2009).
//   - O'Donoghue, B., Candès, E.: Adaptive restart for accelerated gradient schemes.
//     Found. Comput. Math. 15, 715–732 (2015).
func RowSparse(ctx context.Context, y mat.Matrix, d *Dictionary, share float64, opts *RowOptions) (*RowCode, error) {
	var o RowOptions
	if opts != nil {
		o = *opts
	}
	if d == nil {
		return nil, fmt.Errorf("%w: no dictionary", ErrOptions)
	}
	if err := d.inMemory("a group lasso"); err != nil {
		return nil, err
	}
	if rows, n := y.Dims(); rows != d.rows || n == 0 {
		return nil, fmt.Errorf("%w: atoms have length %d, the data are %d×%d", ErrShape, d.rows, rows, n)
	}
	if err := checkFinite("the data", y); err != nil {
		return nil, err
	}
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("%w: a weight of %g times that at which nothing is left; give a share above 0 and up to 1", ErrOptions, share)
	}
	if o.Norm != RowL2 && o.Norm != RowMax {
		return nil, fmt.Errorf("%w: unknown norm of rows %d", ErrOptions, int(o.Norm))
	}
	s := newRowSolver(d, mat.DenseCopyOf(y), o)
	err := s.solve(ctx, share*s.most)
	return s.code(), err
}

// rowSolver is the state of [RowSparse]. A path of weights is solved by solve one after
// the other, each from the last.
type rowSolver struct {
	o       RowOptions
	d, y    *mat.Dense // D̂, Y
	n       int
	squared float64 // ‖Y‖²
	most    float64 // λ_max
	step    float64 // 1/σ₁(D̂)²
	lambda  float64

	x, v, before   *mat.Dense // d×n: the point, where it is heading, the last one
	e              *mat.Dense // I×n: Y − D̂·X
	slope, earlier *mat.Dense // D̂ᵀE at x, and at the last point

	objective, gap float64
	steps          int

	leave, ask func(worker, lo, hi int)
}

func newRowSolver(d *Dictionary, y *mat.Dense, o RowOptions) *rowSolver {
	if o.Gap <= 0 {
		o.Gap = 1e-6
	}
	o.Steps = whenZero(o.Steps, 5000)
	_, n := y.Dims()
	s := &rowSolver{o: o, d: d.columns(), y: y, n: n, e: mat.NewDense(d.rows, n, nil)}
	for _, m := range []**mat.Dense{&s.x, &s.v, &s.before, &s.slope, &s.earlier} {
		*m = mat.NewDense(d.count, n, nil)
	}
	norm := mat.Norm(y, 2)
	s.squared = norm * norm
	s.step = 1 / squaredNormOf(s.d)
	s.leave, s.ask = s.residual, s.correlate
	s.measure()
	s.most = s.largestDual()
	return s
}

// squaredNormOf is σ₁², or where that would take an eigenvalue problem of thousands a bound.
func squaredNormOf(d *mat.Dense) float64 {
	rows, cols := d.Dims()
	if size := min(rows, cols); size <= gramLimit {
		g := mat.NewSymDense(size, nil)
		if cols <= rows {
			tensor.Gram(g, d)
		} else {
			tensor.Gram(g, mat.DenseCopyOf(d.T()))
		}
		top, _ := linalg.EigenTop(g, 1)
		return top[0] * (1 + 1e-10) // rounding must not make steps too long
	}
	norm := mat.Norm(d, 2)
	return norm * norm
}

// rowBlock is the number of rows of a product that are formed together, the same for
// any number of workers.
const rowBlock = 64

// measure sets e and slope for x.
func (s *rowSolver) measure() {
	rows, atoms := s.d.Dims()
	grain := passGrain/(rowBlock*s.n*min(rows, atoms)) + 1
	par.For(par.Blocks(rows, rowBlock), grain, s.leave)
	par.For(par.Blocks(atoms, rowBlock), grain, s.ask)
}

// residual sets blocks lo … hi−1 of the rows of e to Y − D̂·X.
func (s *rowSolver) residual(_, lo, hi int) {
	d, e, x, y := s.d.RawMatrix(), s.e.RawMatrix(), s.x.RawMatrix(), s.y.RawMatrix()
	for b := lo; b < hi; b++ {
		at, end := b*rowBlock, min(d.Rows, (b+1)*rowBlock)
		block := e.Data[at*s.n : end*s.n]
		clear(block)
		kernel.MulAdd(end-at, s.n, d.Cols, d.Data[at*d.Stride:], d.Stride, x.Data, s.n, block, s.n)
		for i, v := range y.Data[at*s.n : end*s.n] {
			block[i] = v - block[i]
		}
	}
}

// correlate sets blocks lo … hi−1 of the rows of slope to D̂ᵀE.
func (s *rowSolver) correlate(_, lo, hi int) {
	d, e, g := s.d.RawMatrix(), s.e.RawMatrix(), s.slope.RawMatrix()
	for b := lo; b < hi; b++ {
		at, end := b*rowBlock, min(d.Cols, (b+1)*rowBlock)
		block := g.Data[at*s.n : end*s.n]
		clear(block)
		kernel.MulTAdd(end-at, s.n, d.Rows, d.Data[at:], d.Stride, e.Data, s.n, block, s.n)
	}
}

func (s *rowSolver) largestDual() (top float64) {
	atoms, _ := s.slope.Dims()
	for j := range atoms {
		top = max(top, s.o.Norm.dual(s.slope.RawRowView(j), s.o.Nonnegative))
	}
	return top
}

// solve goes on from the present point with another weight.
func (s *rowSolver) solve(ctx context.Context, lambda float64) error {
	s.lambda = lambda
	s.judge()
	s.rest()
	t := 1.0
	for k := 0; k < s.o.Steps && s.gap > s.o.Gap*0.5*s.squared; k++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("dict: stopped after %d steps: %w", s.steps, err)
		}
		if uphill := s.advance(); uphill {
			t = 1
		}
		next := (1 + math.Sqrt(1+4*t*t)) / 2
		s.lead((t - 1) / next)
		t = next
	}
	return nil
}

// rest lets the next step begin where the last one ended.
func (s *rowSolver) rest() {
	s.before.Copy(s.x)
	s.earlier.Copy(s.slope)
	s.v.Copy(s.x)
	s.v.Apply(func(i, j int, v float64) float64 { return v + s.step*s.slope.At(i, j) }, s.v)
}

// lead sets v to where a gradient step leads from x + β(x − before); gradients are
// affine in the point, and are led with it.
func (s *rowSolver) lead(beta float64) {
	x, b, g, h, v := s.x.RawMatrix().Data, s.before.RawMatrix().Data, s.slope.RawMatrix().Data, s.earlier.RawMatrix().Data, s.v.RawMatrix().Data
	for i := range v {
		v[i] = x[i] + beta*(x[i]-b[i]) + s.step*(g[i]+beta*(g[i]-h[i]))
	}
}

// advance takes the proximal step at v, and says whether the momentum pointed uphill.
func (s *rowSolver) advance() (uphill bool) {
	s.before, s.x = s.x, s.before
	s.earlier, s.slope = s.slope, s.earlier
	s.steps++
	s.x.Copy(s.v)
	atoms, _ := s.x.Dims()
	for j := range atoms {
		s.o.Norm.prox(s.x.RawRowView(j), s.lambda*s.step, s.o.Nonnegative)
	}
	last := s.objective
	s.measure()
	s.judge()
	return s.objective > last
}

// judge sets objective and gap.
func (s *rowSolver) judge() {
	atoms, _ := s.x.Dims()
	penalty := 0.0
	for j := range atoms {
		penalty += s.o.Norm.of(s.x.RawRowView(j))
	}
	left := mat.Norm(s.e, 2)
	s.objective = 0.5*left*left + s.lambda*penalty
	if left == 0 {
		s.gap = s.objective
		return
	}
	var inner float64
	for i, v := range s.e.RawMatrix().Data {
		inner += v * s.y.RawMatrix().Data[i]
	}
	by := max(0, inner/(left*left))
	if dual := s.largestDual(); by*dual > s.lambda {
		by = s.lambda / dual
	}
	s.gap = max(0, s.objective-(by*inner-0.5*by*by*left*left)) // rounding can push it below zero
}

// rows are the rows that are not zero.
func (s *rowSolver) rows() (rows []int) {
	atoms, _ := s.x.Dims()
	for j := range atoms {
		if slices.ContainsFunc(s.x.RawRowView(j), func(v float64) bool { return v != 0 }) {
			rows = append(rows, j)
		}
	}
	return rows
}

func (s *rowSolver) code() *RowCode {
	return &RowCode{X: mat.DenseCopyOf(s.x), Rows: s.rows(), Lambda: s.lambda, Objective: s.objective, Gap: s.gap, Steps: s.steps}
}
