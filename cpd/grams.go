package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// grams are the Gram matrices of a set of factors.
type grams struct {
	gram  []*mat.SymDense // of each factor
	other [][]float64     // other[n] is G_n, the Hadamard product of those of the others; both triangles
}

func newGrams(v *variables) grams {
	_, rank := v.factor[0].Dims()
	var g grams
	for range v.factor {
		g.gram = append(g.gram, mat.NewSymDense(rank, nil))
		g.other = append(g.other, make([]float64, rank*rank))
	}
	return g
}

func (g *grams) set(v *variables) {
	for n, a := range v.factor {
		tensor.Gram(g.gram[n], a)
	}
	for n, dst := range g.other {
		hadamardExcept(dst, g.gram, n, n)
	}
}

// hadamardExcept sets dst, R×R, to the Hadamard product of the Grams of all modes
// but n and m.
func hadamardExcept(dst []float64, gram []*mat.SymDense, n, m int) {
	rank := gram[0].SymmetricDim()
	for i := range rank {
		for j := i; j < rank; j++ {
			p := 1.0
			for k, g := range gram {
				if k != n && k != m {
					p *= g.At(i, j)
				}
			}
			dst[i*rank+j], dst[j*rank+i] = p, p
		}
	}
}
