package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Match is the rule by which a column a of a factor is compared with an atom d.
// Every rule is a cost, smaller is closer; with the sign free a is compared as
// ±a, whichever is closer.
type Match int

const (
	// Correlation is −⟨a, d⟩/(‖a‖‖d‖). At most one atom per column aside, it
	// chooses as the Euclidean distance with free scale does.
	Correlation Match = iota
	// Angle is the spectral angle arccos(⟨a, d⟩/(‖a‖‖d‖)), in radians. It
	// differs from Correlation in how an assignment weighs columns.
	Angle
	// MeanRemovedAngle is the spectral angle between a and d after the mean of
	// each is taken off.
	MeanRemovedAngle
	// Distance is ‖a − d‖² with neither rescaled, for atoms whose amplitude
	// means something (Mode.Physical).
	Distance
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
	}
	return fmt.Sprintf("dict.Match(%d)", int(m))
}

// costTo sets dst, R×d, to the cost of every atom for every column of a, I×R.
// scratch is d×R; it is left holding ⟨d̂_j, a_r⟩ (of the mean-removed ones where
// the rule removes means).
func (m Match) costTo(dst *mat.Dense, a *mat.Dense, d *Dictionary, signed bool, scratch *mat.Dense) {
	if m == MeanRemovedAngle {
		d, a = d.centered(), center(a)
	}
	d.correlationsTo(scratch, a)
	_, rank := a.Dims()
	for r := range rank {
		norm := mat.Norm(a.ColView(r), 2)
		row := dst.RawRowView(r)
		for j := range row {
			c := scratch.At(j, r)
			if !signed {
				c = math.Abs(c)
			}
			if m == Distance {
				row[j] = norm*norm - 2*c*d.norms[j] + d.norms[j]*d.norms[j]
				continue
			}
			if norm > 0 {
				c = min(1, c/norm) // rounding can push it above 1
			}
			if m != Correlation {
				c = -math.Acos(max(-1, c))
			}
			row[j] = -c
		}
	}
}

// centered is the dictionary of the atoms with their means taken off; an atom
// that is constant becomes zero and is at a right angle to everything.
func (d *Dictionary) centered() *Dictionary {
	d.center.Do(func() {
		rows, atoms := d.atoms.Dims()
		c := &Dictionary{atoms: center(d.atoms), unit: mat.NewDense(rows, atoms, nil), norms: make([]float64, atoms), names: d.names, axis: d.axis}
		c.normalize()
		d.meanless = c
	})
	return d.meanless
}

// center is a with the mean of every column taken off.
func center(a *mat.Dense) *mat.Dense {
	rows, cols := a.Dims()
	c := mat.DenseCopyOf(a)
	for r := range cols {
		mean := mat.Sum(c.ColView(r)) / float64(rows)
		for i := range rows {
			c.Set(i, r, c.At(i, r)-mean)
		}
	}
	return c
}
