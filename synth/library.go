package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A Library is a named set of generated reflectance spectra.
type Library struct {
	Name       string
	Wavelength []float64  // nm, increasing; one per band
	Spectra    *mat.Dense // bands × atoms, reflectance in (0, 1)
	Names      []string   // of the atoms, as "kaolinite-like 03", numbered from 1
	Class      []Class    // of the atoms
}

// LibraryOptions says how [NewLibrary] draws. nil is the zero value.
type LibraryOptions struct {
	// Wavelength is the grid in nm, increasing, within 350–2550. Default: 400,
	// 410, …, 2500, which is 211 bands.
	Wavelength []float64
	// MinAngle is the least spectral angle, in radians, between two atoms.
	// Default: 0, no bound.
	MinAngle float64
	// Apart are libraries on the same grid to whose atoms the minimal angle
	// holds, too.
	Apart []*Library
	// Seed drives every random choice.
	Seed uint64
}

// tries is how many specimens are drawn for one atom before the minimal angle
// is given up.
const tries = 2000

// NewLibrary draws spectra of the given classes, no classes meaning all. The
// kinds of material of these classes take turns; a specimen nearer than the
// minimal angle to one already taken is drawn again. Errors: [ErrOptions];
// [ErrAngle] when 2000 specimens in a row were all too near.
func NewLibrary(name string, classes []Class, atoms int, opts *LibraryOptions) (*Library, error) {
	if opts == nil {
		opts = &LibraryOptions{}
	}
	kinds, err := kindsOf(classes)
	if err != nil {
		return nil, err
	}
	wavelength, err := opts.grid()
	if err != nil {
		return nil, err
	}
	if atoms < 1 {
		return nil, fmt.Errorf("%w: a library of %d atoms", ErrOptions, atoms)
	}
	if !(opts.MinAngle >= 0 && opts.MinAngle < math.Pi/2) {
		return nil, fmt.Errorf("%w: minimal angle %v rad; it lies in [0, π/2)", ErrOptions, opts.MinAngle)
	}

	lib := &Library{Name: name, Wavelength: wavelength, Spectra: mat.NewDense(len(wavelength), atoms, nil)}
	taken := newCrowd(opts.MinAngle)
	for _, other := range opts.Apart {
		if !floats.Equal(other.Wavelength, wavelength) {
			return nil, fmt.Errorf("%w: library %q has other wavelengths", ErrShape, other.Name)
		}
		_, n := other.Spectra.Dims()
		for j := range n {
			taken.add(mat.Col(nil, j, other.Spectra))
		}
	}
	rng := random(opts.Seed, streamSpectra)
	for j := range atoms {
		kind := kinds[j%len(kinds)]
		s, err := taken.specimen(rng, kind, wavelength)
		if err != nil {
			return nil, fmt.Errorf("library %q, atom %d of %d: %w", name, j, atoms, err)
		}
		lib.Spectra.SetCol(j, s)
		lib.Names = append(lib.Names, fmt.Sprintf("%s-like %02d", kind.name, j/len(kinds)+1))
		lib.Class = append(lib.Class, kind.class)
	}
	return lib, nil
}

// grid is the wavelengths, checked.
func (o *LibraryOptions) grid() ([]float64, error) {
	if o.Wavelength == nil {
		w := make([]float64, 211)
		for i := range w {
			w[i] = 400 + 10*float64(i)
		}
		return w, nil
	}
	if len(o.Wavelength) == 0 {
		return nil, fmt.Errorf("%w: no wavelengths", ErrOptions)
	}
	for i, nm := range o.Wavelength {
		if !(nm >= shortest && nm <= longest) {
			return nil, fmt.Errorf("%w: wavelength %v nm of band %d; generated spectra cover %v–%v nm", ErrOptions, nm, i, shortest, longest)
		}
		if i > 0 && nm <= o.Wavelength[i-1] {
			return nil, fmt.Errorf("%w: wavelength %v nm of band %d does not follow %v nm", ErrOptions, nm, i, o.Wavelength[i-1])
		}
	}
	return append([]float64(nil), o.Wavelength...), nil
}

func kindsOf(classes []Class) ([]*material, error) {
	var want [numClasses]bool
	for _, c := range classes {
		if c < 0 || c >= numClasses {
			return nil, fmt.Errorf("%w: class %d; there are %d", ErrOptions, c, numClasses)
		}
		want[c] = true
	}
	var kinds []*material
	for i := range materials {
		if len(classes) == 0 || want[materials[i].class] {
			kinds = append(kinds, &materials[i])
		}
	}
	return kinds, nil
}

// A crowd is the unit spectra taken so far.
type crowd struct {
	cos  float64 // of the minimal angle
	unit [][]float64
}

func newCrowd(angle float64) *crowd { return &crowd{cos: math.Cos(angle)} }

func (c *crowd) add(s []float64) {
	u := append([]float64(nil), s...)
	floats.Scale(1/floats.Norm(u, 2), u)
	c.unit = append(c.unit, u)
}

// near says whether s lies nearer than the minimal angle to a member. A minimal
// angle of 0 excludes nothing.
func (c *crowd) near(s []float64) bool {
	norm := floats.Norm(s, 2)
	for _, u := range c.unit {
		if c.cos < 1 && floats.Dot(u, s) > c.cos*norm {
			return true
		}
	}
	return false
}

// specimen draws spectra of the kind until one is far enough from all members,
// which it joins.
func (c *crowd) specimen(rng *rand.Rand, kind *material, wavelength []float64) ([]float64, error) {
	s := make([]float64, len(wavelength))
	for range tries {
		v := kind.vary(rng)
		if err := v.spectrum(s, wavelength); err != nil {
			return nil, err
		}
		if !c.near(s) {
			c.add(s)
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %d spectra like %s were all nearer than %.3g° to one of %d; ask for fewer atoms or a smaller angle",
		ErrAngle, tries, kind.name, math.Acos(c.cos)*180/math.Pi, len(c.unit))
}
