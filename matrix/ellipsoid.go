package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

const (
	ellipsoidTol   = 1e-6 // by which columns may be outside
	ellipsoidSteps = 20000
)

// minimumEllipsoid returns the weights w ≥ 0 with sum one for which
//
//	{z : zᵀ·(Σ_j w_j·y_j·y_jᵀ)⁻¹·z ≤ k},  k rows of y,
//
// is the ellipsoid of least volume about the origin that holds all columns of ±y, by
// Khachiyan's method with steps away from columns that are inside. The weights begin on
// the columns that SPA chooses, so that few are ever in use.
//
// Reference:
//   - Todd, M.J.: Minimum-Volume Ellipsoids. SIAM (2016), algorithm 3.1 (WA-TY).
func minimumEllipsoid(ctx context.Context, y *mat.Dense) ([]float64, error) {
	k, n := y.Dims()
	w := make([]float64, n)
	sel, err := SPA{}.Select(ctx, y, k)
	if err != nil {
		return nil, err
	}
	for _, j := range sel.Index {
		w[j] = 1 / float64(len(sel.Index))
	}
	if len(sel.Index) < k {
		for j := range w {
			w[j] = 1 / float64(n)
		}
	}
	inverse := shapeInverse(y, w)
	q := make([]float64, n)
	ellipsoidDistances(q, y, inverse)
	dim := float64(k)
	for step := 1; step <= ellipsoidSteps; step++ {
		if step%50 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			inverse = shapeInverse(y, w) // updates gather rounding
			ellipsoidDistances(q, y, inverse)
		}
		far, near := 0, -1
		for j, v := range q {
			if v > q[far] {
				far = j
			}
			if w[j] > 0 && (near < 0 || v < q[near]) {
				near = j
			}
		}
		above, below := q[far]/dim-1, 1-q[near]/dim
		if max(above, below) <= ellipsoidTol {
			break
		}
		j := far
		if below > above {
			j = near
		}
		// The best step along e_j − w, no farther than to w_j = 0.
		t := (q[j]/dim - 1) / (q[j] - 1)
		if j == near && below > above {
			t = math.Max(t, -w[j]/(1-w[j]))
		}
		for i := range w {
			w[i] *= 1 - t
		}
		w[j] += t
		if w[j] < 1e-15 {
			w[j] = 0
		}
		ellipsoidUpdate(q, y, inverse, j, t)
	}
	return w, nil
}

// ellipsoidUpdate takes the step t towards y_j into the inverse and the distances, by
// Sherman and Morrison's formula.
func ellipsoidUpdate(q []float64, y, inverse *mat.Dense, j int, t float64) {
	k, _ := y.Dims()
	var v mat.VecDense
	v.MulVec(inverse, y.ColView(j))
	c := t / (1 - t + t*q[j])
	along := make([]float64, len(q))
	for i := range k {
		kernel.Axpy(along, v.AtVec(i), y.RawRowView(i))
	}
	for i, a := range along {
		q[i] = (q[i] - c*a*a) / (1 - t)
	}
	for a := range k {
		for b := range k {
			inverse.Set(a, b, (inverse.At(a, b)-c*v.AtVec(a)*v.AtVec(b))/(1-t))
		}
	}
}

// shape is Σ_j w_j·y_j·y_jᵀ.
func shape(y *mat.Dense, w []float64) *mat.SymDense {
	k, _ := y.Dims()
	s := mat.NewSymDense(k, nil)
	for j, v := range w {
		if v > 0 {
			s.SymRankOne(s, v, y.ColView(j))
		}
	}
	return s
}

func shapeInverse(y *mat.Dense, w []float64) *mat.Dense {
	var inv mat.Dense
	_ = inv.Inverse(shape(y, w)) // ill-conditioned at worst, for whitened data
	return &inv
}

// ellipsoidDistances writes y_jᵀ·S⁻¹·y_j.
func ellipsoidDistances(q []float64, y, inverse *mat.Dense) {
	k, _ := y.Dims()
	var t mat.Dense
	t.Mul(inverse, y)
	clear(q)
	for i := range k {
		kernel.AddMul(q, t.RawRowView(i), y.RawRowView(i))
	}
}

// toBall maps the ellipsoid onto the unit ball: (k·S)^(−1/2)·y.
func toBall(y *mat.Dense, w []float64) *mat.Dense {
	k, _ := y.Dims()
	var e mat.EigenSym
	e.Factorize(shape(y, w), true)
	var vecs, half, z mat.Dense
	e.VectorsTo(&vecs)
	half.CloneFrom(&vecs)
	for c, v := range e.Values(nil) {
		s := 1 / math.Sqrt(math.Max(v, 1e-300)*float64(k))
		for i := range k {
			half.Set(i, c, half.At(i, c)*s)
		}
	}
	z.Mul(&half, vecs.T())
	var out mat.Dense
	out.Mul(&z, y)
	return &out
}
