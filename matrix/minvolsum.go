package matrix

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// VolumeSum is what sums to one in [MinimumVolume].
type VolumeSum int

const (
	ColumnsOfV VolumeSum = iota // data are mixtures of U
	RowsOfV                     // data of any size
	ColumnsOfU                  // the same, components of unit area
)

// begin gives the start the sums that it has to have.
func (s *minvol) begin() {
	one, other := s.vt, s.u
	switch s.m.Sum {
	case ColumnsOfV:
		return // by solveV
	case ColumnsOfU:
		one, other = s.u, s.vt
	}
	n, r := one.Dims()
	for k := range r {
		sum := mat.Sum(one.ColView(k))
		if sum > 0 {
			scaleColumn(one, k, 1/sum)
			scaleColumn(other, k, sum)
			continue
		}
		for i := range n {
			one.Set(i, k, 1/float64(n))
		}
	}
	s.m.Delta *= mat.Norm(s.u, 2) * mat.Norm(s.u, 2) / float64(r)
	s.rowsU.setRows(s.u)
	s.rowsV.setRows(s.vt)
	s.ones = &onesPass{directions: newDirections(n, r), simplex: mat.NewDense(1, n, nil)}
}

// onesPass updates rows that are ≥ 0 and sum to one: with all others fixed, row k is the projection of
// c/g_kk.
type onesPass struct {
	*directions
	simplex *mat.Dense
}

func (s *onesPass) passes(h *halsRows, inner int) {
	for range inner {
		for k := range s.r {
			g := h.g[k*s.r+k]
			if !(g > 0) {
				continue
			}
			s.gradient(h, k)
			row := s.simplex.RawRowView(0)
			for i, v := range s.c {
				row[i] = v / g
			}
			constraint.Simplex{}.Prox(s.simplex, 1)
			copy(h.a[k*s.n:][:s.n], row)
		}
	}
}
