package dict

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
)

// BenchmarkExamine is the examination of 5 spectra out of d in an image of 100 bands and
// 10 000 pixels, without resamples and with ten.
func BenchmarkExamine(b *testing.B) {
	for _, atoms := range []int{500, 20000} {
		if testing.Short() && atoms > 500 {
			continue
		}
		rng := newRand(1)
		d := dictionary(b, smoothAtoms(rng, 100, atoms, 0))
		x := mixture(rng, d, 10000, []int{1, 2, 3, 4, 5})
		modes := []Mode{{Dict: d, Distinct: true}}
		o := Options{Methods: []cpd.Method{nil, cpd.NNLS{}}}
		r, err := Decompose(b.Context(), x, 5, modes, &o)
		require.NoError(b, err)
		for _, resamples := range []int{-1, 10} {
			b.Run(fmt.Sprintf("100x10000/d=%d/resamples=%d", atoms, max(0, resamples)), func(b *testing.B) {
				for b.Loop() {
					_, err := Examine(b.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: resamples})
					require.NoError(b, err)
				}
			})
		}
	}
}
