package tensortest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// sliceResidualer: SliceResiduals are the sums of (x − x̂)² and of x² over every
// slice. The bound is that of the identity ‖x‖² − 2⟨x, x̂⟩ + ‖x̂‖², which an
// implementation may use. Of a tensor with unknown cells, which read as zeros, only
// the norms are compared.
func sliceResidualer(s *subject) error {
	e, ok := s.x.(tensor.SliceResidualer)
	if !ok {
		return nil
	}
	_, incomplete := s.x.(tensor.Incomplete)
	for _, rank := range s.ranks() {
		k := tensor.NewKruskal(s.factors(15, rank)...)
		for r := range k.Weights {
			k.Weights[r] = 0.75 - float64(r%3)
		}
		want, norm, bound := s.sliceSums(k)
		gotResidual, gotNorm := e.SliceResiduals(k)
		if len(gotResidual) != len(s.dims) || len(gotNorm) != len(s.dims) {
			return fmt.Errorf("SliceResiduals of %d and norms of %d modes, want %d", len(gotResidual), len(gotNorm), len(s.dims))
		}
		for n, in := range s.dims {
			if len(gotResidual[n]) != in || len(gotNorm[n]) != in {
				return fmt.Errorf("SliceResiduals of %d and norms of %d slices of mode %d, want %d", len(gotResidual[n]), len(gotNorm[n]), n, in)
			}
			for i := range in {
				limit := (s.tolerance() + 4*eps*float64(rank)) * bound[n][i]
				if got := gotResidual[n][i]; !incomplete && !(math.Abs(got-want[n][i]) <= limit) {
					return fmt.Errorf("SliceResiduals of a random model of rank %d: slice %d of mode %d is %v, want %v", rank, i, n, got, want[n][i])
				}
				if got := gotNorm[n][i]; !(math.Abs(got-norm[n][i]) <= s.tolerance()*norm[n][i]) {
					return fmt.Errorf("SliceResiduals: the norm of slice %d of mode %d is %v, want %v", i, n, got, norm[n][i])
				}
			}
		}
		err := forWorkers(func() (results []mat.Matrix) {
			residual, norm := e.SliceResiduals(k)
			for n, in := range s.dims {
				results = append(results, mat.NewDense(1, in, residual[n]), mat.NewDense(1, in, norm[n]))
			}
			return results
		})
		if err != nil {
			return fmt.Errorf("SliceResiduals: %w", err)
		}
	}
	return nil
}

// sliceSums are the definitions, and Σ (|x| + Σ_r |terms|)² of every slice.
func (s *subject) sliceSums(k *tensor.Kruskal) (residual, norm, bound [][]float64) {
	for _, in := range s.dims {
		residual, norm, bound = append(residual, make([]float64, in)), append(norm, make([]float64, in)), append(bound, make([]float64, in))
	}
	s.each(func(index []int, v float64) {
		model, abs := 0.0, math.Abs(v)
		for r, p := range k.Weights {
			for m, i := range index {
				p *= k.Factors[m].At(i, r)
			}
			model += p
			abs += math.Abs(p)
		}
		for n, i := range index {
			residual[n][i] += (v - model) * (v - model)
			norm[n][i] += v * v
			bound[n][i] += abs * abs
		}
	})
	return residual, norm, bound
}
