package report

import (
	"fmt"
	"io"
	"math"
	"sort"

	"gonum.org/v1/plot/vg/draw"
)

// Curve is a named spectrum or other function of an axis.
type Curve struct {
	Name   string
	Values []float64 // NaN: no value there
}

// Spectra is chosen curves over the grey fan of the library they came from.
//
// Curves break at NaN and, on 20 points or more, where the axis steps by more
// than 1.75 times what is usual around: dropped bands are gaps.
type Spectra struct {
	Title string
	// Axis is the place of each value, in any order. Default: 0, 1, 2, …
	Axis      []float64
	AxisName  string      // such as "wavelength (nm)". Default: "band"
	ValueName string      // such as "reflectance". Default: "value"
	Library   [][]float64 // one curve an atom; above 200 an even choice is drawn
	Chosen    []Curve
}

// fanLimit is how many library curves are drawn: more are one grey area.
const fanLimit = 200

// WritePNG draws the spectra with their names below. The value axis holds the
// chosen curves whole, and of the library what lies within half their height
// above and below, so that one odd atom cannot flatten the picture.
func (s *Spectra) WritePNG(w io.Writer) error {
	order, err := s.check()
	if err != nil {
		return err
	}
	axis := make([]float64, len(order))
	for i, k := range order {
		axis[i] = float64(k)
		if s.Axis != nil {
			axis[i] = s.Axis[k]
		}
	}
	gap := jumps(axis)
	cut := func(v []float64, name string, style draw.LineStyle) line {
		y := make([]float64, len(order))
		for i, k := range order {
			y[i] = v[k]
		}
		return line{name: name, style: style, pieces: pieces(axis, y, gap)}
	}
	ch := &chart{title: s.Title, x: or(s.AxisName, "band"), y: or(s.ValueName, "value")}
	ch.xlo, ch.xhi = extent(axis[0], axis[len(axis)-1])
	if s.Axis == nil {
		ch.xleast = 1
	}
	if len(axis) < fewBands {
		pad := 0.02 * (ch.xhi - ch.xlo)
		ch.xlo, ch.xhi = ch.xlo-pad, ch.xhi+pad
	}
	if ch.yscale, err = s.height(); err != nil {
		return err
	}
	drawn := min(len(s.Library), fanLimit)
	for k := range drawn {
		l := cut(s.Library[k*len(s.Library)/drawn], "", draw.LineStyle{Color: fan, Width: 0.5})
		ch.lines = append(ch.lines, l)
	}
	for k, c := range s.Chosen {
		l := cut(c.Values, or(clean(c.Name), fmt.Sprintf("curve %d", k)), stroke(k))
		l.dots = len(axis) < fewBands
		ch.lines = append(ch.lines, l)
	}
	if drawn > 0 {
		name := fmt.Sprintf("library (%d spectra)", len(s.Library))
		if drawn < len(s.Library) {
			name = fmt.Sprintf("library (%d of %d spectra)", drawn, len(s.Library))
		}
		ch.lines = append(ch.lines, line{name: name, style: draw.LineStyle{Color: fan, Width: 3}})
	}
	return ch.encode(w)
}

// check refuses bad input and returns the ascending order of the axis.
func (s *Spectra) check() ([]int, error) {
	n := len(s.Axis)
	switch {
	case s.Axis == nil && len(s.Chosen) > 0:
		n = len(s.Chosen[0].Values)
	case s.Axis == nil && len(s.Library) > 0:
		n = len(s.Library[0])
	}
	if n == 0 || len(s.Chosen)+len(s.Library) == 0 {
		return nil, fmt.Errorf("%w: %d curves over %d points", ErrEmpty, len(s.Chosen)+len(s.Library), n)
	}
	one := func(v []float64, what string) error {
		if len(v) != n {
			return fmt.Errorf("%w: %s has %d values, want %d", ErrShape, what, len(v), n)
		}
		return drawable(v, what)
	}
	for k, c := range s.Chosen {
		if err := one(c.Values, fmt.Sprintf("curve %d (%s)", k, c.Name)); err != nil {
			return nil, err
		}
	}
	for k, v := range s.Library {
		if err := one(v, fmt.Sprintf("library spectrum %d", k)); err != nil {
			return nil, err
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	if s.Axis == nil {
		return order, nil
	}
	for i, x := range s.Axis {
		if math.IsNaN(x) {
			return nil, fmt.Errorf("%w: axis: value %d is NaN", ErrNotFinite, i)
		}
	}
	if err := drawable(s.Axis, "axis"); err != nil {
		return nil, err
	}
	sort.SliceStable(order, func(a, b int) bool { return s.Axis[order[a]] < s.Axis[order[b]] })
	return order, nil
}

// height is the range of the value axis.
func (s *Spectra) height() (Scale, error) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, c := range s.Chosen {
		lo, hi = grow(lo, hi, c.Values)
	}
	flo, fhi := math.Inf(1), math.Inf(-1)
	for _, v := range s.Library {
		flo, fhi = grow(flo, fhi, v)
	}
	switch room := (hi - lo) / 2; {
	case lo > hi:
		lo, hi = flo, fhi
	case room > 0 && flo <= fhi:
		lo, hi = min(lo, max(flo, lo-room)), max(hi, min(fhi, hi+room))
	}
	if lo > hi {
		return Scale{}, fmt.Errorf("%w: all values of all curves are NaN", ErrEmpty)
	}
	if lo >= 0 && lo < 0.3*hi {
		lo = 0 // reflectances and loadings read best from zero
	}
	lo, hi = extent(lo, hi)
	pad := 0.03 * (hi - lo)
	if lo != 0 {
		lo -= pad
	}
	return Scale{Min: lo, Max: hi + pad}, nil
}

// grow widens lo … hi to hold v, without its NaN.
func grow(lo, hi float64, v []float64) (float64, float64) {
	for _, x := range v {
		if !math.IsNaN(x) {
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	return lo, hi
}

// or is s, or what stands in for it when it is empty.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
