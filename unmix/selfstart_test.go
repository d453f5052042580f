package unmix

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// shadedImage has pixels that are mixtures of five spectra under all brightnesses, few of them nearly
// pure; more than the search for atoms of any dictionary looks at.
func shadedImage(rows, cols int, seed uint64) *Image {
	rng := rand.New(rand.NewPCG(seed, 7))
	const bands, rank = 16, 5
	e := mat.NewDense(bands, rank, nil)
	e.Apply(func(int, int, float64) float64 { return 0.2 + rng.Float64() }, e)
	a := mat.NewDense(rank, rows*cols, nil)
	for j := range rows * cols {
		bright, total := 0.1+rng.Float64(), 0.0
		for r := range rank {
			v := rng.ExpFloat64()
			v *= v * v
			a.Set(r, j, v)
			total += v
		}
		for r := range rank {
			a.Set(r, j, bright*a.At(r, j)/total)
		}
	}
	y := new(mat.Dense)
	y.Mul(e, a)
	y.Apply(func(_, _ int, v float64) float64 { return v * (1 + 0.1*rng.NormFloat64()) }, y)
	return &Image{Y: y, Rows: rows, Cols: cols}
}

// Pixels chosen fit no worse than those of separable NMF, bettered.
func TestPixelsAreNoWorseThanSeparableOnes(t *testing.T) {
	racetest.Slow(t)
	img := shadedImage(30, 40, 4)
	r, err := Solve(t.Context(), img, &Problem{Rank: 4, Self: assign.Bound{Min: 4, Max: 4}, Normalize: NormalizeL2, Algorithm: dict.SOMP{}})
	require.NoError(t, err)
	y := NormalizeL2.apply(img.Y)
	sel, err := matrix.SPA{}.Select(t.Context(), y, 4)
	require.NoError(t, err)
	p, err := Polish(t.Context(), y, sel.Index, nil)
	require.NoError(t, err)
	assert.LessOrEqual(t, r.fit.RelativeError, p.RelativeError*(1+1e-9), r.Algorithm)
	require.Len(t, r.Runs, 3)
	assert.Equal(t, "SPA, polished", r.Runs[1].Algorithm)
	assert.InDelta(t, r.fit.RelativeError, min(r.Runs[0].RelativeError, r.Runs[1].RelativeError, r.Runs[2].RelativeError), 1e-12)
}
