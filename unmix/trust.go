package unmix

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/tensor"
)

// Trust says how far the chosen spectra can be trusted. It is about the pixels
// after Whiten and Normalize, on which they were chosen.
type Trust struct {
	Spectra []SpectrumTrust // in the order of Result.Atoms
	// Certificate.Atom counts through all libraries; Nearest is the spectrum.
	Certificate dict.Certificate
	Nearest     Atom
	Conditions  []dict.Condition
	KKT         float64 // how far the abundances are from their optimum
	Loss        float64 // ‖Y − E·A‖²
	Variance    float64 // σ̂² of a value
	Resamples   int     // data sets with the noise drawn anew
}

// SpectrumTrust is about one chosen spectrum.
type SpectrumTrust struct {
	dict.AtomTrust
	// Against is the spectrum that Rival counts through all libraries; library and
	// index −1 where none is allowed.
	Against Atom
}

// Examine is multidict.Examine for the result of [Solve] for this image and
// problem. Of opts, Fit is not read: it is that of the problem.
func Examine(ctx context.Context, img *Image, p *Problem, r *Result, opts *dict.TrustOptions) (*Trust, error) {
	if p == nil || r == nil || r.fit == nil {
		return nil, fmt.Errorf("%w: no result of Solve to examine", ErrOptions)
	}
	if err := img.check(); err != nil {
		return nil, err
	}
	white, q, _, err := p.whitened(ctx, img)
	if err != nil {
		return nil, err
	}
	t, err := q.prepare(white)
	if err != nil {
		return nil, err
	}
	var o dict.TrustOptions
	if opts != nil {
		o = *opts
	}
	o.Fit = t.fit
	m, err := multidict.Examine(ctx, tensor.FromMatrix(p.Normalize.apply(white.Y)), r.fit, t.modes, &o)
	if m == nil {
		return nil, err
	}
	trust := &Trust{
		Certificate: m.Certificates[0], Nearest: t.atom(m.Nearest[0]), Conditions: m.Conditions,
		KKT: m.KKT[1], Loss: m.Loss, Variance: m.Variance, Resamples: m.Resamples,
	}
	for _, c := range r.order {
		trust.Spectra = append(trust.Spectra, SpectrumTrust{m.Atoms[0][c], t.atom(m.Rivals[0][c])})
	}
	return trust, err
}
