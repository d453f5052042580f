package unmix

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Run is one search for spectra, to its end.
type Run struct {
	Algorithm     string
	RelativeError float64 // of the pixels after Whiten and Normalize
	Swaps         int
	// Status is sweep.Converged where no exchange that was tried lowered the error.
	Status sweep.Status
	Trace  sweep.Trace // with the spectra fixed, exchange after exchange; nil if it was not kept
}

// runOf is what is kept of a search.
func runOf(m *multidict.Result) Run {
	return Run{Algorithm: m.Algorithm, RelativeError: m.RelativeError, Swaps: m.Swaps, Status: m.Status, Trace: m.Trace}
}

// choose chooses spectra of the pixels y of img, normalised, which x holds, and returns the
// choice of least error, the first of equals, with all that were made.
func (t *task) choose(ctx context.Context, x tensor.Tensor, y *mat.Dense, img *Image, rank, starts int) (*multidict.Result, []Run, error) {
	best, err := t.chooseAmong(ctx, x, rank, &t.fit)
	if best == nil {
		return nil, nil, err
	}
	runs := []Run{runOf(best)}
	ended := func() bool { return err != nil || best.Status == sweep.Stopped || ctx.Err() != nil }
	if t.onlyPixels(rank) && !ended() {
		var more []Run
		best, more, err = t.bettered(ctx, x, y, img, rank, starts, best)
		return best, append(runs, more...), err
	}
	for i := 1; i <= starts && !ended(); i++ {
		fit := t.fit
		fit.Algorithm, fit.Seed = dict.Swap{Starts: []dict.Algorithm{dict.Flexible{}}}, t.fit.Seed+uint64(i)
		var m *multidict.Result
		if m, err = t.chooseAmong(ctx, x, rank, &fit); m == nil {
			break
		}
		runs = append(runs, runOf(m))
		if m.RelativeError < best.RelativeError {
			best = m
		}
	}
	return best, runs, err
}
