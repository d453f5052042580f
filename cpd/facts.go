package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// Convex is implemented by a Method that may be asked to solve over a set, or
// with a penalty, that is not convex. The others are convex.
type Convex interface{ Convex() bool }

// A Checker is a Method with parameters, or sizes that it does not fit.
type Checker interface {
	// Check is nil, or says why no factor of rows×rank can be as asked.
	Check(rows, rank int) error
}

// Facts of a Method: what it promises of the factors, and what it can be used for.
type Facts struct {
	Convex      bool // its problem has no local minima but global ones
	Nonnegative bool // factors are ≥ 0
	Scaled      bool // norms of columns mean something; see [Scaled]
	Separable   bool // serves the exact form of incomplete data; see [Separable]
}

// FactsOf reads the facts of m off what it implements.
func FactsOf(m Method) Facts {
	f := Facts{Convex: true, Nonnegative: m.Nonnegative()}
	if c, ok := m.(Convex); ok {
		f.Convex = c.Convex()
	}
	u := m.Begin(1, 1)
	_, f.Scaled = u.(Scaled)
	switch u.(type) {
	case Separable, fixed: // nothing is solved for a factor that stays
		f.Separable = true
	}
	return f
}

// prepared is an Updater that has a say in the start: what it knows already, or
// the projection onto what it allows.
type prepared interface{ start(a *mat.Dense) }

// operated is an Updater made of a proximal operator.
type operated interface {
	Separable
	prepared
	summer
	String() string // method and constraint, for messages
}

// offer hides what the facts of the constraint rule out.
func offer(u operated, f constraint.Facts) Updater {
	rows := f.Acts == constraint.Entries || f.Acts == constraint.Rows
	switch {
	case rows && f.ScaleFree:
		return u
	case rows:
		return keepsRows{u}
	case f.ScaleFree:
		return coupledRows{u, u, u.String()}
	}
	return keeps{coupledRows{u, u, u.String()}}
}

type coupledRows struct {
	Updater
	prepared
	name string
}

// String is the method and its constraint.
func (u coupledRows) String() string { return u.name }

type keepsRows struct{ operated }

func (keepsRows) KeepsScale() {}

type keeps struct{ coupledRows }

func (keeps) KeepsScale() {}
