package unmix

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
)

// reference reads a matrix of the reference material.
func reference(t *testing.T, name string) *mat.Dense {
	t.Helper()
	return readMatrix(t, sharedtest.Path(t, "ref", "unmix", name))
}

func axisOf(a *mat.Dense) *Axis {
	return &Axis{Centers: mat.Col(nil, 0, a), Widths: mat.Col(nil, 1, a)}
}

func distance(a, b mat.Matrix) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return math.Max(mat.Max(&d), -mat.Min(&d))
}

// Six minerals on AVIRIS's bands come to EMIT's as in Spectral Python and by NumPy's
// interpolation: to 1e-7, for the files have nine digits of every wavelength, and those
// programs themselves give 7.7e-8 and 7.4e-8 on what is left of them.
func TestResamplingAgreesWithReference(t *testing.T) {
	from, to := axisOf(reference(t, "resample_in_wl_fwhm_nm.csv")), axisOf(reference(t, "resample_out_wl_fwhm_nm.csv"))
	x := reference(t, "resample_in_spectra_224x6.csv")
	r, err := ResampleGaussian(from, to)
	require.NoError(t, err)
	y, err := r.Apply(x)
	require.NoError(t, err)
	worst := distance(y, reference(t, "resample_spy_gauss_285x6.csv"))
	t.Logf("Gaussian: %.1e", worst)
	require.Less(t, worst, 1e-7)
	r, err = ResampleLinear(from, to)
	require.NoError(t, err)
	y, err = r.Apply(x)
	require.NoError(t, err)
	worst = distance(y, reference(t, "resample_linear_285x6.csv"))
	t.Logf("linear: %.1e", worst)
	require.Less(t, worst, 1e-7)
}

// Which of the two Resample takes is the one with the smaller error: truths are fine
// spectra seen by a sensor, the libraries the same seen by another.
func TestResampleTakesTheBetter(t *testing.T) {
	racetest.Slow(t)
	fine := &Axis{}
	for w := 400.0; w <= 2500; w++ {
		fine.Centers = append(fine.Centers, w)
	}
	spectra := mat.NewDense(len(fine.Centers), 2, nil)
	for k, w := range fine.Centers { // broad and narrow absorptions on a slope
		spectra.Set(k, 0, 0.2+w/5000-0.1*math.Exp(-math.Pow((w-900)/120, 2))-0.15*math.Exp(-math.Pow((w-2200)/15, 2)))
		spectra.Set(k, 1, 0.3-0.1*math.Exp(-math.Pow((w-1400)/25, 2))-0.1*math.Exp(-math.Pow((w-2320)/20, 2)))
	}
	even := func(from, step, width float64) *Axis {
		a := &Axis{}
		for w := from; w < 2480; w += step {
			a.Centers, a.Widths = append(a.Centers, w), append(a.Widths, width)
		}
		return a
	}
	image := even(420, 10, 10)
	truth := seen(t, fine, image, spectra)
	for _, step := range []float64{1, 3, 6, 10, 14} {
		library := even(402, step, step)
		x := seen(t, fine, library, spectra)
		_, linear, err := Resample(library, image)
		require.NoError(t, err)
		errors := map[bool]float64{}
		for is, f := range map[bool]func(from, to *Axis) (*Resampling, error){false: ResampleGaussian, true: ResampleLinear} {
			r, err := f(library, image)
			require.NoError(t, err)
			y, err := r.Apply(x)
			require.NoError(t, err)
			errors[is] = relativeDistance(y, truth)
		}
		t.Logf("library of %g nm for an image of 10 nm: Gaussian %.5f, linear %.5f", step, errors[false], errors[true])
		require.LessOrEqual(t, errors[linear], 1.2*errors[!linear], "step %g", step)
	}
}

// seen are spectra through a sensor whose responses are whole Gaussians.
func seen(t *testing.T, fine, sensor *Axis, spectra *mat.Dense) *mat.Dense {
	t.Helper()
	w := mat.NewDense(len(sensor.Centers), len(fine.Centers), nil)
	for b, c := range sensor.Centers {
		total := 0.0
		for k, at := range fine.Centers {
			v := math.Exp(-4 * math.Ln2 * math.Pow((at-c)/sensor.Widths[b], 2))
			w.Set(b, k, v)
			total += v
		}
		for k := range fine.Centers {
			w.Set(b, k, w.At(b, k)/total)
		}
	}
	var y mat.Dense
	y.Mul(w, spectra)
	return &y
}

func relativeDistance(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2) / mat.Norm(b, 2)
}

// Weights of every band are nonnegative and sum to one, constants stay, and no order of the
// old bands matters; linear interpolation keeps straight lines.
func TestResamplingProperties(t *testing.T) {
	from := &Axis{Centers: []float64{420, 400, 410, 431, 440, 440, 452}}
	to := &Axis{Centers: []float64{447, 404, 412, 428, 433}}
	lines := mat.NewDense(7, 2, nil)
	for k, c := range from.Centers {
		lines.SetRow(k, []float64{1, 2*c - 7})
	}
	for name, f := range map[string]func(from, to *Axis) (*Resampling, error){"Gaussian": ResampleGaussian, "linear": ResampleLinear} {
		r, err := f(from, to)
		require.NoError(t, err)
		require.Empty(t, r.Missing)
		y, err := r.Apply(lines)
		require.NoError(t, err)
		for b, c := range to.Centers {
			require.InDelta(t, 1, y.At(b, 0), 1e-14, name)
			if name == "linear" {
				require.InDelta(t, 2*c-7, y.At(b, 1), 1e-11)
			}
			for _, w := range r.weights[b] {
				require.GreaterOrEqual(t, w.value, 0.0)
			}
		}
		order := ascending(from.Centers)
		sorted, err := f(&Axis{Centers: pickFloats(from.Centers, order)}, to)
		require.NoError(t, err)
		z, err := sorted.Apply(rows(lines, order))
		require.NoError(t, err)
		require.Less(t, distance(y, z), 1e-11, name)
	}
}

func pickFloats(v []float64, index []int) []float64 {
	var w []float64
	for _, i := range index {
		w = append(w, v[i])
	}
	return w
}

// A band beyond the library, or in a range that was cut out of it, is missing; of the rest
// a value that is none makes none.
func TestResamplingMissing(t *testing.T) {
	from := &Axis{}
	for w := 500.0; w <= 900; w += 10 {
		if w < 600 || w > 700 {
			from.Centers = append(from.Centers, w)
		}
	}
	to := &Axis{Centers: []float64{480, 497, 505, 592, 650, 720, 902, 930}, Widths: []float64{10, 10, 10, 10, 10, 10, 10, 10}}
	for name, f := range map[string]func(from, to *Axis) (*Resampling, error){"Gaussian": ResampleGaussian, "linear": ResampleLinear} {
		r, err := f(from, to)
		require.NoError(t, err)
		require.Contains(t, r.Missing, 0, name)
		require.Contains(t, r.Missing, 7, name)
		require.NotContains(t, r.Missing, 1, name)
		if name == "linear" {
			require.Equal(t, []int{0, 4, 7}, r.Missing)
		}
		x := mat.NewDense(len(from.Centers), 1, nil)
		x.Set(0, 0, math.NaN())
		_, err = r.Apply(x)
		require.ErrorIs(t, err, ErrData)
		require.ErrorContains(t, err, "band 0 (480 nm)")
		y, err := r.Only([]int{1, 2, 3, 5}).Apply(x)
		require.NoError(t, err)
		require.True(t, math.IsNaN(y.At(0, 0)), name)
		require.Zero(t, y.At(3, 0))
	}
}

func TestResamplingRefuses(t *testing.T) {
	good := &Axis{Centers: []float64{400, 500}}
	for _, c := range []struct {
		from, to *Axis
		err      error
		words    string
	}{
		{nil, good, ErrData, "of the library are not known"},
		{good, &Axis{}, ErrData, "of the image are not known"},
		{&Axis{Centers: []float64{400, math.NaN()}}, good, ErrData, "wavelength of band 1 of the library is NaN"},
		{good, &Axis{Centers: good.Centers, Widths: []float64{5, 0}}, ErrData, "width of band 1 of the image is 0"},
		{good, &Axis{Centers: good.Centers, Widths: []float64{5}}, ErrShape, "2 wavelengths and 1 widths"},
	} {
		for i, f := range []func(from, to *Axis) (*Resampling, error){ResampleGaussian, ResampleLinear, func(from, to *Axis) (*Resampling, error) {
			r, _, err := Resample(from, to)
			return r, err
		}} {
			_, err := f(c.from, c.to)
			require.ErrorIs(t, err, c.err, fmt.Sprint(i))
			require.ErrorContains(t, err, c.words)
		}
	}
	r, err := ResampleLinear(good, good)
	require.NoError(t, err)
	_, err = r.Apply(mat.NewDense(3, 1, nil))
	require.ErrorIs(t, err, ErrShape)
}

func TestResamplingAllocatesNothing(t *testing.T) {
	racetest.Allocations(t)
	a := &Axis{Centers: []float64{400, 410, 420, 430}}
	r, err := ResampleGaussian(a, &Axis{Centers: []float64{405, 414}})
	require.NoError(t, err)
	dst, src := make([]float64, 2*3), make([]float64, 4*3)
	require.Zero(t, testing.AllocsPerRun(10, func() { r.ApplyTo(dst, src, 3, 3) }))
}
