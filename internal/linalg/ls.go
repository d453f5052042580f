package linalg

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// MaxCond is the condition number, after the columns are brought to unit
// length, over which a Gram matrix is taken for singular: eigenvalues under
// 1/MaxCond of the largest are dropped. G has the squared condition of U, so
// half of the digits of a float64 are gone at 1e8 and nothing sound is left of
// those directions at 1e12.
const MaxCond = 1e12

// LS solves A·G = M, row by row. The zero value is ready for use; it must not be
// copied after the first use, nor used by two goroutines at once.
//
// G is factored by Cholesky. When it has no such factor, or its condition
// number exceeds [MaxCond], A is the pseudo-inverse solution by eigenvectors: the
// least-squares solution of least norm, both in the metric of unit columns. A
// zero row and column of G gives a zero column of A, G = 0 gives A = 0, and no
// finite G and M give NaN unless a result overflows.
type LS struct {
	factors lsFactors
	blocks  lsRows
	rows    rows
	solve   func(worker int, a, m []float64)
}

// Solve overwrites a (I×R) with the solution for m (I×R) and g (R×R). a may be m.
// The errors are [ErrNotFinite] and [ErrNotGram], after which a is undefined.
// Work: R³ + 2·I·R² flops. No allocation in a warm call, but where the
// pseudo-inverse is needed.
func (s *LS) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	checkShapes("LS", a, m, g)
	if s.solve == nil {
		s.solve = s.factors.row
	}
	if err := s.factors.factorize(g, false); err != nil {
		return err
	}
	if s.factors.chol && s.factors.scale.gamma >= leastGamma {
		if bad := s.blocks.solve(&s.factors, a, m); bad >= 0 {
			return fmt.Errorf("%w: right-hand side, row %d", ErrNotFinite, bad)
		}
		return nil
	}
	n, r := m.Dims()
	return s.rows.run(a, m, 2*n*r*r, s.solve)
}

// Rank returns the numerical rank of the last G.
func (s *LS) Rank() int { return s.factors.rank }

// SCLS minimises under a sum-to-one constraint on every row, A·1 = 1, without
// A ≥ 0:
//
//	A = Z − μ·(G⁻¹1)ᵀ,  Z = M·G⁻¹,  μ_i = (Σ_r Z[i,r] − 1) / 1ᵀG⁻¹1.
//
// The zero value is ready for use; it must not be copied after the first use, nor
// used by two goroutines at once. G may be singular: the solution is unique as
// long as the columns of U are affinely independent, and otherwise one of them
// is taken, as [LS] does.
type SCLS struct {
	factors lsFactors
	rows    rows
	solve   func(worker int, a, m []float64)

	y   []float64 // the solution for the right-hand side 1
	sum float64   // Σ y
}

// Solve overwrites a (I×R) with the solution for m (I×R) and g (R×R), like
// [LS.Solve].
func (s *SCLS) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	checkShapes("SCLS", a, m, g)
	if s.solve == nil {
		s.solve = s.row
	}
	if err := s.factors.factorize(g, true); err != nil {
		return err
	}
	n, r := m.Dims()
	s.y = grow(s.y, r)
	copy(s.y, s.factors.scale.inv) // 1 in the units of â
	s.factors.apply(0, s.y)
	s.sum = kernel.Dot(s.y, s.factors.scale.inv)
	for i, inv := range s.factors.scale.inv {
		s.y[i] *= inv
	}
	return s.rows.run(a, m, 2*n*r*r, s.solve)
}

func (s *SCLS) row(worker int, a, m []float64) {
	s.factors.row(worker, a, m)
	// The second pass takes away what rounding left of the sum after the first,
	// which is large where Z is.
	for range 2 {
		sum := 0.0
		for _, v := range a {
			sum += v
		}
		kernel.Axpy(a, (1-sum)/s.sum, s.y)
	}
}

// lsFactors is G factored for LS and SCLS.
type lsFactors struct {
	scale scaling
	rho   float64
	rank  int
	l     []float64   // packed Cholesky factor of Ĝ; unused if pinv is in use
	x     [][]float64 // scratch, one vector a worker
	pinv  []float64   // pseudo-inverse of Ĝ, R×R
	chol  bool
}

func (f *lsFactors) factorize(g *mat.SymDense, sum bool) (err error) {
	if f.rho, err = f.scale.set(g, sum); err != nil {
		return err
	}
	r := f.scale.r
	for len(f.x) < par.Workers() {
		f.x = append(f.x, nil)
	}
	for i := range f.x {
		f.x[i] = grow(f.x[i], r)
	}
	f.l = grow(f.l, packed(r))
	f.rank = r
	if f.chol = f.cholesky(); f.chol {
		return nil
	}
	f.eigen()
	return nil
}

// cholesky factors Ĝ and reports whether its condition number, exact in the
// 1-norm through the columns of the inverse, is at most MaxCond.
func (f *lsFactors) cholesky() bool {
	r, hat := f.scale.r, f.scale.hat
	norm := 0.0
	for i := range r {
		if f.scale.inv[i] == 0 || !cholAppend(f.l, hat[i*r:i*r+i], i, float64(r)*eps) {
			return false
		}
		sum := 0.0
		for _, v := range hat[i*r : (i+1)*r] {
			sum += math.Abs(v)
		}
		norm = max(norm, sum)
	}
	e := f.x[0]
	for i := range r {
		clear(e)
		e[i] = 1
		cholSolve(f.l, e)
		sum := 0.0
		for _, v := range e {
			sum += math.Abs(v)
		}
		if !(sum*norm <= MaxCond) {
			return false
		}
	}
	return true
}

// eigen builds Σ_k v_k·v_kᵀ/λ_k over the eigenpairs of Ĝ with λ_k over
// λ_max/MaxCond. Zero columns of G, unit vectors of Ĝ, are left out.
func (f *lsFactors) eigen() {
	r := f.scale.r
	sym := mat.NewSymDense(r, nil)
	for i := range r {
		for j := i; j < r; j++ {
			if f.scale.inv[i] > 0 && f.scale.inv[j] > 0 {
				sym.SetSym(i, j, f.scale.hat[i*r+j])
			}
		}
	}
	vals, vecs := EigenTop(sym, r)
	f.pinv = grow(f.pinv, r*r)
	clear(f.pinv)
	f.rank = 0
	for k, v := range vals {
		if !(v > vals[0]/MaxCond) {
			break
		}
		f.rank++
		for i := range r {
			for j := range r {
				f.pinv[i*r+j] += vecs.At(i, k) * vecs.At(j, k) / v
			}
		}
	}
}

// row writes one row of A without the constraint.
func (f *lsFactors) row(worker int, a, m []float64) {
	f.scale.rhs(a, m, f.rho)
	f.apply(worker, a)
	for r, inv := range f.scale.inv {
		a[r] *= inv
	}
}

// apply overwrites x with Ĝ⁻¹x, or the pseudo-inverse's.
func (f *lsFactors) apply(worker int, x []float64) {
	if f.chol {
		cholSolve(f.l, x)
		return
	}
	y := f.x[worker]
	copy(y, x)
	for i := range x {
		x[i] = kernel.Dot(f.pinv[i*len(x):(i+1)*len(x)], y)
	}
}
