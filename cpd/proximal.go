package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// proximal is the problem of one factor as solvers by proximal operators see it,
//
//	min_Z ½⟨Z·C, Z⟩ − ⟨B, Z⟩ + h(Z),   Z = A·D,  C = D⁻¹GD⁻¹,  B = M·D⁻¹.
//
// D is diag(√G_rr) where the constraint is free of scale, so that C has a unit
// diagonal however different the components are in size, and Z does not change
// when the sweep moves norms between factors: duals stay valid. Elsewhere D = 1,
// and the sweep rescales neither A nor G.
type proximal struct {
	c      constraint.Constraint
	facts  constraint.Facts
	single bool  // one row of a factor
	err    error // of the constraint's parameters

	rows, rank int
	d          []float64      // the diagonal of D
	gram       []float64      // C, R×R
	b, z       blas64.General // I×R, contiguous
	bb         float64        // ‖B‖²
	reset      bool           // z was replaced by zero
	curve      float64        // at least the largest eigenvalue of C

	work  blas64.General // I×R
	spare blas64.General // I×R
	sums  [][4]float64   // of every block of rows
	view  []*mat.Dense   // parts of a matrix, one per worker
	arg   blas64.General // what the bodies below work on
	by    float64

	proxRows, proxColumns, products func(worker, lo, hi int)

	sum func(x ...float64) ([]float64, error) // over the parts of a factor; nil: it is whole
	all []float64                             // what total returns
}

// proxRowsBlock is the number of rows that are worked on together; sums are taken
// block by block, so that they do not depend on the number of workers.
const proxRowsBlock = 128

func newProximal(c constraint.Constraint, rows, rank int, single bool) *proximal {
	p := &proximal{
		c: c, facts: c.Facts(), single: single, rows: rows, rank: rank,
		d: make([]float64, rank), gram: make([]float64, rank*rank),
		b: newGeneral(rows, rank), z: newGeneral(rows, rank), work: newGeneral(rows, rank), spare: newGeneral(rows, rank),
		sums: make([][4]float64, par.Blocks(rows, proxRowsBlock)),
	}
	if !single {
		p.err = constraint.Check(c, rows, rank)
	}
	p.proxRows, p.proxColumns, p.products = p.proxRowsBody, p.proxColumnsBody, p.productsBody
	return p
}

func newGeneral(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

// sumBy implements [summer].
func (p *proximal) sumBy(sum func(x ...float64) ([]float64, error)) { p.sum = sum }

// total adds x up over the parts of the factor. The error is kept for the
// end of the update, which nobody waits for meanwhile.
func (p *proximal) total(x ...float64) []float64 {
	p.all = append(p.all[:0], x...)
	if p.sum != nil {
		if _, err := p.sum(p.all...); err != nil && p.err == nil {
			p.err = err
		}
	}
	return p.all
}

// start moves a start into the set.
func (p *proximal) start(a *mat.Dense) {
	if p.err == nil && p.facts.Set {
		p.c.Prox(a, 1)
	}
}

// load takes the problem over; z is the previous factor.
func (p *proximal) load(a, m *mat.Dense, g *mat.SymDense) error {
	if p.err != nil {
		return p.err
	}
	for r := range p.rank {
		p.d[r] = 1
		if v := g.At(r, r); p.facts.ScaleFree && v > 0 && !math.IsInf(1/v, 1) {
			p.d[r] = math.Sqrt(v)
		}
	}
	finite := true
	p.curve = 0
	for r := range p.rank {
		sum := 0.0
		for q := range p.rank {
			v := g.At(r, q) / p.d[r] / p.d[q]
			p.gram[r*p.rank+q] = v
			sum += math.Abs(v)
		}
		p.curve = max(p.curve, sum)
		finite = finite && !math.IsNaN(sum) && !math.IsInf(sum, 0)
	}
	p.curve *= p.margin()
	p.bb = 0
	for i := range p.rows {
		x := m.RawRowView(i)
		for r, d := range p.d {
			v := x[r] / d
			p.b.Data[i*p.rank+r] = v
			p.bb += v * v
		}
	}
	p.bb = p.total(p.bb)[0]
	p.loadFactor(a)
	if !finite || math.IsNaN(p.bb) || math.IsInf(p.bb, 0) {
		return fmt.Errorf("%w: the normal equations hold a NaN or an infinity", ErrNotFinite)
	}
	return nil
}

// margin is what L exceeds the largest eigenvalue by: with a convex h any gradient
// step of that length descends, with others only shorter ones do for certain.
func (p *proximal) margin() float64 {
	if p.facts.Convex {
		return 1 + 1e-12
	}
	return 1.1
}

// loadFactor sets z = a·D.
func (p *proximal) loadFactor(a *mat.Dense) {
	for i := range p.rows {
		for r, v := range a.RawRowView(i) {
			p.z.Data[i*p.rank+r] = v * p.d[r]
		}
	}
}

// store writes z back as a.
func (p *proximal) store(a *mat.Dense) {
	for i := range p.rows {
		y := a.RawRowView(i)
		for r, d := range p.d {
			y[r] = p.z.Data[i*p.rank+r] / d
		}
	}
}

// prox applies the operator to x in parallel where it may.
func (p *proximal) prox(x blas64.General, step float64) {
	p.reserve()
	p.arg, p.by = x, step
	const grain = 1 << 13 // entries that are worth another goroutine
	switch p.facts.Acts {
	case constraint.Entries, constraint.Rows:
		par.For(len(p.sums), max(1, grain/(proxRowsBlock*p.rank)), p.proxRows)
	case constraint.Columns:
		par.For(p.rank, max(1, grain/p.rows), p.proxColumns)
	default:
		p.part(0, x)
	}
}

// reserve makes sure that every worker has a view.
func (p *proximal) reserve() {
	for len(p.view) < par.Workers() {
		p.view = append(p.view, mat.NewDense(1, 1, nil))
	}
}

// part applies the operator to a part of a matrix.
func (p *proximal) part(worker int, x blas64.General) {
	v := p.view[worker]
	v.SetRawMatrix(x)
	p.c.Prox(v, p.by)
}

func (p *proximal) proxRowsBody(worker, lo, hi int) {
	lo, hi = lo*proxRowsBlock, min(p.rows, hi*proxRowsBlock)
	p.part(worker, rowsOf(p.arg, lo, hi))
}

func (p *proximal) proxColumnsBody(worker, lo, hi int) {
	p.part(worker, blas64.General{Rows: p.rows, Cols: hi - lo, Stride: p.rank, Data: p.arg.Data[lo:]})
}

func rowsOf(x blas64.General, lo, hi int) blas64.General {
	return blas64.General{Rows: hi - lo, Cols: x.Cols, Stride: x.Stride, Data: x.Data[lo*x.Stride : (hi-1)*x.Stride+x.Cols]}
}

// value is h(x).
func (p *proximal) value(x blas64.General) float64 {
	p.reserve()
	p.view[0].SetRawMatrix(x)
	return p.c.Value(p.view[0])
}

// before is the objective of the previous factor. One that is worse than zero, which
// every closed set that is free of scale holds, is replaced by zero: the other
// modes may have left it far off, and its digits would drown the answer.
func (p *proximal) before() float64 {
	f := p.objective(p.z)
	if f > 0 && p.facts.ScaleFree {
		clear(p.z.Data)
		p.reset = true
		return 0
	}
	p.reset = false
	return f
}

// multiply sets work = x·C.
func (p *proximal) multiply(x blas64.General) {
	p.arg = x
	par.For(len(p.sums), max(1, (1<<17)/(proxRowsBlock*p.rank*p.rank)), p.products)
}

func (p *proximal) productsBody(_, lo, hi int) {
	lo, hi = lo*proxRowsBlock, min(p.rows, hi*proxRowsBlock)
	y := p.work.Data[lo*p.rank : hi*p.rank]
	clear(y)
	kernel.MulAdd(hi-lo, p.rank, p.rank, p.arg.Data[lo*p.rank:], p.rank, p.gram, p.rank, y, p.rank)
}

// objective is ½⟨X·C, X⟩ − ⟨B, X⟩ + h(X).
func (p *proximal) objective(x blas64.General) float64 {
	p.multiply(x)
	sum := 0.0
	for k := range p.sums {
		part := 0.0
		for i := k * proxRowsBlock * p.rank; i < min(p.rows, (k+1)*proxRowsBlock)*p.rank; i++ {
			part += x.Data[i] * (p.work.Data[i]/2 - p.b.Data[i])
		}
		sum += part
	}
	return p.total(sum + p.value(x))[0]
}

// gradientStep sets dst = prox_{h/L}(x − (x·C − B)/L), which no more than lowers
// the objective when L is at least the largest eigenvalue of C. dst may be x.
func (p *proximal) gradientStep(dst, x blas64.General, l float64) {
	p.multiply(x)
	for i, v := range x.Data {
		dst.Data[i] = v - (p.work.Data[i]-p.b.Data[i])/l
	}
	p.prox(dst, 1/l)
}

// settle sees to descent, whatever made z: where its objective is above before, that
// of the previous factor a, a gradient step from a takes its place. Where h is not
// convex the better of the two is taken, so that nothing is left but fixed points of
// such steps.
func (p *proximal) settle(a *mat.Dense, before float64) {
	now := p.objective(p.z)
	if math.IsInf(before, 1) || p.facts.Convex && now <= before {
		return
	}
	p.z, p.spare = p.spare, p.z
	if p.reset {
		clear(p.z.Data)
	} else {
		p.loadFactor(a)
	}
	p.gradientStep(p.z, p.z, p.curve)
	if now <= before && now <= p.objective(p.z) {
		p.z, p.spare = p.spare, p.z
	}
}
