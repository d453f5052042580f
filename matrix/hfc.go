package matrix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// HFC is the virtual dimensionality of Harsanyi, Farrand and Chang at each of the false alarm
// rates, all in (0, ½]: how many eigenvalues of the second moment X·Xᵀ/n exceed those of the covariance
// about the mean by more than noise would make them,
//
//	λᵢ − κᵢ > √2·erfc⁻¹(2·rate)·√(2(λᵢ² + κᵢ²)/n),
//
// both in order of size. A source shows only as far as it moves the mean. [ErrOptions]
// reports another rate. Work: O(p³).
//
// A program in wide use takes correlation coefficients for the second moment and
// variances of another dimension, and its counts differ.
//
// References:
//   - Harsanyi, J.C., Farrand, W.H., Chang, C.-I.: Determining the number and identity of
//     spectral endmembers. Proc. 9th Thematic Conf. Geologic Remote Sensing (1993).
//   - Chang, C.-I., Du, Q.: Estimation of Number of Spectrally Distinct Signal Sources in
//     Hyperspectral Imagery. IEEE Trans. Geosci. Remote Sens. 42(3), 608–619 (2004).
func (z *Noise) HFC(rates ...float64) ([]int, error) {
	return z.dimensionality(rates, z.moment, z.centred())
}

// NWHFC is [Noise.HFC] after every row was divided by the standard deviation of its noise,
// without which rows of strong noise hide sources in the others. It is Chang and Du's
// noise-whitened variant with the noise estimated about zero, as [EstimateNoise] does.
func (z *Noise) NWHFC(rates ...float64) ([]int, error) {
	whiten := func(g *mat.SymDense) *mat.SymDense {
		for i := range z.Std {
			for j := i; j < len(z.Std); j++ {
				if w := z.quiet(i) * z.quiet(j); w > 0 {
					g.SetSym(i, j, g.At(i, j)/w)
				}
			}
		}
		return g
	}
	moment := mat.NewSymDense(len(z.Std), nil)
	moment.CopySym(z.moment)
	return z.dimensionality(rates, whiten(moment), whiten(z.centred()))
}

func (z *Noise) dimensionality(rates []float64, moment, covariance *mat.SymDense) ([]int, error) {
	for _, rate := range rates {
		if !(rate > 0 && rate <= 0.5) {
			return nil, fmt.Errorf("%w: a false alarm rate of %g; give one above 0 and up to 0.5", ErrOptions, rate)
		}
	}
	lambda, kappa := eigenvalues(moment), eigenvalues(covariance)
	counts := make([]int, len(rates))
	for k, rate := range rates {
		far := math.Sqrt2 * math.Erfcinv(2*rate)
		for i, l := range lambda {
			if l-kappa[i] > far*math.Sqrt(2*(l*l+kappa[i]*kappa[i])/float64(z.n)) {
				counts[k]++
			}
		}
	}
	return counts, nil
}

// eigenvalues in ascending order.
func eigenvalues(g *mat.SymDense) []float64 {
	var e mat.EigenSym
	if !e.Factorize(g, false) {
		panic("matrix: no convergence on a finite symmetric matrix")
	}
	return e.Values(nil)
}
