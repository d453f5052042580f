package mtx

import (
	"fmt"
	"slices"

	"github.com/polyad/polyad/format/internal/text"
)

// part is what a block of lines holds.
type part struct {
	row, col []int32
	values   []float64
}

// entries reads the lines of a coordinate file.
func (h *head) entries(f *File, count int) error {
	parts, err := text.Parse(h.r, h.lines.End, h.size, h.lines.Number, f.parse)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	total := 0
	for _, p := range parts {
		total += len(p.values)
	}
	if total != count {
		return fmt.Errorf("%w: line %d states %d entries, and there are %d", ErrFormat, h.lines.Number, count, total)
	}
	f.Row, f.Col, f.Values = make([]int32, 0, total), make([]int32, 0, total), make([]float64, 0, total)
	for _, p := range parts {
		f.Row, f.Col, f.Values = append(f.Row, p.row...), append(f.Col, p.col...), append(f.Values, p.values...)
	}
	if f.Symmetry == "general" {
		return nil
	}
	sign := 1.0
	if f.Symmetry == "skew-symmetric" {
		sign = -1
	}
	for p := range total {
		if i, j := f.Row[p], f.Col[p]; i != j {
			f.Row, f.Col, f.Values = append(f.Row, j), append(f.Col, i), append(f.Values, sign*f.Values[p])
		}
	}
	return nil
}

// parse reads the entries of a block.
func (f *File) parse(b *text.Block) (*part, error) {
	p := &part{}
	pattern := f.Field == "pattern"
	for {
		line, ok := b.Next()
		if !ok {
			return p, nil
		}
		word, rest := text.Field(line)
		if len(word) == 0 || word[0] == '%' {
			continue
		}
		if p.values == nil {
			// As if all lines were like this one, but never more than there can be.
			room := min(b.Size()/(len(line)+1)*9/8, b.Size()/4) + 1
			p.row, p.col, p.values = make([]int32, 0, room), make([]int32, 0, room), make([]float64, 0, room)
		}
		i, okRow := text.Index(word)
		word, rest = text.Field(rest)
		j, okCol := text.Index(word)
		v, okValue := 1.0, true
		if !pattern {
			word, rest = text.Field(rest)
			v, okValue = text.Number(word)
		}
		if more, _ := text.Field(rest); !okRow || !okCol || !okValue || len(more) > 0 {
			return nil, fmt.Errorf("%q is not %s", clip(line), map[bool]string{true: "row and column", false: "row, column and value"}[pattern])
		}
		if i < 1 || j < 1 || int(i) > f.Rows || int(j) > f.Cols {
			return nil, fmt.Errorf("row %d, column %d of a matrix %d×%d; they count from 1", i, j, f.Rows, f.Cols)
		}
		switch {
		case f.Symmetry == "skew-symmetric" && i == j && v != 0:
			return nil, fmt.Errorf("%g on the diagonal of a skew-symmetric matrix", v)
		case f.Symmetry != "general" && i < j:
			return nil, fmt.Errorf("row %d, column %d is above the diagonal; a %s matrix has its lower triangle in the file", i, j, f.Symmetry)
		}
		p.row, p.col, p.values = append(p.row, i-1), append(p.col, j-1), append(p.values, v)
	}
}

// array reads the values of an array file.
func (h *head) array(f *File) error {
	parts, err := text.Parse(h.r, h.lines.End, h.size, h.lines.Number, func(b *text.Block) ([]float64, error) {
		var list []float64
		for {
			line, ok := b.Next()
			if !ok {
				return list, nil
			}
			word, rest := text.Field(line)
			for len(word) > 0 && word[0] != '%' {
				v, ok := text.Number(word)
				if !ok {
					return nil, fmt.Errorf("%q is not a number", clip(word))
				}
				list = append(list, v)
				word, rest = text.Field(rest)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	x := slices.Concat(parts...)
	m, n := int64(f.Rows), int64(f.Cols)
	want := m * n
	switch f.Symmetry {
	case "symmetric":
		want = m * (m + 1) / 2
	case "skew-symmetric":
		want = m * (m - 1) / 2
	}
	if int64(len(x)) != want {
		return fmt.Errorf("%w: %d values of a %s matrix %d×%d, which has %d", ErrFormat, len(x), f.Symmetry, m, n, want)
	}
	f.Data = make([]float64, m*n)
	at := 0
	for j := range f.Cols {
		first := 0
		switch f.Symmetry {
		case "symmetric":
			first = j
		case "skew-symmetric":
			first = j + 1
		}
		for i := first; i < f.Rows; i++ {
			f.Data[i*f.Cols+j] = x[at]
			if f.Symmetry == "symmetric" {
				f.Data[j*f.Cols+i] = x[at]
			} else if f.Symmetry == "skew-symmetric" {
				f.Data[j*f.Cols+i] = -x[at]
			}
			at++
		}
	}
	return nil
}
