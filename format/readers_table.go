package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/polyad/polyad/format/csv"
)

type csvReader struct{}

func (csvReader) open(f *file, _ string) (*Array, error) {
	x, err := csv.NewFile(f, f.size)
	if err != nil {
		return nil, err
	}
	m := Meta{BandMode: -1, Names: x.Titles}
	for k, values := range x.Names {
		c := Column{Values: values}
		if x.NameTitles != nil {
			c.Title = x.NameTitles[k]
		}
		m.Text = append(m.Text, c)
	}
	if len(m.Text) > 0 {
		m.RowNames = m.Text[0].Values
	}
	if x.Axis != nil {
		m.BandMode, m.Wavelengths, m.Units = 0, x.Axis, unit(x.AxisTitle)
	} else if w := wavelengths(x.Titles); w != nil {
		m.BandMode, m.Wavelengths = 1, w
	}
	return &Array{Dims: []int{x.Rows, x.Cols}, Type: "float64", Meta: m, source: x}, nil
}

func (r csvReader) list(f *file) ([]VariableInfo, error) {
	a, err := r.open(f, "")
	if err != nil {
		return nil, err
	}
	return []VariableInfo{{Dims: a.Dims, Type: a.Type, Numeric: true}}, nil
}

func (r csvReader) text(f *file, _ string) ([]string, error) {
	a, err := r.open(f, "")
	if err != nil {
		return nil, err
	}
	if a.Meta.RowNames == nil {
		return nil, fmt.Errorf("%w: the table has no column of text", ErrKind)
	}
	return a.Meta.RowNames, nil
}

// wavelengths are the titles of the columns when all are positive numbers and
// not just 1, 2, 3, …
func wavelengths(titles []string) []float64 {
	var w []float64
	counting := true
	for i, s := range titles {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return nil
		}
		counting = counting && v == float64(i+1)
		w = append(w, v)
	}
	if counting {
		return nil
	}
	return w
}

// unit is what stands in the brackets, or behind the last blank or underscore,
// of a title: wavelength (nm), wavelength_um.
func unit(title string) string {
	if _, rest, ok := strings.Cut(title, "("); ok {
		return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ")"))
	}
	if at := strings.LastIndexAny(title, " _"); at >= 0 {
		return title[at+1:]
	}
	return ""
}
