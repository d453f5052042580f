package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// scoreFree is score where f components are free to fit, beside the chosen atoms, what
// is best. Of W = P⊥_Q·Z they take the f largest squared singular values, so that
//
//	loss(Q) = Σ_{s>f} λ_s(WᵀW),  gain(j) = loss(Q) − Σ_{s>f} λ_s(WᵀW − v·vᵀ),
//
// v = Wᵀ·P⊥_Q d_j/‖P⊥_Q d_j‖: exact for a matrix without constraint on the other
// factor and on free columns, a bound otherwise. w holds the basis of the q chosen atoms and
// then W. Beside the pass, O(f·k) a step of a root finder for every atom.
func (v *projection) scoreFree(w *mat.Dense, q int) float64 {
	rows, cols := w.Dims()
	k := cols - q
	left := mat.DenseCopyOf(w.Slice(0, rows, q, cols))
	gram := mat.NewSymDense(k, nil)
	tensor.Gram(gram, left)
	lambda, vecs := linalg.EigenTop(gram, k)
	for s, x := range lambda {
		lambda[s] = max(0, x) // rounding can push it below zero
	}
	w.Slice(0, rows, q, cols).(*mat.Dense).Mul(left, vecs)
	f := min(v.free, k)
	newPass(v.mode.Dict, &v.mode.Dict.plain, cols, func(_, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			v.gain[j] = freeGain(c[:q], c[q:cols], lambda, f)
			c = c[cols:]
		}
	}).run(w)
	rest := 0.0
	for _, x := range lambda[f:] {
		rest += x
	}
	return rest
}

// freeGain is the gain of an atom from its correlations with the basis of the chosen
// ones and with W, whose columns are orthogonal, of squared norms lambda in descending
// order.
func freeGain(basis, left, lambda []float64, f int) float64 {
	rest, explained := 1.0, 0.0
	for _, x := range basis {
		rest -= x * x
	}
	if rest <= dependent {
		return 0
	}
	for _, x := range left {
		explained += x * x / rest
	}
	for s := range f {
		explained -= fall(left, lambda, rest, s)
	}
	return max(0, explained) // rounding can push it below zero
}

// fall is by how much the s-th largest eigenvalue of diag(λ) − v·vᵀ lies below λ_s,
// v = left/√rest: the root δ in [0, λ_s − λ_{s+1}] of
//
//	h(δ) = δ·(1 − Σ_{i≠s} v_i²/(λ_i − λ_s + δ)) − v_s²,
//
// which changes sign once there; by Newton's method within a bracket.
//
// References:
//   - Golub, G.H.: Some modified matrix eigenvalue problems. SIAM Rev. 15(2),
//     318–334 (1973), sec. 5.
func fall(left, lambda []float64, rest float64, s int) float64 {
	own := left[s] * left[s] / rest
	lo, hi := 0.0, lambda[s]
	if s+1 < len(lambda) {
		hi = lambda[s] - lambda[s+1]
	}
	if own == 0 || hi <= 0 {
		return 0
	}
	tol := 1e-15 * lambda[0]
	delta := min(own, hi/2)
	for range 60 {
		value, slope := delta-own, 1.0
		for i, x := range left {
			if i != s {
				gap := lambda[i] - lambda[s] + delta
				y := x * x / rest / gap
				value -= delta * y
				slope -= y - delta*y/gap
			}
		}
		if value > 0 {
			hi = delta
		} else {
			lo = delta
		}
		next := delta - value/slope
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-delta) <= tol || hi-lo <= tol {
			return next
		}
		delta = next
	}
	return delta
}
