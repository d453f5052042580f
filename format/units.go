package format

import (
	"regexp"
	"strconv"
	"strings"
)

// bandUnit is one in which bands are given: λ = factor·v nanometres, or factor/v where a
// frequency or a wavenumber is meant.
type bandUnit struct {
	name    string // as ENVI spells it
	factor  float64
	inverse bool
	other   []string // in lower case, what else it is called
}

var bandUnits = []bandUnit{
	{"Nanometers", 1, false, []string{"nanometer", "nanometres", "nanometre", "nm"}},
	{"Micrometers", 1e3, false, []string{"micrometer", "micrometres", "micrometre", "microns", "micron", "um", "µm", "μm"}},
	{"Angstroms", 0.1, false, []string{"angstrom", "å"}},
	{"Millimeters", 1e6, false, []string{"millimeter", "millimetres", "millimetre", "mm"}},
	{"Centimeters", 1e7, false, []string{"centimeter", "centimetres", "centimetre", "cm"}},
	{"Meters", 1e9, false, []string{"meter", "metres", "metre", "m"}},
	{"Wavenumber", 1e7, true, []string{"wavenumbers", "cm-1", "cm^-1", "1/cm", "cm⁻¹"}},
	{"GHz", 299792458, true, []string{"gigahertz"}},
	{"MHz", 299792458e3, true, []string{"megahertz"}},
}

// findUnit is the unit of that name, in any spelling, or nil.
func findUnit(name string) *bandUnit {
	name = strings.ToLower(strings.TrimSpace(name))
	for i, u := range bandUnits {
		if name == strings.ToLower(u.name) {
			return &bandUnits[i]
		}
		for _, o := range u.other {
			if name == o {
				return &bandUnits[i]
			}
		}
	}
	return nil
}

// Nanometres are Wavelengths in nanometres, whatever they are given in: another length,
// a wavenumber per cm, a frequency. When Units does not say (missing, Unknown), their
// size decides between nanometres and micrometres, and guess is the unit taken. nil:
// there are none, or they cannot be told.
func (m *Meta) Nanometres() (nm []float64, guess string) {
	u, guess := m.bandUnit()
	if u == nil {
		return nil, ""
	}
	nm = make([]float64, len(m.Wavelengths))
	for b, v := range m.Wavelengths {
		if nm[b] = u.factor * v; u.inverse {
			nm[b] = u.factor / v
		}
	}
	return nm, guess
}

// WidthNanometres are FWHM in nanometres: a width w around wavenumber ν is one of
// 10⁷·w/ν² nm. nil: there are none, or their unit cannot be told.
func (m *Meta) WidthNanometres() []float64 {
	u, _ := m.bandUnit()
	if u == nil || m.FWHM == nil {
		return nil
	}
	nm := make([]float64, len(m.FWHM))
	for b, w := range m.FWHM {
		if nm[b] = u.factor * w; u.inverse {
			nm[b] = u.factor * w / (m.Wavelengths[b] * m.Wavelengths[b])
		}
	}
	return nm
}

func (m *Meta) bandUnit() (u *bandUnit, guess string) {
	if len(m.Wavelengths) == 0 {
		return nil, ""
	}
	lo, hi := m.Wavelengths[0], m.Wavelengths[0]
	for _, v := range m.Wavelengths {
		lo, hi = min(lo, v), max(hi, v)
	}
	if u = findUnit(m.Units); u != nil {
		if u.inverse && lo <= 0 {
			return nil, ""
		}
		return u, ""
	}
	switch {
	case strings.EqualFold(strings.TrimSpace(m.Units), "index"): // numbers of bands
		return nil, ""
	case lo > 100 && hi < 20000:
		return &bandUnits[0], bandUnits[0].name
	case lo > 0.1 && hi < 20:
		return &bandUnits[1], bandUnits[1].name
	}
	return nil, ""
}

// inName is a wavelength in the name of a band: 399.37 Nanometers, Band 1 (0.45 um),
// Resize (Band 1:scene) (426.82).
var inName = regexp.MustCompile(`^(?:.*\(\s*)?(\d+\.?\d*(?:[eE][-+]?\d+)?)\s*([^\s\d()][^\s()]*)?\s*(\)?)$`)

// fromNames are the wavelengths that the names of all bands hold, with one unit or, in
// parentheses at the end, without; nil when they do not, or only count.
func fromNames(names []string) (w []float64, unit string) {
	counting := true
	for i, s := range names {
		m := inName.FindStringSubmatch(strings.TrimSpace(s))
		if m == nil || (m[2] == "" && m[3] == "") || (m[2] != "" && findUnit(m[2]) == nil) || (i > 0 && m[2] != unit) {
			return nil, ""
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil || v <= 0 {
			return nil, ""
		}
		unit = m[2]
		counting = counting && (v == float64(i) || v == float64(i+1))
		w = append(w, v)
	}
	if counting && unit == "" || w == nil {
		return nil, ""
	}
	if u := findUnit(unit); u != nil {
		unit = u.name
	}
	return w, unit
}
