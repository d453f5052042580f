package dict

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// momentum is bolder than the published defaults: with exact updates and fixed atoms, a
// fit takes a tenth of the sweeps of HALS where columns are nearly collinear, and
// an exchange shows within twenty sweeps what it is worth.
var momentum = cpd.Extrapolated{First: 0.5, Growth: 1.1, LimitGrowth: 1.05, Shrink: 2}

// fewRows for each component share their passive sets with no others.
const fewRows = 8

// quick is refit by exact updates with extrapolation, where the methods allow that.
func (p *problem) quick(ctx context.Context, stage string, atoms [][]int, factors []*mat.Dense, stop sweep.Stop) (*candidate, error) {
	if !p.plain() || p.exact() {
		return p.refit(ctx, stage, atoms, factors, stop)
	}
	methods := make([]cpd.Method, len(p.methods))
	update := make([]cpd.Updater, len(p.methods))
	for n, m := range p.methods {
		switch m.(type) {
		case cpd.LeastSquares:
			methods[n] = m
		case cpd.HALS, cpd.NNLS:
			methods[n] = cpd.NNLS{RowByRow: p.x.Dims()[n] < fewRows*p.rank}
		default:
			if p.mode(n) == nil {
				return p.refit(ctx, stage, atoms, factors, stop)
			}
		}
		if p.mode(n) != nil {
			methods[n] = cpd.Fixed{}
		}
		update[n] = methods[n].Begin(p.x.Dims()[n], p.rank)
	}
	start := append([]*mat.Dense(nil), factors...)
	for i, k := range atoms {
		start[p.modes[i].N] = p.modes[i].Dict.Columns(k, p.modes[i].Physical)
	}
	if err := p.turn(start, update); err != nil {
		return nil, err
	}
	s, err := momentum.Begin(cpd.Problem{X: p.given(start), Start: start, Methods: methods, Rand: p.rng(0)})
	if err != nil {
		return nil, err
	}
	trace, status, err := p.sweeps(ctx, stage, s, stop)
	if len(trace) == 0 {
		return nil, err
	}
	model := s.Model()
	fitted := p.spread(model)
	for i, k := range atoms {
		p.rescale(fitted, &p.modes[i], k)
	}
	return &candidate{atoms: atoms, factors: fitted, err: trace.Last().RelativeError, trace: p.stamp(trace), status: status}, err
}

// rescale puts the atoms, at the scale and with the signs of the mode, in the place of
// unit columns, and what that changes into the carrier.
func (p *problem) rescale(factors []*mat.Dense, m *Mode, k []int) {
	atoms := m.Dict.Columns(k, m.Physical)
	carrier := factors[p.carrier()]
	rows, _ := carrier.Dims()
	for r := range k {
		a := atoms.ColView(r)
		s := mat.Dot(a, factors[m.N].ColView(r)) / mat.Dot(a, a)
		for i := range rows {
			carrier.Set(i, r, s*carrier.At(i, r))
		}
	}
	factors[m.N] = atoms
}
