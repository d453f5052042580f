package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// guard is the word around slices: large, so that a sum which reads it is wrong,
// or negative zero, whose bits change even if no more than a zero is added.
func guard[T float32 | float64](i int) T {
	if i%2 == 0 {
		return T(math.Copysign(0, -1))
	}
	return T(12345.678)
}

// guarded returns n random values that begin offset elements after a 64-byte
// boundary or so, with guard words on both sides, and a function that checks
// the guards.
func guarded[T float32 | float64](rng *rand.Rand, n, offset int) ([]T, func(t *testing.T)) {
	full := make([]T, n+24+offset)
	for i := range full {
		full[i] = guard[T](i)
	}
	lo := 8 + offset
	s := full[lo : lo+n : lo+n]
	for i := range s {
		s[i] = T(rng.NormFloat64())
	}
	return s, func(t *testing.T) {
		t.Helper()
		for i := range full {
			if (i < lo || i >= lo+n) && math.Float64bits(float64(full[i])) != math.Float64bits(float64(guard[T](i))) {
				t.Fatalf("guard word %d of a slice [%d, %d) was overwritten", i, lo, lo+n)
			}
		}
	}
}

// eachLevel runs a test on every instruction set that the machine has.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	for l := detect(); l >= levelGo; l-- {
		t.Run([]string{"go", "avx2", "avx512"}[l], func(t *testing.T) {
			setLevel(t, l)
			f(t)
		})
	}
}

func setLevel(t testing.TB, l int) {
	old := level
	level = l
	t.Cleanup(func() { level = old })
}

// near allows k roundings of terms of size up to about 20 (products of two normals).
func near(t *testing.T, want, got []float64, k int, name string) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		if !(math.Abs(want[i]-got[i]) <= 20*float64(k+1)*2.3e-16) {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}

func clone(s []float64) []float64 { return append([]float64(nil), s...) }

// A product is one random problem with operands of both layouts and precisions,
// and the answers of the triple loop.
type testProduct struct {
	m, n, k, lda, ldat, ldb, ldc int
	a, at, b, c                  []float64
	a32, at32                    []float32
	want, want32, wantT, wantT32 []float64
	guards                       []func(*testing.T)
}

func newTestProduct(rng *rand.Rand, m, n, k, pad, offset int) *testProduct {
	x := &testProduct{m: m, n: n, k: k, lda: k + pad, ldat: m + pad, ldb: n + pad, ldc: n + pad}
	f64 := func(n int) []float64 {
		s, g := guarded[float64](rng, n, offset)
		x.guards = append(x.guards, g)
		return s
	}
	f32 := func(n int) []float32 {
		s, g := guarded[float32](rng, n, offset)
		x.guards = append(x.guards, g)
		return s
	}
	size := func(rows, cols, stride int) int { // the last row is not padded
		if rows == 0 || cols == 0 {
			return 0
		}
		return (rows-1)*stride + cols
	}
	x.a, x.at = f64(size(m, k, x.lda)), f64(size(k, m, x.ldat))
	x.a32, x.at32 = f32(size(m, k, x.lda)), f32(size(k, m, x.ldat))
	x.b, x.c = f64(size(k, n, x.ldb)), f64(size(m, n, x.ldc))
	x.want, x.want32, x.wantT, x.wantT32 = clone(x.c), clone(x.c), clone(x.c), clone(x.c)
	for i := range m {
		for j := range n {
			for p := range k {
				b, at := x.b[p*x.ldb+j], i*x.ldc+j
				x.want[at] += x.a[i*x.lda+p] * b
				x.want32[at] += float64(x.a32[i*x.lda+p]) * b
				x.wantT[at] += x.at[p*x.ldat+i] * b
				x.wantT32[at] += float64(x.at32[p*x.ldat+i]) * b
			}
		}
	}
	return x
}

// check runs the four products.
func (x *testProduct) check(t *testing.T, name string) {
	t.Helper()
	start := clone(x.c)
	run := func(want []float64, what string, f func(c []float64)) {
		t.Helper()
		copy(x.c, start)
		f(x.c)
		near(t, want, x.c, x.k, fmt.Sprintf("%s m=%d n=%d k=%d %s", what, x.m, x.n, x.k, name))
	}
	run(x.want, "MulAdd", func(c []float64) { MulAdd(x.m, x.n, x.k, x.a, x.lda, x.b, x.ldb, c, x.ldc) })
	run(x.wantT, "MulTAdd", func(c []float64) { MulTAdd(x.m, x.n, x.k, x.at, x.ldat, x.b, x.ldb, c, x.ldc) })
	run(x.want32, "MulAdd32", func(c []float64) { MulAdd32(x.m, x.n, x.k, x.a32, x.lda, x.b, x.ldb, c, x.ldc) })
	run(x.wantT32, "MulTAdd32", func(c []float64) { MulTAdd32(x.m, x.n, x.k, x.at32, x.ldat, x.b, x.ldb, c, x.ldc) })
	copy(x.c, start)
	for _, g := range x.guards {
		g(t)
	}
}
