package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// WhitenBy says what of a noise covariance is made white.
type WhitenBy int

const (
	// RowNoise divides every row by the standard deviation of its noise. Signs and zeros
	// stay, so that nonnegative data remain nonnegative.
	RowNoise WhitenBy = iota
	// FullNoise takes Σ^(−½) of the whole covariance, for noise that is correlated between
	// rows: that of [DifferenceNoise]. The covariance of [EstimateNoise] is singular
	// in the directions of the signal, which FullNoise would blow up.
	FullNoise
)

// Whitener is a linear map T, p×p and symmetric, with T·Σ·T ≈ I for the covariance Σ of
// noise. Columns of data and atoms of a dictionary go through the same map; indices and
// amounts keep their meaning:
//
//	X ≈ D(:,K)·V  ⟺  T·X ≈ (T·D)(:,K)·V,
//
// now with noise that is alike in all rows and directions, which is what SPA, the
// signal subspace and simultaneous pursuits presuppose.
type Whitener struct {
	scale      []float64  // of the rows, for RowNoise
	full, back *mat.Dense // else: T and its inverse
}

// Whitener is that of this noise. The standard deviation of a row, or direction, counts
// as at least 1e-5 of the root mean square of the row, or of all rows, below which noise cannot
// be told from rounding; a row of zeros remains zero.
func (z *Noise) Whitener(by WhitenBy) (*Whitener, error) {
	switch by {
	case RowNoise:
		w := &Whitener{scale: make([]float64, len(z.Std))}
		for i := range w.scale {
			if s := z.quiet(i); s > 0 {
				w.scale[i] = 1 / s
			}
		}
		return w, nil
	case FullNoise:
		w := new(Whitener)
		w.full, w.back = z.roots()
		return w, nil
	}
	return nil, fmt.Errorf("%w: whitening by %d", ErrOptions, by)
}

// roots are the inverse square root of the covariance, and its inverse.
func (z *Noise) roots() (t, back *mat.Dense) {
	p := len(z.Std)
	vals, vecs := linalg.EigenTop(z.Covariance, p)
	floor := noiseFloor * noiseFloor * mat.Trace(z.moment) / float64(p)
	divided, times := mat.NewDense(p, p, nil), mat.NewDense(p, p, nil)
	for k, v := range vals {
		s := math.Sqrt(max(v, floor))
		for i := range p {
			if s > 0 {
				divided.Set(i, k, vecs.At(i, k)/s)
			}
			times.Set(i, k, vecs.At(i, k)*s)
		}
	}
	t, back = new(mat.Dense), new(mat.Dense)
	t.Mul(divided, vecs.T())
	back.Mul(times, vecs.T())
	return t, back
}

// Scale is what the rows are multiplied by, T = diag(Scale), for RowNoise; nil for FullNoise.
// It is 0 for a row of zeros.
func (w *Whitener) Scale() []float64 { return slices.Clone(w.scale) }

// Apply is T·a for data or a dictionary a, p rows; a is not changed.
func (w *Whitener) Apply(a mat.Matrix) (*mat.Dense, error) {
	d, err := newData("the matrix to whiten", a)
	if err != nil {
		return nil, err
	}
	p := len(w.scale)
	if w.full != nil {
		p, _ = w.full.Dims()
	}
	if d.p != p {
		return nil, fmt.Errorf("%w: whitening is for %d rows, the matrix is %d×%d", ErrShape, p, d.p, d.n)
	}
	if w.full != nil {
		y := d.project(w.full) // Tᵀ = T
		y.Scale(1/d.scale, y)
		return y, nil
	}
	y := mat.NewDense(d.p, d.n, nil)
	for i, s := range w.scale {
		to := y.RawRowView(i)
		for j, v := range d.row(i) {
			to[j] = s * v
		}
	}
	return y, nil
}

// Whitened selects by another [Selector] on data whose noise was whitened, so that a few
// noisy rows do not decide which column is extreme. Indices are those of x; Residual is measured
// on the whitened data.
type Whitened struct {
	// Selector chooses among the columns.
	Selector Selector
	// Noise of the rows of x. Default: [EstimateNoise] of x, which needs more columns
	// than rows.
	Noise *Noise
	// By is what is whitened. Default: RowNoise.
	By WhitenBy
}

// Select implements [Selector].
func (s Whitened) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Selector == nil {
		return nil, fmt.Errorf("%w: Whitened without a Selector", ErrOptions)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	noise := s.Noise
	if noise == nil {
		if noise, err = EstimateNoise(ctx, d.dense); err != nil {
			return nil, err
		}
	}
	w, err := noise.Whitener(s.By)
	if err != nil {
		return nil, err
	}
	y, err := w.Apply(d.dense)
	if err != nil {
		return nil, err
	}
	return s.Selector.Select(ctx, y, r)
}
