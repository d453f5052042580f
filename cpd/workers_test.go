package cpd

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// A sweep over a matrix long enough to be split has the same bits for any number
// of workers, its error too.
func TestLongSweepsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dims := []int{12, 70_001}
	x := planted(newRand(41), dims, 5, true, 0.1)
	start := drawnFactors(newRand(42), dims, 5, true)
	for _, m := range []Method{HALS{}, NNLS{}} {
		var want []*mat.Dense
		var rel float64
		for _, workers := range []int{1, 2, 3} {
			runtime.GOMAXPROCS(workers)
			s, err := NewALS(x, start, begin(same(m, 2), dims, 5))
			require.NoError(t, err)
			var got float64
			for range 2 {
				p, err := s.Sweep()
				require.NoError(t, err)
				got = p.RelativeError
			}
			if workers == 1 {
				want, rel = s.Factors(), got
				continue
			}
			require.Equal(t, rel, got, "%T, %d workers", m, workers)
			for n, a := range s.Factors() {
				require.True(t, mat.Equal(want[n], a), "%T, mode %d, %d workers", m, n, workers)
			}
		}
	}
}

// Sweeps over every kind of data have the same bits for any number of workers, also
// where a mode of size 1 and a rank above a mode's size leave no room for whole
// vectors, and where products are cut into parts.
func TestSweepsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, p := range []struct {
		dims []int
		rank int
	}{{[]int{150, 90, 40}, 7}, {[]int{61, 1, 53}, 1}, {[]int{24, 20, 18, 16}, 19}, {[]int{7, 90, 60}, 131}} {
		if racetest.Enabled && p.rank > 10 {
			continue // minutes
		}
		x := planted(newRand(43), p.dims, 3, true, 0.1)
		kinds := map[string]tensor.Tensor{"dense": x, "single": halves(x), "sparse": sparseOf(cut(x, 0.7)), "observed": observe(x, 45, 0.4)}
		for form, y := range forms(masked(x, 44, 0.7)) {
			kinds[form] = y
		}
		start := drawnFactors(newRand(46), p.dims, p.rank, true)
		for kind, y := range kinds {
			methods := []Method{LeastSquares{}, HALS{}, NNLS{}}
			if racetest.Enabled && kind != "dense" {
				methods = methods[:1] // the others split rows of the same M
			}
			if p.rank > 100 && kind != "dense" && kind != "sparse" {
				continue // a Gram of that order for every row
			}
			for _, m := range methods {
				var want []*mat.Dense
				var rel float64
				for _, workers := range []int{1, 2, 5} {
					runtime.GOMAXPROCS(workers)
					s, err := NewALS(y, start, begin(same(m, len(p.dims)), p.dims, p.rank))
					require.NoError(t, err)
					var last sweep.Point
					for range 2 {
						last, err = s.Sweep()
						require.NoError(t, err)
					}
					if workers == 1 {
						want, rel = s.Factors(), last.RelativeError
						continue
					}
					require.Equal(t, rel, last.RelativeError, "%s %v R=%d, %T, %d workers", kind, p.dims, p.rank, m, workers)
					for n, a := range s.Factors() {
						require.True(t, mat.Equal(want[n], a), "%s %v R=%d, %T, mode %d, %d workers", kind, p.dims, p.rank, m, n, workers)
					}
				}
			}
		}
	}
}

// cut is x with that part of its entries set to zero, drawn from a fixed seed.
func cut(x *tensor.Dense, part float64) *tensor.Dense {
	rng := newRand(47)
	y := tensor.NewDense(x.Dims(), append([]float64(nil), x.Data()...))
	for i := range y.Data() {
		if rng.Float64() < part {
			y.Data()[i] = 0
		}
	}
	return y
}
