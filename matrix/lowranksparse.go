package matrix

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// LowRankSparse minimises ‖X − U·V‖² under U, V ≥ 0 with at most K entries in a column of
// V: every start is one of [KSummits], which finds the hyperplanes of the data where
// alternating updates stay in the supports that they began with; from the best of them, U by
// exact nonnegative least squares and V by the best of all supports take turns, [Squares]
// with cpd.KSparse, under which the error never rises. The trace is that of both, one
// after the other; Stop sees either alone, and a start that meets a target is the last.
//
// On data without noise that just meet the theorem of [CertifySparse] ten starts
// find the components practically always, with 'polyad bench lrsca' to see it.
//
// Reference: Cohen, J.E., Gillis, N.: Nonnegative low-rank sparse component analysis.
// IEEE ICASSP (2019).
type LowRankSparse struct {
	// K is the most entries in a column, from 1 to the number of components less one.
	K int
}

func (m LowRankSparse) fit(ctx context.Context, p *problem) (*Factors, error) {
	if err := p.complete("LowRankSparse"); err != nil {
		return nil, err
	}
	first := *p
	first.enough = true
	best, err := KSummits{K: m.K}.fit(ctx, &first)
	if err != nil || best == nil || best.Status == sweep.Stopped || p.met(best.Trace) {
		return best, err
	}
	q := *p
	q.o.Starts = 1
	q.o.Init = cpd.Given{Factors: []*mat.Dense{best.U, mat.DenseCopyOf(best.V.T())}}
	done := best.Trace
	if p.o.Observe != nil {
		q.o.Observe = func(_ int, pt sweep.Point) error { return p.o.Observe(best.Start, after(done, pt)) }
	}
	f, err := Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: m.K}}.fit(ctx, &q)
	if f == nil || f.Loss > best.Loss {
		return best, err
	}
	trace := append(sweep.Trace(nil), done...)
	for _, pt := range f.Trace {
		trace = append(trace, after(done, pt))
	}
	f.Trace, f.Start = trace, best.Start
	return f, err
}

// after is a point of a run that went on where another one ended.
func after(done sweep.Trace, pt sweep.Point) sweep.Point {
	last := done.Last()
	pt.Sweep += last.Sweep
	pt.Elapsed += last.Elapsed
	return pt
}

func (m LowRankSparse) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	return KSummits{K: m.K}.coefficients(ctx, u, x)
}
