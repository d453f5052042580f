package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// FixedColumns knows some columns of a factor in advance, column k of Columns for
// component Index[k], and solves for the others by Rest, exactly with respect to them:
//
//	M_o − A_f·G_fo  and  G_oo
//
// are their normal equations, f the fixed and o the other components. The factor
// keeps its scale. What Rest promises of its columns holds of them, not of those
// that are known.
type FixedColumns struct {
	Index   []int
	Columns *mat.Dense // I×len(Index)
	// Rest solves for the other columns. Default: LeastSquares{}.
	Rest Method
}

func (m FixedColumns) rest() Method {
	if m.Rest == nil {
		return LeastSquares{}
	}
	return m.Rest
}

// Begin implements [Method].
func (m FixedColumns) Begin(rows, rank int) Updater {
	u := &fixedColumns{known: constraint.Known{Index: m.Index, Columns: m.Columns}, err: m.Check(rows, rank)}
	if u.err == nil {
		u.resize(rows, rank)
		if len(u.other) > 0 {
			u.rest = m.rest().Begin(rows, len(u.other))
		}
	}
	if FactsOf(m.rest()).Separable {
		return fixedColumnsRows{u}
	}
	return u
}

// Nonnegative implements [Method].
func (m FixedColumns) Nonnegative() bool {
	return m.rest().Nonnegative() && (m.Columns == nil || mat.Min(m.Columns) >= 0)
}

// Convex implements [Convex].
func (m FixedColumns) Convex() bool { return FactsOf(m.rest()).Convex }

// Check implements [Checker].
func (m FixedColumns) Check(rows, rank int) error {
	if err := (constraint.Known{Index: m.Index, Columns: m.Columns}).Check(rows, rank); err != nil {
		return err
	}
	if c, ok := m.rest().(Checker); ok && rank > len(m.Index) {
		return c.Check(rows, rank-len(m.Index))
	}
	return nil
}

type fixedColumns struct {
	known  constraint.Known
	err    error
	single bool    // a row, which finds the known entries in itself
	other  []int   // components that are not known
	rest   Updater // nil when all are
	a, m   *mat.Dense
	g      *mat.SymDense
}

func (*fixedColumns) KeepsScale() {}

func (u *fixedColumns) resize(rows, rank int) {
	fixed := make([]bool, rank)
	for _, r := range u.known.Index {
		fixed[r] = true
	}
	for r, f := range fixed {
		if !f {
			u.other = append(u.other, r)
		}
	}
	if n := len(u.other); n > 0 {
		u.a, u.m, u.g = mat.NewDense(rows, n, nil), mat.NewDense(rows, n, nil), mat.NewSymDense(n, nil)
	}
}

func (u *fixedColumns) start(a *mat.Dense) {
	if u.err != nil {
		return
	}
	u.known.Prox(a, 1)
	if p, ok := u.rest.(prepared); ok {
		u.gather(u.a, a)
		p.start(u.a)
		u.scatter(a)
	}
}

// Update implements [Updater].
func (u *fixedColumns) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if u.err != nil {
		return u.err
	}
	if !u.single {
		u.known.Prox(a, 1)
	}
	if u.rest == nil {
		return nil
	}
	u.gather(u.a, a)
	u.gather(u.m, m)
	u.gatherGram(g)
	rows, _ := a.Dims()
	for i := range rows {
		from, to := a.RawRowView(i), u.m.RawRowView(i)
		for _, f := range u.known.Index {
			for k, r := range u.other {
				to[k] -= from[f] * g.At(f, r)
			}
		}
	}
	if err := u.rest.Update(u.a, u.m, u.g); err != nil {
		return err
	}
	u.scatter(a)
	return nil
}

func (u *fixedColumns) gather(dst, a *mat.Dense) {
	rows, _ := a.Dims()
	for i := range rows {
		from, to := a.RawRowView(i), dst.RawRowView(i)
		for k, r := range u.other {
			to[k] = from[r]
		}
	}
}

func (u *fixedColumns) gatherGram(g *mat.SymDense) {
	for k, r := range u.other {
		for i := range k + 1 {
			u.g.SetSym(i, k, g.At(u.other[i], r))
		}
	}
}

func (u *fixedColumns) scatter(a *mat.Dense) {
	rows, _ := a.Dims()
	for i := range rows {
		from, to := u.a.RawRowView(i), a.RawRowView(i)
		for k, r := range u.other {
			to[r] = from[k]
		}
	}
}

// fixedColumnsRows is one whose Rest is [Separable].
type fixedColumnsRows struct{ *fixedColumns }

// Row implements [Separable]. The known entries are in every row since the start.
func (u fixedColumnsRows) Row() Updater {
	row := &fixedColumns{known: u.known, err: u.err, single: true}
	if u.err == nil {
		row.resize(1, len(u.other)+len(u.known.Index))
		if u.rest != nil {
			row.rest = u.rest.(Separable).Row()
		}
	}
	return row
}

func (u fixedColumnsRows) finish(a *mat.Dense, g *mat.SymDense) {
	if f, ok := u.rest.(finisher); ok {
		u.gather(u.a, a)
		u.gatherGram(g)
		f.finish(u.a, u.g)
		u.scatter(a)
	}
}
