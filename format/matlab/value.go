package matlab

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxValueBytes is the most that one tree read by [File.Value] may hold; a
// compressed file of a megabyte can ask for a gigabyte.
const MaxValueBytes = 1 << 30

// Value is an array in memory: *Numeric, *Char, *Cell, *Struct, *Sparse or
// *Opaque. Size is the array's sizes, at least two.
type Value interface{ Size() []int }

// Numeric is a dense array, Data[i₀ + Dims[0]·(i₁ + Dims[1]·(…))].
type Numeric struct {
	Class Class
	Dims  []int
	Data  []float64
	Imag  []float64 // as Data, nil if the array is real
}

// Char is an array of characters.
type Char struct {
	Dims []int
	// Rows are the rows of the (first, second, …) page, with the blanks that
	// make them equally long; none if the array is empty.
	Rows []string
}

// Cell is an array of arrays, column-major.
type Cell struct {
	Dims  []int
	Items []Value
}

// Struct is an array of records. Field f of element e is
// Items[e·len(Fields) + f]; names may come twice in damaged files.
type Struct struct {
	Dims   []int
	Fields []string
	Items  []Value
}

// Field returns a field of the first element, nil if there is none.
func (v *Struct) Field(name string) Value {
	for f := len(v.Fields) - 1; f >= 0; f-- {
		if v.Fields[f] == name && f < len(v.Items) {
			return v.Items[f]
		}
	}
	return nil
}

// Sparse is a sparse matrix: A(Row[k], Col[k]) = Data[k], from 0, by columns,
// as stored; explicit zeros stay.
type Sparse struct {
	Dims     []int
	Row, Col []int
	Data     []float64
	Imag     []float64 // as Data, nil if the array is real
	Logical  bool
}

// Opaque stands in a tree for an array that is not readable; Err says why.
type Opaque struct {
	Class Class
	Dims  []int
	Err   error
}

// Size returns the sizes of the array.
func (v *Numeric) Size() []int { return v.Dims }

// Size returns the sizes of the array.
func (v *Char) Size() []int { return v.Dims }

// Size returns the sizes of the array.
func (v *Cell) Size() []int { return v.Dims }

// Size returns the sizes of the array.
func (v *Struct) Size() []int { return v.Dims }

// Size returns the sizes of the array.
func (v *Sparse) Size() []int { return v.Dims }

// Size returns the sizes of the array.
func (v *Opaque) Size() []int { return v.Dims }

// Names reads a list of names in any of the ways MATLAB users keep one: the
// rows of a char array, a cell of strings, or a matrix whose rows are
// character codes. White space at the end of a name is padding and is cut.
func Names(v Value) ([]string, error) {
	var names []string
	switch v := v.(type) {
	case *Char:
		for _, row := range v.Rows {
			names = append(names, trimName(row))
		}
		return names, nil
	case *Cell:
		for i, item := range v.Items {
			c, ok := item.(*Char)
			if !ok {
				// A cell that was never set is an empty array of numbers.
				if n, isNumeric := item.(*Numeric); !isNumeric || len(n.Data) > 0 {
					return nil, fmt.Errorf("%w: cell %d is %T, not a name", ErrClass, i, item)
				}
				c = &Char{}
			}
			if len(c.Rows) > 1 {
				return nil, fmt.Errorf("%w: cell %d holds %d rows of characters, not a name", ErrClass, i, len(c.Rows))
			}
			names = append(names, trimName(strings.Join(c.Rows, "")))
		}
		return names, nil
	case *Numeric:
		if len(v.Dims) == 2 && v.Imag == nil {
			return codeNames(v)
		}
	}
	return nil, fmt.Errorf("%w: %T is not a list of names", ErrClass, v)
}

// codeNames reads the rows of a matrix as character codes.
func codeNames(v *Numeric) ([]string, error) {
	if len(v.Data) == 0 {
		return nil, nil
	}
	names := make([]string, v.Dims[0])
	row := make([]rune, v.Dims[1])
	for i := range names {
		for j := range row {
			c := v.Data[i+j*v.Dims[0]]
			if !(c >= 0 && c <= 0xffff && c == math.Trunc(c)) {
				return nil, fmt.Errorf("%w: %v in row %d, column %d is not a character code", ErrClass, c, i, j)
			}
			row[j] = rune(c)
		}
		names[i] = trimName(string(row))
	}
	return slices.Clip(names), nil
}

func trimName(s string) string { return strings.TrimRight(s, " \t\r\n\x00") }
