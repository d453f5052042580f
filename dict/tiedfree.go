package dict

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// rankOneColumns is the method of free components of merged modes: column after column
// becomes the best of rank one with all else kept,
//
//	a_r = argmin ‖t_r − a ⊗ b ⊗ …‖,  t_r = (m_r − Σ_{q≠r} a_q g_qr)/g_rr,
//
// by a few rounds of the higher-order power method from the present column, which never
// raise the loss. free[i] says that part i may have either sign.
//
// References:
//   - De Lathauwer, L., De Moor, B., Vandewalle, J.: On the best rank-1 and rank-(R₁, …,
//     R_N) approximation of higher-order tensors. SIAM J. Matrix Anal. Appl. 21(4) (2000).
type rankOneColumns struct {
	shape []int
	free  []bool
}

// Begin implements [cpd.Method].
func (m rankOneColumns) Begin(rows, _ int) cpd.Updater {
	return &rankOneUpdater{rankOne: newRankOne(m.shape, m.free), t: make([]float64, rows), present: make([]float64, rows)}
}

// Nonnegative implements [cpd.Method].
func (m rankOneColumns) Nonnegative() bool {
	for _, free := range m.free {
		if free {
			return false
		}
	}
	return true
}

type rankOneUpdater struct {
	*rankOne
	t, present []float64
}

// Update implements [cpd.Updater].
func (u *rankOneUpdater) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rows, rank := a.Dims()
	for r := range rank {
		grr := g.At(r, r)
		if grr == 0 {
			continue
		}
		for i := range rows {
			from := a.RawRowView(i)
			t := m.At(i, r)
			for q, v := range from {
				if q != r {
					t -= v * g.At(q, r)
				}
			}
			u.t[i] = t / grr
		}
		u.fit(u.t, mat.Col(u.present, r, a))
		u.columnTo(u.present)
		a.SetCol(r, u.present)
	}
	return nil
}

const (
	powerRounds = 20
	rankOneTol  = 1e-12 // relative gain of a round under which it has converged
)

// rankOne is the best column of rank one near another, with its scratch.
type rankOne struct {
	shape []int
	free  []bool
	parts [][]float64
	index []int // scratch: of an entry
}

func newRankOne(shape []int, free []bool) *rankOne {
	o := &rankOne{shape: shape, free: free, index: make([]int, len(shape))}
	for _, n := range shape {
		o.parts = append(o.parts, make([]float64, n))
	}
	return o
}

// fit sets parts to the best of rank one for t, from the column start or, if that is nil
// or zero, from the fibres through the largest entry of t.
func (o *rankOne) fit(t, start []float64) {
	if start == nil || blas64.Nrm2(blas64.Vector{N: len(start), Data: start, Inc: 1}) == 0 {
		start = t
	}
	o.through(start)
	last := math.Inf(-1)
	for range powerRounds {
		size := 0.0
		for i := range o.parts {
			o.contract(t, i)
			size = o.unit(i)
		}
		if size <= last*(1+rankOneTol) {
			break
		}
		last = size
	}
	// The last part carries the scale.
	o.contract(t, len(o.parts)-1)
}

// through sets parts to the fibres of t through its largest entry, at unit norm.
func (o *rankOne) through(t []float64) {
	at, most := 0, 0.0
	for i, v := range t {
		if math.Abs(v) > most {
			at, most = i, math.Abs(v)
		}
	}
	step := 1
	for i := len(o.shape) - 1; i >= 0; i-- {
		base := at - at/step%o.shape[i]*step
		for k := range o.parts[i] {
			o.parts[i][k] = t[base+k*step]
		}
		step *= o.shape[i]
	}
	for i := range o.parts {
		o.sign(i)
		o.unit(i)
	}
}

// contract sets part i to t times all others.
func (o *rankOne) contract(t []float64, i int) {
	clear(o.parts[i])
	o.each(len(t), func(at int) {
		v := t[at]
		for n, part := range o.parts {
			if n != i {
				v *= part[o.index[n]]
			}
		}
		o.parts[i][o.index[i]] += v
	})
	o.sign(i)
}

// each calls f for so many entries, with index that of the entry.
func (o *rankOne) each(entries int, f func(at int)) {
	clear(o.index)
	for at := range entries {
		f(at)
		for n := len(o.index) - 1; n >= 0; n-- {
			if o.index[n]++; o.index[n] < o.shape[n] {
				break
			}
			o.index[n] = 0
		}
	}
}

// sign makes a part nonnegative that has to be.
func (o *rankOne) sign(i int) {
	for k, v := range o.parts[i] {
		if !o.free[i] {
			o.parts[i][k] = max(0, v)
		}
	}
}

// unit brings part i to unit norm, which it returns.
func (o *rankOne) unit(i int) float64 {
	v := blas64.Vector{N: len(o.parts[i]), Data: o.parts[i], Inc: 1}
	norm := blas64.Nrm2(v)
	if norm > 0 {
		blas64.Scal(1/norm, v)
	}
	return norm
}

// columnTo sets dst to the product of the parts.
func (o *rankOne) columnTo(dst []float64) {
	o.each(len(dst), func(at int) {
		v := 1.0
		for n, part := range o.parts {
			v *= part[o.index[n]]
		}
		dst[at] = v
	})
}
