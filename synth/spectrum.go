package synth

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/interp"
)

// Wavelengths at which every continuum is defined, in nm.
const (
	shortest = 350.0
	longest  = 2550.0
)

// reflectance is the highest value that a spectrum may take.
const reflectance = 0.98

// vary is a random specimen of a material: the continuum's anchors, its level,
// and every band's place, widths and depth are moved a little, and one broad
// shallow band is added.
func (m *material) vary(rng *rand.Rand) material {
	v := material{name: m.name, class: m.class}
	level := math.Exp(0.15 * rng.NormFloat64())
	for _, a := range m.continuum {
		a.reflectance *= level * math.Exp(0.12*rng.NormFloat64())
		v.continuum = append(v.continuum, a)
	}
	for _, b := range m.bands {
		b.centre += 5 * rng.NormFloat64()
		b.left *= math.Exp(0.15 * rng.NormFloat64())
		b.right *= math.Exp(0.15 * rng.NormFloat64())
		b.depth = min(0.95, b.depth*(0.5+rng.Float64()))
		v.bands = append(v.bands, b)
	}
	width := 50 + 150*rng.Float64()
	v.bands = append(v.bands, band{450 + 2000*rng.Float64(), width, width, 0.2 * rng.Float64()})
	return v
}

// spectrum sets dst to the reflectance at the given wavelengths, in nm:
//
//	continuum(λ)·Π_b (1 − depth_b·g_b(λ)),
//
// the continuum monotone cubic between its anchors. It lies in (0, 0.98]; a
// spectrum that would be brighter is scaled down as a whole.
func (m *material) spectrum(dst, wavelength []float64) error {
	x, y := make([]float64, len(m.continuum)), make([]float64, len(m.continuum))
	for i, a := range m.continuum {
		x[i], y[i] = a.nm, a.reflectance
	}
	var continuum interp.FritschButland
	if err := continuum.Fit(x, y); err != nil {
		return err
	}
	var most float64
	for i, nm := range wavelength {
		r := continuum.Predict(nm)
		for _, b := range m.bands {
			r *= 1 - b.depth*b.shape(nm)
		}
		dst[i] = r
		most = max(most, r)
	}
	if most > reflectance {
		for i := range dst {
			dst[i] *= reflectance / most
		}
	}
	return nil
}

// shape is the asymmetric Gaussian of height 1.
func (b band) shape(nm float64) float64 {
	d := b.right
	if nm < b.centre {
		d = b.left
	}
	z := (nm - b.centre) / d
	return math.Exp(-z * z / 2)
}
