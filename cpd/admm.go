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

// ADMM solves for a factor under any [constraint.Constraint] by the alternating
// direction method of multipliers on the normal equations:
//
//	X ← (M + ρ(Z − U))(G + ρ·1)⁻¹,  Z ← prox_{h/ρ}(X + U),  U ← U + X − Z,
//
// with ρ = trace(G)/R at first, one inverse an update, and the duals U kept from sweep
// to sweep. The factor is Z, which meets the constraint exactly. When the
// two residuals differ by more than ten times, ρ is doubled or halved.
//
// Of a constraint that is free of scale the components are first brought to the
// same size. Others are [Scaled]: their columns keep their norms. Those that act on
// entries or rows are [Separable].
//
// An update never raises ½⟨A·G, A⟩ − ⟨M, A⟩ + h(A): should it end too early for that, a
// projected gradient step takes its place, and where the constraint is not convex,
// whichever of the two is better. Updates of one problem converge to [KKT] = 0: the
// minimiser if the constraint is convex, for duals go on where they were, else a fixed
// point of such steps.
//
// References:
//   - Huang, K., Sidiropoulos, N.D., Liavas, A.P.: A flexible and efficient
//     algorithmic framework for constrained matrix and tensor factorization.
//     IEEE Trans. Signal Process. 64(19) (2016).
//   - Boyd, S., et al.: Distributed optimization and statistical learning via
//     ADMM. Found. Trends Mach. Learn. 3(1) (2011), section 3.4.1.
type ADMM struct {
	// Constraint of the factor. Default: constraint.Nonnegative{}.
	Constraint constraint.Constraint
	// Inner is the largest number of iterations in one update. Default: 50.
	Inner int
	// Tol ends them early: when the larger of the two residuals,
	//
	//	‖X − Z‖/max(‖X‖, ‖Z‖)  and  ρ‖Z − Z_before‖/max(ρ‖U‖, ‖M‖),
	//
	// is Tol of what it was in the first iteration of the update, or under 1e-14. A
	// bound on the residuals themselves would make sweeps crawl once it is met, with
	// one iteration each, and seem to have converged. Default: 0.1.
	Tol float64
}

func (m ADMM) fill() ADMM {
	if m.Constraint == nil {
		m.Constraint = constraint.Nonnegative{}
	}
	if m.Inner <= 0 {
		m.Inner = 50
	}
	if m.Tol <= 0 {
		m.Tol = 0.1
	}
	return m
}

// Begin implements [Method].
func (m ADMM) Begin(rows, rank int) Updater {
	m = m.fill()
	return offer(newADMM(m, rows, rank, false), m.Constraint.Facts())
}

// Nonnegative implements [Method].
func (m ADMM) Nonnegative() bool { return m.fill().Constraint.Facts().Nonnegative }

// Convex implements [Convex].
func (m ADMM) Convex() bool { return m.fill().Constraint.Facts().Convex }

// Check implements [Checker].
func (m ADMM) Check(rows, rank int) error {
	return constraint.Check(m.fill().Constraint, rows, rank)
}

type admm struct {
	*proximal
	method ADMM
	warm   bool           // u holds duals of the last update
	u, w   blas64.General // scaled duals times ρ between updates; X + U
	next   blas64.General // the new Z
	rho    float64
	factor float64   // ρ by trace(C)/R
	inv    []float64 // (C + ρ·1)⁻¹
	step   func(worker, lo, hi int)
	finish func(worker, lo, hi int)
}

func newADMM(m ADMM, rows, rank int, single bool) *admm {
	u := &admm{
		proximal: newProximal(m.Constraint, rows, rank, single), method: m, factor: 1,
		u: newGeneral(rows, rank), w: newGeneral(rows, rank), next: newGeneral(rows, rank),
		inv: make([]float64, rank*rank),
	}
	u.step, u.finish = u.stepBody, u.finishBody
	return u
}

// String is for messages.
func (u *admm) String() string { return fmt.Sprintf("ADMM with %T", u.c) }

// Row implements [Separable]. Rows come with Grams of their own, in any order, so no
// duals are kept, and each is solved more closely.
func (u *admm) Row() Updater {
	m := u.method
	m.Inner, m.Tol = max(m.Inner, rowInner), min(m.Tol, rowTol)
	return newADMM(m, 1, u.rank, true)
}

const (
	rowInner = 200
	rowTol   = 1e-4

	residualRounding = 1e-14 // residuals, relative to what they are differences of, that no iteration lessens
)

// Update implements [Updater].
func (u *admm) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if err := u.load(a, m, g); err != nil {
		return err
	}
	if u.curve == 0 {
		return nil // G = 0: every value fits alike
	}
	before := u.before()
	if u.single || !u.warm || u.reset {
		u.begin()
	}
	u.invert()
	scale(u.u, 1/u.rho)
	enough := 0.0
	for k := 1; k <= u.method.Inner; k++ {
		primal, dual := u.iterate()
		worse := max(primal, dual)
		if k == 1 {
			enough = max(u.method.Tol*worse, residualRounding)
		}
		if worse <= enough {
			break
		}
		if k%10 == 0 && k < u.method.Inner && u.facts.Convex {
			u.balance(primal, dual)
		}
	}
	scale(u.u, u.rho)
	u.warm = true
	u.settle(a, before)
	u.store(a)
	return u.err
}

// begin makes the first duals: a gradient step Z = prox_{h/L}(W) has
// L(W − Z) among the subgradients of h at Z, as the duals are at the optimum.
func (u *admm) begin() {
	u.factor = 1
	u.multiply(u.z)
	for i, v := range u.z.Data {
		u.w.Data[i] = v - (u.work.Data[i]-u.b.Data[i])/u.curve
	}
	copy(u.z.Data, u.w.Data)
	u.prox(u.z, 1/u.curve)
	for i, v := range u.w.Data {
		u.u.Data[i] = u.curve * (v - u.z.Data[i])
	}
}

// invert sets ρ and inv = (C + ρ·1)⁻¹ by elimination in place, which needs no
// pivots: the matrix is positive definite and its condition at most trace(C)/ρ + 1.
func (u *admm) invert() {
	n, trace := u.rank, 0.0
	for r := range n {
		trace += u.gram[r*n+r]
	}
	u.rho = u.factor * trace / float64(n)
	copy(u.inv, u.gram)
	for r := range n {
		u.inv[r*n+r] += u.rho
	}
	for k := range n {
		row := u.inv[k*n:][:n]
		by := 1 / row[k]
		row[k] = 1
		for j := range row {
			row[j] *= by
		}
		for i := range n {
			if other := u.inv[i*n:][:n]; i != k {
				f := other[k]
				other[k] = 0
				for j, v := range row {
					other[j] -= f * v
				}
			}
		}
	}
}

// balance changes ρ when one residual is far above the other.
func (u *admm) balance(primal, dual float64) {
	by := 1.0
	switch {
	case primal > 10*dual:
		by = 2
	case dual > 10*primal:
		by = 0.5
	}
	if f := u.factor * by; by != 1 && f >= 1e-4 && f <= 1e4 {
		u.factor = f
		u.invert()
		scale(u.u, 1/by)
	}
}

func scale(x blas64.General, by float64) {
	for i := range x.Data {
		x.Data[i] *= by
	}
}

// iterate is one iteration; it returns the two residuals, relative to what they
// are compared with.
func (u *admm) iterate() (primal, dual float64) {
	u.reserve()
	grain := max(1, (1<<17)/(proxRowsBlock*u.rank*u.rank))
	u.by = 1 / u.rho
	rowwise := u.facts.Acts == constraint.Entries || u.facts.Acts == constraint.Rows
	par.For(len(u.sums), grain, u.step)
	if !rowwise {
		u.prox(u.next, 1/u.rho)
		par.For(len(u.sums), grain, u.finish)
	}
	u.z, u.next = u.next, u.z
	var sum [4]float64
	for _, s := range u.sums {
		for k, v := range s {
			sum[k] += v
		}
	}
	sum = [4]float64(u.total(sum[:]...))
	primal = math.Sqrt(sum[0])
	if primal > 0 {
		primal /= math.Sqrt(sum[2])
	}
	dual = u.rho * math.Sqrt(sum[1])
	if dual > 0 {
		dual /= max(u.rho*math.Sqrt(sum[3]), math.Sqrt(u.bb))
	}
	return primal, dual
}

// stepBody is the iteration of some blocks: the whole of it where rows are apart.
func (u *admm) stepBody(worker, lo, hi int) {
	n := u.rank
	for k := lo; k < hi; k++ {
		from, to := k*proxRowsBlock, min(u.rows, (k+1)*proxRowsBlock)
		z, w, d, b := u.z.Data[from*n:to*n], u.w.Data[from*n:to*n], u.u.Data[from*n:to*n], u.b.Data[from*n:to*n]
		y := u.work.Data[from*n : to*n]
		for i, v := range z {
			y[i] = b[i] + u.rho*(v-d[i])
		}
		copy(w, d)
		kernel.MulAdd(to-from, n, n, y, n, u.inv, n, w, n)
		copy(u.next.Data[from*n:to*n], w)
		if u.facts.Acts == constraint.Entries || u.facts.Acts == constraint.Rows {
			u.part(worker, rowsOf(u.next, from, to))
			u.sums[k] = u.close(from, to)
		}
	}
}

func (u *admm) finishBody(_, lo, hi int) {
	for k := lo; k < hi; k++ {
		u.sums[k] = u.close(k*proxRowsBlock, min(u.rows, (k+1)*proxRowsBlock))
	}
}

// close updates the duals of some rows and returns ‖X − Z‖², ‖Z − Z_before‖²,
// max(‖X‖², ‖Z‖²) and ‖U‖².
func (u *admm) close(from, to int) [4]float64 {
	n := u.rank
	z, w, d, next := u.z.Data[from*n:to*n], u.w.Data[from*n:to*n], u.u.Data[from*n:to*n], u.next.Data[from*n:to*n]
	var primal, dual, xx, zz, uu float64
	for i, v := range next {
		x := w[i] - d[i]
		primal += (x - v) * (x - v)
		dual += (v - z[i]) * (v - z[i])
		xx += x * x
		zz += v * v
		d[i] = w[i] - v
		uu += d[i] * d[i]
	}
	return [4]float64{primal, dual, max(xx, zz), uu}
}
