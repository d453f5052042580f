package format

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/polyad/polyad/format/csv"
)

// beginCSV writes a matrix as a table: wavelengths of the rows as a first column, of
// the columns as their titles.
func beginCSV(o *Output, path string) error {
	if len(o.Dims) > 2 {
		return fmt.Errorf("%w: an array %s of order %d is no table; write .npy, or .mat", ErrKind, Sizes(o.Dims), len(o.Dims))
	}
	m := &o.spec.Meta
	t := &csv.Table{Rows: o.Dims[0], Cols: 1}
	if len(o.Dims) == 2 {
		t.Cols = o.Dims[1]
	}
	axis := o.titles(t, m)
	f, err := o.open(path)
	if err != nil {
		return err
	}
	o.Files = []string{path}
	w, err := csv.NewWriter(f, t)
	if err != nil {
		return err
	}
	s := &table{w: w, axis: axis, cols: t.Cols, dims: o.spec.Dims}
	if axis != nil {
		s.cols--
	}
	if o.spec.Turn != nil && o.spec.Turn[0] == 1 {
		s.whole = make([]float64, o.Dims[0]*o.Dims[1])
	}
	o.sink = s
	o.finish = func() error { return errors.Join(s.flush(), w.Flush()) }
	return nil
}

// titles are the first row and columns of text, and the column of wavelengths.
func (o *Output) titles(t *csv.Table, m *Meta) (axis []float64) {
	kept := []string{"names"}
	for _, c := range m.Text {
		if len(c.Values) == t.Rows {
			t.NameTitles, t.Names = append(t.NameTitles, c.Title), append(t.Names, c.Values)
		}
	}
	if t.Names == nil && len(m.RowNames) == t.Rows {
		t.NameTitles, t.Names = []string{"name"}, [][]string{m.RowNames}
	}
	t.Titles = fitting(m.Names, t.Cols)
	switch {
	case m.BandMode == 0 && len(m.Wavelengths) == t.Rows:
		kept, axis = append(kept, "wavelengths"), m.Wavelengths
		title := "wavelength"
		if m.Units != "" {
			title += " (" + m.Units + ")"
		}
		if t.Titles == nil {
			for j := range t.Cols {
				t.Titles = append(t.Titles, "column "+strconv.Itoa(j))
			}
		}
		t.Titles, t.Cols = append([]string{title}, t.Titles...), t.Cols+1
	case m.BandMode == 1 && len(m.Wavelengths) == t.Cols:
		kept, t.Titles = append(kept, "wavelengths"), nil
		for _, w := range m.Wavelengths {
			t.Titles = append(t.Titles, strconv.FormatFloat(w, 'g', -1, 64))
		}
		if m.Units != "" {
			o.Lost = append(o.Lost, "the unit of the wavelengths")
		}
		if t.Names == nil { // numbers alone would be taken for a row
			t.NameTitles, t.Names = []string{"name"}, [][]string{numbered("row ", t.Rows)}
		}
	case t.Titles != nil && t.Names == nil && numeric(t.Titles):
		kept, t.Titles = nil, nil
	}
	if t.Titles == nil && t.Names != nil {
		t.Titles = numbered("column ", t.Cols)
	}
	o.lose(kept)
	return axis
}

func numbered(word string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = word + strconv.Itoa(i)
	}
	return list
}

// numeric says whether all texts are numbers, or nothing.
func numeric(list []string) bool {
	for _, s := range list {
		if _, err := strconv.ParseFloat(s, 64); s != "" && err != nil {
			return false
		}
	}
	return true
}

// table takes slabs in ascending order; a matrix that is to be turned it keeps whole.
type table struct {
	w     *csv.Writer
	axis  []float64
	cols  int
	dims  []int
	whole []float64

	mu   sync.Mutex
	next int
}

func (t *table) WriteSlab(ctx context.Context, src []float64, lo, hi int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if lo != t.next {
		return fmt.Errorf("rows from %d on, after %d rows; a table is written from its first row to its last", lo, t.next)
	}
	t.next = hi
	if t.whole != nil {
		for i := lo; i < hi; i++ {
			for j := range t.dims[1] {
				t.whole[j*t.dims[0]+i] = src[(i-lo)*t.dims[1]+j]
			}
		}
		return nil
	}
	return t.rows(src, lo)
}

func (t *table) rows(src []float64, lo int) error {
	if t.axis == nil {
		return t.w.WriteRows(src)
	}
	row := make([]float64, t.cols+1)
	for i := lo; len(src) > 0; i++ {
		row[0] = t.axis[i]
		copy(row[1:], src[:t.cols])
		if err := t.w.WriteRows(row); err != nil {
			return err
		}
		src = src[t.cols:]
	}
	return nil
}

func (t *table) flush() error {
	if t.whole == nil {
		return nil
	}
	return t.rows(t.whole, 0)
}
