package cpd

import "math"

// blockJacobi is a guess at the inverse of the Hessian: the inverse of its blocks of
// single modes, (G_n + δI) ⊗ I, which is what alternating least squares divides by. δ
// keeps directions that a nearly collinear model does not see from being followed far.
type blockJacobi struct {
	grams  *grams
	normal *normal
	whole  bool // the Hessian is that of the squares, not times something
}

func newBlockJacobi(g *grams, v *variables, whole bool) *blockJacobi {
	return &blockJacobi{g, newNormal(v), whole}
}

// set takes the point that was evaluated last.
func (b *blockJacobi) set(v *variables) {
	b.normal.set(v, b.grams)
	b.normal.damp(1e-3 * b.normal.largest())
}

// apply sets dst to the guess times x.
func (b *blockJacobi) apply(dst, x *variables) { b.normal.precondition(dst, x) }

// first is the step to try along −apply(gradient) when nothing is known of earlier
// steps. Every mode alone would be right to go all the way; together, each goes its
// share. Where the Hessian is the blocks times something that is not known, the step is
// a hundredth of the way to zero.
func (b *blockJacobi) first(v, d *variables) float64 {
	if b.whole {
		return 1 / float64(len(v.factor))
	}
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
