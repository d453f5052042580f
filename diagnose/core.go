package diagnose

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// coreColumns is how many columns of the core's unfolding are made at a time: the
// extra memory is so many columns per mode.
const coreColumns = 64

// maxCore bounds the entries of a core, 128 MiB.
const maxCore = 1 << 24

// CoreConsistency is how close the core that fits best to the factors of a model
// is to the superdiagonal one that a CP model assumes, in per cent:
//
//	100·(1 − ‖G − I‖²/‖G‖²),  G = argmin ‖X − G ×₀ A₀ … ×_{N−1} A_{N−1}‖ = X ×₀ A₀⁺ … ×_{N−1} A_{N−1}⁺,
//
// the weights spread evenly over the modes. Near 100 the data are as the model
// says; a value far below says that there are too many components, or that the
// model does not hold. It may be very negative. Values between are for looking at,
// not for a threshold; with a nonnegative model it is a rough guide only.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrTooLarge] beyond 2²⁴ entries of G. Cost:
// one MTTKRP with R^(N−1) columns, a block of columns at a time; no Kronecker
// product is formed.
//
// Reference: Bro, R., Kiers, H.A.L.: A new efficient method for determining the
// number of components in PARAFAC models. J. Chemom. 17(5), 274–286 (2003).
func CoreConsistency(x tensor.Tensor, k *tensor.Kruskal) (float64, error) {
	g, err := Core(x, k)
	if err != nil {
		return 0, err
	}
	rank, diagonal := k.Rank(), 0
	for n, stride := len(k.Factors), 1; n > 0; n, stride = n-1, stride*rank {
		diagonal += stride
	}
	var off, all float64
	for at, v := range g.Data() {
		all += v * v
		if at%diagonal == 0 {
			v--
		}
		off += v * v
	}
	if all == 0 {
		return 0, nil // nothing of the data is in the span of the factors
	}
	return 100 * (1 - off/all), nil
}

// Core is the R×…×R core G of [CoreConsistency].
func Core(x tensor.Tensor, k *tensor.Kruskal) (*tensor.Dense, error) {
	dims := x.Dims()
	if err := checkModel(k, dims); err != nil {
		return nil, err
	}
	rank := k.Rank()
	columns := 1
	for range dims[1:] {
		if columns *= rank; columns*rank > maxCore {
			return nil, fmt.Errorf("%w: the core of %d components at order %d has more than %d entries", ErrTooLarge, rank, len(dims), maxCore)
		}
	}
	q, err := mttkrperOf(x, k)
	if err != nil {
		return nil, err
	}
	inverse := balanced(k)
	for n, a := range inverse {
		if inverse[n], err = pseudoInverse(a); err != nil {
			return nil, fmt.Errorf("mode %d: %w", n, err)
		}
	}
	size := make([]int, len(dims))
	for n := range size {
		size[n] = rank
	}
	g := tensor.NewDense(size, nil)
	out := mat.NewDense(rank, columns, g.Data())
	for lo := 0; lo < columns; lo += coreColumns {
		hi := min(columns, lo+coreColumns)
		factors := coreFactors(inverse, lo, hi)
		m := mat.NewDense(dims[0], hi-lo, nil)
		if u, ok := q.(tensor.Sequence); ok {
			for n := range dims {
				u.Updated(n)
			}
		}
		q.MTTKRP(m, factors, 0)
		out.Slice(0, rank, lo, hi).(*mat.Dense).Mul(inverse[0].T(), m)
	}
	return g, nil
}

// coreFactors are columns lo…hi of the Kronecker product of all factors but the
// first, as factors of a Khatri–Rao product: column c takes of every factor the
// one that c's digits say, the last mode's running fastest.
func coreFactors(inverse []*mat.Dense, lo, hi int) []*mat.Dense {
	_, rank := inverse[0].Dims()
	factors := make([]*mat.Dense, len(inverse))
	for n, stride := len(inverse)-1, 1; n > 0; n, stride = n-1, stride*rank {
		rows, _ := inverse[n].Dims()
		factors[n] = mat.NewDense(rows, hi-lo, nil)
		for i := range rows {
			from, to := inverse[n].RawRowView(i), factors[n].RawRowView(i)
			for c := range to {
				to[c] = from[(lo+c)/stride%rank]
			}
		}
	}
	return factors
}

// pseudoInverse is (A⁺)ᵀ, I×R: singular values below eps·max(I, R) of the largest
// are zero.
func pseudoInverse(a *mat.Dense) (*mat.Dense, error) {
	rows, rank := a.Dims()
	p := mat.NewDense(rows, rank, nil)
	if mat.Norm(a, 2) == 0 {
		return p, nil
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return nil, fmt.Errorf("%w: the singular value decomposition of a factor did not converge", ErrNotFinite)
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	least := values[0] * float64(max(rows, rank)) * (math.Nextafter(1, 2) - 1)
	for j, s := range values {
		for i := range rows {
			if s > least {
				u.Set(i, j, u.At(i, j)/s)
			} else {
				u.Set(i, j, 0)
			}
		}
	}
	p.Mul(&u, v.T())
	return p, nil
}
