package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// SpectralAngle is the angle between a and b in radians, arccos(⟨a, b⟩/(‖a‖‖b‖)),
// in [0, π]. It is computed as
//
//	2·atan2(‖u − v‖, ‖u + v‖),  u = a/‖a‖, v = b/‖b‖,
//
// which is accurate for small angles, where arccos loses half the digits. Two
// zero vectors have angle 0, a zero vector and another π/2. It is NaN when an
// entry is not finite and panics when the lengths differ.
func SpectralAngle(a, b []float64) float64 {
	checkLengths("SpectralAngle", len(a), len(b))
	return angle(append([]float64(nil), a...), append([]float64(nil), b...))
}

// MeanRemovedSpectralAngle is [SpectralAngle] of a − mean(a) and b − mean(b), in
// radians: insensitive to an offset. Gillis's MRSA in [0, 100] is 100/π of it. A
// vector that is constant to rounding counts as zero.
func MeanRemovedSpectralAngle(a, b []float64) float64 {
	checkLengths("MeanRemovedSpectralAngle", len(a), len(b))
	return angle(removeMean(a), removeMean(b))
}

// MatchSpectra pairs the columns of two matrices bands × spectra so that the sum
// of spectral angles is least. Col[r] is the estimate's column for column r of
// the truth and Angle[r] their angle in radians; −1 and π/2 where the estimate
// has no column left. Errors: [ErrShape], [ErrNotFinite].
func MatchSpectra(truth, estimate mat.Matrix) (*SpectralMatch, error) {
	a, b, err := unitPair(truth, estimate, 0)
	if err != nil {
		return nil, err
	}
	n, m := len(a.logNorm), len(b.logNorm)
	similarity := mat.NewDense(n, m, nil)
	for r := range n {
		for q := range m {
			similarity.Set(r, q, -angle(mat.Col(nil, r, a.column), mat.Col(nil, q, b.column)))
		}
	}
	col, err := pair(similarity)
	if err != nil {
		return nil, err
	}
	match := &SpectralMatch{Col: col, Angle: make([]float64, n)}
	for r, q := range col {
		match.Angle[r] = math.Pi / 2
		if q >= 0 {
			match.Angle[r] = -similarity.At(r, q)
		}
	}
	return match, nil
}

// A SpectralMatch is the result of [MatchSpectra].
type SpectralMatch struct {
	Col   []int
	Angle []float64
}

// angle is the angle between a and b, which it overwrites.
func angle(a, b []float64) float64 {
	most, _ := toUnit(a)
	most2, _ := toUnit(b)
	if most == 0 && most2 == 0 {
		return 0
	}
	var minus, plus float64
	for i := range a {
		minus += (a[i] - b[i]) * (a[i] - b[i])
		plus += (a[i] + b[i]) * (a[i] + b[i])
	}
	return 2 * math.Atan2(math.Sqrt(minus), math.Sqrt(plus))
}

// removeMean is a − mean(a), or zeros if that is within rounding of zero.
func removeMean(a []float64) []float64 {
	c := make([]float64, len(a))
	var mean, most, left float64
	for _, v := range a {
		mean += v / float64(len(a))
		most = max(most, math.Abs(v))
	}
	for i, v := range a {
		c[i] = v - mean
		left = max(left, math.Abs(c[i]))
	}
	if left <= float64(len(a))*0x1p-52*most {
		clear(c)
	}
	return c
}

func checkLengths(name string, a, b int) {
	if a != b {
		panic(fmt.Sprintf("score: %s: vectors of length %d and %d", name, a, b))
	}
}
