package dict

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// slowSpark is the size of the smallest dependent set of columns, by the singular
// values of every set; d+1 if there is none.
func slowSpark(d *Dictionary) int {
	rows, atoms := d.Dims()
	least := atoms + 1
	for set := 1; set < 1<<atoms; set++ {
		var k []int
		for j := range atoms {
			if set>>j&1 == 1 {
				k = append(k, j)
			}
		}
		var s mat.SVD
		s.Factorize(d.Columns(k, false), mat.SVDNone)
		v := s.Values(nil)
		if len(k) > rows || v[len(k)-1] < 1e-8 {
			least = min(least, len(k))
		}
	}
	return least
}

// Planted dependences of every size, none, and more atoms than rows: the spark is
// that of all sets, and bounds that stop early enclose it.
func TestSparkMatchesAllSets(t *testing.T) {
	for _, rows := range []int{1, 2, 4, 6} {
		for atoms := 1; atoms <= 9; atoms++ {
			for planted := 1; planted <= min(4, atoms); planted++ {
				rng := newRand(uint64(rows*100 + atoms*10 + planted))
				a := drawn(rng, rows, atoms, false)
				if planted > 1 { // the last is a combination of planted−1 others
					sum := make([]float64, rows)
					for j := range planted - 1 {
						by := 1 + rng.Float64()
						for i := range sum {
							sum[i] += by * a.At(i, j)
						}
					}
					a.SetCol(atoms-1, sum)
					if planted%2 == 0 { // the dependent ones last
						back := mat.DenseCopyOf(a)
						for j := range atoms {
							a.SetCol((j+atoms-planted+1)%atoms, mat.Col(nil, j, back))
						}
					}
				}
				d := dictionary(t, a)
				want := slowSpark(d)
				if planted > 1 {
					require.LessOrEqual(t, want, planted)
				}
				s, err := d.Spark(t.Context(), atoms)
				require.NoError(t, err)
				require.True(t, s.Exact(), "%d×%d, planted %d: %+v", rows, atoms, planted, s)
				require.Equal(t, want, s.Lower, "%d×%d, planted %d: %+v", rows, atoms, planted, s)
				if s.Set != nil {
					require.Len(t, s.Set, want)
					_, least := span(d.Columns(s.Set, false))
					require.Less(t, least, 1e-7)
				}
				for enough := range atoms {
					s, err := d.Spark(t.Context(), enough)
					require.NoError(t, err)
					require.LessOrEqual(t, s.Lower, want)
					require.GreaterOrEqual(t, s.Upper, want)
					require.Equal(t, want > enough, s.exceeds(enough) == Holds)
				}
			}
		}
	}
}

// Two orthonormal bases of I = 64: μ = 1/8, so the spark is at least 9, which no enumeration of
// sets of 128 atoms would find in the time; more than that is left open.
func TestSparkByCoherence(t *testing.T) {
	const n = 64
	a := mat.NewDense(n, 2*n, nil)
	for i := range n {
		a.Set(i, i, 1)
		for j := range n { // Hadamard
			ones := 0
			for b := i & j; b > 0; b &= b - 1 {
				ones++
			}
			a.Set(i, n+j, math.Pow(-1, float64(ones))/math.Sqrt(n))
		}
	}
	d := dictionary(t, a)
	s, err := d.Spark(t.Context(), 8)
	require.NoError(t, err)
	require.Equal(t, 9, s.Lower)
	require.Equal(t, "coherence", s.By)
	require.InDelta(t, 0.125, s.Coherence, 1e-15)
	require.Equal(t, Holds, s.exceeds(8))
	s, err = d.Spark(t.Context(), 2*n)
	require.NoError(t, err)
	require.Equal(t, Undecided, s.exceeds(20))
	require.Equal(t, Fails, s.exceeds(65))
}

func TestSparkOfAPair(t *testing.T) {
	rng := newRand(3)
	a := drawn(rng, 30, 200, false)
	for i := range 30 {
		a.Set(i, 150, -3*a.At(i, 20))
	}
	s, err := dictionary(t, a).Spark(t.Context(), 5)
	require.NoError(t, err)
	require.True(t, s.Exact())
	require.Equal(t, []int{20, 150}, s.Set)
}

func TestSparkEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := dictionary(t, drawn(newRand(4), 10, 40, false)).Spark(ctx, 4)
	require.ErrorIs(t, err, context.Canceled)
}

// The certificate against a QR of the chosen atoms and every other atom beside them.
func TestCertificateMatchesQR(t *testing.T) {
	for _, seed := range seeds(10, 4) {
		rng := newRand(seed)
		a := drawn(rng, 12, 50, seed%2 == 0)
		if seed%3 == 0 { // one atom almost in the span, below what 1 − Σc² can tell
			for i := range 12 {
				a.Set(i, 40, a.At(i, 3)+2*a.At(i, 7)+1e-10*rng.NormFloat64())
			}
		}
		d := dictionary(t, a)
		k := []int{3, 7, 20}
		p, err := newProblem(noisy(rng, 0, d.Columns(k, false), drawn(rng, 9, 3, true)), 3, []Mode{{Dict: d}}, nil)
		require.NoError(t, err)
		e := &exam{p: p, base: &candidate{atoms: [][]int{k}}}
		c := e.certificate(0)
		want, at := 1.0, -1
		for j := range 50 {
			if j == 3 || j == 7 || j == 20 {
				continue
			}
			var qr mat.QR
			qr.Factorize(d.Columns([]int{3, 7, 20, j}, false))
			var r mat.Dense
			qr.RTo(&r)
			if v := math.Abs(r.At(3, 3)); v < want {
				want, at = v, j
			}
		}
		require.Equal(t, at, c.Atom, "seed %d", seed)
		require.InDelta(t, want, c.Distance, 1e-14+1e-10*want)
		var s mat.SVD
		s.Factorize(d.Columns(k, false), mat.SVDNone)
		require.InDelta(t, s.Values(nil)[2], c.Singular, 1e-13)
	}
}
