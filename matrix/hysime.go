package matrix

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// Subspace holds the signal of a matrix, as [Noise.HySime] finds it.
type Subspace struct {
	// Basis is p×k with orthonormal columns, the one that gains most first; nil when
	// k is 0.
	Basis *mat.Dense
	// Gain is what each of the k directions takes off the mean squared error of a column,
	// positive and in descending order.
	Gain []float64
}

// Dim is the dimension k.
func (s *Subspace) Dim() int { return len(s.Gain) }

// hysimeLoad keeps directions without signal and without noise from being counted: this
// part of the mean power of the signal is added to the noise of every row, as in the
// authors' program.
const hysimeLoad = 1e-5

// HySime returns the subspace of least mean squared error. Among the eigenvectors e of the
// second moment of the signal, X − W, those are taken whose loss of signal, were they left out,
// exceeds the noise that they let in:
//
//	eᵀRᵧe > 2·eᵀRₙe,  Rᵧ = X·Xᵀ/n,  Rₙ = diag(Std²) + load·I.
//
// It counts directions in which the signal stands above the noise, which is an upper bound
// for components as far as mixing is linear; on images, where it is not quite, the bound is
// several times the number of materials. Work: O(p³).
//
// Reference:
//   - Bioucas-Dias, J.M., Nascimento, J.M.P.: Hyperspectral Subspace Identification. IEEE
//     Trans. Geosci. Remote Sens. 46(8), 2435–2445 (2008).
func (z *Noise) HySime() *Subspace {
	p := len(z.Std)
	signal := z.signal()
	load := hysimeLoad * mat.Trace(signal) / float64(p)
	_, vecs := linalg.EigenTop(signal, p)
	gain, scratch := make([]float64, p), mat.NewVecDense(p, nil)
	for k := range p {
		e := mat.Col(nil, k, vecs)
		noise := load
		for i, v := range e {
			noise += v * v * z.Std[i] * z.Std[i]
		}
		gain[k] = along(z.moment, e, scratch) - 2*noise
	}
	order := all(p)
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case gain[a] > gain[b]:
			return -1
		case gain[a] < gain[b]:
			return 1
		}
		return 0
	})
	s := new(Subspace)
	for _, k := range order {
		if gain[k] > 0 {
			s.Gain = append(s.Gain, gain[k])
		}
	}
	if s.Dim() == 0 {
		return s
	}
	s.Basis = mat.NewDense(p, s.Dim(), nil)
	for to := range s.Gain {
		s.Basis.SetCol(to, mat.Col(nil, order[to], vecs))
	}
	return s
}

// signal is the second moment of X − W, or what is left of that of X without the
// noise where W is not known.
func (z *Noise) signal() *mat.SymDense {
	p := len(z.Std)
	s := mat.NewSymDense(p, nil)
	if z.residue == nil {
		for i := range p {
			for j := i; j < p; j++ {
				s.SetSym(i, j, z.moment.At(i, j)-z.Covariance.At(i, j))
			}
		}
		return s
	}
	predict := mat.NewDense(p, p, nil) // I − residue
	for i := range p {
		for j := range p {
			if i != j {
				predict.Set(i, j, -z.residue.At(i, j))
			}
		}
	}
	var left, both mat.Dense
	left.Mul(predict, z.moment)
	both.Mul(&left, predict.T())
	for i := range p {
		for j := i; j < p; j++ {
			s.SetSym(i, j, (both.At(i, j)+both.At(j, i))/2) // equal but for rounding
		}
	}
	return s
}
