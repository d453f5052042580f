package dict

import "context"

// Project fits without dictionary, replaces every column by the closest atom
// and fits the other factors again: the baseline of [CG18a] (ALS + projection).
type Project struct{}

// Name implements [Algorithm].
func (Project) Name() string { return "projection" }

func (a Project) fit(ctx context.Context, p *problem) (*candidate, error) {
	return p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		factors := p.spread(r.Model)
		atoms, err := p.match(factors)
		if err != nil {
			return nil, err
		}
		return p.refit(ctx, a.Name(), atoms, factors, p.stop)
	})
}
