package matlab

import (
	"fmt"
	"io"
	"math"
)

// unsupported is the Err of an array whose class is not readable.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, args...)...)
}

// Value reads the variable called name, or the field "S.f" of a struct, with
// everything in it. Arrays of unreadable classes inside it become *Opaque.
func (f *File) Value(name string) (Value, error) {
	s, a, err := f.locate(name)
	if err != nil {
		return nil, err
	}
	v, err := s.value(a, 0)
	if err == nil {
		err = s.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return v, nil
}

// value reads the array whose header is a, and goes to its end.
func (s *source) value(a *array, depth int) (Value, error) {
	if depth > maxDepth {
		return nil, s.corrupt(s.pos, "arrays nest deeper than %d", maxDepth)
	}
	var v Value
	var err error
	switch {
	case a.Err != nil:
		v = &Opaque{Class: a.Class, Dims: a.Dims, Err: a.Err}
	case a.Class == ClassCell:
		c := &Cell{Dims: a.Dims}
		c.Items, err = s.items(a, a.count, depth)
		v = c
	case a.Class == ClassStruct:
		c := &Struct{Dims: a.Dims, Fields: a.Fields}
		c.Items, err = s.records(a, depth)
		v = c
	case a.Class == ClassChar:
		v, err = s.char(a)
	case a.Class == ClassSparse && a.v4:
		v, err = s.sparse4(a)
	case a.Class == ClassSparse:
		v, err = s.sparse(a)
	default:
		v, err = s.numericValue(a)
	}
	if err != nil {
		return nil, err
	}
	return v, s.skip(a.end - s.pos)
}

// items reads n arrays inside a. Each takes at least eight bytes of the file
// and is charged for, so n needs no trust.
func (s *source) items(a *array, n int64, depth int) ([]Value, error) {
	var list []Value
	for range n {
		child, err := s.array(a.end)
		if err != nil {
			return nil, err
		}
		v, err := s.value(child, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// records reads the fields of all elements of a struct array.
func (s *source) records(a *array, depth int) ([]Value, error) {
	fields := int64(len(a.Fields))
	if fields == 0 {
		return nil, nil
	}
	if a.count > math.MaxInt64/fields {
		return nil, s.corrupt(s.pos, "struct array of %v with %d fields", a.Dims, fields)
	}
	return s.items(a, a.count*fields, depth)
}

// numericValue reads a dense array with both its parts.
func (s *source) numericValue(a *array) (Value, error) {
	v := &Numeric{Class: a.Class, Dims: a.Dims}
	var err error
	if v.Data, err = s.floats(a); err != nil {
		return nil, err
	}
	if a.Complex {
		if err := s.imaginary(a); err != nil {
			return nil, err
		}
		v.Imag, err = s.floats(a)
	}
	return v, err
}

// floats reads all numbers of a.data into memory that grows as they arrive.
func (s *source) floats(a *array) ([]float64, error) {
	st := s.stream(a, false)
	if err := s.charge(8 * st.left); err != nil {
		return nil, err
	}
	x := make([]float64, 0, min(st.left, chunk/8))
	for st.left > 0 {
		k := len(x)
		x = append(x, make([]float64, min(st.left, int64(max(chunk/8, k))))...)
		n, err := st.Read(x[k:])
		if err != nil && err != io.EOF {
			return nil, err
		}
		x = x[:k+n]
	}
	return x, s.skip(a.data.pad)
}
