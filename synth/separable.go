package synth

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// SeparableOptions says how [Midpoints] and [Mixtures] draw. nil is the zero value.
type SeparableOptions struct {
	// Rows is the number of rows of X. Default: 40.
	Rows int
	// Mixed is the number of columns of [Mixtures] that are mixtures. Default: 100.
	Mixed int
	// Noise is δ. Default: none.
	Noise float64
	// Seed drives every random choice.
	Seed uint64
}

// Separable is near-separable data, X = W·[I, H]·Π + N.
type Separable struct {
	X     *mat.Dense
	Index []int      // pure columns of X: column r of W is at Index[r]
	W     *mat.Dense // rows × rank, uniform in [0, 1]
}

// Midpoints draws the adversarial experiment of Gillis and Vavasis: the mixtures are the
// midpoints of all pairs of pure columns, which the noise pushes away from the mean w̄ of
// the pure ones, x = m + δ·(m − w̄), while pure columns have none. Columns are permuted.
// Errors: [ErrShape], [ErrOptions].
//
// Reference: Gillis, N., Vavasis, S.A.: Fast and Robust Recursive Algorithms for
// Separable Nonnegative Matrix Factorization. IEEE Trans. Pattern Anal. Mach. Intell.
// 36(4), 698–714 (2014), section 5.
func Midpoints(rank int, opts *SeparableOptions) (*Separable, error) {
	s, err := newSeparable(rank, opts, rank*(rank-1)/2)
	if err != nil {
		return nil, err
	}
	delta := s.o.Noise
	mean := make([]float64, s.o.Rows)
	for i := range mean {
		for _, v := range s.W.RawRowView(i) {
			mean[i] += v / float64(rank)
		}
	}
	at := rank
	for a := range rank {
		for b := range a {
			for i, m := range mean {
				v := (s.W.At(i, a) + s.W.At(i, b)) / 2
				s.X.Set(i, s.place[at], v+delta*(v-m))
			}
			at++
		}
	}
	return &s.Separable, nil
}

// purest is the largest share in a mixture.
const purest = 0.95

// Mixtures draws the other experiment: the mixtures' shares come from one Dirichlet
// distribution, the concentrations of which are uniform in [0, 1] and at least a tenth,
// and every entry has Gaussian noise of deviation δ, entries of W being of order one. No
// share is over 0.95, so that the pure columns are the only answer. Columns are permuted.
// Errors: [ErrShape], [ErrOptions].
//
// Reference: that of [Midpoints].
func Mixtures(rank int, opts *SeparableOptions) (*Separable, error) {
	mixed := 100
	if opts != nil && opts.Mixed != 0 {
		mixed = opts.Mixed
	}
	s, err := newSeparable(rank, opts, mixed)
	if err != nil {
		return nil, err
	}
	if rank < 2 {
		return nil, fmt.Errorf("%w: mixtures of one pure column", ErrShape)
	}
	rng := random(s.o.Seed, streamAbundance)
	alpha := make([]float64, rank)
	for r := range alpha {
		alpha[r] = max(0.1, rng.Float64()) // lower ones hardly mix
	}
	share := make([]float64, rank)
	for j := range mixed {
		sum, most := 0.0, 0.0
		for most >= purest*sum {
			sum, most = 0, 0
			for r, a := range alpha {
				share[r] = distuv.Gamma{Alpha: a, Beta: 1, Src: rng}.Rand()
				sum += share[r]
				most = max(most, share[r])
			}
		}
		for i := range s.o.Rows {
			v := 0.0
			for r, w := range s.W.RawRowView(i) {
				v += w * share[r] / sum
			}
			s.X.Set(i, s.place[rank+j], v)
		}
	}
	noise := random(s.o.Seed, streamNoise)
	s.X.Apply(func(_, _ int, v float64) float64 { return v + s.o.Noise*noise.NormFloat64() }, s.X)
	return &s.Separable, nil
}

// separable is data whose pure columns are there.
type separable struct {
	Separable
	o     SeparableOptions
	place []int // where each column goes
}

func newSeparable(rank int, opts *SeparableOptions, mixed int) (*separable, error) {
	s := new(separable)
	if opts != nil {
		s.o = *opts
	}
	if s.o.Rows == 0 {
		s.o.Rows = 40
	}
	if rank < 1 || rank > 1<<12 || s.o.Rows < 1 || mixed < 0 {
		return nil, fmt.Errorf("%w: %d pure columns of %d rows and %d mixtures", ErrShape, rank, s.o.Rows, mixed)
	}
	if !(s.o.Noise >= 0) || math.IsInf(s.o.Noise, 1) {
		return nil, fmt.Errorf("%w: noise δ = %v; it is finite and not negative", ErrOptions, s.o.Noise)
	}
	rng := random(s.o.Seed, streamFactor)
	s.W, s.X = mat.NewDense(s.o.Rows, rank, nil), mat.NewDense(s.o.Rows, rank+mixed, nil)
	s.W.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, s.W)
	s.place = random(s.o.Seed, streamAtoms).Perm(rank + mixed)
	s.Index = slices.Clone(s.place[:rank])
	for r, j := range s.Index {
		s.X.SetCol(j, mat.Col(nil, r, s.W))
	}
	return s, nil
}
