package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// checkTolerance refuses tolerances that mean nothing or cannot be kept.
func (m *Mode) checkTolerance() error {
	switch {
	case m.Tolerance == 0:
		return nil
	case !(m.Tolerance > 0 && m.Tolerance < 1):
		return fmt.Errorf("%w: the tolerance of mode %d is %g; it is a relative distance, from 0 to below 1", ErrOptions, m.N, m.Tolerance)
	case m.PerComponent > 1:
		return fmt.Errorf("%w: mode %d asks for %d atoms per component, which goes with no Tolerance", ErrOptions, m.N, m.PerComponent)
	}
	return nil
}

// checkApproached refuses modes with a tolerance whose method asks for more than signs.
func (p *problem) checkApproached() error {
	for i := range p.modes {
		m := &p.modes[i]
		if m.Tolerance == 0 {
			continue
		}
		if p.rowwise {
			return fmt.Errorf("%w: the columns of mode %d are only to be near their atoms, which ties its rows together, and the exact form of incomplete data (%T) solves row by row; use the imputing form, tensor.Masked itself or tensor.Observed.Imputing", ErrOptions, m.N, p.x)
		}
		switch p.methods[m.N].(type) {
		case cpd.LeastSquares, cpd.HALS, cpd.AcceleratedHALS, cpd.NNLS, cpd.MU:
		default:
			return fmt.Errorf("%w: mode %d has a Tolerance and the method %T; use LeastSquares or HALS, for columns near their atoms with signs free or nonnegative", ErrOptions, m.N, p.methods[m.N])
		}
		if p.free(m.N) {
			continue
		}
		for j := range m.Dict.norms {
			if floats.Min(m.Dict.Atom(j)) < 0 {
				return fmt.Errorf("%w: mode %d is nonnegative with a Tolerance, and %s has negative entries; make it nonnegative, or use LeastSquares", ErrOptions, m.N, m.Dict.Name(j))
			}
		}
	}
	return nil
}

// approached is the method of a mode whose atoms are chosen and only approached: column
// after column becomes, with all else kept, the nearest that is allowed to
//
//	t_r = (m_r − Σ_{q≠r} a_q g_qr)/g_rr.
//
// Allowed is the cone {a : ‖a − ⟨a,d̂⟩d̂‖ ≤ τ‖a‖, ⟨a,d̂⟩ ≥ 0} about the atom, or the ball
// ‖a − d‖ ≤ τ‖d‖ where atoms are physical, and of it the nonnegative part where the
// factor is to be so: by Dykstra's algorithm, what it leaves undone by a step towards
// the atom. A step that would not lower the loss is not taken.
//
// References:
//   - Boyle, J.P., Dykstra, R.L.: A method for finding projections onto the intersection
//     of convex sets in Hilbert spaces. Lecture Notes in Statistics 37, 28–47 (1986).
type approached struct {
	atoms       *mat.Dense // I×R; not read where free
	free        []bool     // columns without atom
	tolerance   float64
	physical    bool
	nonnegative bool
}

// Begin implements [cpd.Method].
func (m approached) Begin(rows, _ int) cpd.Updater {
	v := func() []float64 { return make([]float64, rows) }
	u := &approacher{approached: m, t: v(), y: v(), d: v(), p: v(), q: v()}
	if m.physical {
		return scaledApproacher{u}
	}
	return u
}

// Nonnegative implements [cpd.Method].
func (m approached) Nonnegative() bool { return m.nonnegative }

type approacher struct {
	approached
	t, y, d, p, q []float64
}

// scaledApproacher is one whose columns have a scale of their own.
type scaledApproacher struct{ *approacher }

// KeepsScale implements [cpd.Scaled].
func (scaledApproacher) KeepsScale() {}

// Update implements [cpd.Updater].
func (u *approacher) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rows, rank := a.Dims()
	for r := range rank {
		grr := g.At(r, r)
		if grr == 0 {
			continue
		}
		before := 0.0
		for i := range rows {
			from := a.RawRowView(i)
			t := m.At(i, r)
			for q, v := range from {
				if q != r {
					t -= v * g.At(q, r)
				}
			}
			u.t[i] = t / grr
			before += (u.t[i] - from[r]) * (u.t[i] - from[r])
		}
		u.project(r)
		after := 0.0
		for i, y := range u.y {
			after += (u.t[i] - y) * (u.t[i] - y)
		}
		if after < before && blas64.Nrm2(vector(u.y)) > 0 {
			a.SetCol(r, u.y)
		}
	}
	return nil
}

const (
	dykstraRounds = 50
	dykstraTol    = 1e-10
)

// project sets y to what is allowed for column r and nearest to t, as far as Dykstra's
// rounds get there.
func (u *approacher) project(r int) {
	copy(u.y, u.t)
	if u.free[r] {
		if u.nonnegative {
			clamp(u.y)
		}
		return
	}
	mat.Col(u.d, r, u.atoms)
	if !u.nonnegative {
		u.near(u.y)
		return
	}
	clear(u.p)
	clear(u.q)
	for range dykstraRounds {
		moved := 0.0
		floats.Add(u.y, u.p)
		copy(u.p, u.y)
		u.near(u.y)
		floats.Sub(u.p, u.y)
		for i, y := range u.y {
			x := y + u.q[i]
			u.y[i] = max(0, x)
			u.q[i] = x - u.y[i]
			moved += (u.y[i] - y) * (u.y[i] - y)
		}
		if moved <= dykstraTol*dykstraTol*floats.Dot(u.y, u.y) {
			break
		}
	}
	u.shrink(u.y)
}

func clamp(v []float64) {
	for i, x := range v {
		v[i] = max(0, x)
	}
}

// near makes y the nearest vector of the cone or ball about d.
func (u *approacher) near(y []float64) {
	s, off := u.parts(y)
	if u.physical {
		if most := u.tolerance * blas64.Nrm2(vector(u.d)); off > most {
			u.towards(y, 1, most/off)
		}
		return
	}
	slope := u.tolerance / math.Sqrt(1-u.tolerance*u.tolerance)
	switch {
	case off <= slope*s:
	case slope*off <= -s:
		clear(y)
	default:
		along := (s + slope*off) / (1 + slope*slope)
		u.combine(y, s, along, slope*along/off)
	}
}

// shrink takes y towards the atom until it is near enough; what is nonnegative stays so.
func (u *approacher) shrink(y []float64) {
	s, off := u.parts(y)
	if u.physical {
		u.near(y)
		return
	}
	if slope := u.tolerance / math.Sqrt(1-u.tolerance*u.tolerance); off > slope*s {
		u.combine(y, s, s, slope*s/off)
	}
}

// parts are the length of y along the atom and its distance off it; with physical atoms
// the latter is ‖y − d‖.
func (u *approacher) parts(y []float64) (along, off float64) {
	norm := blas64.Nrm2(vector(u.d))
	along = floats.Dot(y, u.d) / norm
	for i, v := range y {
		d := u.d[i] * along / norm
		if u.physical {
			d = u.d[i]
		}
		off += (v - d) * (v - d)
	}
	return along, math.Sqrt(off)
}

// towards makes y = s·d + by·(y − s·d).
func (u *approacher) towards(y []float64, s, by float64) {
	for i, d := range u.d {
		y[i] = s*d + by*(y[i]-s*d)
	}
}

// combine makes y, of length s along d̂, along·d̂ + by·(y − s·d̂).
func (u *approacher) combine(y []float64, s, along, by float64) {
	norm := blas64.Nrm2(vector(u.d))
	for i, d := range u.d {
		y[i] = along*d/norm + by*(y[i]-s*d/norm)
	}
}

func vector(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Data: v, Inc: 1} }

// distance is how far column r of a is from atom j, relative to its norm or, with
// physical atoms, to that of the atom.
func (m *Mode) distance(a *mat.Dense, r, j int) float64 {
	u := &approacher{approached: approached{physical: m.Physical}, d: m.Dict.Atom(j)}
	y := mat.Col(nil, r, a)
	along, off := u.parts(y)
	if m.Physical {
		return off / m.Dict.norms[j]
	}
	norm := blas64.Nrm2(vector(y))
	if norm == 0 {
		return 0
	}
	if along < 0 {
		return 1
	}
	return off / norm
}

// distances are those of the columns of a from their atoms, NaN where free; nil without a
// tolerance.
func (m *Mode) distances(k []int, a *mat.Dense) []float64 {
	if m.Tolerance == 0 {
		return nil
	}
	d := make([]float64, len(k))
	for r, j := range k {
		if d[r] = math.NaN(); j >= 0 {
			d[r] = m.distance(a, r, j)
		}
	}
	return d
}
