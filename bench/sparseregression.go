package bench

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/synth"
)

// sparsePixels are the pixels of an image that sparse regression is done for.
const sparsePixels = 200

// sparseWeights are λ of sparse regression, as shares of the largest product of an
// atom with a pixel.
var sparseWeights = [...]float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1}

// regress adds the errors of sparse regression on the whole library at every λ, solved
// exactly ([matrix.L1NNLS]), for a sample of the pixels.
func (t *searchTrial) regress(ctx context.Context, scene *synth.Mixture, planted []int, seed uint64) error {
	bands, d := t.atoms.Dims()
	_, all := scene.Y.Dims()
	sample := rand.New(rand.NewPCG(seed, 11)).Perm(all)
	sample = sample[:min(all, sparsePixels)]
	y, truth := mat.NewDense(bands, len(sample), nil), mat.NewDense(d, len(sample), nil)
	for i, p := range sample {
		y.SetCol(i, mat.Col(nil, p, scene.Y))
		for r, j := range planted {
			truth.Set(j, i, scene.Abundances.At(r, p))
		}
	}
	norm := mat.Norm(truth, 2)
	t.sampled += norm * norm
	var b mat.Dense
	b.Mul(t.atoms.T(), y)
	largest := mat.Max(&b)
	for l, weight := range sparseWeights {
		a, err := matrix.L1NNLS(ctx, t.atoms, y, weight*largest)
		if err != nil {
			return err
		}
		var e mat.Dense
		e.Sub(a.V, truth)
		norm := mat.Norm(&e, 2)
		t.sparse[l] += norm * norm
	}
	return nil
}
