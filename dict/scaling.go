package dict

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/polyad/polyad/internal/kernel"
)

// scaling makes correlations of products with the atoms as they were given, so
// that no second copy of them is needed: ⟨d̂_j, a⟩ = ⟨d_j, a⟩/‖d_j‖. For a without
// mean, ⟨d_j − mean, a⟩ = ⟨d_j, a⟩, so the norms without means do the same for these.
//
// Atoms for which that is unsafe are odd and kept apart as unit vectors: those
// whose norm is so far from 1 that a product over- or underflows, and those whose
// mean is so much larger than the rest that it would drown it.
type scaling struct {
	inverse []float64 // 1/‖d_j‖; 0 for an atom that without its mean is zero
	odd     []int     // ascending
	unit    []float64 // of odd[q]: unit[q·I:], zero for a zero atom
}

const (
	oddNorm   = 1e100 // norms up to this and from its inverse are safe
	oddMean   = 1e-4  // so is an atom of which this share is not its mean: 1e-12 in a correlation
	normBlock = 512   // atoms whose norms are summed at a time
)

// correlate replaces in c the correlations of odd atoms among those from first on.
func (s *scaling) correlate(c []float64, first int, a []float64, lda, cols int) {
	if len(s.odd) == 0 {
		return
	}
	rows := len(s.unit) / len(s.odd)
	n := len(c) / cols
	for q := sort.SearchInts(s.odd, first); q < len(s.odd) && s.odd[q] < first+n; q++ {
		row := c[(s.odd[q]-first)*cols:][:cols]
		clear(row)
		kernel.MulAdd(1, cols, rows, s.unit[q*rows:], rows, a, lda, row, cols)
	}
}

// setApart makes an atom odd. Atoms must come in ascending order.
func (s *scaling) setApart(j int, unit []float64) {
	s.odd, s.unit, s.inverse[j] = append(s.odd, j), append(s.unit, unit...), 1
}

// scale finds the norms of the atoms and how they are made unit vectors. A zero
// atom or one that is not finite keeps a norm that says so.
func (d *Dictionary) scale() {
	_, atoms := d.Dims()
	d.norms, d.plain.inverse = make([]float64, atoms), make([]float64, atoms)
	d.sumSquares(d.norms, nil)
	for j, sum := range d.norms {
		norm := math.Sqrt(sum)
		if !(norm < oddNorm && norm > 1/oddNorm) {
			u := d.Atom(j)
			norm = blas64.Nrm2(blas64.Vector{N: len(u), Data: u, Inc: 1})
			if norm > 0 && norm <= math.MaxFloat64 {
				for i := range u {
					u[i] /= norm
				}
				d.plain.setApart(j, u)
			}
		} else {
			d.plain.inverse[j] = 1 / norm
		}
		d.norms[j] = norm
	}
}

// centered is the scaling of the atoms with their means taken off, made when
// first asked for. An atom that is constant becomes zero and is at a right angle
// to everything.
func (d *Dictionary) centered() *scaling {
	d.center.Do(func() {
		_, atoms := d.Dims()
		s := &scaling{inverse: make([]float64, atoms)}
		means := make([]float64, atoms)
		d.means(means)
		d.sumSquares(s.inverse, means)
		odd := d.plain.odd
		for j, sum := range s.inverse {
			norm := math.Sqrt(sum)
			if len(odd) > 0 && odd[0] == j {
				odd = odd[1:]
			} else if norm > oddMean*d.norms[j] {
				s.inverse[j] = 1 / norm
				continue
			}
			u := d.Atom(j)
			for i := range u {
				u[i] /= d.norms[j]
			}
			if norm = takeMean(u, 1); norm > 0 {
				for i := range u {
					u[i] /= norm
				}
			}
			s.setApart(j, u)
		}
		d.meanless = s
	})
	return d.meanless
}

// means sets dst to the mean of every atom.
func (d *Dictionary) means(dst []float64) {
	d.inBlocks(func(lo, hi int, data []float64, stride int) {
		for i := range d.rows {
			kernel.Axpy(dst[lo:hi], 1/float64(d.rows), data[i*stride:][:hi-lo])
		}
	})
}

// sumSquares sets dst to ‖d_j − means[j]‖², without means if there are none.
func (d *Dictionary) sumSquares(dst, means []float64) {
	d.inBlocks(func(lo, hi int, data []float64, stride int) {
		var v [normBlock]float64
		for i := range d.rows {
			row := data[i*stride:][:hi-lo]
			if means != nil {
				copy(v[:], row)
				row = v[:hi-lo]
				kernel.Axpy(row, -1, means[lo:hi])
			}
			kernel.AddMul(dst[lo:hi], row, row)
		}
	})
}

// takeMean takes the mean off v, which has the given norm, and returns the norm
// then. It does so twice: products are formed with atoms that have their means, and
// what rounding leaves of a large one would count. If nothing but rounding is left
// v becomes zero.
func takeMean(v []float64, norm float64) float64 {
	for range 2 {
		mean := 0.0
		for _, x := range v {
			mean += x / float64(len(v))
		}
		for i := range v {
			v[i] -= mean
		}
	}
	rest := blas64.Nrm2(blas64.Vector{N: len(v), Data: v, Inc: 1})
	if rest <= float64(len(v))*0x1p-52*norm {
		clear(v)
		return 0
	}
	return rest
}
