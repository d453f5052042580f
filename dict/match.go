package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
)

// Match is the rule by which a column a of a factor is compared with an atom d.
// Every rule is a cost, smaller is closer; with the sign free a is compared as
// ±a, whichever is closer.
type Match int

const (
	// Correlation is −⟨a, d⟩/(‖a‖‖d‖). Column by column it chooses as
	// ScaledDistance does, but an assignment of distinct atoms weighs all columns alike.
	Correlation Match = iota
	// Angle is the spectral angle arccos(⟨a, d⟩/(‖a‖‖d‖)), in radians. It
	// differs from Correlation in how an assignment weighs columns.
	Angle
	// MeanRemovedAngle is the spectral angle between a and d after the mean of
	// each is taken off.
	MeanRemovedAngle
	// Distance is ‖a − d‖² with neither rescaled, for atoms whose amplitude
	// means something (Mode.Physical): what [Flexible] pulls with.
	Distance
	// ScaledDistance is min ‖a − s·d‖² over the scale s, of the sign that the
	// component may have: ‖a‖² − ⟨a, d⟩²/‖d‖². Columns are then pulled to the atoms at
	// that scale, so that the choice minimises the penalty that pulls.
	ScaledDistance
	// Loss is what the loss ‖X − X̂‖² becomes, up to a constant, when the atom takes
	// the place of column r and all else stays, at its best scale, or at its own under
	// Mode.Physical. With M the MTTKRP of the mode and G the Gram of the other factors,
	//
	//	−⟨e_r, d⟩²/(g_rr‖d‖²)  or  g_rr‖d‖² − 2⟨e_r, d⟩,  e_r = m_r − Σ_{q≠r} a_q g_qr,
	//
	// which is g_rr times ScaledDistance or Distance from e_r/g_rr: where that is the
	// column itself, as after unconstrained least squares, an assignment weighs columns by
	// what they are worth to the fit, and a column that constraints or a pull have bent is
	// compared as the data would have it. Without M and G, before the first update, g_rr
	// counts as 1.
	Loss
)

// String is the name of the rule.
func (m Match) String() string {
	switch m {
	case Correlation:
		return "correlation"
	case Angle:
		return "angle"
	case MeanRemovedAngle:
		return "mean-removed angle"
	case Distance:
		return "distance"
	case ScaledDistance:
		return "scaled distance"
	case Loss:
		return "loss"
	}
	return fmt.Sprintf("dict.Match(%d)", int(m))
}

// scaling is how the rule compares atoms: as they are, or without their means.
func (m Match) scaling(d *Dictionary) *scaling {
	if m == MeanRemovedAngle {
		return d.centered()
	}
	return &d.plain
}

// rule is the rule that compares single columns with atoms: that of Loss is one of the
// distances, from columns that it makes.
func (m *Mode) rule() Match {
	switch {
	case m.Match != Loss:
		return m.Match
	case m.Physical:
		return Distance
	}
	return ScaledDistance
}

// prepare sets u, I×R, to the columns of a at unit norm, without their means if the
// rule takes them off, and norm to their norms. Under Distance they keep their
// scale. A zero column stays zero, and is as far from every atom. v is scratch of
// length I.
func (m Match) prepare(u *mat.Dense, norm, v []float64, a *mat.Dense) error {
	u.Copy(a)
	rows, _ := u.Dims()
	for r := range norm {
		mat.Col(v, r, u)
		norm[r] = blas64.Nrm2(blas64.Vector{N: rows, Data: v, Inc: 1})
		if math.IsNaN(norm[r]) || math.IsInf(norm[r], 0) {
			return fmt.Errorf("dict: choice of atoms: %w: column %d has norm %v", assign.ErrCost, r, norm[r])
		}
		if m == MeanRemovedAngle {
			norm[r] = takeMean(v, norm[r])
		}
		if m == Distance || norm[r] == 0 {
			u.SetCol(r, v)
			continue
		}
		for i := range v {
			v[i] /= norm[r]
		}
		u.SetCol(r, v)
	}
	return nil
}

// cost compares a column of the given norm with an atom of the given norm at
// correlation c: the cosine, or under Distance ⟨d̂, a⟩.
func (m Match) cost(c, norm, atom float64, signed bool) float64 {
	if !signed {
		c = math.Abs(c)
	}
	switch m {
	case Distance:
		return squaredDistance(c, norm, atom)
	case Correlation:
		return -min(1, c) // rounding can push it above 1
	case ScaledDistance:
		c = max(0, min(1, c))
		return norm * norm * (1 - c) * (1 + c)
	}
	return math.Acos(max(-1, min(1, c)))
}

// squaredDistance is ‖a − d‖² from the norms and ⟨d̂, a⟩.
func squaredDistance(c, norm, atom float64) float64 { return norm*norm - 2*c*atom + atom*atom }

// reach is a cosine below which no atom costs a column of the given norm less than
// bar. Arc cosines are taken to be off by a few units in the last place; the slope of
// the curve is −1 or steeper.
func (m Match) reach(bar, norm float64) float64 {
	switch {
	case math.IsInf(bar, 1):
		return math.Inf(-1)
	case m == Correlation:
		return -bar
	case m == ScaledDistance:
		square := 1 - bar/(norm*norm) - 1e-14
		if !(square > 0) { // of a zero column as well
			return math.Inf(-1)
		}
		return math.Sqrt(square)
	}
	return math.Cos(bar) - 1e-14
}
