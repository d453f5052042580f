package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// factors are those of the result with its atoms at the scale of the fit and the
// weights in the carrier.
func (e *exam) factors() []*mat.Dense {
	k := e.model.Clone()
	k.Normalize()
	carrier := e.p.carrier()
	for i := range e.p.modes {
		m := &e.p.modes[i]
		k.Factors[m.N] = m.Dict.Columns(e.base.atoms[i], m.Physical)
		for r, j := range e.base.atoms[i] {
			if m.Physical {
				k.Weights[r] /= m.Dict.norms[j]
			}
		}
	}
	rows, _ := k.Factors[carrier].Dims()
	for i := range rows {
		row := k.Factors[carrier].RawRowView(i)
		for r, w := range k.Weights {
			row[r] *= w
		}
	}
	return k.Factors
}

// optimality is, for every mode, how far its factor is from a stationary point
// of its own problem, all other factors kept.
func (p *problem) optimality(factors []*mat.Dense) []float64 {
	kkt := make([]float64, len(factors))
	for n, a := range factors {
		if _, fixed := p.methods[n].(cpd.Fixed); fixed || p.mode(n) != nil {
			continue
		}
		rows, rank := a.Dims()
		m := mat.NewDense(rows, rank, nil)
		p.mttkrp(m, factors, n)
		kkt[n] = distance(p.methods[n], a, m, tensor.HadamardOfGrams(factors, n))
	}
	return kkt
}

// distance is cpd.KKT under the constraint that a method stands for; without a
// constraint ‖A·G − M‖/max(‖A·G‖, ‖M‖).
func distance(method cpd.Method, a, m *mat.Dense, g *mat.SymDense) float64 {
	switch method := method.(type) {
	case cpd.LeastSquares:
		var left mat.Dense
		left.Mul(a, g)
		size := max(mat.Norm(&left, 2), mat.Norm(m, 2))
		left.Sub(&left, m)
		if size == 0 {
			return 0
		}
		return mat.Norm(&left, 2) / size
	case cpd.FCLS:
		return cpd.KKT(constraint.Simplex{}, a, m, g)
	case cpd.ADMM:
		return cpd.KKT(orNonnegative(method.Constraint), a, m, g)
	case cpd.FastGradient:
		return cpd.KKT(orNonnegative(method.Constraint), a, m, g)
	case cpd.HALS, cpd.NNLS, cpd.AcceleratedHALS, cpd.MU:
		return cpd.KKT(constraint.Nonnegative{}, a, m, g)
	}
	return math.NaN()
}

func orNonnegative(c constraint.Constraint) constraint.Constraint {
	if c == nil {
		return constraint.Nonnegative{}
	}
	return c
}

// ordered says whether a method means a certain component by a column's number.
func ordered(m cpd.Method) bool {
	var c constraint.Constraint
	switch m := m.(type) {
	case cpd.FixedColumns:
		return true
	case cpd.ADMM:
		c = m.Constraint
	case cpd.FastGradient:
		c = m.Constraint
	}
	_, known := c.(constraint.Known)
	return known
}

// settledStart says whether running Decompose again would only confirm it: nothing
// random is in it, or, with [Auto], starts have been compared until two agreed.
func (p *problem) settledStart() bool {
	if !p.matrix() {
		return false
	}
	switch p.algorithm.(type) {
	case Auto, Exact, MUSIC:
		return true
	}
	starts := []Algorithm{p.algorithm}
	if s, ok := p.algorithm.(Swap); ok {
		starts = s.Starts
	}
	for _, a := range starts {
		if _, ok := a.(SOMP); !ok {
			return false
		}
	}
	return true
}
