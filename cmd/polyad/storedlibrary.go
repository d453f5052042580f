package main

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
)

// storedFrom is the size in memory from which a library stays in its file, if that can
// be read anywhere: 1 GB. A variable for tests.
var storedFrom = int64(1 << 30)

// stays says whether the library of a file is to be left there, and gives its columns.
func stays(file *format.Array) *format.Columns {
	if len(file.Dims) != 2 || int64(file.Dims[0])*int64(file.Dims[1]) < storedFrom/8 {
		return nil
	}
	return file.Columns()
}

// someRows is a source of which some rows are kept, in a given order.
type someRows struct {
	dict.Source
	rows []int
}

func (s someRows) Dims() (rows, atoms int) {
	_, atoms = s.Source.Dims()
	return len(s.rows), atoms
}

func (s someRows) ReadColumns(dst []float64, first, n int) error {
	all, _ := s.Source.Dims()
	room := make([]float64, all*n)
	if err := s.Source.ReadColumns(room, first, n); err != nil {
		return err
	}
	for to, from := range s.rows {
		copy(dst[to*n:][:n], room[from*n:])
	}
	return nil
}

// dictionary is that of the library's spectra, in memory or not.
func (lib *library) dictionary() (*dict.Dictionary, error) {
	if lib.Source != nil {
		return dict.NewStored(lib.Source, lib.Names, nil)
	}
	return dict.New(lib.Atoms, lib.Names, nil)
}

// eachBlock shows the spectra in blocks, b bands × n by bands.
func (lib *library) eachBlock(show func(first, n int, values []float64)) error {
	bands, spectra := lib.Dims()
	if lib.Source == nil {
		row := make([]float64, bands)
		for j := range spectra {
			for b := range bands {
				row[b] = lib.Atoms.At(b, j)
			}
			show(j, 1, row)
		}
		return nil
	}
	const most = 4096
	room := make([]float64, bands*most)
	for first := 0; first < spectra; first += most {
		n := min(most, spectra-first)
		if err := lib.Source.ReadColumns(room[:bands*n], first, n); err != nil {
			return fmt.Errorf("library %s: %w", lib.Library.Name, err)
		}
		show(first, n, room[:bands*n])
	}
	return nil
}

// deleted is the size from which a value is no measurement: spectral libraries
// of the USGS mark deleted values by −1.23e34.
const deleted = 1e30

// whole refuses spectra with deleted values.
func (lib *library) whole() error {
	_, atoms := lib.Dims()
	first, broken := "", 0
	if err := lib.eachBlock(func(at, n int, values []float64) {
		bad := make([]bool, n)
		for q, v := range values {
			if j := q % n; !bad[j] && (!(math.Abs(v) < deleted) || lib.ignore != nil && v == *lib.ignore) {
				bad[j] = true
				if broken++; broken == 1 {
					first = fmt.Sprintf("spectrum %d of library %s (%s) has no value in band %d (%.4g there)", at+j, lib.Library.Name, lib.spectrum(at+j), q/n, v)
				}
			}
		}
	}); err != nil {
		return err
	}
	if broken == 0 {
		return nil
	}
	return fmt.Errorf("%s; that is so for %d of its %d spectra: drop such bands (--drop), or write the whole spectra to a library of their own", first, broken, atoms)
}

// spectrum is the name of a spectrum.
func (lib *library) spectrum(j int) string {
	if j < len(lib.Names) {
		return lib.Names[j]
	}
	return fmt.Sprintf("atom %d", j)
}
