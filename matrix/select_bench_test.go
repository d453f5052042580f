package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// pureUrban is of the size of the Urban scene, with pure pixels, six smooth spectra,
// pixels of different brightness, and 4 % noise.
func pureUrban() *mat.Dense {
	const p, r = 162, 6
	n := atSize(94249)
	rng := rand.New(rand.NewPCG(94, 249))
	w, h := mat.NewDense(p, r, nil), mat.NewDense(r, n, nil)
	for q := range r {
		centre, width, level := rng.Float64()*p, 20+60*rng.Float64(), 0.1+0.3*rng.Float64()
		for i := range p {
			d := (float64(i) - centre) / width
			w.Set(i, q, level+0.5*math.Exp(-d*d))
		}
	}
	for j := range n {
		bright, sum := 0.6+0.4*rng.Float64(), 0.0
		col := make([]float64, r)
		for q := range col {
			col[q] = math.Pow(rng.ExpFloat64(), 3)
			sum += col[q]
		}
		for q, v := range col {
			if j < 60 {
				v, sum, bright = 0, 1, 1
				if j%r == q {
					v = 1
				}
			}
			h.Set(q, j, bright*v/sum)
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	sigma := 0.04 * mat.Norm(x, 2) / math.Sqrt(float64(p*n))
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+sigma*rng.NormFloat64()) }, x)
	return x
}

func BenchmarkSelect(b *testing.B) {
	x := pureUrban()
	for _, c := range []struct {
		name string
		s    matrix.Selector
	}{
		{"SPA", matrix.SPA{}},
		{"VCA", matrix.VCA{}},
		{"SNPA", matrix.SNPA{}},
		{"XRAY", matrix.XRAY{}},
		{"H2NMF", matrix.H2NMF{}},
		{"NFINDR", matrix.NFINDR{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_, err := c.s.Select(context.Background(), x, 6)
				require.NoError(b, err)
			}
		})
	}
	var sample *matrix.Sample
	columns := atSize(500)
	b.Run(fmt.Sprintf("Sample%d", columns), func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var err error
			sample, err = matrix.NewSample(context.Background(), x, columns)
			require.NoError(b, err)
		}
	})
	b.Run(fmt.Sprintf("FGNSR%d", columns), func(b *testing.B) {
		if sample == nil {
			b.Skip("needs the sample")
		}
		b.ReportAllocs()
		for range b.N {
			_, err := sample.Select(context.Background(), x, matrix.FGNSR{}, 6)
			require.NoError(b, err)
		}
	})
	b.Run("Exchange", func(b *testing.B) {
		sel, err := matrix.H2NMF{}.Select(context.Background(), x, 6)
		require.NoError(b, err)
		b.ReportAllocs()
		for range b.N {
			_, err := matrix.Exchange(context.Background(), x, sel.Index, nil)
			require.NoError(b, err)
		}
	})
}
