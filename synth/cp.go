package synth

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// CPOptions says how [CP] draws. nil is the zero value.
type CPOptions struct {
	// Factor says how each factor is drawn; Factor[n] belongs to mode n. A
	// missing or nil entry is Uniform{}.
	Factor []Factor
	// Noise is the white noise on the tensor. Default: none.
	Noise Noise
	// Seed drives every random choice.
	Seed uint64
}

// A CPProblem is a tensor whose CP decomposition is known.
type CPProblem struct {
	X     *tensor.Dense   // signal plus noise
	Truth *tensor.Kruskal // the signal: the factors as drawn, unit weights
	SD    float64         // standard deviation of the noise
}

// CP draws a tensor of the given sizes with a known decomposition of the given
// rank. Work rank·Π dims flops. Errors: [ErrShape], [ErrOptions].
func CP(dims []int, rank int, opts *CPOptions) (*CPProblem, error) {
	if opts == nil {
		opts = &CPOptions{}
	}
	if err := checkSizes(dims, rank); err != nil {
		return nil, err
	}
	if len(opts.Factor) > len(dims) {
		return nil, fmt.Errorf("%w: %d kinds of factors for %d modes", ErrOptions, len(opts.Factor), len(dims))
	}
	rng := random(opts.Seed, streamFactor)
	factors := make([]*mat.Dense, len(dims))
	for n, rows := range dims {
		var f Factor
		if n < len(opts.Factor) {
			f = opts.Factor[n]
		}
		a, err := drawFactor(f, Uniform{}, rng, n, rows, rank)
		if err != nil {
			return nil, err
		}
		factors[n] = a
	}
	truth := tensor.NewKruskal(factors...)
	x := truth.Dense()
	sd, err := addNoise(x.Data(), opts.Noise, random(opts.Seed, streamNoise))
	if err != nil {
		return nil, err
	}
	return &CPProblem{X: x, Truth: truth, SD: sd}, nil
}

func checkSizes(dims []int, rank int) error {
	if len(dims) == 0 {
		return fmt.Errorf("%w: no modes", ErrShape)
	}
	for n, d := range dims {
		if d < 1 {
			return fmt.Errorf("%w: mode %d has size %d; sizes are at least 1", ErrShape, n, d)
		}
	}
	if rank < 1 {
		return fmt.Errorf("%w: rank %d; it is at least 1", ErrOptions, rank)
	}
	return nil
}
