// Package constraint says what a factor of a decomposition must be, one operator
// at a time.
//
// **Model.** A [Constraint] is a function h on matrices A of I×R, +∞ where A is
// not allowed, known by its proximal operator
//
//	prox_{t·h}(V) = argmin_A  h(A) + ‖A − V‖²/(2t),
//
// which is the projection when h is the indicator of a set. Solvers need no more
// than that, so anyone's own type serves as well as those here, and so does [Func].
//
// **Operators.** Each entry: [Nonnegative], [Box], [L1]. Each row or each column:
// [Simplex], [L0]. Each column: [Ball], [Sphere], [Smooth], [Monotone], [Unimodal].
// The whole factor: [Orthogonal], [Known]. All are exact; those whose set is not
// convex return one nearest point of several.
//
// **Facts.** [Facts] says on what an operator acts ([Unit]), whether it is convex,
// and whether columns may be multiplied by positive numbers. A solver decides by
// them what it may do: work row by row, in parallel, or at another scale.
//
// **Invariants.** Values, without state: one may serve many goroutines. Prox
// allocates nothing once warm. A NaN never becomes a number: it stays visible in
// its unit, and other units are as without it. constrainttest.Check tests all
// this on any implementation.
//
// **Not here.** The solvers (package cpd).
//
// References:
//   - Parikh, N., Boyd, S.: Proximal algorithms. Found. Trends Optim. 1(3) (2014).
package constraint
