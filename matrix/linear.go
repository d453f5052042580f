package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// linear is min cᵀdiag(X) over X in Ω, ‖m_j − M·x_j‖₁ ≤ ε_j and perhaps tr X = trace.
type linear struct {
	p, n  int
	m     *mat.Dense // p×n, times the scale
	w     []float64  // ‖m_j‖₁
	cost  []float64
	eps   []float64
	size  float64   // Σ w
	trace float64   // 0: free
	inner []float64 // a feasible diagonal of that trace; nil: the identity

	lower, upper float64
	hopeless     float64 // ends as soon as the optimum is known to be over this
	room         float64 // ends when X is half the way from this to the lower bound
	best         *mat.Dense
}

func newLinear(d *data, cost []float64) *linear {
	p := &linear{
		p: d.p, n: d.n, m: mat.NewDense(d.p, d.n, nil), w: make([]float64, d.n), cost: cost, eps: make([]float64, d.n),
		lower: math.Inf(-1), upper: math.Inf(1), hopeless: math.Inf(1), room: math.Inf(-1),
	}
	for i := range d.p {
		row := p.m.RawRowView(i)
		for j, v := range d.row(i) {
			row[j] = v * d.scale
			p.w[j] += math.Abs(row[j])
		}
	}
	p.size = kernel.Sum(p.w)
	return p
}

// solve cuts until the bounds meet, and returns in how many rounds.
func (p *linear) solve(ctx context.Context, o LinearOptions, r int) (int, error) {
	if !(o.Tol > 0) {
		o.Tol = 1e-4
	}
	if o.Iterations <= 0 {
		o.Iterations = 1000
	}
	s := newLinearCuts(p)
	if p.inner != nil {
		if err := s.look(ctx, p.inner); err != nil {
			return 0, err
		}
	} else if err := s.start(ctx, r); err != nil {
		return 0, err
	}
	for k := 1; ; k++ {
		out, lower, err := s.least(ctx)
		if err != nil {
			return k, err
		}
		p.lower = max(p.lower, lower)
		done := p.upper-p.lower <= o.Tol*max(1, math.Abs(p.upper))
		if done {
			if err := s.look(ctx, out); err != nil { // of the least cost there is, should it be feasible
				return k, err
			}
		}
		if done || p.lower > p.hopeless || p.upper < (p.room+p.lower)/2 || k >= o.Iterations {
			return k, nil
		}
		t := make([]float64, p.n)
		for i, v := range s.inside {
			t[i] = v + cutsWay*(out[i]-v)
		}
		if err := s.look(ctx, t); err != nil {
			return k, err
		}
	}
}

// result chooses from the best feasible X, and counts the rank by its trace.
func (p *linear) result(r, iterations int) *LinearRegression {
	res := &LinearRegression{X: p.best, Upper: p.upper, Lower: p.lower, Iterations: iterations}
	res.Index = largestDiagonal(p.best, r)
	res.Rank = int(math.Ceil(max(0, mat.Trace(p.best)-max(1e-6, p.traceGap()))))
	return res
}

// traceGap is how much of a trace the gap between the bounds can be: as much as it pays for
// where that costs least.
func (p *linear) traceGap() float64 {
	least := math.MaxFloat64
	for j, c := range p.cost {
		if c > 0 && p.w[j] > 0 {
			least = min(least, c)
		}
	}
	return (p.upper - p.lower) / least
}
