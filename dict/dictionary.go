package dict

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Dictionary is a set of atoms on a common axis. It does not change once made
// and may be shared.
type Dictionary struct {
	atoms *mat.Dense // I×d, as given
	norms []float64
	names []string
	axis  []float64

	plain    scaling
	center   sync.Once
	meanless *scaling
}

// New makes a dictionary of the columns of atoms, I×d, which it copies. names
// has one entry per atom, axis one value per row (wavelengths, frequencies);
// either may be nil. It fails with [ErrShape] when lengths do not fit and with
// [ErrAtom] when an atom is zero or not finite.
func New(atoms mat.Matrix, names []string, axis []float64) (*Dictionary, error) {
	rows, d := atoms.Dims()
	if rows == 0 || d == 0 {
		return nil, fmt.Errorf("%w: a dictionary of %d×%d has no atoms", ErrShape, rows, d)
	}
	if names != nil && len(names) != d {
		return nil, fmt.Errorf("%w: %d names for %d atoms", ErrShape, len(names), d)
	}
	if axis != nil && len(axis) != rows {
		return nil, fmt.Errorf("%w: %d axis values for atoms of length %d", ErrShape, len(axis), rows)
	}
	// With an odd number of cache lines a row, the rows of a column lie in
	// different sets of a cache: at 2²⁰ atoms it would else hold eight of them.
	stride := ((d+7)/8 | 1) * 8
	dict := &Dictionary{
		atoms: mat.NewDense(rows, stride, nil).Slice(0, rows, 0, d).(*mat.Dense),
		names: append([]string(nil), names...), axis: append([]float64(nil), axis...),
	}
	dict.atoms.Copy(atoms)
	dict.scale()
	for j, norm := range dict.norms {
		if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
			return nil, dict.badAtom(j)
		}
	}
	return dict, nil
}

func (d *Dictionary) badAtom(j int) error {
	rows, _ := d.atoms.Dims()
	for i := range rows {
		if v := d.atoms.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s holds %g in row %d; drop the atom or the row", ErrAtom, d.Name(j), v, i)
		}
	}
	if d.norms[j] > 0 {
		return fmt.Errorf("%w: the norm of %s overflows; scale the atoms down", ErrAtom, d.Name(j))
	}
	return fmt.Errorf("%w: %s is zero; drop it", ErrAtom, d.Name(j))
}

// Dims are the length I of an atom and the number d of atoms.
func (d *Dictionary) Dims() (rows, atoms int) { return d.atoms.Dims() }

// Name is the name of atom j, or "atom j" where none was given.
func (d *Dictionary) Name(j int) string {
	if j < len(d.names) && d.names[j] != "" {
		return d.names[j]
	}
	return fmt.Sprintf("atom %d", j)
}

// Axis is one value per row of an atom, or nil.
func (d *Dictionary) Axis() []float64 { return d.axis }

// Atom is a copy of atom j as it was given.
func (d *Dictionary) Atom(j int) []float64 { return mat.Col(nil, j, d.atoms) }

// Atoms are all atoms as they were given, I×d. They must not be changed.
func (d *Dictionary) Atoms() *mat.Dense { return d.atoms }

// Columns is the I×len(index) matrix of these atoms, as given if physical and
// with unit norm otherwise.
func (d *Dictionary) Columns(index []int, physical bool) *mat.Dense {
	rows, _ := d.atoms.Dims()
	dst := mat.NewDense(rows, len(index), nil)
	d.columnsTo(dst, index, physical)
	return dst
}

func (d *Dictionary) columnsTo(dst *mat.Dense, index []int, physical bool) {
	rows, _ := d.atoms.Dims()
	for i := range rows {
		row, src := dst.RawRowView(i), d.atoms.RawRowView(i)
		for r, j := range index {
			row[r] = src[j]
			if !physical {
				row[r] /= d.norms[j]
			}
		}
	}
}

// Subset is the dictionary of these atoms.
func (d *Dictionary) Subset(index []int) (*Dictionary, error) {
	if len(index) == 0 {
		return nil, fmt.Errorf("%w: no atoms are left", ErrShape)
	}
	var names []string
	for _, j := range index {
		if _, atoms := d.Dims(); j < 0 || j >= atoms {
			return nil, fmt.Errorf("%w: atom %d of a dictionary of %d", ErrShape, j, atoms)
		}
		names = append(names, d.Name(j))
	}
	return New(d.Columns(index, true), names, d.axis)
}
