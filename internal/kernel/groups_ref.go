package kernel

import "math"

func (t *ColumnTable) refPasses(a, m []float64, g *ColumnGroups, limit int, delta2 float64) (settled int) {
	for range limit {
		for k, i := range g.First {
			moved := t.refPass(a[i:], m[i:])
			if math.IsInf(g.Enough[k], 1) {
				g.Enough[k] = delta2 * moved
			}
			if g.Left[k]--; moved <= g.Enough[k] || g.Left[k] == 0 {
				settled |= 1 << k
			}
		}
		for k := range g.First {
			if settled>>k&1 == 0 {
				continue
			}
			if g.Next >= g.End {
				return settled
			}
			g.First[k], g.Enough[k], g.Left[k] = g.Next, math.Inf(1), g.Passes
			g.Next += Group
			settled &^= 1 << k
		}
	}
	return 0
}

// refPass is a pass over one group.
func (t *ColumnTable) refPass(a, m []float64) (moved float64) {
	rank := len(t.s) / 2
	for r := range rank {
		step, w := t.s[2*r], t.w[r*(rank-1):][:rank-1]
		if step == 0 {
			continue
		}
		sum := 0.0
		dst, from := a[r*t.lda:][:Group], m[r*t.lda:][:Group]
		for i, d := range from {
			q := r
			for _, v := range w {
				if q++; q == rank {
					q = 0
				}
				d -= v * a[q*t.lda+i]
			}
			d *= step
			if d < 0 {
				d = 0
			}
			sum += (d - dst[i]) * (d - dst[i])
			dst[i] = d
		}
		moved += t.s[2*r+1] * sum
	}
	return moved
}
