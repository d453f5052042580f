package linalg

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// NNLS minimises under A ≥ 0, exactly. The zero value is ready for use; it must
// not be copied after the first use, nor used by two goroutines at once.
//
// The entries that are positive in a on entry are the first guess of each row's
// passive set, the entries that are not zero; from a good guess a row costs one
// small solve. Cholesky factors are kept by passive set, since most rows share
// theirs with others.
//
// G may be singular, as it is when a column occurs twice or R exceeds the rank of
// the data. Then the minimiser is not unique, and one of them is returned. An
// angle δ between columns shows in G as δ² beside 1: where it is under about
// 1e-7, G does not tell the columns apart, and the residual [KKT] may reach δ
// instead of rounding.
//
// References:
//   - Kim, J., Park, H.: Fast Nonnegative Matrix Factorization: An
//     Active-Set-Like Method and Comparisons. SIAM J. Sci. Comput. 33(6),
//     3261–3281 (2011), algorithm 2.
//   - Júdice, J.J., Pires, F.M.: A block principal pivoting algorithm for
//     large-scale strictly monotone linear complementarity problems. Comput.
//     Oper. Res. 21(5), 587–596 (1994).
//   - Lawson, C.L., Hanson, R.J.: Solving Least Squares Problems. Prentice-Hall
//     (1974), ch. 23.
type NNLS struct {
	// RowByRow makes no tables for the rows of a passive set: faster for a few rows, of which
	// hardly two share theirs. The solution differs by rounding.
	RowByRow bool

	s active
}

// Solve overwrites a (I×R) with the minimiser for m (I×R) and g (R×R). a must
// not overlap m. The errors are [ErrNotFinite] and [ErrNotGram], after which a is
// undefined.
func (s *NNLS) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	checkShapes("NNLS", a, m, g)
	s.s.single = s.RowByRow
	return s.s.run(a, m, g, false)
}

// FCLS minimises under A ≥ 0 and a sum-to-one constraint on every row, A·1 = 1,
// exactly: [NNLS] with the multiplier of the sum eliminated in every small
// solve. The same is true of it, but that G may be singular without harm to
// uniqueness as long as the columns of U are affinely independent.
type FCLS struct{ s active }

// Solve is [NNLS.Solve] for this set of A.
func (s *FCLS) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	checkShapes("FCLS", a, m, g)
	return s.s.run(a, m, g, true)
}

// active is what NNLS and FCLS share.
type active struct {
	scale  scaling
	rho    float64
	sum    bool // A·1 = 1 is asked for
	single bool // rows are solved one by one
	tol    float64
	rows   rows
	row    []*passive // one for every worker
	solve  func(worker int, a, m []float64)
	batch  func(worker, lo, hi int)
}

func (s *active) run(a, m *mat.Dense, g *mat.SymDense, sum bool) (err error) {
	if s.solve == nil {
		s.solve = func(worker int, a, m []float64) { s.row[worker].solve(a, m) }
		s.batch = func(worker, lo, hi int) { s.row[worker].batch.block(&s.rows, lo, hi) }
	}
	if s.rho, err = s.scale.set(g, sum); err != nil {
		return err
	}
	n, r := m.Dims()
	s.sum = sum
	// The squared sine of the angle under which a column is taken to lie in the
	// span of others: what rounding leaves of a zero in r subtractions.
	s.tol = 4 * float64(r) * eps
	for len(s.row) < par.Workers() {
		s.row = append(s.row, &passive{})
	}
	batched := s.scale.r <= batchMost && !s.single
	for _, p := range s.row {
		p.begin(s, n)
		if batched {
			p.batch.begin(p)
		}
	}
	s.rows.batch = nil
	if batched {
		s.rows.batch = s.batch
	}
	return s.rows.run(a, m, 8*n*r*r, s.solve)
}

// coldFull is the number of unknowns up to which a row without a guess starts
// from all of them. Beyond, a row's solution is mostly zeros and the active set
// method, which adds one unknown at a time, is the faster start.
const coldFull = 16

// solve finds one row of A: by block principal pivoting where that ends in a
// few steps, else by the active set method, which always ends.
func (p *passive) solve(a, m []float64) {
	p.s.scale.rhs(p.m, m, p.s.rho)
	warm := false
	clear(p.set)
	for r, v := range a {
		if v > 0 {
			p.flip(r)
			warm = true
		}
	}
	if !warm && len(a) <= coldFull {
		for r, v := range p.m {
			if v > 0 || p.s.sum {
				p.flip(r)
			}
		}
		warm = true
	}
	if !warm || !p.pivot() {
		p.activeSet()
	}
	for r, inv := range p.s.scale.inv {
		a[r] = p.b[r] * inv
	}
}
