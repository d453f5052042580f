package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// remainder is what a partial choice Q leaves of the compressed data Z = U·Σ, by
// products alone: with C = DᵀZ and an orthonormal basis of span(D_Q), whose products
// with Z are the rows u_i and with the atoms y_i,
//
//	Zᵀ P⊥_Q Z = Σ² − Σ_i u_i u_iᵀ,  d_jᵀ P⊥_Q Z = c_j − Σ_i y_ij u_i.
type remainder struct {
	squares []float64 // Σ²
	z       *mat.Dense
	index   []int      // the atoms, by place
	c       *mat.Dense // atoms × k, of unit atoms
	g       *mat.Dense // atoms × atoms
	u, y    [][]float64
	e       []float64 // scratch, k
	eigen   mat.EigenSym
	gram    *mat.SymDense
	values  []float64
}

func newRemainder(z *mat.Dense) *remainder {
	_, k := z.Dims()
	l := &remainder{z: z, squares: make([]float64, k), e: make([]float64, k), gram: mat.NewSymDense(k, nil), values: make([]float64, k)}
	for i := range k {
		norm := mat.Norm(z.ColView(i), 2)
		l.squares[i] = norm * norm
	}
	return l
}

// prepare forms the products with these atoms.
func (l *remainder) prepare(d *Dictionary, index []int) {
	l.index = index
	if len(index) == 0 {
		return
	}
	atoms := d.Columns(index, false)
	_, k := l.z.Dims()
	l.c, l.g = mat.NewDense(len(index), k, nil), mat.NewDense(len(index), len(index), nil)
	l.c.Mul(atoms.T(), l.z)
	l.g.Mul(atoms.T(), atoms)
}

// atoms are places as atoms of the dictionary.
func (l *remainder) atoms(k []int) []int {
	atoms := make([]int, len(k))
	for r, q := range k {
		atoms[r] = l.index[q]
	}
	return atoms
}

// reset makes Q the atoms at these places.
func (l *remainder) reset(k []int) {
	l.u, l.y = l.u[:0], l.y[:0]
	for _, q := range k {
		u, y := append([]float64(nil), l.c.RawRowView(q)...), append([]float64(nil), l.g.RawRowView(q)...)
		for i := range l.u {
			s := l.y[i][q]
			kernel.Axpy(u, -s, l.u[i])
			kernel.Axpy(y, -s, l.y[i])
		}
		if y[q] <= dependent {
			continue // in the span of those before
		}
		inv := 1 / math.Sqrt(y[q])
		for i := range u {
			u[i] *= inv
		}
		for i := range y {
			y[i] *= inv
		}
		l.u, l.y = append(l.u, u), append(l.y, y)
	}
}

// bound returns ‖P⊥_Q Z‖², how much of it the best missing directions take, and how
// much all but one of them.
func (l *remainder) bound(missing int) (rest, lead, others float64) {
	for i, s := range l.squares {
		for j := range i + 1 {
			v := 0.0
			if i == j {
				v = s
			}
			for _, u := range l.u {
				v -= u[i] * u[j]
			}
			l.gram.SetSym(i, j, v)
		}
		rest += l.gram.At(i, i)
	}
	if !l.eigen.Factorize(l.gram, false) {
		return rest, rest, rest // no bound
	}
	l.eigen.Values(l.values) // ascending
	for i := range l.values {
		v := max(0, l.values[len(l.values)-1-i])
		if i < missing {
			lead += v
		}
		if i < missing-1 {
			others += v
		}
	}
	return rest, lead, others
}

// gain is what atom j takes beyond Q.
func (l *remainder) gain(j int) float64 {
	copy(l.e, l.c.RawRowView(j))
	rest := 1.0
	for i, u := range l.u {
		s := l.y[i][j]
		rest -= s * s
		kernel.Axpy(l.e, -s, u)
	}
	if rest <= dependent {
		return 0
	}
	return kernel.Dot(l.e, l.e) / rest
}
