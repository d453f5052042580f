package dict

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// settleMisfit leaves a choice whose lower error is but noise fitted in more places. A
// nonnegative fit has as many degrees of freedom as coefficients that are positive,
// and of white noise takes σ² each, so that
//
//	E‖X − X̂‖² = misfit + σ²·(cells − freedom):
//
// of two choices the one of less loss + σ²·freedom is closer to what is there without
// the noise. An atom that is in use everywhere would else displace the right one that
// is in use in few places. From the choice of least loss, single atoms are
// exchanged as long as that sum falls by more than chance: by five standard errors, as
// its terms in the rows of the other factor, each with its own noise, show them.
//
// References:
//   - Stein, C.M.: Estimation of the mean of a multivariate normal distribution. Ann.
//     Stat. 9(6), 1135–1151 (1981).
func (p *problem) settleMisfit(ctx context.Context, t *table, c *candidate) (*candidate, error) {
	switch p.methods[p.carrier()].(type) {
	case cpd.HALS, cpd.NNLS:
	default:
		return c, nil // as many coefficients for every choice
	}
	for range p.rank {
		if !t.holds(c.atoms[0]) {
			t = p.newTable(c.atoms[0])
		}
		d := newDescent(t, c.atoms[0], nil)
		next, err := d.misfit(ctx, p, c)
		if next == nil || err != nil {
			return c, err
		}
		c = c.insteadOf(next)
	}
	return c, nil
}

const (
	misfitMost  = 48 // exchanges fitted on the rows that are scored
	misfitWhole = 4  // and of these on all the data
	byChance    = 5  // standard errors
)

// misfit returns the first of the most promising exchanges that is clearly closer to
// the data without their noise, or nil.
func (d *descent) misfit(ctx context.Context, p *problem, c *candidate) (*candidate, error) {
	variance := p.variance(c)
	part := d.first(d.a)
	loss := d.fit.fit(d.k, part)
	count := positive(part)
	list := d.propose(d.k, part, -1, d.tries)
	list = list[:min(len(list), misfitMost)]
	var promising []proposal
	for _, e := range list {
		a := mat.DenseCopyOf(part)
		rise := (d.fit.fit(e.with(d.k), a) - loss) / variance
		if e.loss = rise + float64(positive(a)-count); e.loss < 0 {
			promising = append(promising, e)
		}
	}
	slices.SortStableFunc(promising, func(x, y proposal) int { return cmp.Compare(x.loss, y.loss) })
	before := p.rowMisfit(c, variance)
	for _, e := range promising[:min(len(promising), misfitWhole)] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next, err := p.refit(ctx, Auto{}.Name(), [][]int{d.atoms(e.with(d.k))}, c.factors, nil)
		if next == nil || err != nil {
			return nil, err
		}
		if p.freedom(next.factors) >= p.freedom(c.factors) {
			continue
		}
		change := p.rowMisfit(next, variance)
		floats.Sub(change, before)
		rows := float64(len(change))
		mean, deviation := stat.MeanStdDev(change, nil)
		if rows*mean < -byChance*math.Sqrt(rows)*deviation {
			return next, nil
		}
	}
	return nil, nil
}

// rowMisfit is what every row of the other factor adds to loss/σ² + freedom, less ‖x‖²/σ² of
// the row, which no choice changes.
func (p *problem) rowMisfit(c *candidate, variance float64) []float64 {
	n := p.carrier()
	a := c.factors[n]
	rows, rank := a.Dims()
	m := mat.NewDense(rows, rank, nil)
	p.mttkrp(m, c.factors, n)
	g := tensor.HadamardOfGrams(c.factors, n)
	var ag mat.Dense
	ag.Mul(a, g)
	misfit := make([]float64, rows)
	for i := range misfit {
		row := a.RawRowView(i)
		misfit[i] = (floats.Dot(row, ag.RawRowView(i)) - 2*floats.Dot(row, m.RawRowView(i))) / variance
		for _, v := range row {
			if v != 0 {
				misfit[i]++
			}
		}
	}
	return misfit
}

// insteadOf is next with what led to it. Of the trace what went below it is left out, so that
// it still falls.
func (c *candidate) insteadOf(next *candidate) *candidate {
	trace := c.trace
	for len(trace) > 0 && trace.Last().RelativeError < next.err {
		trace = trace[:len(trace)-1]
	}
	before := *c
	before.trace, before.err = slices.Clone(trace), math.Inf(1)
	next = before.followedBy(next)
	next.search.Ended = Simpler
	return next
}
