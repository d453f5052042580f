package cpd

import "math"

// jacobi decomposes small symmetric matrices, C = Q·Λ·Qᵀ, by cyclic rotations,
// into storage that it keeps.
type jacobi struct {
	values  []float64 // Λ, in no order
	vectors []float64 // Qᵀ: row k belongs to values[k]
	c       []float64
}

// decompose is for c of n×n, which it does not change. Work: about 30·n³ flops.
func (j *jacobi) decompose(c []float64, n int) {
	if len(j.values) != n {
		j.values, j.vectors, j.c = make([]float64, n), make([]float64, n*n), make([]float64, n*n)
	}
	copy(j.c, c)
	clear(j.vectors)
	for k := range n {
		j.vectors[k*n+k] = 1
	}
	for range 60 {
		rotated := false
		for p := range n {
			for q := p + 1; q < n; q++ {
				pp, qq, pq := j.c[p*n+p], j.c[q*n+q], j.c[p*n+q]
				if !(math.Abs(pq) > 0x1p-53*math.Sqrt(math.Abs(pp))*math.Sqrt(math.Abs(qq))) {
					continue
				}
				rotated = true
				zeta := (qq - pp) / (2 * pq)
				t := math.Copysign(1/(math.Abs(zeta)+math.Hypot(1, zeta)), zeta)
				cos := 1 / math.Hypot(1, t)
				sin := cos * t
				turn(j.c[p*n:][:n], j.c[q*n:][:n], cos, sin)
				for i := range n {
					x, y := j.c[i*n+p], j.c[i*n+q]
					j.c[i*n+p], j.c[i*n+q] = cos*x-sin*y, sin*x+cos*y
				}
				j.c[p*n+q], j.c[q*n+p] = 0, 0
				turn(j.vectors[p*n:][:n], j.vectors[q*n:][:n], cos, sin)
			}
		}
		if !rotated {
			break
		}
	}
	for k := range n {
		j.values[k] = j.c[k*n+k]
	}
}

func turn(x, y []float64, c, s float64) {
	for i, v := range x {
		x[i], y[i] = c*v-s*y[i], s*v+c*y[i]
	}
}
