package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// incomplete is x where cells are unknown, and whether factors are then solved for row
// by row.
func incomplete(x tensor.Tensor) (known tensor.Incomplete, rowwise bool) {
	known, ok := x.(tensor.Incomplete)
	if !ok {
		return nil, false
	}
	if s, ok := x.(tensor.Sequencer); ok {
		_, rowwise = s.Sequence().(tensor.RowGramer)
	}
	return known, rowwise
}

// checkRows refuses methods that cannot solve for the rows of a factor on their own
// where every row has known cells of its own.
func (p *problem) checkRows() error {
	for n, m := range p.methods {
		if _, fixed := m.(cpd.Fixed); p.rowwise && !fixed && !cpd.FactsOf(m).Separable {
			return fmt.Errorf("%w: the method of mode %d (%T) does not solve row by row, as the exact form of incomplete data (%T) needs; use the imputing form, tensor.Masked itself or tensor.Observed.Imputing", ErrOptions, n, m, p.x)
		}
	}
	return nil
}

// checkModel refuses algorithms that have no answer to the data or the modes.
func (p *problem) checkModel(a Algorithm) error {
	whole := false
	switch a := a.(type) {
	case Swap:
		for _, s := range a.Starts {
			if err := p.checkModel(s); err != nil {
				return err
			}
		}
	case Hard, Flexible, Gradient, Mixed:
		whole = true
	}
	if whole && p.rowwise {
		return fmt.Errorf("%w: %s replaces whole factors, and the exact form of incomplete data (%T) solves row by row; use its imputing form, tensor.Masked itself or tensor.Observed.Imputing, or Swap{Starts: {Project{}, SOMP{}}}", ErrOptions, a.Name(), p.x)
	}
	for i := range p.modes {
		m := &p.modes[i]
		switch a.(type) {
		case Gradient, Mixed:
			if m.Free.Max != 0 || m.Free.Min != 0 {
				return fmt.Errorf("%w: %s makes every column of atoms, and mode %d has free components; use Swap, Hard, Flexible, SOMP or Project", ErrOptions, a.Name(), m.N)
			}
		}
	}
	return nil
}

// mttkrp is that of the data; unknown cells hold the model of the factors, so that
// A·G − M is still the gradient and what it promises of a change of one factor is at
// least what the known cells do (expectation and maximisation).
func (p *problem) mttkrp(dst *mat.Dense, factors []*mat.Dense, n int) {
	if p.known == nil {
		p.x.MTTKRP(dst, factors, n)
		return
	}
	sequence := p.x.(tensor.Sequencer).Sequence()
	if q, ok := sequence.(tensor.Imputer); ok {
		q.Impute(tensor.NewKruskal(factors...))
		q.MTTKRP(dst, factors, n)
		return
	}
	sequence.MTTKRP(dst, factors, n)
	q, ok := sequence.(tensor.RowGramer)
	if !ok {
		return
	}
	// What the model has at the unknown cells of row i: a_i·(G − G_i).
	rows, rank := dst.Dims()
	grams := mat.NewDense(rows, rank*(rank+1)/2, nil)
	q.RowGrams(grams, factors, n)
	g := tensor.HadamardOfGrams(factors, n)
	for i := range rows {
		own, a, to := grams.RawRowView(i), factors[n].RawRowView(i), dst.RawRowView(i)
		for r := range rank {
			for s := r; s < rank; s++ {
				unknown := g.At(r, s) - own[0]
				own = own[1:]
				to[r] += a[s] * unknown
				if s != r {
					to[s] += a[r] * unknown
				}
			}
		}
	}
}

// relaxedSignal is the signal of the fit without dictionary, A_n·(V·Λ^½) with
// VΛVᵀ the Gram of the other factors, where cells are unknown; nil if there is
// none.
func (p *problem) relaxedSignal(n int) *mat.Dense {
	r := p.relaxed[0]
	if p.known == nil || r == nil {
		return nil
	}
	g := tensor.HadamardOfGrams(r.Model.Factors, n)
	for i, v := range r.Model.Weights {
		for j, w := range r.Model.Weights[i:] {
			g.SetSym(i, i+j, g.At(i, i+j)*v*w)
		}
	}
	vals, vecs := linalg.EigenTop(g, p.rank)
	for c, v := range vals {
		for i := range p.rank {
			vecs.Set(i, c, vecs.At(i, c)*math.Sqrt(max(0, v))) // rounding can push it below zero
		}
	}
	rows, _ := r.Model.Factors[n].Dims()
	z := mat.NewDense(rows, len(vals), nil)
	z.Mul(r.Model.Factors[n], vecs)
	return z
}
