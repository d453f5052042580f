package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// An Abundance draws the shares of atoms in the pixels of an image: a matrix
// atoms × (rows·cols), entries ≥ 0, columns of sum one, pixel j at row j mod
// rows, column j div rows. Draw must take all randomness from rng.
type Abundance interface {
	Draw(rng *rand.Rand, atoms, rows, cols int) (*mat.Dense, error)
}

// Dirichlet draws every pixel independently from the symmetric Dirichlet
// distribution: mean 1/R, variance (R−1)/(R²(Rα+1)) of each of R abundances.
type Dirichlet struct {
	// Alpha is the concentration; below 1 pixels are nearly pure. Default: 1,
	// the uniform distribution on the simplex.
	Alpha float64
}

// Draw implements [Abundance].
func (d Dirichlet) Draw(rng *rand.Rand, atoms, rows, cols int) (*mat.Dense, error) {
	alpha := d.Alpha
	if alpha == 0 {
		alpha = 1
	}
	if !(alpha > 0) || math.IsInf(alpha, 1) {
		return nil, fmt.Errorf("%w: Dirichlet concentration %v; it is positive and finite", ErrOptions, d.Alpha)
	}
	gamma := distuv.Gamma{Alpha: alpha, Beta: 1, Src: rng}
	a := mat.NewDense(atoms, rows*cols, nil)
	share := make([]float64, atoms)
	for j := range rows * cols {
		var sum float64
		for r := range share {
			share[r] = gamma.Rand()
			sum += share[r]
		}
		if sum == 0 { // all underflowed: the limit of small α is a random vertex
			share[rng.IntN(atoms)], sum = 1, 1
		}
		for r, v := range share {
			a.Set(r, j, v/sum)
		}
	}
	return a, nil
}

// Smooth draws maps that vary slowly over the image: one field of white noise
// per atom, blurred by a Gaussian with mirrored borders, shifted and scaled to
// mean 0 and variance 1 over the image, f_r; then in every pixel
//
//	a_r = exp(Contrast·f_r) / Σ_q exp(Contrast·f_q).
type Smooth struct {
	// Length is the blur's standard deviation in pixels. Default: 6.
	Length float64
	// Contrast says how far single atoms dominate. Default: 2.
	Contrast float64
}

// Draw implements [Abundance].
func (s Smooth) Draw(rng *rand.Rand, atoms, rows, cols int) (*mat.Dense, error) {
	length, contrast := s.Length, s.Contrast
	if length == 0 {
		length = 6
	}
	if contrast == 0 {
		contrast = 2
	}
	if !(length > 0 && length <= 1e4) {
		return nil, fmt.Errorf("%w: length %v pixels; it lies in (0, 10000]", ErrOptions, s.Length)
	}
	if !(contrast > 0 && contrast <= 100) {
		return nil, fmt.Errorf("%w: contrast %v; it lies in (0, 100]", ErrOptions, s.Contrast)
	}
	a := mat.NewDense(atoms, rows*cols, nil)
	weight := gaussian(length)
	for r := range atoms {
		field := a.RawRowView(r)
		for j := range field {
			field[j] = rng.NormFloat64()
		}
		blur(field, rows, cols, weight)
		standardize(field)
	}
	softmax(a, contrast)
	return a, nil
}

// gaussian is the weights at distances 0, 1, … up to four deviations.
func gaussian(length float64) []float64 {
	w := make([]float64, int(math.Ceil(4*length))+1)
	for i := range w {
		z := float64(i) / length
		w[i] = math.Exp(-z * z / 2)
	}
	return w
}

// blur filters the image, pixel (i, j) at i + rows·j, along columns and rows.
// The weights need not add up to one: the field is standardized afterwards.
func blur(field []float64, rows, cols int, weight []float64) {
	line := make([]float64, max(rows, cols))
	filter := func(start, step, n int) {
		for i := range n {
			sum := weight[0] * field[start+step*i]
			for d := 1; d < len(weight); d++ {
				sum += weight[d] * (field[start+step*mirror(i-d, n)] + field[start+step*mirror(i+d, n)])
			}
			line[i] = sum
		}
		for i := range n {
			field[start+step*i] = line[i]
		}
	}
	for j := range cols {
		filter(rows*j, 1, rows)
	}
	for i := range rows {
		filter(i, rows, cols)
	}
}

// mirror reflects i at the borders of [0, n), edges repeated, as often as needed.
func mirror(i, n int) int {
	i %= 2 * n
	if i < 0 {
		i += 2 * n
	}
	if i >= n {
		i = 2*n - 1 - i
	}
	return i
}

// standardize brings the field to mean 0 and variance 1; a constant one to 0.
func standardize(field []float64) {
	mean, variance := stat.PopMeanVariance(field, nil)
	scale := 0.0
	if variance > 1e-24*mean*mean {
		scale = 1 / math.Sqrt(variance)
	}
	for j := range field {
		field[j] = scale * (field[j] - mean)
	}
}

// softmax replaces every column f by exp(contrast·f)/Σ exp(contrast·f).
func softmax(a *mat.Dense, contrast float64) {
	atoms, pixels := a.Dims()
	for j := range pixels {
		most := math.Inf(-1)
		for r := range atoms {
			most = max(most, a.At(r, j))
		}
		var sum float64
		for r := range atoms {
			v := math.Exp(contrast * (a.At(r, j) - most)) // at most 1: no overflow
			a.Set(r, j, v)
			sum += v
		}
		for r := range atoms {
			a.Set(r, j, a.At(r, j)/sum)
		}
	}
}
