// Package diagnose says how far a CP model can be trusted, and how many
// components the data have:
//
//	X ≈ Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾.
//
// **Of a model and its data.** [CoreConsistency] (is the structure trilinear),
// [ExplainedVariance] (what each component is worth), [SliceErrors] and
// [Leverages] (which samples are odd).
//
// **Of a model alone.** [Congruences] and [FindDegeneracy] (are components alike,
// do they cancel), [Condition] (what noise does to the factors), [CheckUniqueness]
// (Kruskal's condition).
//
// **Of the rank.** [SplitHalf] (do two halves of the data tell the same), [Ranks]
// (error, core consistency and agreement of starts, rank by rank).
//
// **Invariants.** Models are read only and of any scale: columns need not have
// unit norm. Unknown cells of a tensor.Incomplete count for nothing: where a
// formula needs them they hold the model.
//
// **Not here.** Comparison with a known truth (package score), pictures (package
// report).
package diagnose

import "errors"

var (
	// ErrShape: sizes that do not fit one another.
	ErrShape = errors.New("diagnose: shape mismatch")
	// ErrNotFinite: a model that holds a NaN or an infinity.
	ErrNotFinite = errors.New("diagnose: not finite")
	// ErrOptions: options that contradict each other or the data.
	ErrOptions = errors.New("diagnose: bad options")
	// ErrTooLarge: a problem beyond what can be computed in reasonable time.
	ErrTooLarge = errors.New("diagnose: too large")
)
