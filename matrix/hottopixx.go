package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Hottopixx selects by the linear program
//
//	min_X Σ_i c_i·X_ii  subject to  tr X = r,
//	‖m_j − M·x_j‖₁ ≤ 2ε,  0 ≤ X_ij ≤ X_ii ≤ 1,
//
// on columns divided by their ℓ1 norms, with any distinct costs c, and takes the columns
// with the r largest diagonal entries, in descending order. [MinTrace] does not have to
// be told r, and stands more noise. The program is solved as that of [MinTrace], whose
// solution, of a trace under r, is raised for a feasible start.
//
// Reference:
//   - Bittorf, V., Recht, B., Ré, C., Tropp, J.A.: Factoring Nonnegative Matrices
//     with Linear Programs. NIPS 25 (2012).
type Hottopixx struct {
	// Epsilon is ε, a share of a column. Default: half of what r columns by [SPA]
	// or [FGNSR] leave of the worst column, whichever is less, and at least a
	// thousandth. What is under 5e-14 counts as that, since rounding alone leaves as much.
	Epsilon float64
	// Cost is c, one for every column. Default: 1, less up to a
	// thousandth for longer columns, and distinct.
	Cost []float64
	// Solver says how exactly the program is solved.
	Solver LinearOptions
}

// Select implements [Selector].
func (s Hottopixx) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	res, err := s.Solve(ctx, x, r)
	if res == nil {
		return nil, err
	}
	return &res.Selection, err
}

// Solve is [Hottopixx.Select] with X. The error is [ErrOptions] where no X of that trace
// is feasible.
func (s Hottopixx) Solve(ctx context.Context, x mat.Matrix, r int) (*LinearRegression, error) {
	d, err := newLinearData("Hottopixx", x, r)
	if err != nil {
		return nil, err
	}
	if !(s.Epsilon >= 0) || math.IsInf(s.Epsilon, 0) {
		return nil, fmt.Errorf("%w: Hottopixx with Epsilon %g", ErrOptions, s.Epsilon)
	}
	cost, err := linearCost("Hottopixx", s.Cost, d)
	if err != nil {
		return nil, err
	}
	p := newLinear(d, cost)
	if p.size == 0 {
		return &LinearRegression{X: mat.NewDense(d.n, d.n, nil)}, nil
	}
	p = newLinear(p.unit(), cost)
	eps := s.Epsilon
	if eps == 0 {
		if eps, err = p.leastLeft(ctx, r, false); err != nil {
			return nil, err
		}
		eps /= 2
	}
	for j := range p.eps {
		p.eps[j] = 2 * eps
	}
	if p.inner, err = p.feasible(ctx, r); err != nil {
		return nil, err
	}
	p.trace = float64(r)
	k, err := p.solve(ctx, s.Solver, r)
	if p.best == nil && err == nil {
		err = fmt.Errorf("%w: no feasible X in %d rounds; give an Epsilon larger than %g", ErrOptions, k, eps)
	}
	if p.best == nil {
		return nil, fmt.Errorf("matrix: Hottopixx: %w", err)
	}
	res := p.result(r, k)
	res.Epsilon, res.Rank = eps, r
	if err != nil {
		err = fmt.Errorf("matrix: Hottopixx: %w", err)
	}
	return res, err
}

// unit is the data with columns of ℓ1 norm one; zero columns stay.
func (p *linear) unit() *data {
	m := mat.DenseCopyOf(p.m)
	for i := range p.p {
		row := m.RawRowView(i)
		for j, w := range p.w {
			if w > 0 {
				row[j] /= w
			}
		}
	}
	raw := m.RawMatrix()
	return &data{dense: m, v: raw.Data, stride: raw.Stride, p: p.p, n: p.n, scale: 1}
}

// feasible is a diagonal of trace r that leaves less than ε of every column: one of a
// trace under r, whose entries are raised, which leaves no more.
func (p *linear) feasible(ctx context.Context, r int) ([]float64, error) {
	ones := make([]float64, p.n)
	for j := range ones {
		ones[j] = 1
	}
	q := newLinear(&data{dense: p.m, v: p.m.RawMatrix().Data, stride: p.n, p: p.p, n: p.n, scale: 1}, ones)
	copy(q.eps, p.eps)
	q.hopeless, q.room = float64(r), float64(r)
	if _, err := q.solve(ctx, LinearOptions{Tol: 1e-3}, r); err != nil {
		return nil, fmt.Errorf("matrix: Hottopixx: %w", err)
	}
	t := make([]float64, p.n)
	for i := range t {
		t[i] = q.best.At(i, i)
	}
	missing := float64(r) - kernel.Sum(t)
	for _, i := range largestDiagonal(q.best, p.n) {
		if p.w[i] > 0 && missing > 0 {
			more := min(missing, 1-t[i])
			t[i] += more
			missing -= more
		}
	}
	if math.Abs(missing) > 1e-9 {
		return nil, fmt.Errorf("%w: Hottopixx: the least trace for this Epsilon is at least %.4g; ask for more columns than %d, or a larger Epsilon", ErrOptions, q.lower, r)
	}
	return t, nil
}
