package constraint

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Monotone is columns that never fall, or, Decreasing, never rise; with
// Nonnegative also A ≥ 0.
//
// References:
//   - Barlow, R.E., Bartholomew, D.J., Bremner, J.M., Brunk, H.D.: Statistical
//     Inference under Order Restrictions. Wiley (1972): pool adjacent violators.
type Monotone struct {
	Decreasing  bool
	Nonnegative bool
}

// Prox implements [Constraint], in O(I) a column.
func (c Monotone) Prox(a *mat.Dense, _ float64) {
	eachColumn(a, func(s *scratch, v []float64) {
		if c.Decreasing {
			slices.Reverse(v)
		}
		p := newPools(s, len(v), c.Nonnegative)
		for _, x := range v {
			p.push(x)
		}
		p.fill(v)
		if c.Decreasing {
			slices.Reverse(v)
		}
	})
}

// Value implements [Constraint].
func (c Monotone) Value(a *mat.Dense) float64 {
	return sumColumns(a, func(v []float64) float64 {
		for i := 1; i < len(v); i++ {
			if c.Decreasing && v[i] > v[i-1] || !c.Decreasing && v[i] < v[i-1] {
				return math.Inf(1)
			}
		}
		return indicator(allowed(v, c.Nonnegative))
	})
}

// Facts implements [Constraint].
func (c Monotone) Facts() Facts {
	return Facts{Acts: Columns, Convex: true, Set: true, ScaleFree: true, Nonnegative: c.Nonnegative}
}

// pools is the nearest increasing sequence of what was pushed so far, as blocks
// of equal entries, with its squared distance. Under A ≥ 0 it is the same with
// negative blocks at zero.
type pools struct {
	mean, count, spread []float64 // of block k: its mean, length and Σ(x − mean)²
	total               []float64 // squared distance of blocks 0…k
	top                 int       // blocks
	clip                bool
}

func newPools(s *scratch, n int, clip bool) pools {
	return pools{mean: s.floats(0, n), count: s.floats(1, n), spread: s.floats(2, n), total: s.floats(3, n), clip: clip}
}

// push appends x and returns the squared distance of the whole. Each entry is
// merged at most once: O(1) amortised.
func (p *pools) push(x float64) float64 {
	mean, n, spread := x, 1.0, 0.0
	for p.top > 0 && p.mean[p.top-1] >= mean {
		p.top--
		m, k := p.mean[p.top], p.count[p.top]
		spread += p.spread[p.top] + (m-mean)*(m-mean)*k*n/(k+n)
		mean += (m - mean) * k / (k + n)
		n += k
	}
	p.mean[p.top], p.count[p.top], p.spread[p.top] = mean, n, spread
	if p.clip && mean < 0 {
		spread += n * mean * mean
	}
	if p.top > 0 {
		spread += p.total[p.top-1]
	}
	p.total[p.top] = spread
	p.top++
	return spread
}

// fill writes the sequence.
func (p *pools) fill(v []float64) {
	at := 0
	for k := range p.top {
		mean := p.mean[k]
		if p.clip {
			mean = max(0, mean)
		}
		for range int(p.count[k]) {
			v[at] = mean
			at++
		}
	}
}
