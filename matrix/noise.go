package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Noise is what the rows of a p×n matrix, bands of an image, hold of additive noise, and
// the second moments it was found from: one pass over the data serves [Noise.HySime],
// [Noise.HFC], [Noise.NWHFC], [Noise.Whitener] and [Noise.MNF]. All is in the units of the data.
type Noise struct {
	// Covariance is W·Wᵀ/n, p×p, W the residuals of the regressions. Its diagonal estimates
	// the variance of the noise. The rest does so only as far as noise of different rows is
	// correlated where the signal is not: a residual has in it what the other rows' noise
	// gives to the prediction.
	Covariance *mat.SymDense
	// Std is the standard deviation of the noise of every row, the root of that diagonal. It
	// is low by a factor of √((n−p+1)/n), as it is defined.
	Std []float64
	// Power is the root mean square of every row, noise included.
	Power []float64
	// SNR is 10·log₁₀((Σ Power² − Σ Std²)/Σ Std²), in dB; +Inf without noise.
	SNR float64
	// Ridge is what was added to the second moment of every row for the sake of nearly
	// dependent rows, relative to that moment.
	Ridge float64

	n       int
	mean    []float64
	moment  *mat.SymDense // X·Xᵀ/n
	residue *mat.Dense    // W = residue·X; nil if noise is not found by regression
}

const (
	noiseRidge = 1e-12 // relative to the power of a row; raised a hundredfold until the factorisation stands
	noiseFloor = 1e-5  // standard deviation, relative to the power of its row, below which noise is not told from rounding
)

// EstimateNoise regresses every row of x (p×n) on all others, HySime's estimate: what the
// others do not explain is noise. With S the inverse of X·Xᵀ, row i of the residuals is
//
//	wᵢ = (S·X)ᵢ / Sᵢᵢ,
//
// so that one inverse serves all p regressions and W·Wᵀ needs no second pass. Rows are brought
// to unit power first, and a ridge of 1e-12 of it, more if rounding makes that necessary, keeps the
// inverse within reach; coefficients are those of the ridge regression, the residuals are
// what these leave. A copy of a row explains that row, noise and all: its noise is 0.
//
// Needs p ≥ 2 and n > p, since p columns are explained by anything. Errors: [ErrShape],
// [ErrNotFinite], [ErrSize] for values whose squares overflow, and that of ctx. Work: p²·n + 2·p³
// flops. Results do not depend on the number of cores.
//
// Reference:
//   - Bioucas-Dias, J.M., Nascimento, J.M.P.: Hyperspectral Subspace Identification. IEEE
//     Trans. Geosci. Remote Sens. 46(8), 2435–2445 (2008), section II.
func EstimateNoise(ctx context.Context, x mat.Matrix) (*Noise, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if d.p < 2 || d.n <= d.p {
		return nil, fmt.Errorf("%w: noise: X is %d×%d; a row is compared with the others, which takes at least 2 rows and more columns than rows", ErrShape, d.p, d.n)
	}
	z, err := newNoise(ctx, &d)
	if err != nil {
		return nil, err
	}
	return z, z.regress()
}

// newNoise has the moments of the data.
func newNoise(ctx context.Context, d *data) (*Noise, error) {
	if unit := d.scale * d.scale; unit < 1e-290 || unit > 1e290 {
		return nil, fmt.Errorf("%w: noise: the largest magnitude is near %.0e; bring the data to a size whose square is a number", ErrSize, 1/d.scale)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("matrix: noise: %w", err)
	}
	z := &Noise{n: d.n, mean: d.mean(), moment: d.outer(nil), Std: make([]float64, d.p), Power: make([]float64, d.p)}
	for i := range z.mean {
		z.mean[i] /= d.scale
	}
	z.moment.ScaleSym(1/(float64(d.n)*d.scale*d.scale), z.moment)
	for i := range z.Power {
		z.Power[i] = math.Sqrt(z.moment.At(i, i))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("matrix: noise: %w", err)
	}
	return z, nil
}

// regress fills what is left from the moments.
func (z *Noise) regress() error {
	p := len(z.Power)
	s, err := z.inverse()
	if err != nil {
		return err
	}
	// With C the moments of rows of unit power, S = (C + ridge·I)⁻¹ and so
	// S·C·S = S − ridge·S²: nothing cancels as long as noise is above the ridge.
	square := mat.NewSymDense(p, nil)
	square.SymOuterK(1, s)
	z.Covariance, z.residue = mat.NewSymDense(p, nil), mat.NewDense(p, p, nil)
	for i := range p {
		for j := range p {
			if z.Power[j] > 0 {
				z.residue.Set(i, j, s.At(i, j)/s.At(i, i)*z.Power[i]/z.Power[j])
			}
			if j >= i {
				z.Covariance.SetSym(i, j, (s.At(i, j)-z.Ridge*square.At(i, j))/(s.At(i, i)*s.At(j, j))*z.Power[i]*z.Power[j])
			}
		}
	}
	z.levels()
	return nil
}

// levels fills what follows from the covariance.
func (z *Noise) levels() {
	for i := range z.Std {
		v := max(0, z.Covariance.At(i, i)) // rounding can push it below zero
		z.Covariance.SetSym(i, i, v)
		z.Std[i] = math.Sqrt(v)
	}
	noise, all := mat.Trace(z.Covariance), mat.Trace(z.moment)
	z.SNR = math.Inf(1)
	if noise > 0 {
		z.SNR = 10 * math.Log10(max(0, all-noise)/noise)
	}
}

// inverse is that of the moments of rows of unit power, with a ridge. A row of zeros is
// unrelated to the others.
func (z *Noise) inverse() (*mat.SymDense, error) {
	p := len(z.Power)
	c, s := mat.NewSymDense(p, nil), mat.NewSymDense(p, nil)
	var chol mat.Cholesky
	for z.Ridge = noiseRidge; z.Ridge < 1e-2; z.Ridge *= 100 {
		for i := range p {
			for j := i + 1; j < p; j++ {
				if w := z.Power[i] * z.Power[j]; w > 0 {
					c.SetSym(i, j, z.moment.At(i, j)/w)
				}
			}
			c.SetSym(i, i, 1+z.Ridge)
		}
		if chol.Factorize(c) && chol.InverseTo(s) == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: noise: the second moments of the %d rows cannot be inverted", ErrNotFinite, p)
}

// quiet is the standard deviation of row i where it is divided by: at least 1e-5 of the
// row's power, below which a regression sees rounding.
func (z *Noise) quiet(i int) float64 { return max(z.Std[i], noiseFloor*z.Power[i]) }

// covariance of the data about their mean, X·Xᵀ/n − m·mᵀ.
func (z *Noise) centred() *mat.SymDense {
	k := mat.NewSymDense(len(z.mean), nil)
	k.SymRankOne(z.moment, -1, mat.NewVecDense(len(z.mean), z.mean))
	return k
}

// along is vᵀ·g·v.
func along(g *mat.SymDense, v []float64, scratch *mat.VecDense) float64 {
	scratch.MulVec(g, mat.NewVecDense(len(v), v))
	return kernel.Dot(scratch.RawVector().Data, v)
}
