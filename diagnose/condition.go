package diagnose

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// maxJacobian bounds the order of the matrix whose eigenvalues Condition takes: a
// second or two.
const maxJacobian = 1200

// IllConditioned is the [Condition] from which noise of a per mille of the data can
// change the factors as much as they are long.
const IllConditioned = 1e3

// Condition is how much the factors move, relatively, when the data do: the
// condition number of the Jacobian J of (A₀, …, A_{N−1}) ↦ ⟦A₀, …⟧ at the model with
// its weights spread evenly, without the (N−1)·R directions in which only scales
// move between modes. JᵀJ/σ² is the Fisher information of white noise of variance
// σ², so that the Cramér–Rao bound on a direction of the factors is up to the
// square of Condition times that of the best determined one. Beyond
// [IllConditioned] single components are not to be trusted; +Inf when
// some direction is not determined at all.
//
// A mode of more than R rows is compressed to R: orthogonal to its span JᵀJ has the
// eigenvalues of G_n, those of [cpd.Updater], which are counted in. Errors:
// [ErrShape], [ErrNotFinite], [ErrTooLarge] above Σ_n min(I_n, R)·R = 1200.
// Cost: eigenvalues of a matrix of that order.
//
// References:
//   - Tichavský, P., Phan, A.H., Koldovský, Z.: Cramér–Rao-induced bounds for
//     CANDECOMP/PARAFAC tensor decomposition. IEEE Trans. Signal Process. 61(8),
//     1986–1997 (2013).
//   - Vannieuwenhoven, N.: Condition numbers for the tensor rank decomposition.
//     Linear Algebra Appl. 535, 35–86 (2017).
func Condition(k *tensor.Kruskal) (float64, error) {
	if err := checkModel(k, nil); err != nil {
		return 0, err
	}
	factors, rank := balanced(k), k.Rank()
	grams := make([]*mat.SymDense, len(factors))
	order := 0
	for n, a := range factors {
		grams[n] = mat.NewSymDense(rank, nil)
		tensor.Gram(grams[n], a)
		rows, _ := a.Dims()
		order += min(rows, rank) * rank
	}
	if order > maxJacobian {
		return 0, fmt.Errorf("%w: the Jacobian of %d components at sizes %v has order %d after compression, more than %d", ErrTooLarge, rank, k.Dims(), order, maxJacobian)
	}
	least := math.Inf(1)
	for n, a := range factors {
		if rows, _ := a.Dims(); rows <= rank {
			continue
		}
		small, err := compress(a)
		if err != nil {
			return 0, err
		}
		factors[n] = small
		var es mat.EigenSym
		if !es.Factorize(hadamard(grams, n, -1), false) {
			return 0, fmt.Errorf("%w: no eigenvalues of a Gram matrix", ErrNotFinite)
		}
		least = min(least, es.Values(nil)[0])
	}
	var es mat.EigenSym
	if !es.Factorize(jacobianGram(factors, grams, order), false) {
		return 0, fmt.Errorf("%w: no eigenvalues of JᵀJ", ErrNotFinite)
	}
	values := es.Values(nil) // ascending
	largest := values[len(values)-1]
	least = min(least, values[(len(factors)-1)*rank])
	if !(least > largest*1e-15*float64(order)) {
		return math.Inf(1), nil // below rounding
	}
	return math.Sqrt(largest / least), nil
}

// compress is an R×R matrix with the Gram matrix of a.
func compress(a *mat.Dense) (*mat.Dense, error) {
	var qr mat.QR
	qr.Factorize(a)
	var r mat.Dense
	qr.RTo(&r)
	_, rank := a.Dims()
	return mat.DenseCopyOf(r.Slice(0, rank, 0, rank)), nil
}

// hadamard is the product of all Grams but two.
func hadamard(grams []*mat.SymDense, n, m int) *mat.SymDense {
	rank := grams[0].SymmetricDim()
	h := mat.NewSymDense(rank, nil)
	for r := range rank {
		for s := r; s < rank; s++ {
			v := 1.0
			for l, g := range grams {
				if l != n && l != m {
					v *= g.At(r, s)
				}
			}
			h.SetSym(r, s, v)
		}
	}
	return h
}

// jacobianGram is JᵀJ, unknowns mode by mode, in each component by component:
//
//	⟨∂/∂a_r⁽ⁿ⁾[i], ∂/∂a_s⁽ᵐ⁾[j]⟩ = (Π_{l≠n,m} ⟨a_r⁽ˡ⁾, a_s⁽ˡ⁾⟩)·a_s⁽ⁿ⁾[i]·a_r⁽ᵐ⁾[j],  n ≠ m,
//	                        = (Π_{l≠n} ⟨a_r⁽ˡ⁾, a_s⁽ˡ⁾⟩)·δ_ij,                n = m.
func jacobianGram(factors []*mat.Dense, grams []*mat.SymDense, order int) *mat.SymDense {
	jj := mat.NewSymDense(order, nil)
	rank := grams[0].SymmetricDim()
	first := 0
	for n, a := range factors {
		rows, _ := a.Dims()
		h := hadamard(grams, n, -1)
		for r := range rank {
			for s := r; s < rank; s++ {
				for i := range rows {
					jj.SetSym(first+r*rows+i, first+s*rows+i, h.At(r, s))
				}
			}
		}
		second := first + rank*rows
		for m := n + 1; m < len(factors); m++ {
			b := factors[m]
			cols, _ := b.Dims()
			h := hadamard(grams, n, m)
			for r := range rank {
				for s := range rank {
					for i := range rows {
						for j := range cols {
							jj.SetSym(first+r*rows+i, second+s*cols+j, h.At(r, s)*a.At(i, s)*b.At(j, r))
						}
					}
				}
			}
			second += rank * cols
		}
		first += rank * rows
	}
	return jj
}
