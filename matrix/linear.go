package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// linear is min cᵀdiag(X) over X in Ω, ‖m_j − M·x_j‖₁ ≤ ε_j and perhaps tr X = trace,
// by
//
//	min_X max_Y  cᵀdiag(X) + ⟨Y, M − M·X⟩ − Σ_j ε_j‖y_j‖_∞,
//
// X in Ω (and of that trace) throughout.
type linear struct {
	p, n  int
	m     *mat.Dense // p×n, times the scale
	w     []float64  // ‖m_j‖₁
	cost  []float64
	eps   []float64
	size  float64    // ‖M‖
	trace float64    // 0: free
	inner *mat.Dense // feasible, with room to spare; nil: the identity

	x, y, nextX, sumX, sumY, startX, startY *mat.Dense
	gradient, left                          *mat.Dense // n×n, p×n
	project                                 []omegaRow
	sorted                                  [][]float64

	weight        float64 // primal: step 1/(weight·‖M‖) on X, weight/‖M‖ on Y
	count         int     // iterations since the restart
	shift         float64 // multiplier of the trace
	shiftStep     float64
	lower, upper  float64
	hopeless      float64 // ends as soon as the optimum is known to be over this
	room          float64 // ends when X is half the way from this to the lower bound
	best          *mat.Dense
	gapAtRestart  float64
	lastCandidate float64
}

func newLinear(d *data, cost []float64) *linear {
	p := &linear{
		p: d.p, n: d.n, m: mat.NewDense(d.p, d.n, nil), w: make([]float64, d.n), cost: cost, eps: make([]float64, d.n),
		project: make([]omegaRow, par.Workers()), sorted: make([][]float64, par.Workers()),
		lower: math.Inf(-1), upper: math.Inf(1), hopeless: math.Inf(1), room: math.Inf(-1),
	}
	for i := range d.p {
		row := p.m.RawRowView(i)
		for j, v := range d.row(i) {
			row[j] = v * d.scale
			p.w[j] += math.Abs(row[j])
		}
	}
	g := mat.NewSymDense(d.n, nil)
	g.SymOuterK(1, p.m.T())
	vals, _ := leading(g, 1)
	p.size = math.Sqrt(max(0, vals[0])) // rounding can push it below zero
	n := d.n
	for _, a := range []**mat.Dense{&p.x, &p.nextX, &p.sumX, &p.startX, &p.gradient} {
		*a = mat.NewDense(n, n, nil)
	}
	for _, a := range []**mat.Dense{&p.y, &p.sumY, &p.startY, &p.left} {
		*a = mat.NewDense(d.p, n, nil)
	}
	return p
}

const linearLook = 40 // iterations between two looks at the bounds

// solve iterates until the bounds meet, and returns how often.
func (p *linear) solve(ctx context.Context, o LinearOptions) (int, error) {
	if !(o.Tol > 0) {
		o.Tol = 1e-4
	}
	if o.Iterations <= 0 {
		o.Iterations = 20000
	}
	p.begin()
	for k := 1; ; k++ {
		if err := ctx.Err(); err != nil {
			return k, err
		}
		p.step()
		if k%linearLook > 0 && k < o.Iterations {
			continue
		}
		p.look(k)
		if p.upper-p.lower <= o.Tol*max(1, math.Abs(p.upper)) || p.lower > p.hopeless || p.upper < (p.room+p.lower)/2 || k >= o.Iterations {
			return k, nil
		}
	}
}

// begin starts from the identity, or the point given, which is feasible.
func (p *linear) begin() {
	p.x.Zero()
	for i := range p.n {
		if p.w[i] > 0 {
			p.x.Set(i, i, 1)
		}
	}
	if p.inner != nil {
		p.x.Copy(p.inner)
	}
	p.weight = p.size / math.Sqrt(float64(p.n))
	p.startX.Copy(p.x)
	p.bound(p.x, p.y)
	p.gapAtRestart, p.lastCandidate, p.shiftStep = math.Inf(1), math.Inf(1), 1e-3
}

// step is one iteration.
func (p *linear) step() {
	tau, sigma := 1/(p.weight*p.size), p.weight/p.size
	p.multiply(p.gradient, p.y) // MᵀY
	x, next, g := p.x.RawMatrix().Data, p.nextX.RawMatrix().Data, p.gradient.RawMatrix().Data
	n := p.n
	for i := range n {
		g[i*n+i] -= p.cost[i]
	}
	for k, v := range g {
		next[k] = x[k] + tau*v
	}
	p.toSet(p.nextX)
	for k, v := range next { // 2·next − x, in the place of the gradient
		g[k] = 2*v - x[k]
	}
	p.residual(p.left, p.gradient)
	y, r := p.y.RawMatrix().Data, p.left.RawMatrix().Data
	for k, v := range r {
		y[k] += sigma * v
	}
	p.shrink(p.y, sigma)
	p.x, p.nextX = p.nextX, p.x
	p.sumX.Add(p.sumX, p.x)
	p.sumY.Add(p.sumY, p.y)
	p.count++
}

// multiply is MᵀY.
func (p *linear) multiply(dst, y *mat.Dense) {
	dst.Zero()
	n, m := p.n, p.m.RawMatrix().Data
	const block = 64
	par.For(par.Blocks(n, block), 1+(1<<19)/(block*n*p.p), func(_, first, last int) {
		lo, hi := first*block, min(n, last*block)
		kernel.MulTAdd(hi-lo, n, p.p, m[lo:], n, y.RawMatrix().Data, n, dst.RawMatrix().Data[lo*n:], n)
	})
}

// residual is M − M·X.
func (p *linear) residual(dst, x *mat.Dense) {
	n, m, d := p.n, p.m.RawMatrix().Data, dst.RawMatrix().Data
	clear(d)
	par.For(p.p, 1+(1<<19)/(n*n), func(_, lo, hi int) {
		kernel.MulAdd(hi-lo, n, n, m[lo*n:], n, x.RawMatrix().Data, n, d[lo*n:], n)
	})
	for k, v := range m {
		d[k] = v - d[k]
	}
}

// toSet projects on Ω, and where the trace is given on that too: moving all diagonal
// entries of what is projected by the same shift changes the trace monotonically.
func (p *linear) toSet(x *mat.Dense) {
	if p.trace > 0 {
		p.shiftToTrace(x)
	}
	n := p.n
	raw := x.RawMatrix().Data
	par.For(n, 1+(1<<16)/n, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			p.project[worker].project(raw[i*n:(i+1)*n], p.w, i, 1)
		}
	})
}

// shiftToTrace adds to the diagonal what brings the projection to the trace.
func (p *linear) shiftToTrace(x *mat.Dense) {
	n := p.n
	total := func(shift float64) float64 {
		sum := make([]float64, n)
		par.For(n, 1+(1<<16)/n, func(worker, lo, hi int) {
			for i := lo; i < hi; i++ {
				sum[i] = p.project[worker].entry(x.RawRowView(i), p.w, i, 1, shift)
			}
		})
		return kernel.Sum(sum)
	}
	lo := p.shift
	atLo := total(lo) - p.trace
	hi, atHi := lo, atLo
	for width := p.shiftStep; atLo > 0; width *= 4 {
		hi, atHi = lo, atLo
		lo -= width
		atLo = total(lo) - p.trace
	}
	for width := p.shiftStep; atHi < 0; width *= 4 {
		lo, atLo = hi, atHi
		hi += width
		atHi = total(hi) - p.trace
	}
	at := lo
	for k := 0; atLo < 0 && atHi > 0 && k < 100; k++ { // false position, halving an end that stays (Illinois)
		at = lo + (hi-lo)*atLo/(atLo-atHi)
		v := total(at) - p.trace
		if math.Abs(v) <= 1e-13*p.trace {
			break
		}
		if v < 0 {
			lo, atLo, atHi = at, v, atHi/2
		} else {
			hi, atHi, atLo = at, v, atLo/2
		}
	}
	p.shiftStep = max(1e-9, 2*math.Abs(at-p.shift))
	p.shift = at
	for i := range n {
		x.Set(i, i, x.At(i, i)+p.shift)
	}
}

// shrink is the proximal operator of σ·Σ_j ε_j‖y_j‖_∞, which takes off each column its
// projection on the ℓ1 ball of that radius.
func (p *linear) shrink(y *mat.Dense, sigma float64) {
	n := p.n
	raw := y.RawMatrix().Data
	par.For(n, 1+(1<<14)/p.p, func(worker, lo, hi int) {
		col := make([]float64, p.p)
		for j := lo; j < hi; j++ {
			for i := range col {
				col[i] = raw[i*n+j]
			}
			p.sorted[worker] = offBall(col, sigma*p.eps[j], p.sorted[worker])
			for i, v := range col {
				raw[i*n+j] = v
			}
		}
	})
}

// result chooses from the best feasible X.
func (p *linear) result(r, iterations int) *LinearRegression {
	res := &LinearRegression{X: p.best, Upper: p.upper, Lower: p.lower, Iterations: iterations}
	res.Index = largestDiagonal(p.best, r)
	trace := mat.Trace(p.best)
	res.Rank = int(math.Ceil(trace - max(1e-6, p.upper-p.lower)))
	return res
}
