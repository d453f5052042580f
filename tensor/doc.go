// Package tensor holds the values that decompositions work on and their
// algebra; it knows no algorithm.
//
// **Model.** A [Tensor] X has order N and sizes I₀ … I_{N−1}. Its mode-n
// unfolding X₍ₙ₎ is I_n × Π_{m≠n} I_m, the columns running over the remaining
// modes in their order, the last fastest; this matches the rows of
//
//	A₀ ⊙ … ⊙ A_{n−1} ⊙ A_{n+1} ⊙ … ⊙ A_{N−1},
//
// ⊙ the Khatri–Rao (column-wise Kronecker) product. The MTTKRP of mode n is
// X₍ₙ₎ times that product, I_n × R. A [Kruskal] model is
//
//	X̂ = Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾.
//
// **Kinds.** [Dense] keeps every entry, the last index fastest, [Dense32] in half
// the memory; [Sparse] keeps coordinates and values of the entries that are not
// zero; [Masked] is a Dense with unknown cells, [Observed] a Sparse all other cells
// of which are unknown; [Tucker] is a core with orthonormal bases; [Tiled] is a dense
// tensor that stays where it is, such as in a file, and is read slab by slab. Other kinds
// implement [Tensor] and pass tensortest.Check.
//
// **Optional.** What else a solver or a diagnosis can use, each an interface that
// it asks a Tensor for: [Sequencer], [AllMTTKRPer], [Gramer], [Residualer],
// [SliceResidualer], [Compressor], [Fibrous], [Incomplete], [NonFiniter], [Measurer],
// [Failer].
//
// **Invariants.** Modes, components and indices count from 0. A wrong shape is
// the caller's bug, as an index out of range is: operations panic with the
// operation and both shapes. Results do not depend on the number of workers.
//
// **Not here.** Solvers (package cpd), files (package format).
package tensor
