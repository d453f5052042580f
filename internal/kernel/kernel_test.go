package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

const guard = 12345.678

// guarded returns n random values inside a slice with guard words on both
// sides, and a function that checks the guards.
func guarded(rng *rand.Rand, n int) ([]float64, func(t *testing.T)) {
	full := make([]float64, n+8)
	for i := range full {
		full[i] = guard
	}
	s := full[4 : 4+n : 4+n]
	for i := range s {
		s[i] = rng.NormFloat64()
	}
	return s, func(t *testing.T) {
		t.Helper()
		for i := range 4 {
			require.Equal(t, guard, full[i], "guard word before the slice")
			require.Equal(t, guard, full[len(full)-1-i], "guard word behind the slice")
		}
	}
}

func TestProductsMatchTheTripleLoop(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, m := range []int{0, 1, 2, 5, 13} {
		for _, n := range []int{0, 1, 3, 8, 17} {
			for _, k := range []int{0, 1, 3, 4, 7, 20} {
				for _, pad := range []int{0, 3} {
					lda, ldat, ldb, ldc := k+pad, m+pad, n+pad, n+pad
					a, ga := guarded(rng, m*lda)
					at, gat := guarded(rng, k*ldat)
					b, gb := guarded(rng, k*ldb)
					c, gc := guarded(rng, m*ldc)
					ct, gct := guarded(rng, m*ldc)
					want, wantT := append([]float64(nil), c...), append([]float64(nil), ct...)
					for i := range m {
						for j := range n {
							for p := range k {
								want[i*ldc+j] += a[i*lda+p] * b[p*ldb+j]
								wantT[i*ldc+j] += at[p*ldat+i] * b[p*ldb+j]
							}
						}
					}
					MulAdd(m, n, k, a, lda, b, ldb, c, ldc)
					MulTAdd(m, n, k, at, ldat, b, ldb, ct, ldc)
					name := fmt.Sprintf("m=%d n=%d k=%d pad=%d", m, n, k, pad)
					near(t, want, c, k, name)
					near(t, wantT, ct, k, name+" transposed")
					for _, g := range []func(*testing.T){ga, gat, gb, gc, gct} {
						g(t)
					}
				}
			}
		}
	}
}

func TestRowsMatchTheirLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	for n := range 40 {
		a, ga := guarded(rng, n)
		b, gb := guarded(rng, n)
		d, gd := guarded(rng, n)
		s := rng.NormFloat64()
		axpy, mul, addmul, dot := make([]float64, n), make([]float64, n), make([]float64, n), 0.0
		for i := range n {
			axpy[i] = d[i] + s*a[i]
			mul[i] = a[i] * b[i]
			addmul[i] = axpy[i] + a[i]*b[i]
			dot += a[i] * b[i]
		}
		Axpy(d, s, a)
		near(t, axpy, d, 2, "Axpy")
		AddMul(d, a, b)
		near(t, addmul, d, 3, "AddMul")
		require.InDelta(t, dot, Dot(a, b), 1e-15*float64(10*n+1))
		step, moved := make([]float64, n), 0.0
		for i := range n {
			step[i] = max(0, b[i]-0.7*a[i])
			moved += (step[i] - b[i]) * (step[i] - b[i])
		}
		row := append([]float64(nil), b...)
		require.InDelta(t, moved, NonnegativeStep(row, -0.7, a), 1e-14*float64(n+1))
		near(t, step, row, 2, "NonnegativeStep")
		MulTo(d, a, b)
		near(t, mul, d, 1, "MulTo")
		ga(t)
		gb(t)
		gd(t)
	}
}

// near allows k roundings of terms of size up to about 20 (products of two normals).
func near(t *testing.T, want, got []float64, k int, name string) {
	t.Helper()
	for i := range want {
		if math.Abs(want[i]-got[i]) > 20*float64(k+1)*2.3e-16 {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}
