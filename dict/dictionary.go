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
	rows, count int
	atoms       *mat.Dense // I×d, as given; nil if they are stored
	stored      *stored
	norms       []float64
	names       []string
	axis        []float64

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
	dict := &Dictionary{}
	if err := dict.describe(rows, d, names, axis); err != nil {
		return nil, err
	}
	// With an odd number of cache lines a row, the rows of a column lie in
	// different sets of a cache: at 2²⁰ atoms it would else hold eight of them.
	stride := ((d+7)/8 | 1) * 8
	dict.atoms = mat.NewDense(rows, stride, nil).Slice(0, rows, 0, d).(*mat.Dense)
	dict.atoms.Copy(atoms)
	if err := dict.measure(); err != nil {
		return nil, err
	}
	return dict, nil
}

// describe sets all but the atoms.
func (d *Dictionary) describe(rows, atoms int, names []string, axis []float64) error {
	if rows <= 0 || atoms <= 0 {
		return fmt.Errorf("%w: a dictionary of %d×%d has no atoms", ErrShape, rows, atoms)
	}
	if names != nil && len(names) != atoms {
		return fmt.Errorf("%w: %d names for %d atoms", ErrShape, len(names), atoms)
	}
	if axis != nil && len(axis) != rows {
		return fmt.Errorf("%w: %d axis values for atoms of length %d", ErrShape, len(axis), rows)
	}
	d.rows, d.count = rows, atoms
	d.names, d.axis = append([]string(nil), names...), append([]float64(nil), axis...)
	return nil
}

// measure finds the norms and refuses what is no atom.
func (d *Dictionary) measure() error {
	d.scale()
	if err := d.Err(); err != nil {
		return err
	}
	for j, norm := range d.norms {
		if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
			return d.badAtom(j)
		}
	}
	return nil
}

func (d *Dictionary) badAtom(j int) error {
	for i, v := range d.Atom(j) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s holds %g in row %d; drop the atom or the row", ErrAtom, d.Name(j), v, i)
		}
	}
	if d.norms[j] > 0 {
		return fmt.Errorf("%w: the norm of %s overflows; scale the atoms down", ErrAtom, d.Name(j))
	}
	return fmt.Errorf("%w: %s is zero; drop it", ErrAtom, d.Name(j))
}

// Dims are the length I of an atom and the number d of atoms.
func (d *Dictionary) Dims() (rows, atoms int) { return d.rows, d.count }

// Name is the name of atom j, or "atom j" where none was given.
func (d *Dictionary) Name(j int) string {
	if d.stored != nil {
		if s, ok := d.stored.source.(*joined); ok {
			k, at := s.part(j)
			return s.parts[k].Name(at)
		}
	}
	if j < len(d.names) && d.names[j] != "" {
		return d.names[j]
	}
	return fmt.Sprintf("atom %d", j)
}

// Axis is one value per row of an atom, or nil.
func (d *Dictionary) Axis() []float64 { return d.axis }

// Atom is a copy of atom j as it was given.
func (d *Dictionary) Atom(j int) []float64 {
	if d.stored != nil {
		a := make([]float64, d.rows)
		d.stored.read(a, j, 1)
		return a
	}
	return mat.Col(nil, j, d.atoms)
}

// Atoms are all atoms as they were given, I×d, or nil if they are not in memory. They
// must not be changed.
func (d *Dictionary) Atoms() *mat.Dense { return d.atoms }

// Columns is the I×len(index) matrix of these atoms, as given if physical and
// with unit norm otherwise. A negative index leaves a zero column.
func (d *Dictionary) Columns(index []int, physical bool) *mat.Dense {
	dst := mat.NewDense(d.rows, len(index), nil)
	d.columnsTo(dst, index, physical)
	return dst
}

func (d *Dictionary) columnsTo(dst *mat.Dense, index []int, physical bool) {
	if d.stored != nil {
		d.stored.readColumns(dst, index)
	}
	for i := range d.rows {
		row := dst.RawRowView(i)
		for r, j := range index {
			if j < 0 {
				continue
			}
			if d.stored == nil {
				row[r] = d.atoms.At(i, j)
			}
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
