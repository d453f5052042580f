package cpd

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// BenchmarkNonnegativeToTarget is 100³ with 10 components, factors half zero, noise
// 0.02, to an error of 0.0202, by every nonnegative method.
func BenchmarkNonnegativeToTarget(b *testing.B) {
	rng := newRand(1)
	dims := []int{100, 100, 100}
	if testing.Short() {
		dims = []int{30, 30, 30}
	}
	truth := drawnFactors(rng, dims, 10, true)
	for _, a := range truth {
		a.Apply(func(_, _ int, v float64) float64 { return max(0, 2*v-1) }, a)
	}
	x := tensor.NewKruskal(truth...).Dense()
	noise := planted(rng, dims, 1, true, 1e9) // noise alone but for rounding
	by := 0.02 * mat.Norm(mat.NewVecDense(len(x.Data()), x.Data()), 2) / mat.Norm(mat.NewVecDense(len(x.Data()), noise.Data()), 2)
	for i, v := range noise.Data() {
		x.Data()[i] += by * v
	}
	start := drawnFactors(rng, dims, 10, true)
	for _, m := range []Method{HALS{}, AcceleratedHALS{}, NNLS{}, ADMM{}, FastGradient{}} {
		b.Run(methodName(m), func(b *testing.B) {
			sweeps := 0
			for b.Loop() {
				r, err := Decompose(b.Context(), x, 10, &Options{Methods: same(m, 3), Init: Given{start}, Stop: sweep.Any(sweep.Target(0.0202), sweep.MaxSweeps(300))})
				require.NoError(b, err)
				sweeps = len(r.Trace)
			}
			b.ReportMetric(float64(sweeps), "sweeps")
		})
	}
}
