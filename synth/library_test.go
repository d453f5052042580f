package synth

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// closest is the least angle between two columns of a and b; b nil: within a.
func closest(a, b *mat.Dense) float64 {
	least := math.Inf(1)
	within := b == nil
	if within {
		b = a
	}
	_, n := a.Dims()
	_, m := b.Dims()
	for i := range n {
		for j := range m {
			if within && j <= i {
				continue
			}
			u, v := a.ColView(i), b.ColView(j)
			least = min(least, math.Acos(min(1, mat.Dot(u, v)/mat.Norm(u, 2)/mat.Norm(v, 2))))
		}
	}
	return least
}

func TestSpectraLookLikeReflectance(t *testing.T) {
	lib, err := NewLibrary("all", nil, 200, nil)
	require.NoError(t, err)
	assert.Len(t, lib.Wavelength, 211)
	assert.Equal(t, 400.0, lib.Wavelength[0])
	assert.Equal(t, 2500.0, lib.Wavelength[210])
	assert.Greater(t, mat.Min(lib.Spectra), 0.0)
	assert.LessOrEqual(t, mat.Max(lib.Spectra), reflectance*(1+1e-15))
	seen := map[string]bool{}
	for _, name := range lib.Names {
		assert.False(t, seen[name], "%q comes twice", name)
		seen[name] = true
	}
	assert.Equal(t, "grass-like 01", lib.Names[0])
	assert.Equal(t, Vegetation, lib.Class[0])
}

func TestClassesChoose(t *testing.T) {
	for c := range numClasses {
		lib, err := NewLibrary("", []Class{c}, 20, nil)
		require.NoError(t, err)
		for _, got := range lib.Class {
			assert.Equal(t, c, got)
		}
		assert.NotEqual(t, "unknown", c.String())
	}
	assert.Equal(t, "unknown", numClasses.String())
}

func TestMinimalAngleIsRespected(t *testing.T) {
	for _, degrees := range []float64{1, 4, 6} {
		angle := degrees * math.Pi / 180
		a, err := NewLibrary("a", []Class{Mineral, ManMade}, 60, &LibraryOptions{MinAngle: angle})
		require.NoError(t, err)
		b, err := NewLibrary("b", []Class{Mineral}, 30, &LibraryOptions{MinAngle: angle, Apart: []*Library{a}, Seed: 1})
		require.NoError(t, err)
		for _, got := range []float64{closest(a.Spectra, nil), closest(b.Spectra, nil), closest(a.Spectra, b.Spectra)} {
			assert.GreaterOrEqual(t, got, angle-1e-9)
		}
	}
	free, err := NewLibrary("free", []Class{Mineral, ManMade}, 60, nil)
	require.NoError(t, err)
	assert.Less(t, closest(free.Spectra, nil), 4*math.Pi/180, "without a bound some are nearer")
}

// Every table entry is a continuum over the whole range with sane bands.
func TestMaterials(t *testing.T) {
	for _, m := range materials {
		assert.LessOrEqual(t, m.continuum[0].nm, shortest, m.name)
		assert.GreaterOrEqual(t, m.continuum[len(m.continuum)-1].nm, longest, m.name)
		for i, a := range m.continuum {
			assert.True(t, a.reflectance > 0 && a.reflectance < 1, m.name)
			assert.True(t, i == 0 || a.nm > m.continuum[i-1].nm, m.name)
		}
		for _, b := range m.bands {
			assert.True(t, b.left > 0 && b.right > 0 && b.depth > 0 && b.depth < 1, m.name)
		}
	}
}

// Half a deviation left of the centre is not as deep as half a (wider) one right.
func TestBandIsAsymmetric(t *testing.T) {
	m := material{continuum: []anchor{{350, .5}, {1000, .5}, {2550, .5}}, bands: []band{{1400, 20, 40, .6}}}
	s := make([]float64, 3)
	require.NoError(t, m.spectrum(s, []float64{1380, 1400, 1440}))
	edge := 0.5 * (1 - 0.6*math.Exp(-0.5))
	assert.InDeltaSlice(t, []float64{edge, 0.2, edge}, s, 1e-15)
}

func TestLibraryRejects(t *testing.T) {
	other, err := NewLibrary("other", nil, 3, &LibraryOptions{Wavelength: []float64{500, 600}})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		classes []Class
		atoms   int
		opts    LibraryOptions
		want    error
	}{
		"class":      {[]Class{9}, 3, LibraryOptions{}, ErrOptions},
		"no atoms":   {nil, 0, LibraryOptions{}, ErrOptions},
		"angle":      {nil, 3, LibraryOptions{MinAngle: 2}, ErrOptions},
		"angle NaN":  {nil, 3, LibraryOptions{MinAngle: math.NaN()}, ErrOptions},
		"no bands":   {nil, 3, LibraryOptions{Wavelength: []float64{}}, ErrOptions},
		"range":      {nil, 3, LibraryOptions{Wavelength: []float64{0.4, 0.5}}, ErrOptions},
		"order":      {nil, 3, LibraryOptions{Wavelength: []float64{500, 500}}, ErrOptions},
		"NaN":        {nil, 3, LibraryOptions{Wavelength: []float64{math.NaN()}}, ErrOptions},
		"other grid": {nil, 3, LibraryOptions{Apart: []*Library{other}}, ErrShape},
		"crowded":    {[]Class{Water}, 40, LibraryOptions{MinAngle: 0.3}, ErrAngle},
	} {
		_, err := NewLibrary(name, c.classes, c.atoms, &c.opts)
		assert.ErrorIs(t, err, c.want, name)
	}
}
