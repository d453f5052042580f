package cpd

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Compressed fits a small core first and the data themselves only at the end:
//
//	X̃ = X ×ₙ U_nU_nᵀ, U_n the leading R + Extra left singular vectors of mode n;
//	sweeps on X̃ until they converge, then sweeps on X.
//
// X̃ is kept as its core, so that a sweep on it costs hardly anything. It is a tensor
// like any other to the methods: constraints hold for the factors themselves, not
// for their coordinates. All the sweeps on X̃ are part of the first sweep that is
// reported; those after it, and the error, are of X. It pays when many sweeps are
// needed and the data are much larger than the core; where the signal is not of low
// multilinear rank the last sweeps have more left to do.
//
// Data: tensor.Compressor (dense in both precisions, sparse). Methods: those of Algorithm,
// which may be any one for squares.
//
// Reference: Bro, R., Andersson, C.A.: Improving the speed of multiway algorithms,
// part II: compression. Chemom. Intell. Lab. Syst. 42(1–2), 105–113 (1998); Cohen,
// J.E., Cabral Farias, R., Comon, P.: Fast decomposition of large nonnegative
// tensors. IEEE Signal Process. Lett. 22(7), 862–866 (2015), which projects where
// this solves.
type Compressed struct {
	// Extra is by how much a basis may be larger than the rank. Default: 8.
	Extra int
	// Algorithm is how the core and then the data are fitted. Default:
	// Alternating{}.
	Algorithm Algorithm
	// Stop ends the sweeps on X̃, as the end of the context does; Options.Stop is first
	// asked after them. Default: sweep.DefaultStop.
	Stop sweep.Stop
}

// Begin implements [Algorithm].
func (c Compressed) Begin(p Problem) (Stepper, error) {
	x, ok := p.X.(tensor.Compressor)
	if !ok {
		return nil, fmt.Errorf("%w: Compressed needs data that can be multiplied by a basis, and %T cannot; use Alternating{}, or another algorithm, alone", ErrOptions, p.X)
	}
	if c.Extra < 0 {
		return nil, fmt.Errorf("%w: Compressed with %d extra columns", ErrOptions, c.Extra)
	}
	if c.Extra == 0 {
		c.Extra = 8
	}
	if c.Algorithm == nil {
		c.Algorithm = Alternating{}
	}
	switch c.Algorithm.(type) {
	case Generalized, Sampled, Compressed:
		return nil, fmt.Errorf("%w: Compressed fits the squares of a small core, which %T cannot; use Compressed with Alternating{} or another algorithm for squares, or %T alone", ErrOptions, c.Algorithm, c.Algorithm)
	}
	if c.Stop == nil {
		c.Stop = sweep.DefaultStop
	}
	_, rank := p.Start[0].Dims()
	basis := make([]*mat.Dense, len(p.X.Dims()))
	for n, rows := range p.X.Dims() {
		if k := rank + c.Extra; k < rows {
			basis[n] = orthonormal(leadingVectors(p.X, n, k, p.Rand))
		}
	}
	core := tensor.NewTucker(x.Compress(basis), basis)
	small := p
	small.X = core
	fit, err := c.Algorithm.Begin(small)
	if err != nil {
		return nil, err
	}
	return &compressed{algorithm: c.Algorithm, stop: c.Stop, p: p, core: core, Stepper: fit, ctx: context.Background()}, nil
}

// compressed is the fit of the core before its first sweep, and that of the data
// afterwards.
type compressed struct {
	Stepper
	algorithm Algorithm
	stop      sweep.Stop
	p         Problem
	core      *tensor.Tucker  // nil when it has been fitted
	ctx       context.Context // ends the sweeps on the core
}

// within implements interruptible.
func (s *compressed) within(ctx context.Context) { s.ctx = ctx }

// Sweep implements [sweep.Stepper].
func (s *compressed) Sweep() (sweep.Point, error) {
	if s.core != nil {
		if s.core.SquaredNorm() > 0 {
			if _, _, err := sweep.Run(s.ctx, s.Stepper, s.stop, nil); err != nil {
				return sweep.Point{}, err
			}
		}
		s.p.Start = s.atScale()
		if s.p.Start == nil {
			s.p.Start = From(s.Model()).Factors
		}
		fit, err := s.algorithm.Begin(s.p)
		if err != nil {
			return sweep.Point{}, err
		}
		s.Stepper, s.core = fit, nil
	}
	return s.Stepper.Sweep()
}

// atScale implements scaler.
func (s *compressed) atScale() []*mat.Dense {
	if f, ok := s.Stepper.(scaler); ok {
		return f.atScale()
	}
	return nil
}

// orthonormal is an orthonormal basis of the span of the columns of a, which are
// nearly that already.
func orthonormal(a *mat.Dense) *mat.Dense {
	rows, cols := a.Dims()
	for r := range cols {
		for range 2 { // twice is enough
			for q := range r {
				d := mat.Dot(a.ColView(q), a.ColView(r))
				for i := range rows {
					a.Set(i, r, a.At(i, r)-d*a.At(i, q))
				}
			}
			norm := mat.Norm(a.ColView(r), 2)
			for i := range rows {
				a.Set(i, r, a.At(i, r)/norm)
			}
		}
	}
	return a
}
