package envi

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
)

// Header is what a header says about its data. Lists are nil when missing.
type Header struct {
	Samples, Lines, Bands int
	Library               bool   // an ENVI Spectral Library
	Type                  string // element type in the file: float32, uint16, …
	Interleave            string // bsq, bil or bip
	BigEndian             bool
	Offset                int64 // of the data in their file, in bytes

	Description   string
	Wavelengths   []float64 // one a band
	Units         string    // of Wavelengths and FWHM, as written: Nanometers, Micrometers, Unknown, …
	FWHM          []float64 // one a band
	BadBands      []bool    // one a band, true where bbl is 0
	BandNames     []string  // one a band of an image
	SpectraNames  []string  // one a spectrum of a library
	Ignore        *float64  // data ignore value
	ScaleFactor   float64   // reflectance scale factor; 0: none given
	MapInfo       string    // as written
	CoordinateSys string    // coordinate system string, as written

	Fields   []Field  // everything, in the order of the header
	Warnings []string // what was left out, and why

	elem raw.Type
}

var dataTypes = map[int]raw.Type{
	1: raw.Uint8, 2: raw.Int16, 3: raw.Int32, 4: raw.Float32, 5: raw.Float64,
	12: raw.Uint16, 13: raw.Uint32, 14: raw.Int64, 15: raw.Uint64,
}

// ParseHeader reads a header. Of a key that comes twice the last one counts.
func ParseHeader(r io.Reader) (*Header, error) {
	list, err := fields(r)
	if err != nil {
		return nil, err
	}
	p := parser{h: &Header{Fields: list, Interleave: "bsq"}, last: map[string]Field{}}
	for _, f := range list {
		p.last[f.Key] = f
	}
	p.shape()
	p.storage()
	p.facts()
	if p.err != nil {
		return nil, p.err
	}
	if _, err := p.h.layout().Size(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p.h, nil
}

// Value is the value of a key (in lower case) as written, "" when missing.
func (h *Header) Value(key string) string {
	v := ""
	for _, f := range h.Fields {
		if f.Key == key {
			v = f.Value
		}
	}
	return v
}

// Dims are the sizes as presented: rows, cols, bands of an image, bands, atoms
// of a library.
func (h *Header) Dims() []int {
	if h.Library {
		return []int{h.Samples, h.Lines}
	}
	return []int{h.Lines, h.Samples, h.Bands}
}

// Channels is the number of bands in the spectral sense.
func (h *Header) Channels() int {
	if h.Library {
		return h.Samples
	}
	return h.Bands
}

func (h *Header) layout() *raw.Layout {
	l := &raw.Layout{Type: h.elem, Big: h.BigEndian, Offset: h.Offset, Dims: h.Dims()}
	switch {
	case h.Library:
		l.Order = []int{1, 0}
	case h.Interleave == "bsq":
		l.Order = []int{2, 0, 1}
	case h.Interleave == "bil":
		l.Order = []int{0, 2, 1}
	}
	return l
}

// parser fills in a header; the first failure stays.
type parser struct {
	h    *Header
	last map[string]Field
	err  error
}

func (p *parser) fail(kind error, f Field, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: line %d: %s = %s: %s", kind, f.Line, f.Key, clip(f.Value), fmt.Sprintf(format, args...))
	}
}

func (p *parser) warn(f Field, format string, args ...any) {
	p.h.Warnings = append(p.h.Warnings, fmt.Sprintf("header, line %d: %s: %s", f.Line, f.Key, fmt.Sprintf(format, args...)))
}

// whole is the value of a key that is a whole number ≥ least.
func (p *parser) whole(key string, least, missing int) int {
	f, ok := p.last[key]
	if !ok {
		if missing < least && p.err == nil {
			p.err = fmt.Errorf("%w: no `%s = …`", ErrFormat, key)
		}
		return missing
	}
	n, err := strconv.Atoi(f.Value)
	if err != nil || n < least {
		p.fail(ErrFormat, f, "want a whole number of at least %d", least)
	}
	return n
}

func (p *parser) shape() {
	h := p.h
	h.Samples = p.whole("samples", 1, 0)
	h.Lines = p.whole("lines", 1, 0)
	f := p.last["file type"]
	h.Library = strings.Contains(strings.ToLower(f.Value), "spectral library")
	if h.Library {
		h.Bands = p.whole("bands", 1, 1) // some writers leave them out
	} else {
		h.Bands = p.whole("bands", 1, 0)
	}
	if _, named := p.last["spectra names"]; named && f.Value == "" && h.Bands == 1 {
		h.Library = true // and some the file type
	}
	if h.Library && h.Bands != 1 {
		p.fail(ErrFormat, f, "with bands = %d; a spectral library has 1 (its samples are the bands)", h.Bands)
	}
}

func (p *parser) storage() {
	h := p.h
	h.Offset = int64(p.whole("header offset", 0, 0))
	code := p.whole("data type", 1, 0)
	f := p.last["data type"]
	var ok bool
	if h.elem, ok = dataTypes[code]; !ok {
		switch code {
		case 6, 9:
			p.fail(ErrUnsupported, f, "complex numbers; save the magnitude, or real and imaginary part, as float32")
		default:
			p.fail(ErrFormat, f, "no such type; 1–5, 12–15 are known")
		}
	}
	h.Type = h.elem.String()
	switch f := p.last["byte order"]; f.Value {
	case "", "0":
	case "1":
		h.BigEndian = true
	default:
		p.fail(ErrFormat, f, "want 0 (least significant byte first) or 1")
	}
	if f, ok := p.last["interleave"]; ok {
		h.Interleave = strings.ToLower(f.Value)
		if h.Interleave != "bsq" && h.Interleave != "bil" && h.Interleave != "bip" {
			p.fail(ErrFormat, f, "want bsq, bil or bip")
		}
	} else if h.Bands > 1 {
		h.Warnings = append(h.Warnings, "header: no interleave: taken as bsq")
	}
	for _, key := range []string{"file compression", "major frame offsets", "minor frame offsets"} {
		if f, ok := p.last[key]; ok && strings.Trim(f.Value, "0, \t\n") != "" {
			p.fail(ErrUnsupported, f, "not read; save the image again without it")
		}
	}
}

func (p *parser) facts() {
	h := p.h
	n := h.Channels()
	h.Description = p.last["description"].Value
	h.Units = p.last["wavelength units"].Value
	h.MapInfo = p.last["map info"].Value
	h.CoordinateSys = p.last["coordinate system string"].Value
	h.Wavelengths = p.numbers("wavelength", n)
	h.FWHM = p.numbers("fwhm", n)
	if bbl := p.numbers("bbl", n); bbl != nil {
		h.BadBands = make([]bool, n)
		for i, v := range bbl {
			h.BadBands[i] = v == 0
		}
	}
	if !h.Library {
		h.BandNames = p.names("band names", n)
	} else {
		h.SpectraNames = p.names("spectra names", h.Lines)
	}
	h.Ignore = p.number("data ignore value")
	if s := p.number("reflectance scale factor"); s != nil {
		if *s > 0 && !math.IsInf(*s, 0) {
			h.ScaleFactor = *s
		} else {
			p.warn(p.last["reflectance scale factor"], "%v is not positive: left out", *s)
		}
	}
}

func (p *parser) number(key string) *float64 {
	f, ok := p.last[key]
	if !ok || f.Value == "" {
		return nil
	}
	v, err := strconv.ParseFloat(f.Value, 64)
	if err != nil {
		p.warn(f, "%q is not a number: left out", clip(f.Value))
		return nil
	}
	return &v
}

// names is a list of n texts.
func (p *parser) names(key string, n int) []string {
	f, ok := p.last[key]
	if !ok {
		return nil
	}
	list := f.items()
	if len(list) != n {
		// Names with commas in them: one a line is how they are told apart.
		if lines := strings.Split(strings.Trim(f.Value, ", \n"), "\n"); len(lines) == n {
			for i, s := range lines {
				lines[i] = strings.Join(strings.Fields(strings.TrimRight(s, ", \t\r")), " ")
			}
			return lines
		}
		p.warn(f, "%d names, want %d: left out", len(list), n)
		return nil
	}
	return list
}

// numbers is a list of n numbers.
func (p *parser) numbers(key string, n int) []float64 {
	f, ok := p.last[key]
	if !ok {
		return nil
	}
	list := f.items()
	if len(list) != n {
		p.warn(f, "%d values, want %d: left out", len(list), n)
		return nil
	}
	values := make([]float64, n)
	for i, s := range list {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			p.warn(f, "value %d, %q, is not a number: left out", i+1, clip(s))
			return nil
		}
		values[i] = v
	}
	return values
}
