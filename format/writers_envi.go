package format

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/polyad/polyad/format/envi"
	"github.com/polyad/polyad/format/internal/raw"
)

var (
	enviTypes = envi.Types()
	enviData  = []string{".img", ".dat", ".sli", ".bsq", ".bil", ".bip"} // endings
)

// beginENVI writes a cube as an image, a matrix of bands × atoms as a library; one of
// atoms × bands, if its bands say so, too. The header comes last: without it there is
// nothing to read.
func beginENVI(o *Output, path string) error {
	h, err := o.enviHeader(path)
	if err != nil {
		return err
	}
	header, data := enviNames(path, h.Library)
	if err := onlyPair(header, data); err != nil {
		return err
	}
	l, err := h.Layout()
	if err != nil {
		return err
	}
	if len(o.Dims) == 1 || h.Library && o.spec.Meta.BandMode == 1 {
		l = &raw.Layout{Type: l.Type, Big: l.Big, Dims: o.Dims} // spectra are rows here as there
	}
	f, err := o.open(data)
	if err != nil {
		return err
	}
	o.place(l, f)
	f, err = o.open(header)
	if err != nil {
		return err
	}
	if len(o.Dims) < 3 { // as it is read
		o.Dims = []int{h.Samples, h.Lines}
	}
	o.Files = []string{header, data}
	o.stale = []string{header}
	o.finish = func() error { return envi.WriteHeader(f, h) }
	return nil
}

// enviHeader is the header of the array and its metadata.
func (o *Output) enviHeader(path string) (*envi.Header, error) {
	m := &o.spec.Meta
	h := &envi.Header{Type: o.Type, BigEndian: o.spec.BigEndian, Samples: o.Dims[0], Lines: 1, Bands: 1}
	for _, field := range m.Raw {
		h.Fields = append(h.Fields, envi.Field{Key: field.Key, Value: field.Value, List: field.List})
	}
	h.Description = h.Value("description")
	modeOfBands := 0
	switch {
	case len(o.Dims) > 3:
		return nil, fmt.Errorf("%w: an array %s of order %d; ENVI files hold cubes (rows × columns × bands) and libraries (bands × spectra)", ErrKind, Sizes(o.Dims), len(o.Dims))
	case len(o.Dims) == 3:
		h.Lines, h.Samples, h.Bands, modeOfBands = o.Dims[0], o.Dims[1], o.Dims[2], 2
		h.BandNames = fitting(m.Names, h.Bands)
	case len(o.Dims) == 2 && m.BandMode == 1:
		h.Library, h.Lines, h.Samples, modeOfBands = true, o.Dims[0], o.Dims[1], 1
		h.SpectraNames = fitting(m.RowNames, h.Lines)
	case len(o.Dims) == 2:
		h.Library, h.Lines = true, o.Dims[1]
		h.SpectraNames = fitting(m.Names, h.Lines)
	default:
		h.Library = true
	}
	if m.BandMode == modeOfBands {
		h.Wavelengths, h.FWHM = fitting(m.Wavelengths, h.Channels()), fitting(m.FWHM, h.Channels())
		h.BadBands = fitting(m.BadBands, h.Channels())
		if h.Units = m.Units; h.Value("wavelength units") == "" {
			if u := findUnit(m.Units); u != nil {
				h.Units = u.name
			}
		}
	}
	h.Ignore, h.ScaleFactor, h.MapInfo, h.CoordinateSys = m.Ignore, m.ScaleFactor, m.MapInfo, m.CoordinateSys
	if v := m.Ignore; v != nil && !raw.Named(o.Type).Holds(*v) && *v == *v {
		return nil, fmt.Errorf("%w: the value for no data, %g, does not fit in %s; write float32 or float64", ErrKind, *v, o.Type)
	}
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	said := ending == "bsq" || ending == "bil" || ending == "bip"
	h.Interleave = o.spec.Interleave
	switch {
	case h.Library:
		h.Interleave = "bsq"
	case said && h.Interleave != "" && h.Interleave != ending:
		return nil, fmt.Errorf("%w: interleave %s in a file called .%s; give another name", ErrKind, h.Interleave, ending)
	case said:
		h.Interleave = ending
	case h.Interleave == "":
		h.Interleave = strings.ToLower(h.Value("interleave"))
	}
	if len(o.Dims) == 2 && modeOfBands == 0 && m.RowNames != nil || len(m.Text) > 1 {
		o.Lost = append(o.Lost, "columns of text")
	}
	return h, nil
}

// fitting is a list if it has n entries, else nil.
func fitting[T any](list []T, n int) []T {
	if len(list) != n {
		return nil
	}
	return list
}

// enviNames are the two files for a name of either: x.hdr has x.img beside it, or x.sli
// if it is a library; the data x.bil, or x, have x.hdr.
func enviNames(path string, library bool) (header, data string) {
	ending := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ending)
	switch {
	case strings.EqualFold(ending, ".hdr") && slices.Contains(enviData, strings.ToLower(filepath.Ext(stem))):
		return path, stem
	case strings.EqualFold(ending, ".hdr") && library:
		return path, stem + ".sli"
	case strings.EqualFold(ending, ".hdr"):
		return path, stem + ".img"
	case slices.Contains(enviData, strings.ToLower(ending)):
		return stem + ".hdr", path
	}
	return path + ".hdr", path
}

// onlyPair refuses names beside which another file could be taken for the data.
func onlyPair(header, data string) error {
	stem := header[:len(header)-len(".hdr")]
	for _, other := range envi.Candidates(stem) {
		if other != data {
			return fmt.Errorf("%w: %s lies beside %s and could be taken for its data; choose another name", ErrExists, other, filepath.Base(header))
		}
	}
	return nil
}
