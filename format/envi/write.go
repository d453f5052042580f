package envi

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
)

// Types are the element types of ENVI files, by name, in the order of their codes.
func Types() []string {
	var names []string
	for code := 1; code <= 15; code++ {
		if t, ok := dataTypes[code]; ok {
			names = append(names, t.String())
		}
	}
	return names
}

// Layout is where the elements of the data that h describes lie: by Samples, Lines,
// Bands, Library, Type, Interleave (bsq when empty), BigEndian and Offset.
func (h *Header) Layout() (*raw.Layout, error) {
	for _, d := range []int{h.Samples, h.Lines, h.Bands} {
		if d < 1 {
			return nil, fmt.Errorf("envi: %d lines × %d samples × %d bands cannot be written", h.Lines, h.Samples, h.Bands)
		}
	}
	if h.Library && h.Bands != 1 {
		return nil, fmt.Errorf("envi: a library has 1 band (its samples are the bands), not %d", h.Bands)
	}
	if !slices.Contains([]string{"", "bsq", "bil", "bip"}, h.Interleave) {
		return nil, fmt.Errorf("envi: interleave %q; it is bsq, bil or bip", h.Interleave)
	}
	c := *h
	if c.Interleave == "" {
		c.Interleave = "bsq"
	}
	c.elem = raw.Named(h.Type)
	if c.code() == 0 {
		return nil, fmt.Errorf("envi: no element type %q; there are %s", h.Type, strings.Join(Types(), ", "))
	}
	l := c.layout()
	_, err := l.Size()
	if err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	return l, nil
}

// code is the number of the element type, 0 for none.
func (h *Header) code() int {
	for code, t := range dataTypes {
		if t.String() == h.Type {
			return code
		}
	}
	return 0
}

// WriteHeader writes a header that [ParseHeader] reads back: the facts of h, then
// those of Fields that have no place among them, as they are.
//
// The format has no way to write commas and braces inside names: they become
// semicolons and parentheses.
func WriteHeader(w io.Writer, h *Header) error {
	if _, err := h.Layout(); err != nil {
		return err
	}
	out := &headerWriter{Writer: bufio.NewWriter(w), done: map[string]bool{}}
	out.WriteString("ENVI\n")
	if h.Description != "" {
		out.text("description", h.Description, true)
	}
	out.number("samples", h.Samples)
	out.number("lines", h.Lines)
	out.number("bands", h.Bands)
	out.number("header offset", int(h.Offset))
	out.text("file type", h.fileType(), false)
	out.number("data type", h.code())
	interleave := h.Interleave
	if interleave == "" {
		interleave = "bsq"
	}
	out.text("interleave", interleave, false)
	out.number("byte order", map[bool]int{true: 1}[h.BigEndian])
	out.facts(h)
	out.rest(h.Fields)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("envi: %w", err)
	}
	return nil
}

// fileType keeps what an image was, a classification say.
func (h *Header) fileType() string {
	if h.Library {
		return "ENVI Spectral Library"
	}
	if kept := h.Value("file type"); strings.HasPrefix(kept, "ENVI ") && !strings.Contains(strings.ToLower(kept), "spectral library") {
		return kept
	}
	return "ENVI Standard"
}

// headerWriter writes lines. Errors stay in the buffer until it is flushed.
type headerWriter struct {
	*bufio.Writer
	done map[string]bool // keys that are written or must not be
}

func (w *headerWriter) facts(h *Header) {
	w.floats("wavelength", h.Wavelengths)
	w.floats("fwhm", h.FWHM)
	w.text("wavelength units", h.Units, false)
	if h.BadBands != nil {
		good := make([]string, len(h.BadBands))
		for b, bad := range h.BadBands {
			good[b] = map[bool]string{true: "0", false: "1"}[bad]
		}
		w.list("bbl", good, ", ")
	} else {
		w.done["bbl"] = true
	}
	if h.Library {
		w.list("spectra names", names(h.SpectraNames), ",\n")
	} else {
		w.list("band names", names(h.BandNames), ",\n")
	}
	w.done["data ignore value"], w.done["reflectance scale factor"] = true, true
	if h.Ignore != nil {
		w.text("data ignore value", float(*h.Ignore), false)
	}
	if h.ScaleFactor != 0 {
		w.text("reflectance scale factor", float(h.ScaleFactor), false)
	}
	w.text("map info", h.MapInfo, true)
	w.text("coordinate system string", h.CoordinateSys, true)
}

// misfits describe how data lie in a file that is another one now.
var misfits = []string{"description", "file compression", "major frame offsets", "minor frame offsets"}

// rest writes what is not yet written; of a key that comes twice the last one.
func (w *headerWriter) rest(fields []Field) {
	last := map[string]int{}
	for i, f := range fields {
		last[f.Key] = i
	}
	for i, f := range fields {
		if last[f.Key] == i && !w.done[f.Key] && !slices.Contains(misfits, f.Key) {
			w.text(f.Key, f.Value, f.List)
		}
	}
}

// text writes a value, in braces if it is to be a list or could not stand without. A
// brace that would close the list too early becomes a parenthesis.
func (w *headerWriter) text(key, value string, list bool) {
	w.done[key] = true
	if value == "" {
		return
	}
	if list || strings.ContainsAny(value, "\n{}") {
		lines := strings.Split(value, "\n")
		for i, s := range lines[:len(lines)-1] {
			if _, closed := cutBrace(s); closed {
				lines[i] = strings.ReplaceAll(s, "}", ")")
			}
		}
		value = "{" + strings.Join(lines, "\n") + "}"
	}
	fmt.Fprintf(w, "%s = %s\n", key, value)
}

func (w *headerWriter) number(key string, v int) { w.text(key, strconv.Itoa(v), false) }

func (w *headerWriter) floats(key string, values []float64) {
	var list []string
	for _, v := range values {
		list = append(list, float(v))
	}
	w.list(key, list, ", ")
}

// list writes items, one or eight a line.
func (w *headerWriter) list(key string, items []string, between string) {
	w.done[key] = true
	if items == nil {
		return
	}
	fmt.Fprintf(w, "%s = {\n", key)
	for i, s := range items {
		switch {
		case i > 0 && (between == ",\n" || i%8 == 0):
			w.WriteString(",\n")
		case i > 0:
			w.WriteString(between)
		}
		w.WriteString(s)
	}
	w.WriteString("}\n")
}

// names are the texts of a list.
func names(list []string) []string {
	clean := strings.NewReplacer(",", ";", "{", "(", "}", ")", "\x00", " ")
	var out []string
	for _, s := range list {
		s = strings.TrimLeft(clean.Replace(s), "; ") // else a comment
		if s = strings.Join(strings.Fields(s), " "); s == "" {
			s = "unnamed"
		}
		out = append(out, s)
	}
	return out
}

// float is the shortest text that reads back to the same number.
func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
