package format

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/mtx"
	"github.com/polyad/polyad/format/tns"
)

type tnsReader struct{}

func (tnsReader) open(f *file, _ string) (*Array, error) {
	x, err := tns.Read(f, f.size, &tns.Options{ZeroBased: f.zeroBased})
	if err != nil {
		return nil, err
	}
	a := &Array{Dims: x.Dims, Type: "float64", Meta: Meta{BandMode: -1, Warnings: x.Warnings}}
	switch {
	case x.Model != nil:
		a.source = &modelled{x.Model, f.size}
	case x.Data != nil:
		a.source = &whole{x.Dims, x.Data}
	default:
		a.source = &coordinates{x.Dims, x.Index, x.Values, f.size}
	}
	return a, nil
}

func (r tnsReader) list(f *file) ([]VariableInfo, error) { return single(r, f) }

func (tnsReader) text(*file, string) ([]string, error) {
	return nil, fmt.Errorf("%w: the tensor has no names", ErrKind)
}

type mtxReader struct{}

func (mtxReader) open(f *file, _ string) (*Array, error) {
	x, err := mtx.Read(f, f.size)
	if err != nil {
		return nil, err
	}
	dims := []int{x.Rows, x.Cols}
	a := &Array{Dims: dims, Type: "float64", Meta: Meta{BandMode: -1}}
	if x.Data != nil {
		a.source = &whole{dims, x.Data}
	} else {
		a.source = &coordinates{dims, [][]int32{x.Row, x.Col}, x.Values, f.size}
	}
	return a, nil
}

func (r mtxReader) list(f *file) ([]VariableInfo, error) { return single(r, f) }

func (mtxReader) text(*file, string) ([]string, error) {
	return nil, fmt.Errorf("%w: the matrix has no names", ErrKind)
}

// single lists the only array of a file that has to be read for it.
func single(r reader, f *file) ([]VariableInfo, error) {
	a, err := r.open(f, "")
	if err != nil {
		return nil, err
	}
	return []VariableInfo{{Dims: a.Dims, Type: a.Type, Numeric: true}}, nil
}

// namesReader reads the names of a mode's slices, one a line, as tensors of facts have
// them beside the file of their entries.
type namesReader struct{}

func (r namesReader) open(f *file, _ string) (*Array, error) {
	names, err := r.text(f, "")
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: a list of %d names, not an array", ErrKind, len(names))
}

func (r namesReader) list(f *file) ([]VariableInfo, error) {
	names, err := r.text(f, "")
	return []VariableInfo{{Dims: []int{len(names)}, Type: "text"}}, err
}

func (namesReader) text(f *file, _ string) ([]string, error) {
	var names []string
	s := bufio.NewScanner(io.NewSectionReader(f, 0, f.size))
	for s.Scan() {
		names = append(names, strings.TrimSpace(s.Text()))
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("format: line %d: %w", len(names)+1, err)
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return names, nil
}

// denseRows are rows lo ≤ i < hi of a matrix.
func denseRows(m *mat.Dense, lo, hi int) *mat.Dense {
	_, cols := m.Dims()
	return m.Slice(lo, hi, 0, cols).(*mat.Dense)
}
