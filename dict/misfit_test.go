package dict

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// An atom with fewer coefficients takes the place of another whose loss is lower where the
// rise of the loss is less than the coefficients spared by three standard deviations
// √(2·spared), and by 0.45 for each of them. Atom 0 is the first axis, in use in some pixels,
// atom 1 the second, in use in a hundred; the third axis holds what neither explains, and so
// the variance, which is 1.
func TestMisfitWeighsSparedCoefficients(t *testing.T) {
	const pixels, few = 500, 100
	for _, c := range []struct {
		spared int
		gain   float64 // spared − rise, in σ²
		leaves bool
	}{
		{300, 0.43 * 300, false}, {300, 0.47 * 300, true}, // 0.45·300 = 135, 3√600 = 73
		{20, 18, false}, {20, 19.9, true}, // 3√40 = 19, 0.45·20 = 9
	} {
		t.Run(fmt.Sprintf("%d spared, %g better", c.spared, c.gain), func(t *testing.T) {
			x := mat.NewDense(4, pixels, nil)
			many := few + c.spared
			loss := float64(4*pixels - many) // of atom 0, so that σ² = 1
			second := 1000.0                 // what atom 1 explains
			first := second + float64(c.spared) - c.gain
			for i := range pixels {
				if i < many {
					x.Set(0, i, math.Sqrt(first/float64(many)))
				}
				if i < few {
					x.Set(1, i, math.Sqrt(second/few))
				}
				x.Set(2, i, math.Sqrt((loss-second)/pixels))
			}
			m := Mode{Dict: dictionary(t, mat.NewDense(4, 2, []float64{1, 0, 0, 1, 0, 0, 0, 0})), Distinct: true}
			p, err := newProblem(tensor.FromMatrix(x), 1, []Mode{m}, &Options{Methods: same(cpd.NNLS{}, 2)})
			require.NoError(t, err)
			of, err := p.refit(t.Context(), "", [][]int{{0}}, p.blank(), p.stop)
			require.NoError(t, err)
			require.InDelta(t, 1, p.variance(of), 1e-9)
			got, err := p.settleMisfit(t.Context(), p.newTable([]int{0}), of)
			require.NoError(t, err)
			if c.leaves {
				require.Equal(t, [][]int{{1}}, got.atoms)
				require.Equal(t, Simpler, got.search.Ended)
			} else {
				require.Equal(t, [][]int{{0}}, got.atoms)
			}
		})
	}
}
