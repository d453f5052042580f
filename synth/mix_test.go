package synth

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func requireSimplex(t *testing.T, a *mat.Dense) {
	t.Helper()
	atoms, pixels := a.Dims()
	require.GreaterOrEqual(t, mat.Min(a), 0.0)
	for j := range pixels {
		require.InDelta(t, 1, mat.Sum(a.ColView(j)), 1e-15*float64(atoms+1))
	}
}

func TestAbundancesLieOnTheSimplex(t *testing.T) {
	for _, size := range [][3]int{{1, 4, 5}, {3, 1, 1}, {3, 1, 30}, {5, 30, 20}, {9, 7, 50}} {
		for _, kind := range []Abundance{Dirichlet{}, Dirichlet{0.1}, Dirichlet{1e-4}, Dirichlet{50}, Smooth{}, Smooth{0.3, 1}, Smooth{100, 20}} {
			t.Run(fmt.Sprintf("%T%v/%v", kind, kind, size), func(t *testing.T) {
				a, err := kind.Draw(random(1, streamAbundance), size[0], size[1], size[2])
				require.NoError(t, err)
				requireSimplex(t, a)
			})
		}
	}
}

// Mean 1/R, variance (R−1)/(R²(Rα+1)), each within five deviations of the sample.
func TestDirichletMoments(t *testing.T) {
	const atoms, n = 3, 40000
	for _, alpha := range []float64{0.2, 1, 4} {
		a, err := Dirichlet{alpha}.Draw(random(2, streamAbundance), atoms, 200, 200)
		require.NoError(t, err)
		want := (atoms - 1.0) / (atoms * atoms * (atoms*alpha + 1))
		for r := range atoms {
			var mean, variance float64
			for _, v := range a.RawRowView(r) {
				mean += v / n
				variance += (v - 1.0/atoms) * (v - 1.0/atoms) / n
			}
			assert.InDelta(t, 1.0/atoms, mean, 5*math.Sqrt(want/n))
			assert.InDelta(t, want, variance, 5*want*math.Sqrt(2.0/n))
		}
	}
}

// roughness is the mean squared step between neighbouring rows and columns, over
// twice the variance: 1 for white noise, 0 for a constant map.
func roughness(field []float64, rows, cols int) float64 {
	var steps, n, mean, variance float64
	for _, v := range field {
		mean += v / float64(len(field))
	}
	for j := range cols {
		for i := range rows {
			v := field[i+rows*j]
			variance += (v - mean) * (v - mean) / float64(len(field))
			if i > 0 {
				steps, n = steps+math.Pow(v-field[i-1+rows*j], 2), n+1
			}
			if j > 0 {
				steps, n = steps+math.Pow(v-field[i+rows*(j-1)], 2), n+1
			}
		}
	}
	return steps / n / 2 / variance
}

// The logarithm of the ratio of two abundances is Contrast·(f_r − f_q), a field
// of white noise blurred by ℓ: its autocorrelation is exp(−d²/4ℓ²), so its
// roughness 1 − exp(−1/4ℓ²). The image holds about pixels/(4πℓ²) independent
// samples of it, hence the tolerance of five deviations.
func TestSmoothIsSmooth(t *testing.T) {
	const rows, cols = 90, 110 // unequal, so a transposed image would show
	white, err := Dirichlet{}.Draw(random(1, streamAbundance), 4, rows, cols)
	require.NoError(t, err)
	assert.InDelta(t, 1, roughness(white.RawRowView(0), rows, cols), 5*math.Sqrt(2.0/rows/cols))
	for _, length := range []float64{1, 2, 4} {
		a, err := Smooth{Length: length}.Draw(random(1, streamAbundance), 2, rows, cols)
		require.NoError(t, err)
		ratio := make([]float64, rows*cols)
		for j := range ratio {
			ratio[j] = math.Log(a.At(0, j) / a.At(1, j))
		}
		samples := rows * cols / (4 * math.Pi * length * length)
		assert.InEpsilon(t, 1-math.Exp(-1/(4*length*length)), roughness(ratio, rows, cols), 5*math.Sqrt(2/samples), "length %v", length)
	}
}

// The blur of a unit impulse, far from borders, is the product of the weights;
// at a border what would leave comes back.
func TestBlurByHand(t *testing.T) {
	weight := []float64{4, 2, 1}
	field := make([]float64, 9*7)
	field[4+9*3] = 1
	blur(field, 9, 7, weight)
	at := func(d int) float64 {
		if d < 0 {
			d = -d
		}
		if d > 2 {
			return 0
		}
		return weight[d]
	}
	for j := range 7 {
		for i := range 9 {
			assert.Equal(t, at(i-4)*at(j-3), field[i+9*j])
		}
	}

	line := []float64{1, 0, 0}
	blur(line, 3, 1, []float64{4, 2, 1})
	// Mirrored: …0 0 1|1 0 0|0 0 1…; a line of one pixel sees itself: factor 4+2·2+2·1 = 10.
	assert.Equal(t, []float64{10 * (4 + 2), 10 * (2 + 1), 10 * 1}, line)
}

func TestMirror(t *testing.T) {
	var got []int
	for i := -4; i < 8; i++ {
		got = append(got, mirror(i, 3))
	}
	assert.Equal(t, []int{2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1}, got)
	assert.Equal(t, 0, mirror(-17, 1))
}

func TestMixIsTheProduct(t *testing.T) {
	lib, err := NewLibrary("x", nil, 12, nil)
	require.NoError(t, err)
	before := mat.DenseCopyOf(lib.Spectra)
	m, err := Mix(lib.Spectra, []int{7, 2, 2}, &MixOptions{Rows: 20, Cols: 30, Seed: 1})
	require.NoError(t, err)
	requireSimplex(t, m.Abundances)
	assert.True(t, mat.Equal(before, lib.Spectra))
	for _, b := range []int{0, 100, 210} {
		for _, j := range []int{0, 19, 599} {
			want := lib.Spectra.At(b, 7)*m.Abundances.At(0, j) + lib.Spectra.At(b, 2)*(m.Abundances.At(1, j)+m.Abundances.At(2, j))
			assert.InDelta(t, want, m.Y.At(b, j), 1e-14)
		}
	}
	noisy, err := Mix(lib.Spectra, []int{7, 2, 2}, &MixOptions{Rows: 20, Cols: 30, Seed: 1, Noise: SNR(30)})
	require.NoError(t, err)
	assert.Equal(t, m.Abundances, noisy.Abundances)
	var e mat.Dense
	e.Sub(noisy.Y, m.Y)
	assert.InDelta(t, 30, 20*math.Log10(mat.Norm(m.Y, 2)/mat.Norm(&e, 2)), slack(211*600))
}

func TestMixRejects(t *testing.T) {
	d := mat.NewDense(2, 2, []float64{1, math.Inf(1), 1, 0})
	for name, c := range map[string]struct {
		index []int
		opts  MixOptions
		want  error
	}{
		"no atoms":  {nil, MixOptions{}, ErrShape},
		"index":     {[]int{2}, MixOptions{}, ErrShape},
		"rows":      {[]int{0}, MixOptions{Rows: -1}, ErrShape},
		"overflow":  {[]int{0}, MixOptions{Rows: math.MaxInt, Cols: 2}, ErrShape},
		"Inf":       {[]int{1}, MixOptions{}, ErrNotFinite},
		"alpha":     {[]int{0}, MixOptions{Abundance: Dirichlet{-1}}, ErrOptions},
		"alpha NaN": {[]int{0}, MixOptions{Abundance: Dirichlet{math.NaN()}}, ErrOptions},
		"length":    {[]int{0}, MixOptions{Abundance: Smooth{Length: math.NaN()}}, ErrOptions},
		"contrast":  {[]int{0}, MixOptions{Abundance: Smooth{Contrast: -1}}, ErrOptions},
		"noise":     {[]int{0}, MixOptions{Noise: SD(-1)}, ErrOptions},
	} {
		_, err := Mix(d, c.index, &c.opts)
		assert.ErrorIs(t, err, c.want, name)
	}
	_, err := Mix(d, []int{0}, nil)
	assert.NoError(t, err, "an atom that is not chosen may be anything")
}
