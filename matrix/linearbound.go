package matrix

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// look bounds the optimum from the iterate and from the average since the restart, and
// restarts from the better one when its gap has fallen enough, when it has stopped
// falling, or when it is time.
func (p *linear) look(k int) {
	gap := p.bound(p.x, p.y)
	x, y := mat.NewDense(p.n, p.n, nil), mat.NewDense(p.p, p.n, nil)
	x.Scale(1/float64(p.count), p.sumX)
	y.Scale(1/float64(p.count), p.sumY)
	average := p.bound(x, y)
	least := min(gap, average)
	if !(least <= 0.2*p.gapAtRestart || least <= 0.8*p.gapAtRestart && least > p.lastCandidate || p.count >= k/3 && k > 10*linearLook) {
		p.lastCandidate = least
		return
	}
	if average < gap {
		p.x.Copy(x)
		p.y.Copy(y)
	}
	p.reweigh()
	p.startX.Copy(p.x)
	p.startY.Copy(p.y)
	p.sumX.Zero()
	p.sumY.Zero()
	p.count = 0
	p.gapAtRestart, p.lastCandidate = least, least
}

// reweigh moves the weight to the ratio of the distances that X and Y have come since
// the last restart, half the way by logarithms.
func (p *linear) reweigh() {
	p.startX.Sub(p.startX, p.x)
	p.startY.Sub(p.startY, p.y)
	dx, dy := mat.Norm(p.startX, 2), mat.Norm(p.startY, 2)
	if dx > 1e-14 && dy > 1e-14 {
		p.weight = math.Exp(0.5*math.Log(dy/dx) + 0.5*math.Log(p.weight))
	}
}

// bound takes what x and y prove, keeps the best of both, and returns the gap between
// the two.
func (p *linear) bound(x, y *mat.Dense) float64 {
	upper, feasible := p.above(x)
	lower := p.below(y)
	if upper < p.upper {
		p.upper, p.best = upper, feasible()
	}
	p.lower = max(p.lower, lower)
	return upper - lower
}

// below is Lagrange's function at its least X: a row is zero or, where that is less,
// all at its bound.
func (p *linear) below(y *mat.Dense) float64 {
	g := mat.NewDense(p.n, p.n, nil)
	p.multiply(g, y)
	value := 0.0
	top := make([]float64, p.n)
	for i := range p.p {
		row, m := y.RawRowView(i), p.m.RawRowView(i)
		value += kernel.Dot(row, m)
		for j, v := range row {
			top[j] = max(top[j], math.Abs(v))
		}
	}
	value -= kernel.Dot(top, p.eps)
	score := make([]float64, p.n)
	for i := range p.n {
		if p.w[i] == 0 {
			continue // its row of M is zero, and so is what it costs to leave it out
		}
		row := g.RawRowView(i)
		sum := 0.0
		for j, v := range row {
			if j != i {
				sum += max(v, 0) * p.w[j]
			}
		}
		score[i] = p.cost[i] - row[i] - sum/p.w[i]
	}
	if p.trace == 0 {
		for _, v := range score {
			value += min(v, 0)
		}
		return value
	}
	slices.Sort(score)
	whole := int(p.trace)
	for _, v := range score[:whole] {
		value += v
	}
	if part := p.trace - float64(whole); part > 0 {
		value += part * score[whole]
	}
	return value
}

// above is the objective of a feasible matrix made of x, and a function that makes it.
func (p *linear) above(x *mat.Dense) (float64, func() *mat.Dense) {
	p.residual(p.left, x)
	norm := make([]float64, p.n)
	for i := range p.p {
		for j, v := range p.left.RawRowView(i) {
			norm[j] += math.Abs(v)
		}
	}
	if p.inner != nil {
		return p.mixWithInner(x, norm)
	}
	move := make([]float64, p.n) // how far towards the identity
	value := 0.0
	for j, v := range norm {
		if v > p.eps[j] {
			move[j] = min(1, 1-p.eps[j]/v*(1-1e-12))
		}
		d := x.At(j, j)
		value += p.cost[j] * (d + move[j]*(1-d))
	}
	return value, func() *mat.Dense {
		f := mat.DenseCopyOf(x)
		for i := range p.n {
			row := f.RawRowView(i)
			for j := range row {
				row[j] *= 1 - move[j]
			}
			row[i] += move[i]
		}
		return f
	}
}

// mixWithInner moves all columns alike, so that the trace stays.
func (p *linear) mixWithInner(x *mat.Dense, norm []float64) (float64, func() *mat.Dense) {
	inside := mat.NewDense(p.p, p.n, nil)
	p.residual(inside, p.inner)
	room := make([]float64, p.n)
	for i := range p.p {
		for j, v := range inside.RawRowView(i) {
			room[j] += math.Abs(v)
		}
	}
	move := 0.0
	for j, v := range norm {
		if v > p.eps[j] {
			move = max(move, (v-p.eps[j])/max(v-room[j], 1e-300)*(1+1e-12))
		}
	}
	move = min(move, 1)
	value := 0.0
	for j, c := range p.cost {
		value += c * ((1-move)*x.At(j, j) + move*p.inner.At(j, j))
	}
	return value, func() *mat.Dense {
		var f, g mat.Dense
		f.Scale(1-move, x)
		g.Scale(move, p.inner)
		f.Add(&f, &g)
		return &f
	}
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
