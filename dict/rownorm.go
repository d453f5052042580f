package dict

import "math"

// RowNorm is the norm of a row of X whose sum over the rows is made small, so that
// few rows, few atoms, are left in Y ≈ D·X.
type RowNorm int

const (
	// RowL2 makes Σ_j ‖x_j‖₂ small, ‖X‖₁,₂. It does not care how Y's columns are
	// turned, so that it asks the signal subspace alone.
	RowL2 RowNorm = iota
	// RowMax makes Σ_j max_i |x_ji| small, ‖X‖₁,∞: using an atom in many columns
	// costs no more than in one, and an atom has to be worth it in some column.
	RowMax
)

// String is the name of the norm.
func (p RowNorm) String() string {
	if p == RowMax {
		return "l1,inf"
	}
	return "l1,2"
}

// of is the norm of a row.
func (p RowNorm) of(x []float64) (norm float64) {
	for _, v := range x {
		if p == RowMax {
			norm = max(norm, math.Abs(v))
		} else {
			norm += v * v
		}
	}
	if p == RowL2 {
		norm = math.Sqrt(norm)
	}
	return norm
}

// dual is the dual norm of a row, of its positive part where rows of X are ≥ 0.
func (p RowNorm) dual(x []float64, nonnegative bool) (norm float64) {
	for _, v := range x {
		switch {
		case nonnegative && v < 0:
		case p == RowMax:
			norm += math.Abs(v)
		default:
			norm += v * v
		}
	}
	if p == RowL2 {
		norm = math.Sqrt(norm)
	}
	return norm
}

// prox overwrites a row v with argmin_x ½‖x − v‖² + t·‖x‖, x ≥ 0 if asked: exactly, that
// of the maximum by Michelot's active sets, which end after finitely many rounds. It says
// whether anything is left.
func (p RowNorm) prox(v []float64, t float64, nonnegative bool) bool {
	if nonnegative {
		for i, x := range v {
			v[i] = max(0, x)
		}
	}
	if p.dual(v, false) <= t {
		clear(v)
		return false
	}
	if p == RowL2 {
		by := 1 - t/p.of(v)
		for i := range v {
			v[i] *= by
		}
		return true
	}
	// |x_i| = min(|v_i|, θ) with Σ(|v_i| − θ)₊ = t: the average of those above θ, less
	// their share of t, is a lower bound of θ that is reached when the set stays.
	theta, above := 0.0, -1
	for {
		sum, n := 0.0, 0
		for _, x := range v {
			if a := math.Abs(x); a > theta {
				sum, n = sum+a, n+1
			}
		}
		if n == above || n == 0 {
			break
		}
		theta, above = (sum-t)/float64(n), n
	}
	for i, x := range v {
		if math.Abs(x) > theta {
			v[i] = math.Copysign(theta, x)
		}
	}
	return true
}
