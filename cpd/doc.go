// Package cpd fits CP decompositions, tensors as sums of R rank-one terms:
//
//	X ≈ Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾,
//
// with a say per mode in what a factor must be.
//
// **Model.** By default, block coordinate descent on ½‖X − ⟦A₀, …⟧‖². With the others
// fixed, factor n solves
//
//	min_A ½⟨A·G, A⟩ − ⟨M, A⟩,
//
// M the MTTKRP of the mode and G the Hadamard product of the Grams of the other
// factors. An [Updater] is given (M, G) and the old factor and writes the new
// one; a [Method] makes Updaters. That is all a constraint needs to know. An
// [Algorithm] says in what way the factors are improved: [Alternating], or together.
//
// **Algorithms.** [LeastSquares] solves the normal equations: plain ALS.
// [HALS] updates columns cyclically under A ≥ 0 and is the nonnegative default,
// [AcceleratedHALS] the same with passes by operation counts.
// [NNLS] solves the nonnegative problem exactly, [FCLS] with rows that sum to
// one as well: dearer per sweep, for few components and exact answers. [KSparse]
// does with at most K entries of a row.
// [ADMM] takes any constraint.Constraint: simplex, box, sparse, smooth, monotone,
// unimodal, one's own. [FastGradient] does too, by accelerated projected gradients.
// [Orthogonal] and [Smooth] solve for orthonormal and for smooth columns exactly.
// [FixedColumns] knows some columns in advance, [Fixed] the whole factor.
// [MU] is the multiplicative update, for comparison. Starts: [Random], [SVD], [GEVD], [Given].
//
// What they promise ([FactsOf]): convex problems, norms of columns that mean
// something ([Scaled]), rows apart ([Separable]):
//
//	method                                 convex  scaled  separable
//	LeastSquares                           yes     no      yes
//	HALS                                   yes     no      yes
//	AcceleratedHALS                        yes     no      yes
//	NNLS                                   yes     no      yes
//	FCLS                                   yes     yes     yes
//	KSparse                                no      no      yes
//	MU                                     yes     no      yes
//	Smooth                                 yes     yes     no
//	Orthogonal                             no      yes     no
//	FixedColumns                           yes     yes     yes
//	Fixed                                  yes     yes     yes
//	ADMM, FastGradient: Nonnegative        yes     no      yes
//	ADMM, FastGradient: Box                yes     yes     yes
//	ADMM, FastGradient: L1                 yes     yes     yes
//	ADMM, FastGradient: L0 by column       no      no      no
//	ADMM, FastGradient: L0 by row          no      no      yes
//	ADMM, FastGradient: Simplex by row     yes     yes     yes
//	ADMM, FastGradient: Simplex by column  yes     yes     no
//	ADMM, FastGradient: Ball               yes     yes     no
//	ADMM, FastGradient: Sphere             no      yes     no
//	ADMM, FastGradient: Smooth             yes     yes     no
//	ADMM, FastGradient: Monotone           yes     no      no
//	ADMM, FastGradient: Unimodal           no      no      no
//	ADMM, FastGradient: Orthogonal         no      yes     no
//	ADMM, FastGradient: Known              yes     yes     no
//
// [KKT] says how far a factor is from what its constraint allows at best.
//
// [Alternating] is the default way of going through the modes. [Compressed] fits a
// small core first, [Sampled] reads some fibres of the data only, [Extrapolated] adds
// momentum to any methods. [GaussNewton] improves all factors at once and is the way out
// where components are nearly collinear; [LBFGS] and [ConjugateGradient] do so by
// gradients alone, and [ProjectedQuasiNewton] with factors within bounds. [Generalized]
// minimises another [Loss] than the squares: counts, yes or no, data with outliers.
//
// **What works with what.** By the method of a mode: free is [LeastSquares]; ≥ 0 are
// [HALS], [AcceleratedHALS], [NNLS], [MU], and [ADMM] or [FastGradient] with
// constraint.Nonnegative; box is either with constraint.Box; others are all that is not
// named here. And by the data, [tensor.Dense] and so on:
//
//	algorithm             free  ≥ 0  box  others  Fixed
//	Alternating           yes   yes  yes  yes     yes
//	Extrapolated          yes   yes  yes  yes     yes
//	GaussNewton           yes   no   no   no      yes
//	LBFGS                 yes   no   no   no      yes
//	ConjugateGradient     yes   no   no   no      yes
//	ProjectedQuasiNewton  yes   yes  yes  no      yes
//	Generalized           yes   yes  yes  no      yes
//	Compressed            yes   yes  yes  yes     yes
//	Sampled               yes   yes  yes  yes     yes
//
//	algorithm             Dense  Dense32  Sparse  Tucker  Masked  Masked.Exact  Observed  Observed.Imputing
//	Alternating           yes    yes      yes     yes     yes     yes           yes       yes
//	Extrapolated          yes    yes      yes     yes     yes     yes           yes       yes
//	GaussNewton           yes    yes      yes     yes     yes     no            no        yes
//	LBFGS                 yes    yes      yes     yes     yes     no            no        yes
//	ConjugateGradient     yes    yes      yes     yes     yes     no            no        yes
//	ProjectedQuasiNewton  yes    yes      yes     yes     yes     no            no        yes
//	Generalized           yes    yes      yes     no      yes     yes           no        no
//	Compressed            yes    yes      yes     no      no      no            no        no
//	Sampled               yes    yes      no      no      no      no            no        no
//
// An algorithm, methods and data work together where each pair does; Masked.Exact and
// Observed need methods that are separable as well. Whatever does not work is refused
// with [ErrOptions] before the first sweep, and the message says what to use.
// [Compressed] is with its default here; it takes what its Algorithm takes.
//
// **Missing data.** Of a [tensor.Masked] the known cells alone are fitted: with any
// method, the others imputed after every sweep, or, as [tensor.Masked.Exact] and
// with methods that are [Separable], row by row; of a [tensor.Observed], sparse data
// unknown where nothing is stored, row by row, or with any method as
// [tensor.Observed.Imputing]. Errors and gradients are those of
// known cells.
//
// **Invariants.** The error that a [Result] reports is recomputed from the model
// that it returns. Equal seeds give equal results for any number of workers.
// Inputs are read only. Columns have unit norm during alternating updates except in
// one mode, which carries the scale, and modes whose Updater keeps its own.
//
// **Not here.** Dictionaries (package dict), the words of the matrix case
// (package matrix), files.
//
// References:
//   - Kolda, T.G., Bader, B.W.: Tensor Decompositions and Applications. SIAM
//     Rev. 51(3), 455–500 (2009).
//   - Sorber, L., Van Barel, M., De Lathauwer, L.: Optimization-based algorithms for
//     tensor decompositions. SIAM J. Optim. 23(2), 695–720 (2013).
//   - Hong, D., Kolda, T.G., Duersch, J.A.: Generalized canonical polyadic tensor
//     decomposition. SIAM Rev. 62(1), 133–163 (2020).
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
package cpd
