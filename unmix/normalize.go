package unmix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Normalization of the pixels for the choice of spectra.
type Normalization int

const (
	// NormalizeNone takes pixels as they are: bright ones count most.
	NormalizeNone Normalization = iota
	// NormalizeL2 scales every pixel to unit 2-norm: all count alike, and
	// illumination does not matter.
	NormalizeL2
	// NormalizeSum scales every pixel so that its bands sum to one.
	NormalizeSum
)

// String is the name of the normalisation: none, l2 or sum.
func (n Normalization) String() string {
	switch n {
	case NormalizeNone:
		return "none"
	case NormalizeL2:
		return "l2"
	case NormalizeSum:
		return "sum"
	}
	return fmt.Sprintf("unmix.Normalization(%d)", int(n))
}

// apply returns the normalised pixels; a pixel whose norm is zero (or whose sum
// is not positive) stays as it is.
func (n Normalization) apply(y *mat.Dense) *mat.Dense {
	if n == NormalizeNone {
		return y
	}
	bands, pixels := y.Dims()
	scale := make([]float64, pixels)
	for b := range bands {
		for j, v := range y.RawRowView(b) {
			if n == NormalizeL2 {
				v *= v
			}
			scale[j] += v
		}
	}
	for j, s := range scale {
		if n == NormalizeL2 {
			s = math.Sqrt(s)
		}
		scale[j] = 1
		if s > 0 {
			scale[j] = 1 / s
		}
	}
	z := mat.NewDense(bands, pixels, nil)
	for b := range bands {
		to := z.RawRowView(b)
		for j, v := range y.RawRowView(b) {
			to[j] = v * scale[j]
		}
	}
	return z
}
