package constraint

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// scratch is borrowed for one call of an operator and keeps what it has grown to.
type scratch struct {
	column []float64
	f      [9][]float64
	flag   []bool
	order  []int
}

var pool = sync.Pool{New: func() any { return new(scratch) }}

// floats is buffer k with length n and any contents.
func (s *scratch) floats(k, n int) []float64 {
	s.f[k] = slices.Grow(s.f[k][:0], n)[:n]
	return s.f[k]
}

// eachColumn gives f every column in contiguous memory, with scratch, and takes
// it back changed.
func eachColumn(a *mat.Dense, f func(s *scratch, v []float64)) {
	s := pool.Get().(*scratch)
	raw := a.RawMatrix()
	s.column = slices.Grow(s.column[:0], raw.Rows)[:raw.Rows]
	for j := range raw.Cols {
		for i := range s.column {
			s.column[i] = raw.Data[i*raw.Stride+j]
		}
		f(s, s.column)
		for i, v := range s.column {
			raw.Data[i*raw.Stride+j] = v
		}
	}
	pool.Put(s)
}

// eachRow is eachColumn for rows.
func eachRow(a *mat.Dense, f func(s *scratch, v []float64)) {
	s := pool.Get().(*scratch)
	rows, _ := a.Dims()
	for i := range rows {
		f(s, a.RawRowView(i))
	}
	pool.Put(s)
}

// each is eachRow or eachColumn.
func each(byColumn bool, a *mat.Dense, f func(s *scratch, v []float64)) {
	if byColumn {
		eachColumn(a, f)
	} else {
		eachRow(a, f)
	}
}

// sumColumns adds up a function of the columns.
func sumColumns(a *mat.Dense, f func(v []float64) float64) float64 {
	return sumEach(true, a, f)
}

// sumEach adds up a function of the rows or the columns, which it does not change.
func sumEach(byColumn bool, a *mat.Dense, f func(v []float64) float64) float64 {
	sum := 0.0
	each(byColumn, a, func(_ *scratch, v []float64) { sum += f(v) })
	return sum
}

// everyEntry says whether f is true of all entries.
func everyEntry(a *mat.Dense, f func(v float64) bool) bool {
	rows, _ := a.Dims()
	for i := range rows {
		for _, v := range a.RawRowView(i) {
			if !f(v) {
				return false
			}
		}
	}
	return true
}
