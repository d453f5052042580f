package dict

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// checkParts refuses what has no form for data of which only a part is here, and fills in
// the algorithm that has one. Choices of atoms are made from sums that are the same in all
// parts, by the same program, and so are the same.
func (p *problem) checkParts() error {
	if p.parts == nil {
		return nil
	}
	for i := range p.modes {
		m := &p.modes[i]
		switch {
		case p.parts.Split(m.N):
			return fmt.Errorf("%w: mode %d has a dictionary and is split over several processes; split another mode", ErrOptions, m.N)
		case m.Tolerance > 0 || m.PerComponent > 1 || m.free > 0:
			return fmt.Errorf("%w: Tolerance, PerComponent and Free, of which mode %d has one, need the data in one process", ErrOptions, m.N)
		}
	}
	if p.algorithm == nil {
		p.algorithm = Swap{Starts: []Algorithm{Project{}, Hard{}, Flexible{}}}
	}
	return inParts(p.algorithm)
}

func inParts(a Algorithm) error {
	plain := true
	switch a := a.(type) {
	case Project:
	case Hard:
		plain = a.Schedule == (Schedule{})
	case Flexible:
		plain = a.Schedule == (Schedule{})
	case Smooth:
		plain = a.Schedule == (Schedule{})
	case Swap:
		plain = len(a.Starts) > 0
		for _, s := range a.Starts {
			if err := inParts(s); err != nil {
				return err
			}
		}
	default:
		plain = false
	}
	if !plain {
		return fmt.Errorf("%w: %s (%T) needs the data in one process; data that are split over several are searched by Project, Hard, Flexible, Smooth without a Schedule, and Swap with Starts of these", ErrOptions, a.Name(), a)
	}
	return nil
}

// grams is the Hadamard product of the Grams of all factors but that of mode n.
func (p *problem) grams(factors []*mat.Dense, n int) *mat.SymDense {
	g, err := p.parts.HadamardOfGrams(factors, n)
	if err != nil {
		p.interrupted = err // whoever asks the parts next is told as well
	}
	return g
}

// normalize is that of a model of the data.
func (p *problem) normalize(k *tensor.Kruskal) {
	if err := p.parts.Normalize(k); err != nil {
		p.interrupted = err
	}
}

// together is what the search is given for a context: of data in parts one that does not
// end, because they end together, see ended.
func (p *problem) together(ctx context.Context) context.Context {
	if p.parts == nil {
		return ctx
	}
	p.ctx = ctx
	return context.WithoutCancel(ctx)
}

// ended asks all parts whether a context has ended, once a sweep.
func (p *problem) ended() error {
	if p.parts == nil {
		return nil
	}
	flag := 0.0
	if p.ctx != nil && p.ctx.Err() != nil {
		flag = 1
	}
	all, err := p.parts.Sum(flag)
	if err != nil {
		return err
	}
	if all[0] == 0 {
		return nil
	}
	p.stopped, p.interrupted = true, context.Canceled
	if p.ctx != nil && p.ctx.Err() != nil {
		p.interrupted = p.ctx.Err()
	}
	return sweep.ErrStop
}
