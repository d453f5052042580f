package matrix

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// pair is U and V with the normal equations of either, for methods that alternate between
// them.
type pair struct {
	p            *problem
	u, vt        *mat.Dense // p×r, n×r
	mu, mv       *mat.Dense // XVᵀ, XᵀU
	gu, gv       *mat.SymDense
	rowsU, rowsV *halsRows
	residual     float64 // ‖X − UV‖² after measure
}

func newPair(p *problem, u, vt *mat.Dense) *pair {
	s := &pair{
		p: p, u: u, vt: vt,
		mu: mat.NewDense(p.p, p.rank, nil), mv: mat.NewDense(p.n, p.rank, nil),
		gu: mat.NewSymDense(p.rank, nil), gv: mat.NewSymDense(p.rank, nil),
		rowsU: newHALSRows(p.rank, p.p), rowsV: newHALSRows(p.rank, p.n),
	}
	s.rowsU.setRows(u)
	s.rowsV.setRows(vt)
	return s
}

// scale multiplies U by what makes the start fit best.
func (s *pair) scale() {
	s.p.timesV(s.mu, s.vt)
	tensor.Gram(s.gu, s.u)
	tensor.Gram(s.gv, s.vt)
	if size := innerSym(s.gu, s.gv); size > 0 {
		s.u.Scale(inner(s.mu, s.u)/size, s.u)
		s.rowsU.setRows(s.u)
	}
}

// equationsU takes XVᵀ and VVᵀ, equationsV takes XᵀU and UᵀU.
func (s *pair) equationsU() {
	s.p.timesV(s.mu, s.vt)
	tensor.Gram(s.gv, s.vt)
}

func (s *pair) equationsV() {
	s.p.timesU(s.mv, s.u)
	tensor.Gram(s.gu, s.u)
}

// passesU and passesV solve for one factor, whose equations have been taken, by HALS.
func (s *pair) passesU(inner int, delta float64) {
	s.rowsU.load(s.mu, s.gv, 0)
	s.rowsU.solve(inner, delta)
	s.rowsU.rows(s.u)
}

func (s *pair) passesV(inner int, delta float64) {
	s.rowsV.load(s.mv, s.gu, 0)
	s.rowsV.solve(inner, delta)
	s.rowsV.rows(s.vt)
}

// measure is the point after an update of V, whose equations still hold.
func (s *pair) measure() sweep.Point {
	tensor.Gram(s.gv, s.vt)
	s.residual = max(0, s.p.xx-2*inner(s.mv, s.vt)+innerSym(s.gu, s.gv)) // rounding can push it below zero
	rel := root(s.residual, s.p.xx)
	if x, ok := s.p.x.(tensor.Residualer); ok && rel < explicitBelow {
		s.residual = x.SquaredResidual(tensor.NewKruskal(s.u, s.vt))
		rel = root(s.residual, s.p.xx)
	}
	return sweep.Point{RelativeError: rel}
}

// explicitBelow is the relative error under which ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² is rounding.
const explicitBelow = 1e-6

func (s *pair) loss() float64 { return s.residual }

// copies are U and V as they are.
func (s *pair) copies() (u, v *mat.Dense) { return mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.vt.T()) }

func (s *pair) factors() (u, v *mat.Dense) {
	u, v = s.copies()
	unit(u, v)
	return u, v
}
