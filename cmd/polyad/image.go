package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// imageFlags say how an image lies in its file.
type imageFlags struct {
	shape, order string
	scale        float64
	drop         string
	bands        string
	wavelengths  string
}

// scene is an image with what the report says of it.
type scene struct {
	unmix.Image
	bands  int         // of the image as it is in the file
	file   []float64   // wavelengths of all of them in nanometres; nil when not known
	wide   []float64   // widths of all of them; nil when not known
	kept   []int       // numbers of the image's bands that are used
	axis   []float64   // of the kept bands: wavelength, or band number
	unit   string      // of axis
	shown  bool        // it has two dimensions to show
	turned bool        // Y is the transpose of what the file holds
	fits   []fitResult // how libraries were brought to it

	look   [3][]float64  // red, green and blue of its pixels; nil: from Y
	source *format.Array // what it was read from; nil for a generated one
}

// readImage reads a cube, or a matrix of bands × pixels. fits says whether a
// number is that of the library's bands; it decides which way round a matrix
// without shape is.
func (a *app) readImage(name string, f imageFlags, fits func(bands int) bool) (*scene, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	x, err := file.Dense()
	if err != nil {
		return nil, err
	}
	s := &scene{}
	switch len(file.Dims) {
	case 3:
		if f.shape != "" {
			return nil, usagef("--shape is for matrices; %s is a cube of %s", file.Name, format.Sizes(file.Dims))
		}
		if f.order == "row" {
			return nil, usagef("--order is for matrices; %s is a cube of %s", file.Name, format.Sizes(file.Dims))
		}
		if text, sure := bandsFirst(file, fits); sure {
			return nil, errors.New(text)
		} else if text != "" {
			a.warn("%s", text)
		}
		s.Y, s.Rows, s.Cols, s.shown = pixels(x.Data(), file.Dims), file.Dims[0], file.Dims[1], true
	case 2:
		m := mat.NewDense(file.Dims[0], file.Dims[1], x.Data())
		if err := s.shape(a, m, file, f, fits); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%s is %s; an image is a cube (rows × columns × bands) or a matrix (bands × pixels)", file.Name, format.Sizes(file.Dims))
	}
	s.source = file
	s.bands, _ = s.Y.Dims()
	if file.Meta.BandMode >= 0 && len(file.Meta.Wavelengths) == s.bands {
		s.file = a.nanometres(file)
	}
	if f.wavelengths != "" {
		if s.file, err = a.wavelengths("wavelengths", f.wavelengths); err != nil {
			return nil, err
		}
		if len(s.file) != s.bands {
			return nil, fmt.Errorf("--wavelengths %s holds %d; %s has %d bands", f.wavelengths, len(s.file), file.Name, s.bands)
		}
	}
	if err := a.dropBands(s, file, f.drop); err != nil {
		return nil, err
	}
	if err := a.checkPixels(s, file, f.scale); err != nil {
		return nil, err
	}
	return s, nil
}

// pixels is a cube rows×cols×bands as bands × pixels, pixel j in row j mod rows
// and column j div rows.
func pixels(data []float64, dims []int) *mat.Dense {
	rows, cols, bands := dims[0], dims[1], dims[2]
	y := mat.NewDense(bands, rows*cols, nil)
	raw := y.RawMatrix().Data
	for r := range rows {
		for c := range cols {
			for b, v := range data[(r*cols+c)*bands:][:bands] {
				raw[b*rows*cols+c*rows+r] = v
			}
		}
	}
	return y
}

// shape settles which way round a matrix is and where its pixels lie.
func (s *scene) shape(a *app, m *mat.Dense, file *format.Array, f imageFlags, fits func(int) bool) error {
	rows, cols := m.Dims()
	asStored, turned := file.Meta.BandMode != 1, file.Meta.BandMode != 0
	if f.shape != "" {
		h, w, err := parseShape(f.shape)
		if err != nil {
			return err
		}
		s.Rows, s.Cols, s.shown = h, w, true
		asStored, turned = asStored && cols == h*w, turned && rows == h*w
		if !asStored && !turned {
			return usagef("--shape %s is %d pixels; %s is %d×%d", f.shape, h*w, file.Name, rows, cols)
		}
	}
	s.Y = m
	if turned && (!asStored || !fits(rows) && fits(cols)) {
		if file.Meta.BandMode != 1 {
			a.warn("%s is %d×%d: its columns are taken for bands", file.Name, rows, cols)
		}
		s.Y, s.turned = mat.DenseCopyOf(m.T()), true
	}
	if !s.shown {
		_, s.Rows = s.Y.Dims()
		s.Cols = 1
	}
	if f.order == "row" {
		if !s.shown {
			return usagef("--order row needs --shape ROWSxCOLS")
		}
		s.Y = columnOrder(s.Y, s.Rows, s.Cols)
	}
	return nil
}

// columnOrder reorders pixels given row after row.
func columnOrder(y *mat.Dense, rows, cols int) *mat.Dense {
	bands, _ := y.Dims()
	z := mat.NewDense(bands, rows*cols, nil)
	for b := range bands {
		from, to := y.RawRowView(b), z.RawRowView(b)
		for r := range rows {
			for c := range cols {
				to[c*rows+r] = from[r*cols+c]
			}
		}
	}
	return z
}

func parseShape(text string) (rows, cols int, err error) {
	h, w, ok := strings.Cut(strings.ToLower(text), "x")
	rows, err1 := strconv.Atoi(h)
	cols, err2 := strconv.Atoi(w)
	if !ok || err1 != nil || err2 != nil || rows < 1 || cols < 1 || rows > math.MaxInt32/cols {
		return 0, 0, usagef("--shape %q: give ROWSxCOLS, as 100x100", text)
	}
	return rows, cols, nil
}

// dropBands leaves out the bands of --drop and those that the file marks as bad.
func (a *app) dropBands(s *scene, file *format.Array, drop string) error {
	ranges, err := parseDrop(drop)
	if err != nil {
		return err
	}
	kept, err := unmix.Bands(s.bands, s.file, ranges)
	if err != nil {
		return err
	}
	if ranges != nil && len(kept) == s.bands {
		of := fmt.Sprintf("band numbers from 0 to %d, since wavelengths are not known", s.bands-1)
		if s.file != nil {
			lo, hi := extent(s.file)
			of = fmt.Sprintf("wavelengths from %.5g to %.5g nm", lo, hi)
		}
		return usagef("--drop %s covers no band of %s; it has %s", drop, file.Name, of)
	}
	if bad := file.Meta.BadBands; len(bad) == s.bands {
		good := slices.DeleteFunc(slices.Clone(kept), func(b int) bool { return bad[b] })
		if len(good) == 0 {
			return fmt.Errorf("%s marks every band that is left as bad", file.Name)
		}
		if len(good) < len(kept) {
			a.warn("%s that %s marks as bad are left out", count(len(kept)-len(good), "band"), file.Name)
		}
		kept = good
	}
	s.kept = kept
	if s.file != nil {
		s.wide = file.Meta.WidthNanometres()
	}
	s.Wavelengths, s.axis, s.unit = pickValues(s.file, kept), pickValues(s.file, kept), "wavelength (nm)"
	if s.file == nil {
		s.unit = "band"
		for _, b := range kept {
			s.axis = append(s.axis, float64(b))
		}
	}
	if len(kept) < s.bands && s.Y != nil {
		s.Y = pick(s.Y, kept)
	}
	return nil
}

// checkPixels leaves out pixels without data and applies the scale.
func (a *app) checkPixels(s *scene, file *format.Array, scale float64) error {
	if err := a.dropPixels(s, file); err != nil {
		return err
	}
	if scale != 1 {
		s.Y.Scale(1/scale, s.Y)
	}
	a.tellScale(file, scale)
	return nil
}

// parseDrop reads LO-HI,….
func parseDrop(text string) ([]unmix.Range, error) {
	if text == "" {
		return nil, nil
	}
	var ranges []unmix.Range
	for _, part := range strings.Split(text, ",") {
		lo, hi, ok := strings.Cut(strings.TrimSpace(part), "-")
		from, err1 := strconv.ParseFloat(lo, 64)
		to, err2 := strconv.ParseFloat(hi, 64)
		if !ok || err1 != nil || err2 != nil || from > to {
			return nil, usagef("--drop %q: give LO-HI,…, as 1350-1450,1790-1960", text)
		}
		ranges = append(ranges, unmix.Range{From: from, To: to})
	}
	return ranges, nil
}
