package matrix

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// tiny keeps quotients finite.
const tiny = 1e-300

// l1Fit minimises Σ|X − U·H| over H ≥ 0 by the alternating direction method of
// multipliers on E = X − U·H, H by coordinate descent from where it was. What it leaves
// for D are the multipliers, in [−1, 1], with Uᵀd ≤ 0 at the optimum.
type l1Fit struct {
	u    *mat.Dense
	gram []float64
}

func newL1Fit(u *mat.Dense) *l1Fit {
	_, k := u.Dims()
	g := mat.NewDense(k, k, nil)
	g.Mul(u.T(), u)
	return &l1Fit{u: u, gram: g.RawMatrix().Data}
}

func (f *l1Fit) fit(x, h, d *mat.Dense, iterations int) {
	p, n := x.Dims()
	_, k := f.u.Dims()
	size := 0.0
	for i := range p {
		size += mat.Norm(x.RowView(i), 1)
	}
	if size == 0 {
		h.Zero()
		return
	}
	// Multipliers are of order one and residuals of the order of the data.
	rho := 10 * float64(p*n) / size
	e, t, rhs := mat.NewDense(p, n, nil), mat.NewDense(p, n, nil), mat.NewDense(k, n, nil)
	d.Zero()
	for range iterations {
		// H: least squares to X − E + D/ρ; E: soft threshold; D: ascent.
		for i := range p {
			tr, xr, er, dr := t.RawRowView(i), x.RawRowView(i), e.RawRowView(i), d.RawRowView(i)
			for j, v := range xr {
				tr[j] = v - er[j] + dr[j]/rho
			}
		}
		rhs.Mul(f.u.T(), t)
		for range 3 {
			for q := range k {
				if g := f.gram[q*k+q]; g > 0 {
					kernel.ColumnStep(h.RawRowView(q), h.RawMatrix().Data, n, rhs.RawRowView(q), f.gram[q*k:(q+1)*k], 1/g)
				}
			}
		}
		t.Mul(f.u, h)
		for i := range p {
			tr, xr, er, dr := t.RawRowView(i), x.RawRowView(i), e.RawRowView(i), d.RawRowView(i)
			for j, v := range xr {
				v = v - tr[j] + dr[j]/rho
				er[j] = math.Copysign(math.Max(0, math.Abs(v)-1/rho), v)
				dr[j] = rho * (v - er[j])
			}
		}
	}
}

// klFit minimises the Kullback–Leibler divergence over H ≥ 0 by multiplicative
// updates, h ← h·(Uᵀ(X/UH))/(Uᵀ1).
type klFit struct {
	u   *mat.Dense
	sum []float64 // Uᵀ1
}

func newKLFit(u *mat.Dense) *klFit {
	p, k := u.Dims()
	f := &klFit{u: u, sum: make([]float64, k)}
	for i := range p {
		kernel.Axpy(f.sum, 1, u.RawRowView(i))
	}
	return f
}

func (f *klFit) fit(x, h, d *mat.Dense, iterations int) {
	p, _ := x.Dims()
	var step mat.Dense
	quotient := func() {
		d.Mul(f.u, h)
		for i := range p {
			dr, xr := d.RawRowView(i), x.RawRowView(i)
			for j, v := range xr {
				if v > 0 {
					v /= math.Max(dr[j], tiny)
				}
				dr[j] = v
			}
		}
	}
	for range iterations {
		quotient()
		step.Mul(f.u.T(), d)
		for q, s := range f.sum {
			row, by := h.RawRowView(q), step.RawRowView(q)
			for j := range row {
				if s > 0 {
					row[j] = math.Min(row[j]*by[j]/s, math.MaxFloat64)
				}
			}
		}
	}
	quotient()
	for i := range p {
		row := d.RawRowView(i)
		for j := range row {
			row[j]--
		}
	}
}
