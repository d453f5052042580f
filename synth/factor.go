package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// A Factor draws one factor matrix. Draw must take all randomness from rng.
type Factor interface {
	Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error)
}

// Uniform draws independent entries from [0, 1).
type Uniform struct{}

// Draw implements [Factor].
func (Uniform) Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error) {
	return fill(rows, rank, rng.Float64), nil
}

// Normal draws independent entries from N(0, 1).
type Normal struct{}

// Draw implements [Factor].
func (Normal) Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error) {
	return fill(rows, rank, rng.NormFloat64), nil
}

// HalfNormal draws independent entries from |N(0, 1)|.
type HalfNormal struct{}

// Draw implements [Factor].
func (HalfNormal) Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error) {
	return fill(rows, rank, func() float64 { return math.Abs(rng.NormFloat64()) }), nil
}

func fill(rows, rank int, draw func() float64) *mat.Dense {
	a := mat.NewDense(rows, rank, nil)
	data := a.RawMatrix().Data
	for i := range data {
		data[i] = draw()
	}
	return a
}

// unitColumns scales the columns of a to unit 2-norm; zero columns stay.
func unitColumns(a *mat.Dense) {
	rows, cols := a.Dims()
	for r := range cols {
		norm := mat.Norm(a.ColView(r), 2)
		if norm == 0 {
			continue
		}
		for i := range rows {
			a.Set(i, r, a.At(i, r)/norm)
		}
	}
}

// drawFactor is f.Draw with nil meaning byDefault, the result checked: a Factor
// may come from outside the package.
func drawFactor(f, byDefault Factor, rng *rand.Rand, n, rows, rank int) (*mat.Dense, error) {
	if f == nil {
		f = byDefault
	}
	a, err := f.Draw(rng, rows, rank)
	if err != nil {
		return nil, fmt.Errorf("mode %d: %w", n, err)
	}
	if r, c := a.Dims(); r != rows || c != rank {
		return nil, fmt.Errorf("%w: the factor drawn for mode %d is %d×%d, want %d×%d", ErrShape, n, r, c, rows, rank)
	}
	return a, nil
}
