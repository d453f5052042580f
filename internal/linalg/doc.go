// Package linalg solves many small least-squares problems that share one Gram
// matrix, and finds the leading eigenvectors of a Gram matrix.
//
// # Model
//
// With A and M of size I×R, and G symmetric positive semidefinite of size R×R,
// every solver here minimises
//
//	½⟨A·G, A⟩ − ⟨M, A⟩
//
// over its own set of A. G = UᵀU and M = XᵀU make row i of A the coefficients
// of column i of X on the columns of U. A row of A is a problem of its own, and
// lies contiguously in memory.
//
// # Algorithms
//
//   - [LS]: no constraint. Cholesky, or a pseudo-inverse when G is singular.
//   - [SCLS]: every row sums to one; closed form.
//   - [NNLS]: A ≥ 0. Block principal pivoting (Kim, Park: SIAM J. Sci. Comput.
//     33(6), 3261–3281 (2011)), with the active set method of Lawson and Hanson
//     where pivoting does not end and where G is singular. Up to ten unknowns,
//     rows are pivoted in batches, with an inverse for every passive set and one
//     step of refinement.
//   - [FCLS]: A ≥ 0 and every row sums to one; the same two methods, with the
//     multiplier of the sum eliminated.
//   - [KKT]: how far A is from the optimum of NNLS or FCLS; it certifies a
//     result whatever computed it.
//   - [EigenTop], [EigenLead]: leading eigenpairs, all at once or, of a large
//     matrix, by subspace iteration.
//
// # Invariants
//
// The columns of G are brought to unit length before anything is compared with
// a threshold, so scaling X, U or a column of U changes no decision. The result
// of a row depends on that row, G and the row's start alone: neither the number
// of workers nor the other rows change a bit of it. A second call with the same
// shapes on the same solver value allocates nothing of its own.
//
// # Not here
//
// Algorithms on tensors; anything that needs the data X rather than G and M.
package linalg
