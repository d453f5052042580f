package main

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// exactEnough is a relative error of which the rest is rounding.
const exactEnough = 1e-6

// warnOfWorse warns when as many columns by plain successive projection, which costs next to
// nothing, explain y far better than those that were chosen, of this relative error: methods
// that share weights among columns that are nearly alike, fgnsr and the like, can end so.
func (a *app) warnOfWorse(ctx context.Context, y *mat.Dense, f selectFlags, relativeError float64) {
	if f.method == "xray-l1" || f.method == "xray-kl" || relativeError < exactEnough {
		return // the first two do not choose for the squares
	}
	plain, err := matrix.SPA{}.Select(ctx, y, f.rank)
	if err != nil || len(plain.Index) == 0 {
		return
	}
	v, err := matrix.NNLS(ctx, pickColumns(y, plain.Index), y)
	if err == nil && v.RelativeError < relativeError/2 {
		a.warn("as many columns by --method spa leave a relative error of %.6f; try --polish, or with many columns that are nearly alike --subsample", v.RelativeError)
	}
}
