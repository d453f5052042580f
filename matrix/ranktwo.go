package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// RankTwo starts with two components, in closed form: of A·B, the best approximation of rank two by
// singular vectors, columns lie in a plane, and U are the two at the ends of the angle that they take
// up, clipped at zero; V are the exact nonnegative amounts. Where X has rank two, or its best
// approximation of that rank has no negative entry, no nonnegative factorisation with two components
// is better. The data should be ≥ 0.
//
// Reference:
//   - Gillis, N., Kuang, D., Park, H.: Hierarchical clustering of hyperspectral images using rank-two
//     nonnegative matrix factorization. IEEE Trans. Geosci. Remote Sens. 53(4), 2066–2078 (2015).
type RankTwo struct{}

// Start implements [cpd.Init].
func (RankTwo) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	if rank != 2 {
		return nil, fmt.Errorf("%w: a start with two components, not %d", ErrRank, rank)
	}
	start, err := cpd.Random{}.Start(x, rank, nonnegative, rng)
	if err != nil {
		return nil, err
	}
	dims := x.Dims()
	a, sigma, b := leadingSVD(x, min(2, dims[0], dims[1]), rng)
	if len(sigma) < 2 { // one component has it all, and the other one is random
		for i := range dims[0] * len(sigma) {
			start[0].Set(i, 0, math.Abs(a.At(i, 0)))
		}
		for j := range dims[1] * len(sigma) {
			start[1].Set(j, 0, sigma[0]*math.Abs(b.At(j, 0)))
			start[1].Set(j, 1, 0)
		}
		return start, nil
	}
	sign := 1.0 // of the leading pair, which is ≥ 0 for data that are
	if mat.Sum(b.ColView(0)) < 0 {
		sign = -1
	}
	low, high := math.Inf(1), math.Inf(-1)
	var ends [2][2]float64
	for j := range dims[1] {
		at := [2]float64{sign * sigma[0] * b.At(j, 0), sigma[1] * b.At(j, 1)}
		if math.Hypot(at[0], at[1]) <= 1e-12*sigma[0] {
			continue
		}
		angle := math.Atan2(at[1], at[0])
		if angle < low {
			low, ends[0] = angle, at
		}
		if angle > high {
			high, ends[1] = angle, at
		}
	}
	for i := range dims[0] {
		for k, e := range ends {
			v := sign*a.At(i, 0)*e[0] + a.At(i, 1)*e[1]
			if nonnegative[0] {
				v = max(0, v)
			}
			start[0].Set(i, k, v)
		}
	}
	return start, pairAmounts(start, x)
}

// pairAmounts completes U by the exact V ≥ 0 of two rows.
func pairAmounts(start []*mat.Dense, x tensor.Tensor) error {
	u, vt := start[0], start[1]
	products := mat.NewDense(x.Dims()[1], 2, nil)
	times(products, x, u, 1)
	gram := mat.NewSymDense(2, nil)
	tensor.Gram(gram, u)
	return cpd.NNLS{}.Begin(x.Dims()[1], 2).Update(vt, products, gram)
}
