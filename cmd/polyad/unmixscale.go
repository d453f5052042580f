package main

import (
	"fmt"

	"github.com/polyad/polyad/unmix"
)

// abundanceKind says what abundances are.
type abundanceKind struct {
	// Kind is fractions, which sum to one in every pixel, or amplitudes: how much of a
	// spectrum as its file holds it there is in a pixel.
	Kind string  `json:"kind"`
	Sum  float64 `json:"mean_sum"` // of a pixel, over all pixels
}

// scale notes it, after cover.
func (r *result) scale(p *unmix.Problem) {
	r.Scale = &abundanceKind{Kind: "amplitudes"}
	if p.SumToOne {
		r.Scale.Kind = "fractions"
	}
	for _, c := range r.covered {
		r.Scale.Sum += c.Mean
	}
}

func (k *abundanceKind) words() string {
	if k.Kind == "fractions" {
		return "fractions, which sum to one in every pixel"
	}
	return fmt.Sprintf("amplitudes of the spectra as their files hold them, not fractions: those of a pixel sum to %.3g on average; --sum-to-one asks for fractions", k.Sum)
}

func (k *abundanceKind) brief() string {
	if k.Kind == "fractions" {
		return k.Kind
	}
	return fmt.Sprintf("%s, which sum to %.3g on average", k.Kind, k.Sum)
}

// atMost is a bound where there is one.
func atMost(n int) string {
	if n == 0 {
		return "any number"
	}
	return fmt.Sprintf("at most %d", n)
}
