package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Tensor is where the data live. It is all that a decomposition needs to know
// of them; implementations must pass tensortest.Check.
type Tensor interface {
	// Dims are the sizes of the modes. The caller must not change them.
	Dims() []int

	// SquaredNorm is Σ x². It is NaN or infinite when an entry is.
	SquaredNorm() float64

	// MTTKRP sets dst, I_n×R, to X₍ₙ₎·(⊙_{m≠n} A_m). factors has one I_m×R
	// matrix per mode; factors[n] is not read and may be nil. dst must not
	// share memory with a factor. An implementation must not keep or change
	// the factors.
	MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int)
}

// A Gramer can form the Gram matrix of the rows of an unfolding,
// dst = X₍ₙ₎·X₍ₙ₎ᵀ, I_n×I_n, at the cost of one pass and Π I · I_n flops. dst is
// overwritten and must have order I_n.
type Gramer interface {
	UnfoldingGram(dst *mat.SymDense, n int)
}

// A SomeGramer is a [Gramer] of some modes only. UnfoldingGram panics for the others.
type SomeGramer interface {
	Gramer
	Grams(n int) bool
}

// GramerOf is x as a Gramer of mode n, nil where it is none.
func GramerOf(x Tensor, n int) Gramer {
	if s, ok := x.(SomeGramer); ok && !s.Grams(n) {
		return nil
	}
	g, _ := x.(Gramer)
	return g
}

// A Residualer can compute ‖X − X̂‖² entry by entry, which stays accurate
// where ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² cancels.
type Residualer interface {
	SquaredResidual(k *Kruskal) float64
}

// A NonFiniter can say where its first NaN or infinite entry is; ok is false
// if there is none.
type NonFiniter interface {
	NonFinite() (index []int, ok bool)
}

// A Measurer can say how large its largest entry is in absolute value, which
// tells data that are zero from data whose squares underflow.
type Measurer interface {
	MaxAbs() float64
}

// An Incomplete tensor knows only some of its cells, the mask Ω. As a Tensor it
// is zero at the others; SquaredNorm is ‖Ω∗X‖². It must not be a [Residualer],
// which would count those zeros as data, nor may ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² be taken
// for its residual.
type Incomplete interface {
	Tensor
	// KnownResidual is ‖Ω∗(X − X̂)‖², entry by entry.
	KnownResidual(k *Kruskal) float64
	// KnownCells is the number of known cells.
	KnownCells() int
}

// checkMTTKRP panics unless dst and factors fit dims and n, and returns R.
func checkMTTKRP(dims []int, dst *mat.Dense, factors []*mat.Dense, n int) int {
	if n < 0 || n >= len(dims) {
		panic(fmt.Sprintf("tensor: MTTKRP: mode %d of a tensor of order %d", n, len(dims)))
	}
	if len(factors) != len(dims) {
		panic(fmt.Sprintf("tensor: MTTKRP: %d factors for a tensor of order %d", len(factors), len(dims)))
	}
	r, c := dst.Dims()
	if r != dims[n] {
		panic(fmt.Sprintf("tensor: MTTKRP: destination is %d×%d, mode %d has size %d", r, c, n, dims[n]))
	}
	for m, a := range factors {
		if m == n {
			continue
		}
		if a == nil {
			panic(fmt.Sprintf("tensor: MTTKRP: factor %d is nil, want %d×%d", m, dims[m], c))
		}
		if ar, ac := a.Dims(); ar != dims[m] || ac != c {
			panic(fmt.Sprintf("tensor: MTTKRP: factor %d is %d×%d, want %d×%d", m, ar, ac, dims[m], c))
		}
	}
	return c
}
