package format

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
	"github.com/polyad/polyad/format/matlab"
)

type matReader struct{}

func (matReader) open(f *file, variable string) (*Array, error) {
	m, err := matlab.Open(f, f.size)
	if err != nil {
		return nil, err
	}
	a := &Array{Type: "numbers", Meta: Meta{BandMode: -1}}
	for _, v := range m.Variables() {
		if v.Name != variable {
			continue
		}
		a.Type = matType(v)
		if err := unreadable(v); err != nil {
			return nil, err
		}
	}
	s, err := m.Numeric(variable)
	if errors.Is(err, matlab.ErrClass) {
		if entries := sparseMatrix(m, variable, f.size); entries != nil {
			a.Dims, a.Type, a.source = entries.dims, "float64", entries
			return a, nil
		}
	}
	if errors.Is(err, matlab.ErrClass) || errors.Is(err, matlab.ErrComplex) {
		return nil, fmt.Errorf("%w: %w", ErrKind, err)
	}
	if err != nil {
		return nil, err
	}
	a.Dims = s.Dims
	a.source = &matSource{file: m, name: variable, dims: s.Dims}
	return a, nil
}

// sparseMatrix is a sparse matrix of real numbers, or nil.
func sparseMatrix(m *matlab.File, variable string, size int64) *coordinates {
	v, err := m.Value(variable)
	x, ok := v.(*matlab.Sparse)
	if err != nil || !ok || x.Imag != nil {
		return nil
	}
	c := &coordinates{dims: x.Dims, index: make([][]int32, 2), values: x.Data, size: max(size, 16*int64(len(x.Data)))}
	for p := range x.Data {
		c.index[0], c.index[1] = append(c.index[0], int32(x.Row[p])), append(c.index[1], int32(x.Col[p]))
	}
	return c
}

// unreadable says why a variable is no array of real numbers, and what to do.
func unreadable(v matlab.Info) error {
	advice := ""
	switch {
	case v.Err != nil || v.Class == "":
		return v.Err
	case v.Complex:
		advice = "complex; save real(X), imag(X) or abs(X)"
	case v.Class.Numeric(), v.Class == matlab.ClassSparse:
		return nil
	case v.Class == matlab.ClassStruct && len(v.Fields) > 0:
		some := v.Fields[:min(len(v.Fields), 12)]
		advice = fmt.Sprintf("a struct; name a field, %s.%s (of %d: %s)", v.Name, some[0], len(v.Fields), strings.Join(some, ", "))
	default:
		advice = "a " + string(v.Class) + ", not an array of numbers"
	}
	return fmt.Errorf("%w: %s is %s", ErrKind, v.Name, advice)
}

func (matReader) list(f *file) ([]VariableInfo, error) {
	m, err := matlab.Open(f, f.size)
	if err != nil {
		return nil, err
	}
	var list []VariableInfo
	for _, v := range m.Variables() {
		list = append(list, VariableInfo{
			Name: v.Name, Dims: v.Dims, Type: matType(v),
			Numeric: (v.Class.Numeric() || v.Class == matlab.ClassSparse) && !v.Complex && v.Err == nil, Err: v.Err,
		})
	}
	return list, nil
}

func (matReader) text(f *file, variable string) ([]string, error) {
	m, err := matlab.Open(f, f.size)
	if err != nil {
		return nil, err
	}
	v, err := m.Value(variable)
	if err != nil {
		return nil, err
	}
	names, err := matlab.Names(v)
	if errors.Is(err, matlab.ErrClass) {
		return nil, fmt.Errorf("%w: %s: %w", ErrKind, variable, err)
	}
	return names, err
}

// matType is the type of the elements in the file, in the words of the other
// formats, and the class where there is none.
func matType(v matlab.Info) string {
	name := v.Stored
	switch {
	case v.Class == "":
		return "damaged"
	case !v.Class.Numeric() || name == "":
		return string(v.Class)
	case v.Class == matlab.ClassLogical:
		name = "bool"
	case name == "double":
		name = "float64"
	case name == "single":
		name = "float32"
	}
	if v.Complex {
		return "complex (" + name + ")"
	}
	return name
}

// matSource reads a variable from its beginning for every slab.
type matSource struct {
	file *matlab.File
	name string
	dims []int
}

func (m *matSource) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	s, err := m.file.Numeric(m.name)
	if err != nil {
		return err
	}
	return raw.ReadSlab(ctx, s, dst, m.dims, raw.Fortran(len(m.dims)), lo, hi)
}

// Verify passes over the variable.
func (m *matSource) Verify() error {
	s, err := m.file.Numeric(m.name)
	if err != nil {
		return err
	}
	if err := s.Skip(math.MaxInt64); err != nil && err != io.EOF {
		return err
	}
	return nil
}
