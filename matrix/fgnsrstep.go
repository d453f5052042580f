package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// fgnsr is FGNSR between two iterations. All is of the data times their scale.
type fgnsr struct {
	p, n    int
	m       *mat.Dense // p×n
	g       *mat.Dense // MᵀM
	w       []float64
	project []omegaRow // one for every worker

	x, before   *mat.Dense // this iterate and the one before
	gx, gbefore *mat.Dense // G times these
	active      []int      // rows of x that are not zero
	rows, mx    []float64  // scratch: those rows of X, then of G; M·X

	lipschitz, mm float64 // σ₁(M)², ‖M‖²
	mu            float64
	alpha, beta   float64
	trace, aim    float64
	sigma         float64
	raised        int // whether μ was last raised (1), lowered (−1) or kept (0)
	restarted     bool
	value         []float64
	unit          float64
}

const fgnsrAlpha = 0.05 // momentum at a start

// begin is nil for zero data.
func (s FGNSR) begin(ctx context.Context, d *data, w []float64, r int) (*fgnsr, error) {
	sel, err := SPA{}.Select(ctx, d.dense, r)
	if err != nil || len(sel.Index) == 0 {
		return nil, err
	}
	a, err := NNLS(ctx, d.pick(sel.Index), d.dense)
	if err != nil {
		return nil, err
	}
	n := d.n
	f := &fgnsr{
		p: d.p, n: n, m: mat.NewDense(d.p, n, nil), g: mat.NewDense(n, n, nil), w: w,
		project: make([]omegaRow, par.Workers()),
		x:       mat.NewDense(n, n, nil), before: mat.NewDense(n, n, nil),
		gx: mat.NewDense(n, n, nil), gbefore: mat.NewDense(n, n, nil), mx: make([]float64, d.p*n),
		alpha: fgnsrAlpha, aim: float64(r)/2 + 1, sigma: 0.1, unit: d.scale * d.scale,
	}
	for i := range d.p {
		row := f.m.RawRowView(i)
		for j, v := range d.row(i) {
			row[j] = v * d.scale
		}
		f.mm += kernel.Dot(row, row)
	}
	g := f.g.RawMatrix()
	kernel.GramAdd(n, d.p, f.m.RawMatrix().Data, n, g.Data, n)
	vals, _ := leading(mat.NewSymDense(n, g.Data), 1)
	f.lipschitz = vals[0]
	offset := s.Offset * f.unit
	if s.Offset == 0 {
		largest, _ := d.largest()
		offset = 1e-3 * largest * largest * f.unit
	}
	f.mu = (a.RelativeError*a.RelativeError*f.mm + offset) / float64(len(sel.Index))
	f.value = []float64{f.objective()}
	return f, nil
}

// step is one iteration: a gradient step from y = x + β(x − before), projected.
// The gradient at y comes from G·x and G·before, which are at hand.
func (f *fgnsr) step(fixed bool) {
	n := f.n
	x, b, gx, gb, g := f.x.RawMatrix().Data, f.before.RawMatrix().Data, f.gx.RawMatrix().Data, f.gbefore.RawMatrix().Data, f.g.RawMatrix().Data
	par.For(n, 1+(1<<16)/n, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			at := i * n
			// The new row takes the place of the old one but one.
			extrapolate(b[at:at+n], x[at:at+n], gx[at:at+n], gb[at:at+n], g[at:at+n], f.beta, 1/f.lipschitz)
			b[at+i] -= f.mu / f.lipschitz
			f.project[worker].project(b[at:at+n], f.w, i, 1)
		}
	})
	f.x, f.before = f.before, f.x
	f.gx, f.gbefore = f.gbefore, f.gx
	f.multiply()
	value := f.objective()
	if last := f.value[len(f.value)-1]; value > last && !f.restarted {
		f.restarted, f.alpha, f.beta = true, fgnsrAlpha, 0
		if !fixed {
			f.move()
		}
	} else {
		f.restarted = false
		f.momentum()
	}
	f.value = append(f.value, value)
}

// extrapolate writes y − (G·y − g)/L, y = x + β(x − b), to b.
func extrapolate(b, x, gx, gb, g []float64, beta, inverse float64) {
	x, gx, gb, g = x[:len(b)], gx[:len(b)], gb[:len(b)], g[:len(b)]
	for j, v := range b {
		y := x[j] + beta*(x[j]-v)
		gy := gx[j] + beta*(gx[j]-gb[j])
		b[j] = y - (gy-g[j])*inverse
	}
}

// momentum is the sequence of Nesterov's method.
func (f *fgnsr) momentum() {
	a := f.alpha * f.alpha
	next := (math.Sqrt(a*a+4*a) - a) / 2
	f.beta = f.alpha * (1 - f.alpha) / (a + next)
	f.alpha = next
}

// move changes μ by a share, which is halved when the direction turns.
func (f *fgnsr) move() {
	direction := 1
	if f.trace < f.aim {
		direction = -1
	}
	if f.raised == -direction {
		f.sigma /= 2
	}
	f.raised = direction
	f.mu *= 1 + float64(direction)*f.sigma
}

// multiply computes G·x.
func (f *fgnsr) multiply() {
	// In the set a row with a zero diagonal entry is zero.
	f.multiplyRows(func(i int) bool { return f.x.At(i, i) != 0 })
}

// multiplyRows computes G·x from the rows of x that are in use, straight away or, where
// they are many, by way of M·x.
func (f *fgnsr) multiplyRows(used func(i int) bool) {
	n := f.n
	x, g, m := f.x.RawMatrix().Data, f.g.RawMatrix().Data, f.m.RawMatrix().Data
	f.active = f.active[:0]
	for i := range n {
		if used(i) {
			f.active = append(f.active, i)
		}
	}
	f.gx.Zero()
	gx := f.gx.RawMatrix().Data
	const block = 64
	if a := len(f.active); a <= f.p {
		f.rows = f.rows[:0]
		for _, i := range f.active {
			f.rows = append(f.rows, x[i*n:(i+1)*n]...)
		}
		for _, i := range f.active {
			f.rows = append(f.rows, g[i*n:(i+1)*n]...)
		}
		par.For(par.Blocks(n, block), 1+(1<<19)/(block*n*(a+1)), func(_, first, last int) {
			lo, hi := first*block, min(n, last*block)
			kernel.MulTAdd(hi-lo, n, a, f.rows[a*n+lo:], n, f.rows, n, gx[lo*n:], n)
		})
		return
	}
	clear(f.mx)
	par.For(par.Blocks(f.p, 16), 1, func(_, first, last int) {
		lo, hi := first*16, min(f.p, last*16)
		kernel.MulAdd(hi-lo, n, n, m[lo*n:], n, x, n, f.mx[lo*n:], n)
	})
	par.For(par.Blocks(n, block), 1, func(_, first, last int) {
		lo, hi := first*block, min(n, last*block)
		kernel.MulTAdd(hi-lo, n, f.p, m[lo:], n, f.mx, n, gx[lo*n:], n)
	})
}

// objective is that of x, from ½‖M‖² − ⟨G, X⟩ + ½⟨X, G·X⟩; it sets the trace too.
func (f *fgnsr) objective() float64 {
	cross, square := 0.0, 0.0
	f.trace = 0
	for _, i := range f.active {
		row := f.x.RawRowView(i)
		cross += kernel.Dot(row, f.g.RawRowView(i))
		square += kernel.Dot(row, f.gx.RawRowView(i))
		f.trace += row[i]
	}
	return 0.5*f.mm - cross + 0.5*square + f.mu*f.trace
}

func (f *fgnsr) result(r int) *SelfRegression {
	res := &SelfRegression{X: mat.DenseCopyOf(f.x), Objective: make([]float64, len(f.value)), Mu: f.mu / f.unit}
	res.Index = largestDiagonal(f.x, r)
	for k, v := range f.value {
		res.Objective[k] = v / f.unit
	}
	return res
}
