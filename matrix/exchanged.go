package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Exchanged selects by another [Selector] and betters the choice by [Exchange]. Residual
// is that of Exchange.
type Exchanged struct {
	// Selector makes the choice to begin with. Default: SPA{}.
	Selector Selector
	// Tries is that of [ExchangeOptions].
	Tries int
}

// Select implements [Selector].
func (s Exchanged) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Selector == nil {
		s.Selector = SPA{}
	}
	sel, err := s.Selector.Select(ctx, x, r)
	if err != nil {
		return sel, err
	}
	sel, err = Exchange(ctx, x, sel.Index, &ExchangeOptions{Tries: s.Tries})
	if err != nil {
		return sel, fmt.Errorf("matrix: exchange: %w", err)
	}
	return sel, nil
}
