package dict

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// Certificate says how far the chosen atoms of a mode are from being replaceable
// without any loss:
//
//	Distance = min_j ‖P⊥_K d_j‖/‖d_j‖ over the atoms j not chosen,
//
// the sine of the angle between an atom and the span of the chosen ones. For data
// without noise that are D(:,K)·Bᵀ, B of full column rank (the Khatri–Rao product of
// the other factors), no other choice of R atoms fits if D(:,K) has full column rank
// and Distance > 0: another choice that does spans the same space, so its atoms lie in
// it. With B free of constraints and any atom allowed that is necessary too. Work: one pass
// over the atoms, 2·I·R·d flops.
//
// References:
//   - [CG18a], section II.
type Certificate struct {
	Mode     int
	Singular float64 // smallest singular value of D(:,K), atoms at unit norm; 0 if an atom is taken twice
	Distance float64 // 1 where every atom is chosen
	Atom     int     // the atom at Distance; −1 where every atom is chosen
	// Unique: Holds, there is no other choice; Fails, there is one that fits as
	// well. For the model without noise.
	Unique Finding
}

// inSpan is the sine of the angle under which an atom counts as lying in a span,
// and the smallest singular value of unit atoms that count as dependent.
const inSpan = 1e-8

// recomputed is how many atoms, those of least distance in a pass, have their distance
// computed again: 1 − Σc² has half the digits of the distance.
const recomputed = 16

// outside is an atom and the square of its distance from a span.
type outside struct {
	atom int
	rest float64
}

// certificate measures the atoms of modes[i], without a finding.
func (e *exam) certificate(i int) Certificate {
	m, k := &e.p.modes[i], chosen(e.base.atoms[i])
	c := Certificate{Mode: m.N, Distance: 1, Atom: -1}
	var basis *mat.Dense
	if len(k) == 0 {
		return c
	}
	basis, c.Singular = span(m.Dict.Columns(k, false))
	_, width := basis.Dims()
	tops := make([][]outside, par.Workers())
	newPass(m.Dict, &m.Dict.plain, width, func(worker, first int, v []float64) {
		for j := first; len(v) > 0; j++ {
			rest := 1.0
			for _, x := range v[:width] {
				rest -= x * x
			}
			tops[worker] = nearer(tops[worker], outside{j, rest}, k)
			v = v[width:]
		}
	}).run(basis)
	top := tops[0]
	for _, of := range tops[1:] {
		for _, o := range of {
			top = nearer(top, o, k)
		}
	}
	for _, o := range top {
		if d := distanceTo(m.Dict.Columns([]int{o.atom}, false), basis); c.Atom < 0 || d < c.Distance {
			c.Distance, c.Atom = d, o.atom
		}
	}
	return c
}

// nearer enters an atom that is not among k into the list of the nearest, behind
// its equals.
func nearer(list []outside, o outside, k []int) []outside {
	if len(list) == recomputed && o.rest >= list[recomputed-1].rest || slices.Contains(k, o.atom) {
		return list
	}
	if len(list) == recomputed {
		list = list[:recomputed-1]
	}
	at := sort.Search(len(list), func(x int) bool { return list[x].rest > o.rest })
	return slices.Insert(list, at, o)
}

// span is an orthonormal basis of the columns of a, and their smallest singular
// value: 0 where there are more columns than rows.
func span(a *mat.Dense) (basis *mat.Dense, least float64) {
	rows, cols := a.Dims()
	var s mat.SVD
	if !s.Factorize(a, mat.SVDThinU) {
		panic("dict: no singular values of finite atoms")
	}
	var u mat.Dense
	s.UTo(&u)
	values := s.Values(nil)
	rank := 0
	for rank < len(values) && values[rank] > inSpan {
		rank++
	}
	if cols <= rows {
		least = values[cols-1]
	}
	return mat.DenseCopyOf(u.Slice(0, rows, 0, rank)), least
}

// distanceTo is ‖P⊥ v‖ of a unit column v, projected twice.
func distanceTo(v, basis *mat.Dense) float64 {
	rows, _ := v.Dims()
	x := mat.Col(nil, 0, v)
	_, width := basis.Dims()
	for range 2 {
		for c := range width {
			s := 0.0
			for i := range rows {
				s += basis.At(i, c) * x[i]
			}
			for i := range rows {
				x[i] -= s * basis.At(i, c)
			}
		}
	}
	sum := 0.0
	for _, y := range x {
		sum += y * y
	}
	return math.Sqrt(sum)
}
