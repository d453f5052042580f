package matrix

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// MNF is the minimum noise fraction transform: k components of the data in descending
// order of their ratio of signal to noise, each with noise of unit variance.
type MNF struct {
	// Forward is k×p: Forward·X are the components. They are not nonnegative.
	Forward *mat.Dense
	// Back is p×k: Back·Forward·X is what the k components hold of X.
	Back *mat.Dense
	// SNR is the ratio of powers of every component, its second moment less one.
	SNR []float64
}

// MNF returns the first k components: the eigenvectors of T·(X·Xᵀ/n)·T after T, the
// [Whitener] of this noise. Moments are about zero, so that mixtures remain mixtures.
// [ErrRank] reports a k that is not in 1…p. Work: O(p³).
//
// Reference:
//   - Green, A.A., Berman, M., Switzer, P., Craig, M.D.: A Transformation for Ordering
//     Multispectral Data in Terms of Image Quality with Implications for Noise Removal. IEEE
//     Trans. Geosci. Remote Sens. 26(1), 65–74 (1988).
func (z *Noise) MNF(k int, by WhitenBy) (*MNF, error) {
	p := len(z.Std)
	if k < 1 || k > p {
		return nil, fmt.Errorf("%w: %d of %d MNF components", ErrRank, k, p)
	}
	w, err := z.Whitener(by)
	if err != nil {
		return nil, err
	}
	t, back := w.matrices()
	var half, both mat.Dense
	half.Mul(t, z.moment)
	both.Mul(&half, t)
	white := mat.NewSymDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			white.SetSym(i, j, (both.At(i, j)+both.At(j, i))/2) // equal but for rounding
		}
	}
	vals, vecs := linalg.EigenTop(white, k)
	m := &MNF{Forward: new(mat.Dense), Back: new(mat.Dense), SNR: make([]float64, k)}
	m.Forward.Mul(vecs.T(), t)
	m.Back.Mul(back, vecs)
	for i, v := range vals {
		m.SNR[i] = max(0, v-1) // an estimate of noise can exceed what there is
	}
	return m, nil
}

// matrices are T and its inverse; of a row of zeros both are zero.
func (w *Whitener) matrices() (t, back *mat.Dense) {
	if w.full != nil {
		return w.full, w.back
	}
	p := len(w.scale)
	t, back = mat.NewDense(p, p, nil), mat.NewDense(p, p, nil)
	for i, s := range w.scale {
		if s > 0 {
			t.Set(i, i, s)
			back.Set(i, i, 1/s)
		}
	}
	return t, back
}
