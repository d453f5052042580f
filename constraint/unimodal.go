package constraint

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Unimodal is columns that rise to a peak, wherever it is, and fall after it:
// elution profiles. With Nonnegative also A ≥ 0. Not convex, for the place of the
// peak is free; the nearest such column is found exactly, in O(I).
//
// References:
//   - Stout, Q.F.: Unimodal regression via prefix isotonic regression. Comput.
//     Stat. Data Anal. 53(2), 289–297 (2008).
//   - Bro, R., Sidiropoulos, N.D.: Least squares algorithms under unimodality and
//     non-negativity constraints. J. Chemom. 12(4), 223–247 (1998).
type Unimodal struct{ Nonnegative bool }

// Prox implements [Constraint]: increasing entries up to the best place, the
// others decreasing. Distances of all prefixes come from one pass, those of all
// suffixes from another.
func (c Unimodal) Prox(a *mat.Dense, _ float64) {
	eachColumn(a, func(s *scratch, v []float64) {
		n := len(v)
		suffix := s.floats(4, n+1) // squared distance of v[i:] from a decreasing sequence
		suffix[n] = 0
		p := newPools(s, n, c.Nonnegative)
		for i := n - 1; i >= 0; i-- {
			suffix[i] = p.push(v[i])
		}
		p.top = 0
		peak, least, prefix := 0, suffix[0], 0.0
		for i, x := range v {
			prefix = p.push(x)
			if all := prefix + suffix[i+1]; all < least {
				peak, least = i+1, all
			}
		}
		c.part(&p, v[:peak])
		slices.Reverse(v[peak:])
		c.part(&p, v[peak:])
		slices.Reverse(v[peak:])
	})
}

// part makes v increasing.
func (c Unimodal) part(p *pools, v []float64) {
	p.top = 0
	for _, x := range v {
		p.push(x)
	}
	p.fill(v)
}

// Value implements [Constraint].
func (c Unimodal) Value(a *mat.Dense) float64 {
	return sumColumns(a, func(v []float64) float64 {
		falling := false
		for i := 1; i < len(v); i++ {
			falling = falling || v[i] < v[i-1]
			if falling && v[i] > v[i-1] {
				return math.Inf(1)
			}
		}
		return indicator(allowed(v, c.Nonnegative))
	})
}

// Facts implements [Constraint].
func (c Unimodal) Facts() Facts {
	return Facts{Acts: Columns, Set: true, ScaleFree: true, Nonnegative: c.Nonnegative}
}
