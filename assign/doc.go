// Package assign places rows on distinct columns at least total cost, exactly:
//
//	min Σ_i c[i, κ(i)]   over one-to-one κ: {0…R−1} → {0…d−1},  R ≤ d.
//
// **Model.** Rows are components, columns are atoms. A cost of +Inf forbids a
// pair. [SolveBounded] adds groups of columns with a least and a greatest
// number of columns used in each.
//
// **Algorithms.** [Solve] places one row after the other along a shortest
// augmenting path of reduced costs (Jonker and Volgenant; Crouse's rectangular
// form), O(R²d). [SolveBounded] does the same in the flow network
// row → column → group → sink. Where columns abound, both first keep the R+1
// cheapest of each row (and group), which loses nothing: R rows cannot use all.
// [Shortlists] do the same for a cost that is never held as a whole: it is offered
// in any order, in parts, by several workers, and the answer is the same.
//
// **Invariants.** Every answer comes with dual variables and has passed
// [Certify] or [CertifyBounded], which prove it optimal in one pass over the
// cost; for what Shortlists have dropped, the least cost that it can have stands
// in. Equal input gives equal output. If Solve's answer meets the bounds,
// SolveBounded returns it. Costs are read-only; NaN and −Inf are errors.
//
// **Other solvers.** Anything with a Solve method is a [Solver]; [SolveWith]
// runs it with the certificate as gate. github.com/arthurkushman/go-hungarian is
// not used: it is not exact (row and column reduction and a clean-up that
// depends on map order, no augmenting paths). Against brute force on 2700 square
// matrices with n ≤ 7 its SolveMin was optimal in 34 % and not even a valid
// assignment in 13 %, SolveMax on shifted costs optimal in 73 %; repeats differ,
// at n ≥ 8 none of 12 minima was optimal, and a non-square matrix panics. It also
// could not be resolved as a Go module when this was written.
//
// **Not here.** Approximate matching (greedy, auction), sparse cost formats,
// and what a cost means.
//
// References:
//   - Jonker, R., Volgenant, A.: A shortest augmenting path algorithm for dense
//     and sparse linear assignment problems. Computing 38, 325–340 (1987).
//   - Crouse, D.F.: On implementing 2D rectangular assignment algorithms. IEEE
//     Trans. Aerosp. Electron. Syst. 52(4), 1679–1696 (2016).
package assign
