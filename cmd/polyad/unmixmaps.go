package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// pictures are the parts of the report that show the image: in colours beside what the
// model leaves of it, then the abundance maps.
func pictures(out *folder, s *scene, r *unmix.Result) ([]report.Section, error) {
	section := report.Section{Heading: "Image and residual"}
	if look := s.quickLook(); look != nil {
		fig, err := figure(out, "quicklook.png", "The image, each colour stretched from its 2nd to its 98th percentile.", look.WritePNG)
		if err != nil {
			return nil, err
		}
		section.Figures = append(section.Figures, fig)
	}
	residual := &report.Maps{Unit: "RMS", Scale: residualScale(r.Residual), Panels: []report.Map{{
		Title: "Residual (log scale)", Rows: s.Rows, Cols: s.Cols, Values: rowMajor(r.Residual, s),
	}}}
	fig, err := figure(out, "residual.png", "What the model leaves of each pixel: root mean square over the bands, log scale.", residual.WritePNG)
	if err != nil {
		return nil, err
	}
	section.Figures = append(section.Figures, fig)
	abundances, err := maps(out, s, r)
	return []report.Section{section, abundances}, err
}

// quickLook is the image in three bands, nil when its pixels are not at hand.
func (s *scene) quickLook() *report.Composite {
	if s.look[0] == nil && s.Y == nil {
		return nil
	}
	if s.look[0] == nil && s.Pixels == nil {
		if _, here := s.Y.Dims(); here < s.Rows*s.Cols { // those of a rank
			return nil
		}
	}
	bands, note := s.lookBands()
	m := &report.Composite{Title: "Image", Rows: s.Rows, Cols: s.Cols, Note: note}
	for k, to := range []*[]float64{&m.Red, &m.Green, &m.Blue} {
		v := s.look[k]
		if v == nil {
			v = s.Y.RawRowView(bands[k])
		}
		*to = rowMajor(v, s)
	}
	return m
}

// trueColours are the wavelengths in nm of red, green and blue, which a band may miss by
// off.
var trueColours = [3]float64{640, 550, 460}

const off = 30

// lookBands are the bands for red, green and blue, as rows of Y, and which they are:
// those of the eye where the image has them, else from the long, middle and short
// wavelengths that it has.
func (s *scene) lookBands() (bands [3]int, note string) {
	lo, hi := extent(s.axis)
	want := trueColours
	known := s.Wavelengths != nil
	for k := range want {
		if !known || math.Abs(s.axis[nearest(s.axis, want[k])]-want[k]) > off {
			want = [3]float64{lo + (hi-lo)*5/6, (lo + hi) / 2, lo + (hi-lo)/6}
			note = "false colours: "
			break
		}
	}
	for k := range bands {
		bands[k] = nearest(s.axis, want[k])
	}
	unit := "%sred %.0f nm, green %.0f nm, blue %.0f nm"
	if !known {
		unit = "%sred band %.0f, green band %.0f, blue band %.0f"
	}
	return bands, fmt.Sprintf(unit, note, s.axis[bands[0]], s.axis[bands[1]], s.axis[bands[2]])
}

// nearest is the place of the value nearest to v.
func nearest(values []float64, v float64) int {
	best := 0
	for i, x := range values {
		if math.Abs(x-v) < math.Abs(values[best]-v) {
			best = i
		}
	}
	return best
}

// readLook reads the quick look of a cube that stays in its file: of every step rows and
// columns the first pixel along the rows that has data, as the maps show it.
func (s *scene) readLook(ctx context.Context, img *cubeRows, step int) error {
	bands, _ := s.lookBands()
	rows, cols, all := img.Dims()
	row := make([]float64, cols*all)
	for k := range s.look {
		s.look[k] = slices.Repeat([]float64{math.NaN()}, s.Rows*s.Cols)
	}
	left := slices.Repeat([]int{s.Cols}, s.Rows) // cells of each row that have data and are not read yet
	if s.Pixels != nil {
		clear(left)
		for _, q := range s.Pixels {
			left[q%s.Rows]++
		}
	}
	for i := range rows {
		if left[i/step] == 0 {
			continue
		}
		if err := img.ReadRows(ctx, row, i, i+1); err != nil {
			return err
		}
		for j := range cols {
			q, spectrum := j/step*s.Rows+i/step, row[j*all:][:all]
			if !math.IsNaN(s.look[0][q]) {
				continue
			}
			for k, b := range bands {
				s.look[k][q] = spectrum[b]
			}
			if !math.IsNaN(s.look[0][q]) {
				left[i/step]--
			}
		}
	}
	if s.Pixels != nil {
		for k := range s.look {
			s.look[k] = pickValues(s.look[k], s.Pixels)
		}
	}
	return nil
}

// Bounds of abundances that are drawn from 0 to 1: the largest must show, and few be cut.
const (
	leastShown = 0.2
	mostShown  = 1.25
	fewCut     = 0.01
)

// abundanceScale is 0 to 1, so that maps of several images compare, unless abundances are
// of another size: image and library in other units, say.
func abundanceScale(a *mat.Dense) report.Scale {
	most, beyond := mat.Max(a), 0
	raw := a.RawMatrix().Data
	for _, v := range raw {
		if v > mostShown {
			beyond++
		}
	}
	if most >= leastShown && float64(beyond) <= fewCut*float64(len(raw)) {
		return report.Fractions
	}
	return report.Scale{Min: 0, Max: max(1e-12, most)}
}

// dominant is the map of the spectrum with the largest abundance of each pixel.
func dominant(out *folder, s *scene, r *unmix.Result) (report.Section, error) {
	m := &report.Classes{Title: "Dominant material", Rows: s.Rows, Cols: s.Cols, Values: make([]int, s.Rows*s.Cols)}
	most := make([]float64, s.Rows*s.Cols)
	for q := range m.Values {
		m.Values[q] = -1
	}
	for c, at := range r.Atoms {
		m.Names = append(m.Names, at.Name)
		for q, v := range rowMajor(r.Abundances.RawRowView(c), s) {
			if v > most[q] {
				m.Values[q], most[q] = c, v
			}
		}
	}
	fig, err := figure(out, "dominant.png", "The spectrum with the largest abundance in each pixel, and in how many it is.", m.WritePNG)
	return report.Section{Heading: "Dominant material", Figures: []report.Figure{fig}}, err
}

// Ends of the colours of confidence.
const (
	sureAngle    = 10.0 // degrees
	doubtfulCost = 1e-3 // of the loss; sure is 1
)

// confidence is the picture of how sure each spectrum is.
func (t *trustResult) confidence() *report.Confidence {
	m := &report.Confidence{Title: "How sure each spectrum is", Columns: []string{"angle to rival", "swap cost", "chosen again"}}
	bounded := func(v *float64, f func(v float64) float64) float64 {
		if v == nil || math.IsNaN(f(*v)) {
			return math.NaN()
		}
		return min(1, max(0, f(*v)))
	}
	for _, s := range t.Spectra {
		m.Rows = append(m.Rows, s.Name)
		m.Cells = append(m.Cells, []report.ConfidenceCell{
			{Value: bounded(s.Angle, func(v float64) float64 { return v / sureAngle }), Text: cell("%.1f°", s.Angle, 1)},
			{Value: bounded(s.Swapped, func(v float64) float64 { return 1 - math.Log(max(v, doubtfulCost))/math.Log(doubtfulCost) }), Text: cell("%+.3g %%", s.Swapped, 100)},
			{Value: bounded(s.Resampled, func(v float64) float64 { return v }), Text: cell("%.0f %%", s.Resampled, 100)},
		})
	}
	return m
}

// confidenceText says what the colours stand for.
const confidenceText = "Colours from doubtful to sure: the angle to the rival from 0° to 10°; the rise of the loss when the rival takes the place from 0.1 % to 100 % (log scale); the share of data sets, noise drawn anew, in which the spectrum is chosen again."

// gapped is v with a NaN wherever bands between two that are used are left out, so that
// curves have a gap there.
func (s *scene) gapped(v []float64, between func(a, b float64) float64) []float64 {
	if len(s.kept) != len(v) {
		return v
	}
	var w []float64
	for i, x := range v {
		if i > 0 && s.kept[i] != s.kept[i-1]+1 {
			w = append(w, between(v[i-1], x))
		}
		w = append(w, x)
	}
	return w
}

func nothing(_, _ float64) float64 { return math.NaN() }

func middle(a, b float64) float64 { return (a + b) / 2 }
