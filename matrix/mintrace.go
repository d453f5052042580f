package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// MinTrace selects by a linear program on the data themselves,
//
//	min_X Σ_i c_i·X_ii  subject to
//	‖m_j − M·x_j‖₁ ≤ ε,  0 ≤ X, X_ii ≤ 1, ‖m_i‖₁·X_ij ≤ ‖m_j‖₁·X_ii,
//
// and takes the columns with the r largest diagonal entries, in descending order.
// It also finds r: ⌈tr X⌉, for a small noise that ε just covers. The program is
// solved by the cutting planes of [LinearOptions], with bounds from both sides on
// the optimum, for at most 2¹⁰ columns: choose among a [Sample] of more.
//
// Reference:
//   - Gillis, N., Luce, R.: Robust Near-Separable Nonnegative Matrix Factorization
//     Using Linear Optimization. J. Mach. Learn. Res. 15, 1249–1280 (2014).
type MinTrace struct {
	// Epsilon is how much ε of a column may be left. Default: as much as r
	// columns by [SPA] or [FGNSR] leave of the worst column, whichever is less, and at
	// least a thousandth of the largest column. What is under 1e-13·‖m_j‖₁ counts as that
	// for column j, since rounding alone leaves as much.
	Epsilon float64
	// Relative makes it a share of each column, ε·‖m_j‖₁.
	Relative bool
	// Cost is c, one for every column. Default: 1, less up to a thousandth
	// for longer columns.
	Cost []float64
	// Solver says how exactly the program is solved.
	Solver LinearOptions
}

// LinearOptions are those of the solver of the programs of [MinTrace] and [Hottopixx], by
// cutting planes. For a given diagonal t of X every column has a small problem of ℓ1
// approximation of its own, in as few unknowns as t has entries. Its solution says that t is
// feasible, or proves by its multipliers a linear inequality that t does not obey and
// every feasible one does.
//
// Bounds hold whatever the state of convergence: from below the least cost of a t
// that obeys the inequalities so far, from above that of the best feasible X.
//
// References:
//   - Benders, J.F.: Partitioning Procedures for Solving Mixed-Variables Programming
//     Problems. Numer. Math. 4, 238–252 (1962).
//   - Ben-Ameur, W., Neto, J.: Acceleration of Cutting-Plane and Column Generation
//     Algorithms: Applications to Network Design. Networks 49(1), 3–17 (2007).
type LinearOptions struct {
	// Tol is the gap between the bounds, relative to the larger of 1 and the upper
	// one, at which it ends. Default: 1e-4.
	Tol float64
	// Iterations is the most rounds of cuts that are made. Default: 1000.
	Iterations int
}

// LinearRegression is M ≈ M·X of a linear program, with what proves it.
type LinearRegression struct {
	Selection
	X *mat.Dense // n×n, feasible
	// Upper is the objective of X, Lower a bound that no feasible X is under.
	Upper, Lower float64
	// Rank is ⌈tr X − δ⌉, at least 0; δ is the gap between the bounds divided by the least
	// positive cost, and at least 1e-6.
	Rank       int
	Epsilon    float64 // that was used
	Iterations int
}

const linearMost = 1 << 10 // columns

// Select implements [Selector].
func (s MinTrace) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	res, err := s.Solve(ctx, x, r)
	if res == nil {
		return nil, err
	}
	return &res.Selection, err
}

// Solve is [MinTrace.Select] with X. r counts for the default of Epsilon and for the
// number of columns chosen.
func (s MinTrace) Solve(ctx context.Context, x mat.Matrix, r int) (*LinearRegression, error) {
	d, err := newLinearData("MinTrace", x, r)
	if err != nil {
		return nil, err
	}
	if !(s.Epsilon >= 0) || math.IsInf(s.Epsilon, 0) {
		return nil, fmt.Errorf("%w: MinTrace with Epsilon %g", ErrOptions, s.Epsilon)
	}
	cost, err := linearCost("MinTrace", s.Cost, d)
	if err != nil {
		return nil, err
	}
	p := newLinear(d, cost)
	if p.size == 0 {
		return &LinearRegression{X: mat.NewDense(d.n, d.n, nil)}, nil
	}
	eps := s.Epsilon * d.scale
	switch {
	case s.Epsilon > 0 && s.Relative:
		eps = s.Epsilon
	case s.Epsilon == 0:
		if eps, err = p.leastLeft(ctx, r, s.Relative); err != nil {
			return nil, err
		}
	}
	for j := range p.eps {
		p.eps[j] = eps
		if s.Relative {
			p.eps[j] *= p.w[j]
		}
	}
	k, err := p.solve(ctx, s.Solver, r)
	res := p.result(r, k)
	if res.Epsilon = eps; !s.Relative {
		res.Epsilon = eps / d.scale
	}
	if err != nil {
		err = fmt.Errorf("matrix: MinTrace: %w", err)
	}
	return res, err
}

// newLinearData checks what both programs ask for.
func newLinearData(name string, x mat.Matrix, r int) (*data, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if d.n > linearMost {
		return nil, fmt.Errorf("%w: %s takes at most %d columns, X has %d; choose among a Sample of them", ErrSize, name, linearMost, d.n)
	}
	return &d, nil
}

// linearCost is the cost given, or about 1 and less by up to a thousandth for longer
// columns, so that these are chosen among columns of one direction; and in the seventh
// digit, by a sequence that spreads evenly, by position.
func linearCost(name string, given []float64, d *data) ([]float64, error) {
	n := d.n
	if given == nil {
		length := make([]float64, n)
		top := 0.0
		for i := range d.p {
			for j, v := range d.row(i) {
				length[j] += math.Abs(v) * d.scale
				top = max(top, length[j])
			}
		}
		cost := make([]float64, n)
		for j := range cost {
			_, f := math.Modf(float64(j+1) * 0.6180339887498949)
			cost[j] = 1 + 1e-7*f
			if top > 0 {
				cost[j] -= 1e-3 * length[j] / top
			}
		}
		return cost, nil
	}
	if len(given) != n {
		return nil, fmt.Errorf("%w: %s with %d costs for %d columns", ErrShape, name, len(given), n)
	}
	for j, v := range given {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%w: %s: cost %d is %g", ErrOptions, name, j, v)
		}
	}
	return given, nil
}

// leastLeft is the largest ℓ1 norm of what nonnegative mixtures of r columns leave, chosen
// by SPA or by FGNSR, whichever leaves less.
func (p *linear) leastLeft(ctx context.Context, r int, relative bool) (float64, error) {
	least := math.Inf(1)
	for _, s := range []Selector{SPA{}, FGNSR{Iterations: 300}} {
		sel, err := s.Select(ctx, p.m, r)
		if err != nil {
			return 0, err
		}
		if len(sel.Index) == 0 {
			continue
		}
		u := mat.NewDense(p.p, len(sel.Index), nil)
		for k, j := range sel.Index {
			u.SetCol(k, mat.Col(nil, j, p.m))
		}
		v, err := p.left1(ctx, u, relative)
		if err != nil {
			return 0, err
		}
		least = min(least, v)
	}
	return least, nil
}

// left1 is the largest ℓ1 norm of what nonnegative mixtures of the columns of u leave, at
// least a thousandth of the largest column.
func (p *linear) left1(ctx context.Context, u *mat.Dense, relative bool) (float64, error) {
	a, err := NNLS(ctx, u, p.m)
	if err != nil {
		return 0, err
	}
	var left mat.Dense
	left.Mul(u, a.V)
	left.Sub(p.m, &left)
	worst, floor := 0.0, 0.0
	for j := range p.n {
		norm, size := mat.Norm(left.ColView(j), 1), p.w[j]
		if relative && size > 0 {
			norm, size = norm/size, 1
		}
		worst, floor = max(worst, norm), max(floor, size)
	}
	return max(worst, 1e-3*floor), nil
}
