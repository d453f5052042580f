package linalg

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// KKT returns how far a (I×R) is from the minimiser under A ≥ 0 and, with
// sumToOne, A·1 = 1: the largest over rows and columns of the scaled residual
// of the optimality conditions. It is 0 at the optimum, about R·2⁻⁵² for a result
// exact to rounding, and of order 1 for an arbitrary A.
//
// With w = a·G − m the gradient of a row, it is, for A ≥ 0 alone,
//
//	max_r |min(a_r·d_r, w_r/d_r)| / σ,  d_r = √G_rr,  σ = max_r max(|a_r|·d_r, |m_r|/d_r),
//
// which scaling X or any column of U leaves as it is. Where d_r = 0, nothing
// depends on a_r; the entry counts as 1 when a_r < 0 or m_r > 0, which no
// U and X give, and as 0 otherwise. With the sum,
//
//	max(|Σ_r a_r − 1|, max_r |min(a_r, (w_r + μ)/d²)| / (σ/d)),
//	d² = max_r G_rr,  μ = −aᵀw,  σ/d = max_r max(|a_r|, |m_r|/d²),
//
// which scaling X and U together leaves as it is. A row with σ = 0 counts as 0.
// NaN in a gives NaN. Work: 2·I·R² flops.
func KKT(a, m *mat.Dense, g *mat.SymDense, sumToOne bool) float64 {
	checkShapes("KKT", a, m, g)
	n, r := a.Dims()
	d, inv := make([]float64, r), make([]float64, r) // √G_rr, and 1/√G_rr or 0
	largest := 0.0
	for i := range d {
		diag := g.At(i, i)
		largest = max(largest, diag)
		if d[i] = math.Sqrt(diag); d[i] > 0 {
			inv[i] = 1 / d[i]
		}
	}
	grain := n
	if n*r*r > 1<<19 {
		grain = rowsBlock
	}
	worst := make([]float64, par.Workers())
	full := mat.NewDense(r, r, nil)
	full.Copy(g)
	par.For(n, grain, func(worker, lo, hi int) {
		w := make([]float64, r)
		for i := lo; i < hi; i++ {
			ai, mi := a.RawRowView(i), m.RawRowView(i)
			for q := range w {
				w[q] = -mi[q]
			}
			for q, v := range ai {
				kernel.Axpy(w, v, full.RawRowView(q))
			}
			res := 0.0
			if sumToOne {
				res = kktSum(ai, mi, w, largest)
			} else {
				res = kktRow(ai, mi, w, d, inv)
			}
			worst[worker] = max(worst[worker], res) // max keeps a NaN
		}
	})
	res := 0.0
	for _, v := range worst {
		res = max(res, v)
	}
	return res
}

func kktRow(a, m, w, d, inv []float64) float64 {
	sigma, res := 0.0, 0.0
	for r, d := range d {
		sigma = max(sigma, math.Abs(a[r])*d, math.Abs(m[r])*inv[r])
		res = max(res, math.Abs(min(a[r]*d, w[r]*inv[r])))
	}
	if sigma > 0 {
		res /= sigma
	}
	for r, d := range d {
		if d == 0 && (a[r] < 0 || m[r] > 0) {
			res = max(res, 1)
		}
	}
	return res
}

func kktSum(a, m, w []float64, d2 float64) float64 {
	sum, mu := 0.0, 0.0
	for r, v := range a {
		sum += v
		mu -= v * w[r]
	}
	gap := math.Abs(sum - 1)
	if d2 == 0 {
		d2 = 1 // no G, and then no M
	}
	sigma, res := 0.0, 0.0
	for r, v := range a {
		sigma = max(sigma, math.Abs(v), math.Abs(m[r])/d2)
		res = max(res, math.Abs(min(v, (w[r]+mu)/d2)))
	}
	if sigma > 0 {
		res /= sigma
	}
	return max(gap, res)
}
