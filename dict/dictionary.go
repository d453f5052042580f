package dict

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// Dictionary is a set of atoms on a common axis. It does not change once made
// and may be shared.
type Dictionary struct {
	atoms *mat.Dense // I×d, as given
	unit  *mat.Dense // I×d, columns of norm 1
	norms []float64
	names []string
	axis  []float64

	center   sync.Once
	meanless *Dictionary // the atoms with their means taken off, made when first asked for
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
	dict := &Dictionary{
		atoms: mat.DenseCopyOf(atoms), unit: mat.NewDense(rows, d, nil), norms: make([]float64, d),
		names: append([]string(nil), names...), axis: append([]float64(nil), axis...),
	}
	dict.normalize()
	for j, norm := range dict.norms {
		if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
			return nil, dict.badAtom(j)
		}
	}
	return dict, nil
}

// normalize fills norms and unit from atoms; a zero atom stays zero.
func (d *Dictionary) normalize() {
	rows, _ := d.atoms.Dims()
	for j := range d.norms {
		d.norms[j] = mat.Norm(d.atoms.ColView(j), 2)
		if d.norms[j] == 0 {
			continue
		}
		for i := range rows {
			d.unit.Set(i, j, d.atoms.At(i, j)/d.norms[j])
		}
	}
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
	from := d.unit
	if physical {
		from = d.atoms
	}
	rows, _ := from.Dims()
	for i := range rows {
		row, src := dst.RawRowView(i), from.RawRowView(i)
		for r, j := range index {
			row[r] = src[j]
		}
	}
}

// correlationsTo sets dst, d×k, to D̂ᵀ·A for A of size I×k, D̂ the unit atoms.
// Work 2·I·d·k flops, split over the atoms.
func (d *Dictionary) correlationsTo(dst, a *mat.Dense) {
	rows, atoms := d.unit.Dims()
	_, k := a.Dims()
	u, av, out := d.unit.RawMatrix(), a.RawMatrix(), dst.RawMatrix()
	par.For(atoms, max(1, (1<<18)/max(1, rows*k)), func(_, lo, hi int) {
		for j := lo; j < hi; j++ {
			clear(out.Data[j*out.Stride:][:k])
		}
		kernel.MulTAdd(hi-lo, k, rows, u.Data[lo:], u.Stride, av.Data, av.Stride, out.Data[lo*out.Stride:], out.Stride)
	})
}

// Coherence is the largest |⟨d̂_i, d̂_j⟩| over pairs i < j and such a pair; 0, -1,
// -1 for a single atom. At a coherence near 1 the fit cannot tell the pair
// apart. Work I·d² flops, memory bounded by blocks of atoms.
func (d *Dictionary) Coherence() (mu float64, i, j int) {
	rows, atoms := d.unit.Dims()
	mu, i, j = -1, -1, -1
	const block = 256
	for lo := 0; lo < atoms; lo += block {
		hi := min(atoms, lo+block)
		a := mat.DenseCopyOf(d.unit.Slice(0, rows, lo, hi))
		c := mat.NewDense(atoms, hi-lo, nil)
		d.correlationsTo(c, a)
		for q := lo; q < hi; q++ {
			for p := range q {
				if v := math.Abs(c.At(p, q-lo)); v > mu {
					mu, i, j = v, p, q
				}
			}
		}
	}
	if i < 0 {
		mu = 0
	}
	return min(mu, 1), i, j // rounding can push the product of unit vectors above 1
}

// Prune keeps the atoms, first come first kept, that are at an angle of at
// least minAngle (radians) from every atom kept before, and returns their
// indices. The sign of an atom does not count. Work 2·I·d·(atoms kept) flops.
func (d *Dictionary) Prune(minAngle float64) []int {
	rows, atoms := d.unit.Dims()
	limit := math.Cos(minAngle)
	var kept []int
	covered := make([]bool, atoms)
	c, a := mat.NewDense(atoms, 1, nil), mat.NewDense(rows, 1, nil)
	for j := range atoms {
		if covered[j] {
			continue
		}
		kept = append(kept, j)
		a.Copy(d.unit.ColView(j))
		d.correlationsTo(c, a)
		for p := j + 1; p < atoms; p++ {
			if min(1, math.Abs(c.At(p, 0))) > limit { // rounding can push it above 1
				covered[p] = true
			}
		}
	}
	return kept
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
