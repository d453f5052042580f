package cpd

import "math"

// A metric is a guess at the inverse of the Hessian.
type metric interface {
	// set takes the point that was evaluated last.
	set(v *variables)
	// apply sets dst to the guess times x.
	apply(dst, x *variables)
	// first is the step to try along the negative of the guess times the gradient when
	// nothing is known of earlier steps.
	first(v, d *variables) float64
}

// blockJacobi is the inverse of the blocks (G_n + δI) ⊗ I of single modes, which is
// what alternating least squares divides by. δ keeps directions that a nearly
// collinear model does not see from being followed far.
type blockJacobi struct {
	fit    *squares
	normal *normal
}

func newBlockJacobi(fit *squares, v *variables) *blockJacobi {
	return &blockJacobi{fit, newNormal(v)}
}

func (b *blockJacobi) set(v *variables) {
	b.normal.set(v, b.fit)
	b.normal.damp(1e-3 * b.normal.largest())
}

func (b *blockJacobi) apply(dst, x *variables) { b.normal.precondition(dst, x) }

// first: every mode alone would be right to go all the way; together, each goes its
// share.
func (b *blockJacobi) first(v, _ *variables) float64 { return 1 / float64(len(v.factor)) }

// identity is the metric of an objective whose Hessian is unknown.
type identity struct{}

func (identity) set(*variables)          {}
func (identity) apply(dst, x *variables) { copy(dst.z, x.z) }

// first is a hundredth of the way to zero.
func (identity) first(v, d *variables) float64 {
	var vv, dd float64
	for i, x := range d.z {
		vv += v.z[i] * v.z[i]
		dd += x * x
	}
	if vv == 0 || dd == 0 {
		return 1
	}
	return 0.01 * math.Sqrt(vv) / math.Sqrt(dd)
}
