// Package dict fits a CPD some factors of which are made of known atoms:
//
//	X ≈ Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾,  A_n = D(:, κ) up to scale,
//
// D an I_n×d dictionary and κ an assignment of the R components to atoms, chosen
// by the fit.
//
// **Model.** A [Mode] ties one mode to a [Dictionary]. Atoms have unit norm in
// the model, the scale in the weights, unless Physical keeps their amplitudes.
// Groups of atoms can carry bounds on how many of each are taken; package
// multidict gives them names. Of a mode's components some can be Free, of no atom; its
// atoms can be taken Apart, one of a family of look-alikes; with a Tolerance columns
// are only near their atoms; and modes can be Tied, an atom being a pair.
//
// Data may be tensor.Dense, Dense32, Tiled, Sparse or, with unknown cells, Masked and Observed
// in both forms; the other modes may have any method. What does not go together is
// refused before any work:
//   - the exact forms of incomplete data, which solve row by row, with Hard, Flexible,
//     Gradient, Mixed, a Tolerance, and methods that tie rows together;
//   - Free with Gradient, Mixed and several atoms a component, Tolerance with the latter;
//   - Tied with a Tolerance, and with data that are neither Dense, Dense32, Sparse
//     nor Masked.
//
// **Algorithms.** Each proposes atoms; all are judged alike, by the error of the
// model with exactly these atoms and everything else refit.
//   - [Project]: an unconstrained fit, each column replaced by its closest atom.
//   - [Hard]: MPALS, columns replaced by atoms within every sweep [CG18a].
//   - [Smooth]: columns pulled to atoms by λ‖A − D(:,κ)‖², λ growing, the other factors
//     fitted to the atoms [CG18a].
//   - [Flexible]: the same, the other factors fitted to the columns [CG18a].
//   - [Gradient]: coefficients of all atoms by proximal gradients, made sparse by a
//     growing ℓ1 weight [CG18a].
//   - [GroupLasso]: for a matrix, atoms of the rows that ‖A‖₁,₂ or ‖A‖₁,∞ leaves in
//     X ≈ D·A, along a path of weights; [RowSparse] is that problem by itself, with a
//     duality gap, also for the data as their own dictionary.
//   - [SOMP]: simultaneous orthogonal matching pursuit on the data compressed to
//     their R-dimensional signal subspace, followed by swaps there.
//   - [MUSIC]: the same among the atoms at the smallest angles to that subspace.
//   - [From]: a choice that is given, to go on from.
//   - [Swap]: takes the best of several of these and exchanges single atoms, and
//     pairs where the fit is exact, as long as the error falls. Monotone; a local optimum.
//   - [Auto], the default: a portfolio of starts, screened on a sample or by brief fits,
//     the best finished by exchanges; it proves its choice the best where that is
//     cheap, and prefers a choice that fits less noise.
//   - [Exact]: branch and bound; the best of all choices, or a lower bound.
//
// A [Schedule] makes Hard, Smooth and Flexible repeat the authors' programs sweep by
// sweep, for comparison.
//
// **Several atoms a component.** With PerComponent = k, A_n = D·S with at most k
// nonzeros in every column of S: [Mixed] alternates between the other factors and
// S, a mixed sparse coding problem [C22]. [SparseCode] is that problem by itself, with
// [TrickOMP], [HOMP], [BlockFISTA], [MixedFISTA], [Homotopy] and, as the default,
// [Exchange] to find supports.
//
// **Invariants.** The reported error is that of the model with the atoms in
// it, never of a relaxed one. No atom is taken twice where Distinct is set, and
// bounds hold, at every assignment; as many components are free as Free allows, or fewer
// where atoms explain as much by Akaike's criterion. With an atom's sign free, its correlation
// counts by absolute value and the sign goes to the other factors.
//
// **Trust.** [Examine] says of a result how far its atoms can be trusted: the
// closest rival of each and what exchanging it or leaving it out does to the loss, in
// practice and statistically ([Change]); how often it is chosen again when the
// noise is drawn anew; and which conditions for uniqueness hold, led by the [Certificate].
//
// **Size.** A choice of atoms is one pass over the dictionary, in blocks that stay
// in cache: the time of the product DᵀA, and beside the dictionary itself memory
// for numbers of each atom, not for pairs of atoms and components. The result
// does not depend on the blocks nor on the number of workers. [NewStored] leaves atoms
// where they are, in a file larger than memory, say, with the same results.
//
// **Not here.** Preparation of libraries for a sensor (package unmix). Proof of
// optimality over all choices of atoms beyond small problems: where atoms are nearly
// collinear, the fit cannot tell them apart.
//
// References:
//   - [CG18a] Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical polyadic
//     decomposition. IEEE Trans. Signal Process. 66(7), 1876–1889 (2018).
//   - [C22] Cohen, J.E.: Dictionary-based low-rank approximations and the mixed
//     sparse coding problem. Front. Appl. Math. Stat. 8 (2022).
//   - Tropp, J.A., Gilbert, A.C., Strauss, M.J.: Algorithms for simultaneous
//     sparse approximation, part I. Signal Process. 86(3) (2006).
package dict
