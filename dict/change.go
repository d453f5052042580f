package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// Change is what other atoms, everything else fitted again, do to the loss
// ‖X − X̂‖². For white Gaussian noise Deviance is the fall of twice the
// log-likelihood, and AIC that of Akaike's criterion, which also counts the
// numbers fitted:
//
//	AIC = Δloss/σ̂² + 2·Δfreedom.
//
// Relative grows with the signal and Deviance with the number of cells as well:
// 10⁶ cells tell atoms apart whose exchange nobody would notice, and ten may not
// tell apart what matters. What the model leaves is taken for independent noise of one
// size: where it is structure that repeats from cell to cell, differences are
// less clear than they look, and Relative is the one to go by.
//
// References:
//   - Akaike, H.: A new look at the statistical model identification. IEEE Trans.
//     Autom. Control 19(6), 716–723 (1974).
//   - Burnham, K.P., Anderson, D.R.: Model Selection and Multimodel Inference,
//     2nd ed., sec. 2.6. Springer (2002).
type Change struct {
	Loss     float64 // ‖X − X̂‖² then
	Relative float64 // Δloss/loss: does it matter?
	Deviance float64 // Δloss/σ̂²: is it statistically clear?
	AIC      float64 // Deviance + 2·Δfreedom
}

// rounding is the relative error under which a fit counts as perfect; a loss is
// taken to be no less where something is divided by it.
const rounding = 1e-7

// impossible is the change that no allowed atom makes.
var impossible = Change{math.NaN(), math.NaN(), math.NaN(), math.NaN()}

// change compares c with the result's own atoms.
func (e *exam) change(c *candidate) Change {
	return e.changeTo(e.p.loss(c), e.p.fitted(c))
}

func (e *exam) changeTo(loss float64, freedom int) Change {
	rise := loss - e.trust.Loss
	least := rounding * rounding * e.p.x.SquaredNorm()
	if math.Abs(rise) < least {
		rise = 0 // between two perfect fits nothing but rounding differs
	}
	deviance := rise / e.trust.Variance
	return Change{
		Loss: loss, Relative: rise / max(e.trust.Loss, least),
		Deviance: deviance, AIC: deviance + 2*float64(freedom-e.trust.Freedom),
	}
}

// remove fits the model without each of its components.
func (e *exam) remove(ctx context.Context) error {
	for r := range e.p.rank {
		c := e.changeTo(e.p.x.SquaredNorm(), 0)
		if e.p.rank > 1 {
			q := *e.p
			q.rank--
			atoms := make([][]int, len(e.base.atoms))
			for i, k := range e.base.atoms {
				atoms[i] = without(k, r)
			}
			rest, err := q.refit(ctx, "examination: component left out", atoms, withoutColumn(e.base.factors, r), q.stop)
			e.p.stopped = q.stopped
			if err != nil {
				return err
			}
			c = e.changeTo(q.loss(rest), q.fitted(rest))
		}
		for i := range e.p.modes {
			e.trust.Atoms[e.p.modes[i].N][r].Removed = c
		}
	}
	return nil
}

// withoutColumn are copies of the factors less column r.
func withoutColumn(factors []*mat.Dense, r int) []*mat.Dense {
	var less []*mat.Dense
	for _, a := range factors {
		rows, rank := a.Dims()
		b := mat.NewDense(rows, rank-1, nil)
		for i := range rows {
			copy(b.RawRowView(i), a.RawRowView(i)[:r])
			copy(b.RawRowView(i)[r:], a.RawRowView(i)[r+1:])
		}
		less = append(less, b)
	}
	return less
}

// loss is ‖X − X̂‖² of a candidate.
func (p *problem) loss(c *candidate) float64 { return c.err * c.err * p.x.SquaredNorm() }

// cells are those that are known.
func (p *problem) cells() int {
	if p.known != nil {
		return p.known.KnownCells()
	}
	cells := 1
	for _, d := range p.x.Dims() {
		cells *= d
	}
	return cells
}

// variance is σ̂² of a candidate, NaN if it fits as many numbers as there are cells.
// A fit that is perfect up to rounding is given that rounding for noise.
func (p *problem) variance(c *candidate) float64 {
	left := p.cells() - p.fitted(c)
	if left <= 0 {
		return math.NaN()
	}
	return max(p.loss(c), rounding*rounding*p.x.SquaredNorm()) / float64(left)
}

// freedom counts the numbers that are fitted once the atoms are chosen: entries
// that are not zero (a nonnegative fit has as many degrees of freedom as positive
// coefficients), less one a row whose sum is given, less what scales of a component
// can be traded between factors.
func (p *problem) freedom(factors []*mat.Dense) int {
	count, traded := 0, -p.rank
	for n, m := range p.methods {
		if _, fixed := m.(cpd.Fixed); fixed || p.mode(n) != nil {
			continue
		}
		count += positive(factors[n])
		if _, sums := m.(cpd.FCLS); sums {
			rows, _ := factors[n].Dims()
			count -= rows
			continue
		}
		traded += p.rank
	}
	return max(0, count-max(0, traded))
}
