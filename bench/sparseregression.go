package bench

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/polyad/polyad/synth"
)

// sparsePixels are the pixels of an image that sparse regression is done for.
const sparsePixels = 500

// regress is sparse regression on the whole library at every λ, for a sample of the
// pixels, by ADMM with the splitting A = Z, Z ≥ 0:
//
//	A ← (DᵀD + ρI)⁻¹(DᵀY + ρ(Z − U)), Z ← max(0, A + U − λ/ρ), U ← U + A − Z.
//
// References:
//   - Bioucas-Dias, J.M., Figueiredo, M.A.T.: Alternating direction algorithms for
//     constrained sparse regression: application to hyperspectral unmixing. WHISPERS (2010).
func (t *searchTrial) regress(scene *synth.Mixture, planted []int, seed uint64) error {
	bands, d := t.atoms.Dims()
	_, all := scene.Y.Dims()
	sample := rand.New(rand.NewPCG(seed, 11)).Perm(all)
	sample = sample[:min(all, sparsePixels)]
	pixels := len(sample)
	y, truth := mat.NewDense(bands, pixels, nil), mat.NewDense(d, pixels, nil)
	for i, p := range sample {
		y.SetCol(i, mat.Col(nil, p, scene.Y))
		for r, j := range planted {
			truth.Set(j, i, scene.Abundances.At(r, p))
		}
	}
	norm := mat.Norm(truth, 2)
	t.sampled += norm * norm
	var gram, b mat.Dense
	gram.Mul(t.atoms.T(), t.atoms)
	b.Mul(t.atoms.T(), y)
	largest := mat.Max(&b)
	rho := mat.Trace(&gram) / float64(d)
	inverse := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			inverse.SetSym(i, j, gram.At(i, j))
		}
		inverse.SetSym(i, i, gram.At(i, i)+rho)
	}
	var chol mat.Cholesky
	if !chol.Factorize(inverse) {
		return fmt.Errorf("bench: the Gram matrix of the library is not positive definite")
	}
	if err := chol.InverseTo(inverse); err != nil {
		return err
	}
	a, z, u, right := mat.NewDense(d, pixels, nil), mat.NewDense(d, pixels, nil), mat.NewDense(d, pixels, nil), mat.NewDense(d, pixels, nil)
	for l := len(sparseWeights) - 1; l >= 0; l-- { // from the sparsest on, each from the last
		bar := sparseWeights[l] * largest / rho
		for range sparseSweeps {
			for i := range d {
				to, from, zv, uv := right.RawRowView(i), b.RawRowView(i), z.RawRowView(i), u.RawRowView(i)
				for p := range to {
					to[p] = from[p] + rho*(zv[p]-uv[p])
				}
			}
			a.Mul(inverse, right)
			for i := range d {
				av, zv, uv := a.RawRowView(i), z.RawRowView(i), u.RawRowView(i)
				for p, v := range av {
					s := v + uv[p]
					zv[p] = max(0, s-bar)
					uv[p] = s - zv[p]
				}
			}
		}
		var e mat.Dense
		e.Sub(z, truth)
		norm := mat.Norm(&e, 2)
		t.sparse[l] += norm * norm
	}
	return nil
}

// sparseSweeps of ADMM for every λ.
const sparseSweeps = 100

// cells are the row of the table.
func (t *searchTrial) cells() []string {
	_, n := t.d.Dims()
	sre := func(e float64) float64 { return 10 * math.Log10(t.signal/e) }
	best := math.Inf(-1)
	for _, e := range t.sparse {
		best = max(best, 10*math.Log10(t.sampled/e))
	}
	slowest := 0.0
	for _, s := range t.seconds {
		slowest = max(slowest, s)
	}
	return []string{
		fmt.Sprint(t.Spectra), fmt.Sprint(n), fmt.Sprint(t.Decibels), fmt.Sprint(t.above), fmt.Sprintf("%.1e", t.worst),
		fmt.Sprintf("%.1f", 100*stat.Mean(t.found, nil)), fmt.Sprintf("%.2f", sre(t.error)), fmt.Sprintf("%.2f", sre(t.oracle)), fmt.Sprintf("%.2f", best),
		fmt.Sprintf("%.2f", stat.Mean(t.seconds, nil)), fmt.Sprintf("%.2f", slowest),
	}
}
