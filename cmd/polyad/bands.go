package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
)

// has says whether a number is that of the image's bands, or of those left.
func (s *scene) has(bands int) bool { return bands == s.bands || bands == len(s.kept) }

// takeIndex keeps the rows that --bands names.
func (lib *library) takeIndex(index []int, bands int) error {
	if len(index) != bands {
		return fmt.Errorf("--bands names %d rows, but the image has %d bands", len(index), bands)
	}
	rows, _ := lib.Dims()
	for _, b := range index {
		if b >= rows {
			return fmt.Errorf("--bands asks for row %d (counted from 0) of library %s, which has %d", b, lib.Name, rows)
		}
	}
	lib.take(index)
	return nil
}

// meet finds the library's rows nearest to these wavelengths; nil rows where they are
// those of the library in their order. It returns what stands against it: a distance above
// allowed, or one row nearest to two bands.
func (lib *library) meet(bands []float64, allowed float64) (rows []int, far float64, against string) {
	nearest, taken := make([]int, len(bands)), map[int]int{}
	same := len(bands) == len(lib.Wavelengths)
	for b, at := range bands {
		for k, w := range lib.Wavelengths {
			if math.Abs(w-at) < math.Abs(lib.Wavelengths[nearest[b]]-at) {
				nearest[b] = k
			}
		}
		distance := math.Abs(lib.Wavelengths[nearest[b]] - at)
		if distance > allowed {
			return nil, 0, fmt.Sprintf("band %d of the image, at %.5g nm, is %.3g nm from the nearest of the library", b, at, distance)
		}
		if other, twice := taken[nearest[b]]; twice {
			return nil, 0, fmt.Sprintf("bands %d and %d of the image are nearest to the same band of the library, at %.5g nm", other, b, lib.Wavelengths[nearest[b]])
		}
		taken[nearest[b]] = b
		far = max(far, distance)
		same = same && math.Abs(lib.Wavelengths[b]-at) <= allowed
	}
	if same {
		return nil, far, ""
	}
	return nearest, far, ""
}

// readIndex reads the value of --bands: whole numbers, counted from 1 in a
// MATLAB file and from 0 elsewhere.
func readIndex(name string) ([]int, error) {
	if name == "" {
		return nil, nil
	}
	file, err := format.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--bands: %w", err)
	}
	defer file.Close()
	x, err := file.Dense()
	if err != nil {
		return nil, fmt.Errorf("--bands: %w", err)
	}
	base := 0.0
	if file.Format == "matlab" {
		base = 1
	}
	index := make([]int, 0, len(x.Data()))
	seen := map[float64]bool{}
	for _, v := range x.Data() {
		if v != math.Trunc(v) || v < base || v > math.MaxInt32 {
			return nil, fmt.Errorf("--bands: %s holds %g, which is no row number (counted from %g)", name, v, base)
		}
		if seen[v] {
			return nil, fmt.Errorf("--bands: %s holds %g twice", name, v)
		}
		seen[v] = true
		index = append(index, int(v-base))
	}
	return index, nil
}

// nanometres are the wavelengths of a file in nanometres, or nil when they are
// missing or their unit is not known.
func (a *app) nanometres(file *format.Array) []float64 {
	nm, guess := file.Meta.Nanometres()
	if guess != "" {
		w := file.Meta.Wavelengths
		a.warn("%s does not say in what unit its wavelengths are; from %g to %g they are taken for %s", file.Name, w[0], w[len(w)-1], map[bool]string{true: "nanometres", false: "micrometres"}[guess == "Nanometers"])
	}
	return nm
}

func extent(v []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}

// pick are these rows of a.
func pick(a *mat.Dense, index []int) *mat.Dense {
	_, cols := a.Dims()
	b := mat.NewDense(len(index), cols, nil)
	for to, from := range index {
		b.SetRow(to, a.RawRowView(from))
	}
	return b
}

// pickValues are these entries of v, nil for nil.
func pickValues(v []float64, index []int) []float64 {
	if v == nil {
		return nil
	}
	w := make([]float64, 0, len(index))
	for _, i := range index {
		w = append(w, v[i])
	}
	return w
}
