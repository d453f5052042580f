package matrix

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/tensor"
)

// SemiSVD starts a semi-NMF, U of any sign and V ≥ 0 (Squares{U: cpd.LeastSquares{}}), from the singular
// vectors of X, A·B ≈ X with A (p×r) and B (r×n):
//
//	V = (I + c·yᵀ)·B,  U = A·(I + c·yᵀ)⁻¹,  c_k = max_j max(0, −b_kj/(yᵀb_j)),
//
// for a y with yᵀb_j > 0 for all columns b_j of B that are not zero. The product is A·B, so that the
// start is the best semi-NMF there is, of the error of the truncated singular value decomposition.
// Such a y exists where the data lie in an open half-space after projection, as those do that are ≥ 0
// and no block-diagonal matrix; it is looked for from the first unit vector on by the perceptron's
// rule. Where none is found the start has the error of r−1 singular vectors, which a semi-NMF always
// reaches:
//
//	V = [B; 0] + e·tᵀ,  U = [A  −A·e],  t_j = max_k max(0, −b_kj).
//
// A U that is to be ≥ 0 is clipped.
//
// Reference:
//   - Gillis, N., Kumar, A.: Exact and heuristic algorithms for semi-nonnegative matrix factorization. SIAM
//     J. Matrix Anal. Appl. 36(4), 1404–1424 (2015).
type SemiSVD struct{}

// semiSteps is how many steps the perceptron makes.
const semiSteps = 10000

// Start implements [cpd.Init]. Components beyond the rank of X are random.
func (SemiSVD) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	start, err := cpd.Random{}.Start(x, rank, nonnegative, rng)
	if err != nil {
		return nil, err
	}
	dims := x.Dims()
	a, sigma, b := leadingSVD(x, min(rank, dims[0], dims[1]), rng)
	k := len(sigma)
	for c, s := range sigma {
		scaleColumn(a, c, s)
	}
	if k == 0 {
		return start, nil
	}
	y := halfSpace(b)
	if y == nil && k == rank {
		k--
	}
	for i := range dims[0] {
		row := start[0].RawRowView(i)
		copy(row, a.RawRowView(i)[:k])
		if y == nil {
			row[k] = -kernel.Sum(row[:k])
		}
	}
	for j := range dims[1] {
		row := start[1].RawRowView(j)
		copy(row, b.RawRowView(j)[:k])
		if y == nil {
			least := 0.0
			for _, v := range row[:k] {
				least = min(least, v)
			}
			row[k] = 0
			for c := range k + 1 {
				row[c] -= least
			}
		}
	}
	if y != nil {
		shear(start[0], start[1], y)
	}
	if nonnegative[0] {
		start[0].Apply(func(_, _ int, v float64) float64 { return max(0, v) }, start[0])
	}
	return start, nil
}

// halfSpace is a y of unit norm with ⟨y, row⟩ > 0 for all rows of b that are not zero, or nil.
func halfSpace(b *mat.Dense) []float64 {
	n, k := b.Dims()
	y := make([]float64, k)
	for j := range n { // the first singular vector has the sign that most of it has
		y[0] += b.At(j, 0)
	}
	if normalize(y) == 0 {
		y[0] = 1
	}
	size := make([]float64, n)
	for j := range n {
		size[j] = math.Sqrt(kernel.Dot(b.RawRowView(j), b.RawRowView(j)))
	}
	for range semiSteps {
		worst, least := -1, 1e-6
		for j := range n {
			if size[j] <= 1e-14 {
				continue
			}
			if cos := kernel.Dot(y, b.RawRowView(j)) / size[j]; cos < least {
				worst, least = j, cos
			}
		}
		if worst < 0 {
			return y
		}
		kernel.Axpy(y, 1/size[worst], b.RawRowView(worst))
		if normalize(y) == 0 {
			return nil
		}
	}
	return nil
}

// shear replaces the first columns of V's transpose by those of B·(I + y·cᵀ), and U's to match.
func shear(u, vt *mat.Dense, y []float64) {
	n, _ := vt.Dims()
	c := make([]float64, len(y))
	along := make([]float64, n)
	for j := range n {
		row := vt.RawRowView(j)[:len(y)]
		if along[j] = kernel.Dot(y, row); !(along[j] > 0) {
			continue
		}
		for k, v := range row {
			c[k] = max(c[k], -v/along[j])
		}
	}
	det := 1 + kernel.Dot(y, c)
	for math.Abs(det) < 1e-3 { // larger c do as well
		for k := range c {
			c[k] = 1.5*c[k] + 1
		}
		det = 1 + kernel.Dot(y, c)
	}
	for j := range n {
		row := vt.RawRowView(j)[:len(y)]
		for k := range row {
			row[k] = max(0, row[k]+c[k]*along[j]) // rounding can push it below zero
		}
	}
	p, _ := u.Dims()
	for i := range p { // (I + c·yᵀ)⁻¹ = I − c·yᵀ/(1 + yᵀc)
		row := u.RawRowView(i)[:len(y)]
		kernel.Axpy(row, -kernel.Dot(row, c)/det, y)
	}
}
