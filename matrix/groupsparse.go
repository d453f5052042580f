package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// GroupSparse selects by a regression of the data on themselves that is sparse by rows,
//
//	min_{X ≥ 0} ½‖M − M·X‖² + λ·Σ_i ‖x_i‖_q,  x_i row i of X, q = 2 or ∞,
//
// by an accelerated proximal gradient method with restarts, and takes the columns whose
// rows have the r largest norms, in descending order. For q = ∞ and data whose columns
// are alike in size it is akin to [FGNSR] without bounds on the diagonal. Memory is 4·n²
// numbers, so that n is limited to 2¹³: choose among a [Sample] of more. Work of an
// iteration: 2·n²·a flops for a rows that are not zero, at most 4·p·n².
//
// References:
//   - Elhamifar, E., Sapiro, G., Vidal, R.: See All by Looking at a Few: Sparse
//     Modeling for Finding Representative Objects. CVPR (2012), for q = 2.
//   - Esser, E., Möller, M., Osher, S., Sapiro, G., Xin, J.: A Convex Model for
//     Nonnegative Matrix Factorization and Dimensionality Reduction on Physical Space.
//     IEEE Trans. Image Process. 21(7), 3239–3252 (2012), for q = ∞.
type GroupSparse struct {
	// Norm is that of a row. Default: RowMax.
	Norm RowNorm
	// Weight is λ as a share of that at which X is zero. Default: 0.01.
	Weight float64
	// Iterations is the most that are made. Default: 1000.
	Iterations int
	// Tol ends it when an iteration moves X by less than that share. Default: 1e-6.
	Tol float64
}

// A RowNorm measures a row.
type RowNorm int

const (
	// RowMax is the largest entry, q = ∞.
	RowMax RowNorm = iota
	// RowLength is the Euclidean norm, q = 2.
	RowLength
)

// Select implements [Selector].
func (s GroupSparse) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	res, err := s.Solve(ctx, x, r)
	if res == nil {
		return nil, err
	}
	return &res.Selection, err
}

// Solve is [GroupSparse.Select] with X. Mu of the result is λ.
func (s GroupSparse) Solve(ctx context.Context, x mat.Matrix, r int) (*SelfRegression, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if d.n > fgnsrMost {
		return nil, fmt.Errorf("%w: GroupSparse takes at most %d columns, X has %d; choose among a Sample of them", ErrSize, fgnsrMost, d.n)
	}
	if s.Norm < RowMax || s.Norm > RowLength || !(s.Weight >= 0 && s.Weight <= 1) || s.Iterations < 0 || !(s.Tol >= 0) {
		return nil, fmt.Errorf("%w: GroupSparse with norm %d, weight %g, %d iterations, tolerance %g", ErrOptions, s.Norm, s.Weight, s.Iterations, s.Tol)
	}
	if s.Weight == 0 {
		s.Weight = 0.01
	}
	if s.Iterations == 0 {
		s.Iterations = 1000
	}
	if s.Tol == 0 {
		s.Tol = 1e-6
	}
	g := newGroupSparse(&d, s)
	if g.lipschitz == 0 {
		return &SelfRegression{X: g.x}, nil
	}
	for k := range s.Iterations {
		if err := ctx.Err(); err != nil {
			return g.result(r), fmt.Errorf("matrix: GroupSparse: %d of %d iterations: %w", k, s.Iterations, err)
		}
		if g.step() <= s.Tol {
			break
		}
	}
	return g.result(r), nil
}

// groupSparse is the state between two iterations. All is of the data times their scale.
type groupSparse struct {
	f         fgnsr // M, G = MᵀM, the iterates and their products
	norm      RowNorm
	lambda    float64
	lipschitz float64
	t         float64
	value     []float64
	scratch   [][]float64
	x         *mat.Dense
}

func newGroupSparse(d *data, s GroupSparse) *groupSparse {
	n := d.n
	g := &groupSparse{norm: s.Norm, t: 1, scratch: make([][]float64, par.Workers())}
	f := &g.f
	f.p, f.n, f.unit = d.p, n, d.scale*d.scale
	f.m, f.g, f.mx = mat.NewDense(d.p, n, nil), mat.NewDense(n, n, nil), make([]float64, d.p*n)
	f.x, f.before, f.gx, f.gbefore = mat.NewDense(n, n, nil), mat.NewDense(n, n, nil), mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	g.x = f.x
	for i := range d.p {
		row := f.m.RawRowView(i)
		for j, v := range d.row(i) {
			row[j] = v * d.scale
		}
		f.mm += kernel.Dot(row, row)
	}
	if f.mm == 0 {
		return g
	}
	raw := f.g.RawMatrix()
	kernel.GramAdd(n, d.p, f.m.RawMatrix().Data, n, raw.Data, n)
	vals, _ := leading(mat.NewSymDense(n, raw.Data), 1)
	g.lipschitz = vals[0]
	top := 0.0
	for i := range n { // the λ at which X = 0 is optimal: the dual norm of a row's gradient
		sum := 0.0
		for _, v := range f.g.RawRowView(i) {
			if v = max(v, 0); g.norm == RowLength {
				v *= v
			}
			sum += v
		}
		if g.norm == RowLength {
			sum = math.Sqrt(sum)
		}
		top = max(top, sum)
	}
	g.lambda = s.Weight * top
	g.value = []float64{0.5 * f.mm}
	return g
}

// step is one iteration; it returns the share by which X moved.
func (g *groupSparse) step() float64 {
	f := &g.f
	n := f.n
	x, b, gx, gb, gr := f.x.RawMatrix().Data, f.before.RawMatrix().Data, f.gx.RawMatrix().Data, f.gbefore.RawMatrix().Data, f.g.RawMatrix().Data
	moved, size := make([]float64, n), make([]float64, n)
	par.For(n, 1+(1<<16)/n, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			row, was := b[i*n:(i+1)*n], x[i*n:(i+1)*n]
			extrapolate(row, was, gx[i*n:(i+1)*n], gb[i*n:(i+1)*n], gr[i*n:(i+1)*n], f.beta, 1/g.lipschitz)
			g.shrinkRow(worker, row)
			for j, v := range row {
				moved[i] += (v - was[j]) * (v - was[j])
				size[i] += v * v
			}
		}
	})
	f.x, f.before = f.before, f.x
	f.gx, f.gbefore = f.gbefore, f.gx
	f.multiplyRows(func(i int) bool { return size[i] > 0 })
	value := g.objective()
	if value > g.value[len(g.value)-1] {
		g.t, f.beta = 1, 0
	} else {
		next := (1 + math.Sqrt(1+4*g.t*g.t)) / 2
		f.beta, g.t = (g.t-1)/next, next
	}
	g.value = append(g.value, value)
	total := kernel.Sum(size)
	if total == 0 {
		return 0
	}
	return math.Sqrt(kernel.Sum(moved) / total)
}

// shrinkRow is the proximal operator of λ/L·‖·‖_q and of the bound.
func (g *groupSparse) shrinkRow(worker int, row []float64) {
	clip(row)
	radius := g.lambda / g.lipschitz
	if g.norm == RowLength {
		length := math.Sqrt(kernel.Dot(row, row))
		if length <= radius {
			clear(row)
			return
		}
		c := 1 - radius/length
		for j := range row {
			row[j] *= c
		}
		return
	}
	g.scratch[worker] = offBall(row, radius, g.scratch[worker])
}

func (g *groupSparse) size(i int) float64 {
	row := g.f.x.RawRowView(i)
	if g.norm == RowLength {
		return math.Sqrt(kernel.Dot(row, row))
	}
	return slices.Max(row)
}

func (g *groupSparse) objective() float64 {
	f := &g.f
	value := 0.5 * f.mm
	for _, i := range f.active {
		row := f.x.RawRowView(i)
		value += 0.5*kernel.Dot(row, f.gx.RawRowView(i)) - kernel.Dot(row, f.g.RawRowView(i)) + g.lambda*g.size(i)
	}
	return value
}

func (g *groupSparse) result(r int) *SelfRegression {
	f := &g.f
	res := &SelfRegression{X: mat.DenseCopyOf(f.x), Mu: g.lambda / f.unit}
	for _, v := range g.value {
		res.Objective = append(res.Objective, v/f.unit)
	}
	index, size := slices.Clone(f.active), make([]float64, f.n)
	for _, i := range index {
		size[i] = g.size(i)
	}
	slices.SortStableFunc(index, func(a, b int) int {
		switch {
		case size[a] > size[b]:
			return -1
		case size[a] < size[b]:
			return 1
		}
		return 0
	})
	res.Index = index[:min(r, len(index))]
	return res
}

// offBall takes off v its projection on the ℓ1 ball of that radius: entries are cut to
// a magnitude θ with Σ max(0, |v_i| − θ) = radius. scratch is kept for the next call.
func offBall(v []float64, radius float64, scratch []float64) []float64 {
	scratch = scratch[:0]
	sum := 0.0
	for _, x := range v {
		scratch = append(scratch, math.Abs(x))
		sum += math.Abs(x)
	}
	if sum <= radius {
		clear(v)
		return scratch
	}
	// The threshold by Michelot's passes: what is below it is dropped, until nothing is.
	kept := scratch
	theta := (sum - radius) / float64(len(kept))
	for {
		left, total := kept[:0], 0.0
		count := len(kept)
		for _, x := range kept {
			if x > theta {
				left = append(left, x)
				total += x
			}
		}
		if kept = left; len(kept) == count || len(kept) == 0 {
			break
		}
		theta = (total - radius) / float64(len(kept))
	}
	for i, x := range v {
		v[i] = min(max(x, -theta), theta)
	}
	return scratch
}
