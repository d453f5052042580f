package constraint

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Orthogonal is AᵀA = 1: orthonormal columns, of which there are at most as many
// as rows. Not convex: where V lacks full rank, one of the nearest is taken.
//
// References:
//   - Schönemann, P.H.: A generalized solution of the orthogonal Procrustes
//     problem. Psychometrika 31(1), 1–10 (1966).
//   - Demmel, J., Veselić, K.: Jacobi's method is more accurate than QR. SIAM J.
//     Matrix Anal. Appl. 13(4), 1204–1245 (1992).
type Orthogonal struct{}

// Prox implements [Constraint]: the polar factor U·Wᵀ of V = U·Σ·Wᵀ, with the
// singular value decomposition by one-sided Jacobi rotations. Work: about
// 40·I·R² flops.
func (Orthogonal) Prox(a *mat.Dense, _ float64) {
	raw := a.RawMatrix()
	rows, rank := raw.Rows, raw.Cols
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	largest := 0.0
	for i := range rows {
		for _, v := range a.RawRowView(i) {
			largest = max(largest, math.Abs(v)) // a NaN stays
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 1) {
		for i := range rows {
			for r := range rank {
				a.Set(i, r, math.NaN())
			}
		}
		return
	}
	u, w := s.floats(0, rows*rank), s.floats(1, rank*rank) // column after column
	clear(w)
	for r := range rank {
		w[r*rank+r] = 1
		for i := range rows {
			v := raw.Data[i*raw.Stride+r]
			if largest > 0 {
				v /= largest // so that no square over- or underflows
			}
			u[r*rows+i] = v
		}
	}
	rotate(u, w, rows, rank)
	s.orthonormal(u, rows, rank)
	for i := range rows {
		for j := range rank {
			sum := 0.0
			for r := range rank {
				sum += u[r*rows+i] * w[r*rank+j]
			}
			raw.Data[i*raw.Stride+j] = sum
		}
	}
}

// rotate makes the columns of u orthogonal by rotations from the right, which it
// collects in w.
func rotate(u, w []float64, rows, rank int) {
	const eps = 0x1p-52
	for range 60 {
		rotated := false
		for p := range rank {
			for q := p + 1; q < rank; q++ {
				x, y := u[p*rows:][:rows], u[q*rows:][:rows]
				xx, yy, xy := floats.Dot(x, x), floats.Dot(y, y), floats.Dot(x, y)
				if math.Abs(xy) <= eps*math.Sqrt(xx)*math.Sqrt(yy) {
					continue
				}
				rotated = true
				zeta := (yy - xx) / (2 * xy)
				t := math.Copysign(1/(math.Abs(zeta)+math.Hypot(1, zeta)), zeta)
				c := 1 / math.Hypot(1, t)
				turn(x, y, c, c*t)
				turn(w[p*rank:][:rank], w[q*rank:][:rank], c, c*t)
			}
		}
		if !rotated {
			return
		}
	}
}

func turn(x, y []float64, c, s float64) {
	for i, v := range x {
		x[i], y[i] = c*v-s*y[i], s*v+c*y[i]
	}
}

// orthonormal gives the orthogonal columns of u unit norm. Those that are zero
// but for rounding become what is left of an axis when the others are projected out.
func (s *scratch) orthonormal(u []float64, rows, rank int) {
	norm, left := s.floats(2, rank), s.floats(3, rows)
	for r := range rank {
		norm[r] = floats.Norm(u[r*rows:][:rows], 2)
	}
	least := floats.Max(norm) * float64(max(rows, rank)) * 0x1p-52
	for i := range left {
		left[i] = 1 // squared norm of axis i outside of the columns done
	}
	for pass := range 2 {
		for r := range rank {
			x := u[r*rows:][:rows]
			if full := norm[r] > least; full != (pass == 0) {
				continue
			} else if full {
				floats.Scale(1/norm[r], x)
			} else {
				axis := floats.MaxIdx(left)
				clear(x)
				x[axis] = 1
				for range 2 { // twice is enough
					for q := range rank {
						if y := u[q*rows:][:rows]; q != r && (norm[q] > least || q < r) {
							floats.AddScaled(x, -floats.Dot(x, y), y)
						}
					}
				}
				floats.Scale(1/floats.Norm(x, 2), x)
			}
			for i, v := range x {
				left[i] -= v * v
			}
		}
	}
}

// Value implements [Constraint].
func (Orthogonal) Value(a *mat.Dense) float64 {
	rows, rank := a.Dims()
	for p := range rank {
		for q := range p + 1 {
			sum := 0.0
			for i := range rows {
				sum += a.At(i, p) * a.At(i, q)
			}
			if p == q {
				sum--
			}
			if !(math.Abs(sum) <= slack) {
				return math.Inf(1)
			}
		}
	}
	return 0
}

// Facts implements [Constraint].
func (Orthogonal) Facts() Facts { return Facts{Acts: Whole, Set: true} }

// Check implements [Checker].
func (Orthogonal) Check(rows, rank int) error {
	if rank > rows {
		return fmt.Errorf("%w: %d columns of length %d cannot be orthogonal; ask for at most %d components", ErrParameter, rank, rows, rows)
	}
	return nil
}
