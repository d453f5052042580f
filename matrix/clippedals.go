package matrix

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// ClippedALS starts from a random point by sweeps of alternating least squares, negative entries being
// set to zero after every update. As an algorithm that need not converge; its first sweeps are cheap,
// and mostly far ahead of a random point. The best of them is taken, scaled to fit best.
//
// References:
//   - Berry, M.W., Browne, M., Langville, A.N., Pauca, V.P., Plemmons, R.J.: Algorithms and applications for
//     approximate nonnegative matrix factorization. Comput. Stat. Data Anal. 52(1), 155–173 (2007).
//   - Cichocki, A., Zdunek, R., Phan, A.H., Amari, S.: Nonnegative Matrix and Tensor Factorizations. Wiley (2009).
type ClippedALS struct {
	// Sweeps is the number of updates of either factor. Default: 5.
	Sweeps int
}

// Start implements [cpd.Init].
func (s ClippedALS) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	start, err := cpd.Random{}.Start(x, rank, nonnegative, rng)
	if err != nil {
		return nil, err
	}
	var products [2]*mat.Dense
	var update [2]cpd.Updater
	for n, f := range start {
		rows, _ := f.Dims()
		products[n], update[n] = mat.NewDense(rows, rank, nil), cpd.LeastSquares{}.Begin(rows, rank)
	}
	gram, other := mat.NewSymDense(rank, nil), mat.NewSymDense(rank, nil)
	best, most := copies(start), 0.0
	for range orDefault(s.Sweeps, 5) {
		for n := range start {
			before := mat.DenseCopyOf(start[n])
			times(products[n], x, start[1-n], n)
			tensor.Gram(gram, start[1-n])
			if err := update[n].Update(start[n], products[n], gram); err != nil {
				return nil, err
			}
			if nonnegative[n] {
				start[n].Apply(func(_, _ int, v float64) float64 { return max(0, v) }, start[n])
			}
			for k := range rank { // a component of which nothing is left stays what it was
				if mat.Norm(start[n].ColView(k), 2) == 0 {
					start[n].SetCol(k, mat.Col(nil, k, before))
				}
			}
		}
		// The best multiple of the product leaves ‖X‖² − along²/size.
		tensor.Gram(other, start[1])
		size, along := innerSym(gram, other), inner(products[1], start[1])
		if size > 0 && along > 0 && along*along/size > most {
			best, most = copies(start), along*along/size
			best[0].Scale(along/size, best[0])
		}
	}
	return best, nil
}

func copies(f []*mat.Dense) []*mat.Dense {
	return []*mat.Dense{mat.DenseCopyOf(f[0]), mat.DenseCopyOf(f[1])}
}
