package matrix

// omegaRow projects rows onto
//
//	{x : 0 ≤ x, x_i ≤ top, w_i·x_j ≤ w_j·x_i},
//
// i the place of the diagonal entry. Given x_i = t the others are
// min(max(z_j, 0), t·w_j/w_i), so what is left is a convex, piecewise quadratic
// function of t. Its derivative is concave: Newton's method from t = z_i, with all
// entries above their bound, only goes up, drops entries as it goes, and ends at
// the root. Work: O(n) and a few passes over those entries.
type omegaRow struct {
	z, w []float64 // the entries above their bound
}

// omegaSlack is how little above its bound an entry, or under its own a diagonal
// entry, may be to be taken to be there.
const omegaSlack = 1e-8

// project overwrites z by its projection.
func (o *omegaRow) project(z, w []float64, i int, top float64) {
	wi := w[i]
	if !(wi > 1e-300) { // the bounds on the others are void
		for j, v := range z {
			z[j] = max(v, 0)
			if w[j] == 0 {
				z[j] = 0
			}
		}
		z[i] = min(max(z[i], 0), top)
		return
	}
	t := o.entry(z, w, i, top, 0)
	if t <= 0 {
		clear(z)
		return
	}
	c := t / wi
	for j, v := range z {
		z[j] = min(max(v, 0), c*w[j])
	}
	z[i] = t
}

// entry is the diagonal entry of the projection of z with shift added to z_i.
func (o *omegaRow) entry(z, w []float64, i int, top, shift float64) float64 {
	at := z[i] + shift
	switch {
	case !(w[i] > 1e-300):
		return min(max(at, 0), top)
	case at >= (1-omegaSlack)*top:
		return top
	case !falls(z, w, i, at):
		return 0
	}
	return o.diagonal(z, w, i, top, at)
}

// falls reports whether the function of t falls at 0, w_i·d + Σ_{j≠i} w_j·(z_j)₊ > 0
// for d in the place of z_i.
func falls(z, w []float64, i int, d float64) bool {
	w = w[:len(z)]
	var s [2]float64
	j := 0
	for ; j+2 <= len(z); j += 2 {
		s[0] += w[j] * max(z[j], 0)
		s[1] += w[j+1] * max(z[j+1], 0)
	}
	if j < len(z) {
		s[0] += w[j] * max(z[j], 0)
	}
	return s[0]+s[1]+w[i]*(d-max(z[i], 0)) > 0
}

// diagonal is the best t, d in the place of z_i.
func (o *omegaRow) diagonal(z, w []float64, i int, top, d float64) float64 {
	wi, bound := w[i], d/w[i]
	o.z, o.w = o.z[:0], o.w[:0]
	for j, v := range z {
		if v > 0 && v > w[j]*bound+omegaSlack && j != i && w[j] > 0 {
			o.z, o.w = append(o.z, v), append(o.w, w[j])
		}
	}
	t := d
	for {
		num, den, left := wi*d, wi*wi, 0
		for j, v := range o.z {
			if u := o.w[j]; v*wi > t*u {
				num += u * v
				den += u * u
				o.z[left], o.w[left] = v, u
				left++
			}
		}
		next := wi * num / den
		if !(next > t) || next >= top {
			return min(max(next, t, 0), top)
		}
		o.z, o.w, t = o.z[:left], o.w[:left], next
	}
}
