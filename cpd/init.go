package cpd

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// Init makes the factors that a run starts from, dims[n]×rank each.
// nonnegative[n] asks for a factor ≥ 0. rng is the start's own.
type Init interface {
	Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error)
}

// Random draws entries from the uniform distribution on [0, 1) where a factor
// is nonnegative and from the standard normal one otherwise, then scales the
// first factor so that the model as a whole fits best.
type Random struct{}

// Start implements [Init].
func (Random) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	factors := make([]*mat.Dense, len(x.Dims()))
	whole := tensor.WholeDims(x)
	for n, rows := range x.Dims() {
		factors[n] = mat.NewDense(rows, rank, nil)
		if rows == whole[n] {
			fillRandom(factors[n], 0, nonnegative[n], rng)
			continue
		}
		// All parts draw the same numbers, and keep those of their rows.
		_, _, lo, hi := x.(tensor.Partitioned).Part()
		row := mat.NewDense(1, rank, nil)
		for i := range whole[n] {
			fillRandom(row, 0, nonnegative[n], rng)
			if i >= lo && i < hi {
				factors[n].SetRow(i-lo, row.RawRowView(0))
			}
		}
	}
	return factors, scaleStart(x, factors, nonnegative[0])
}

// fillRandom draws the columns of a from column `from` on.
func fillRandom(a *mat.Dense, from int, nonnegative bool, rng *rand.Rand) {
	rows, rank := a.Dims()
	for i := range rows {
		for r := from; r < rank; r++ {
			if nonnegative {
				a.Set(i, r, rng.Float64())
			} else {
				a.Set(i, r, rng.NormFloat64())
			}
		}
	}
}

// scaleStart multiplies factor 0 by α = ⟨X, X̂⟩/‖X̂‖², the scale that fits best, or by
// |α| if the factor is to stay ≥ 0: a start that is far larger than the data has losses
// that overflow.
func scaleStart(x tensor.Tensor, factors []*mat.Dense, nonnegative bool) error {
	parts := tensor.PartsOf(x)
	gram, err := parts.HadamardOfGrams(factors, -1)
	if err != nil {
		return err
	}
	squared := 0.0
	for i := range gram.SymmetricDim() {
		for j := range gram.SymmetricDim() {
			squared += gram.At(i, j)
		}
	}
	squared = max(0, squared) // rounding can push it below zero
	rows, rank := factors[0].Dims()
	m := mat.NewDense(rows, rank, nil)
	x.MTTKRP(m, factors, 0)
	var inner float64
	for i := range rows {
		a, b := m.RawRowView(i), factors[0].RawRowView(i)
		for r := range a {
			inner += a[r] * b[r]
		}
	}
	if parts.Split(0) {
		all, err := parts.Sum(inner)
		if err != nil {
			return err
		}
		inner = all[0]
	}
	alpha := inner / squared
	if nonnegative {
		alpha = math.Abs(alpha)
	}
	if alpha != 0 && !math.IsInf(alpha, 0) && !math.IsNaN(alpha) {
		factors[0].Scale(alpha, factors[0])
	}
	return nil
}

// SVD starts from the leading left singular vectors of the unfoldings (HOSVD),
// with absolute values where a factor is nonnegative, and random columns where
// the rank exceeds the rank of an unfolding. A mode of at most 2048 rows goes
// through the Gram of its unfolding; a larger one, or data that cannot form
// Grams, through a sketch: the MTTKRP with random factors is the unfolding times
// a random Khatri–Rao product, and its range approximates the leading one.
// No unfolding is ever formed or factorised.
type SVD struct{}

const (
	gramLimit  = 2048 // rows up to which the Gram of an unfolding is formed
	oversample = 8    // columns of a sketch beyond the rank
)

// Start implements [Init].
func (SVD) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	factors := make([]*mat.Dense, len(x.Dims()))
	for n, rows := range x.Dims() {
		lead := leadingVectors(x, n, min(rank, rows), rng)
		factors[n] = mat.NewDense(rows, rank, nil)
		_, k := lead.Dims()
		for i := range rows {
			for r := range k {
				v := lead.At(i, r)
				if nonnegative[n] {
					v = math.Abs(v)
				}
				factors[n].Set(i, r, v)
			}
		}
		fillRandom(factors[n], k, nonnegative[n], rng)
	}
	return factors, scaleStart(x, factors, nonnegative[0])
}

// noise is the square of a singular value, relative to the largest, under which
// its vector is rounding: a column that the data do not know would stay zero.
const noise = 1e-14

// leadingVectors are k leading left singular vectors of the mode-n unfolding, or
// of a sketch of it; fewer where its numerical rank is less.
func leadingVectors(x tensor.Tensor, n, k int, rng *rand.Rand) *mat.Dense {
	rows := x.Dims()[n]
	if g := tensor.GramerOf(x, n); g != nil && rows <= gramLimit {
		gram := mat.NewSymDense(rows, nil)
		g.UnfoldingGram(gram, n)
		vals, vecs := linalg.EigenLead(gram, k, rng)
		for k > 1 && vals[k-1] <= noise*vals[0] {
			k--
		}
		return mat.DenseCopyOf(vecs.Slice(0, rows, 0, k))
	}
	cols := min(rows, k+oversample)
	random := make([]*mat.Dense, len(x.Dims()))
	for m, size := range x.Dims() {
		random[m] = mat.NewDense(size, cols, nil)
		fillRandom(random[m], 0, false, rng)
	}
	sketch := mat.NewDense(rows, cols, nil)
	x.MTTKRP(sketch, random, n)
	// The vectors of the whole sketch, of which k are kept: the first k columns of a
	// QR factor would be the span of k random columns alone.
	gram := mat.NewSymDense(cols, nil)
	tensor.Gram(gram, sketch)
	vals, vecs := linalg.EigenTop(gram, k)
	for k > 1 && vals[k-1] <= noise*vals[0] {
		k--
	}
	lead := mat.NewDense(rows, k, nil)
	lead.Mul(sketch, vecs.Slice(0, cols, 0, k))
	for r := range k {
		if norm := mat.Norm(lead.ColView(r), 2); norm > 0 {
			scaleColumn(lead, r, 1/norm)
		}
	}
	return lead
}

// Given starts from these factors, used as they are. Every start of a run is
// the same then.
type Given struct{ Factors []*mat.Dense }

// Start implements [Init].
func (g Given) Start(x tensor.Tensor, rank int, nonnegative []bool, _ *rand.Rand) ([]*mat.Dense, error) {
	if len(g.Factors) != len(x.Dims()) {
		return nil, fmt.Errorf("%w: %d starting factors for a tensor of order %d", ErrShape, len(g.Factors), len(x.Dims()))
	}
	for n, a := range g.Factors {
		if a == nil {
			return nil, fmt.Errorf("%w: starting factor %d is nil", ErrShape, n)
		}
		r, c := a.Dims()
		if r != x.Dims()[n] || c != rank {
			return nil, fmt.Errorf("%w: starting factor %d is %d×%d, want %d×%d", ErrShape, n, r, c, x.Dims()[n], rank)
		}
		if i, j, ok := nonFinite(a); ok {
			return nil, fmt.Errorf("%w: starting factor %d holds %g in row %d, column %d", ErrNotFinite, n, a.At(i, j), i, j)
		}
		for i := range r {
			for j := range c {
				if nonnegative[n] && a.At(i, j) < 0 {
					return nil, fmt.Errorf("%w: starting factor %d holds %g in row %d, column %d, and its mode is nonnegative", ErrOptions, n, a.At(i, j), i, j)
				}
			}
		}
	}
	return g.Factors, nil
}
