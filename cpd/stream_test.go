package cpd

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// A sweep that reads the data once makes the iterates of one that reads them twice, on
// one worker and on two: first with columns that die and revive, then with those of
// every length.
func TestStreamedSweepsMatchPlainOnes(t *testing.T) {
	for _, inner := range []int{1, 10} {
		for _, dead := range []bool{false, true} {
			for _, workers := range []int{1, 2} {
				t.Run(fmt.Sprintf("Inner=%d/dead=%v/workers=%d", inner, dead, workers), func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					dims := []int{30, 600}
					x := planted(newRand(61), dims, 4, true, 0.1)
					start := drawnFactors(newRand(62), dims, 4, true)
					if dead {
						for i := range dims[1] {
							start[1].Set(i, 2, 0)
						}
						for i := range dims[0] {
							start[0].Set(i, 1, 1e-20)
						}
					}
					method := HALS{Inner: inner}
					updaters := func() []Updater { return begin(same(Method(method), 2), dims, 4) }
					a, err := NewALS(x, start, updaters())
					require.NoError(t, err)
					b, err := NewALS(struct{ tensor.Tensor }{x}, start, updaters())
					require.NoError(t, err)
					for k := range 8 {
						p, err := a.Sweep()
						require.NoError(t, err)
						require.IsType(t, plain{}, b.sequence)
						q, err := b.Sweep()
						require.NoError(t, err)
						require.InDelta(t, q.RelativeError, p.RelativeError, 1e-12, "sweep %d", k)
						for n := range dims {
							tol := 1e-11 * mat.Norm(b.factor[n], 2)
							require.True(t, mat.EqualApprox(b.factor[n], a.factor[n], tol), "sweep %d, factor %d", k, n)
						}
					}
					_, ok := a.stream(1)
					require.True(t, ok, "the sweeps were not streamed")
				})
			}
		}
	}
}
