package diagnose

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Explained says what the components of a model are worth, as shares of ‖X‖².
// Components that overlap share what they explain, so that neither column adds up
// to Fit; where Alone is far above Unique, the component has a double.
type Explained struct {
	Fit    float64   // 1 − ‖X − X̂‖²/‖X‖² of the whole model
	Alone  []float64 // 1 − ‖X − c_r‖²/‖X‖², with no other component; negative when it fits worse than nothing
	Unique []float64 // (‖X − X̂ + c_r‖² − ‖X − X̂‖²)/‖X‖²: what is lost without it, the others unchanged
}

// ExplainedVariance computes, with c_r = w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾,
//
//	Alone_r  = (2⟨X, c_r⟩ − ‖c_r‖²)/‖X‖²,
//	Unique_r = (2⟨X − X̂, c_r⟩ + ‖c_r‖²)/‖X‖²,
//
// from one MTTKRP and the Gram matrices. Of incomplete data X holds the model in
// the unknown cells, and ‖X‖² is that of the known ones. Errors: [ErrShape],
// [ErrNotFinite].
func ExplainedVariance(x tensor.Tensor, k *tensor.Kruskal) (*Explained, error) {
	if err := checkModel(k, x.Dims()); err != nil {
		return nil, err
	}
	q, err := mttkrperOf(x, k)
	if err != nil {
		return nil, err
	}
	rank, xx := k.Rank(), x.SquaredNorm()
	e := &Explained{Alone: make([]float64, rank), Unique: make([]float64, rank)}
	if xx == 0 {
		return e, nil
	}
	rel := k.RelativeError(x)
	e.Fit = 1 - rel*rel
	m := mat.NewDense(x.Dims()[0], rank, nil)
	q.MTTKRP(m, k.Factors, 0)
	g := tensor.HadamardOfGrams(k.Factors, -1)
	for r, w := range k.Weights {
		inner := w * mat.Dot(m.ColView(r), k.Factors[0].ColView(r))
		model := 0.0
		for s, v := range k.Weights {
			model += w * v * g.At(r, s)
		}
		own := w * w * g.At(r, r)
		e.Alone[r] = (2*inner - own) / xx
		e.Unique[r] = (2*(inner-model) + own) / xx
	}
	return e, nil
}

// Leverages are, for every mode n and row i of A_n, h_i = a_i(AᵀA)⁻¹a_iᵀ, between 0
// and 1 (columns that depend on others are left out): how much the row alone
// decides its own place in the model. The mean is R/I_n; a row near 1 is fitted
// whatever it holds. Errors: [ErrShape], [ErrNotFinite].
func Leverages(k *tensor.Kruskal) ([][]float64, error) {
	if err := checkModel(k, nil); err != nil {
		return nil, err
	}
	all := make([][]float64, len(k.Factors))
	for n, a := range balanced(k) {
		p, err := pseudoInverse(a)
		if err != nil {
			return nil, err
		}
		rows, _ := a.Dims()
		all[n] = make([]float64, rows)
		for i := range rows {
			h := mat.Dot(a.RowView(i), p.RowView(i))
			all[n][i] = min(1, max(0, h)) // rounding can push it out
		}
	}
	return all, nil
}

// SliceErrors are, for every mode n and slice i, ‖X_i − X̂_i‖/‖X_i‖ over its (known)
// cells; NaN for slices that are zero or unknown. x is a
// tensor.SliceResidualer; errors: [ErrOptions] when it is not, [ErrShape],
// [ErrNotFinite].
func SliceErrors(x tensor.Tensor, k *tensor.Kruskal) ([][]float64, error) {
	if err := checkModel(k, x.Dims()); err != nil {
		return nil, err
	}
	s, ok := x.(tensor.SliceResidualer)
	if !ok {
		return nil, errNoSlices(x)
	}
	residual, norm := s.SliceResiduals(k)
	for n := range residual {
		for i := range residual[n] {
			residual[n][i] = math.Sqrt(residual[n][i] / norm[n][i])
			if norm[n][i] == 0 {
				residual[n][i] = math.NaN()
			}
		}
	}
	return residual, nil
}
