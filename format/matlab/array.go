package matlab

import (
	"bytes"
	"math"
	"strings"
)

const (
	maxDepth = 64   // nesting of cells and structs
	maxDims  = 64   // dimensions of an array
	maxName  = 4096 // bytes of a variable's name; MATLAB allows 63
	// nodeBytes is charged for every array, so that a tree of empty ones
	// costs what it takes.
	nodeBytes = 256
)

// array is an array whose header has been read: the source stands at the
// payload of data (numbers and characters) or at the first of its parts.
type array struct {
	Info
	count int64 // product of Dims
	data  tag   // the real part
	end   int64 // offset after the array
	v4    bool
}

// array reads the header of an array that must lie before end. Errors are
// about bytes; an array of a class that is not read here has a.Err set.
func (s *source) array(end int64) (*array, error) {
	off := s.pos
	t, err := s.element(end)
	if err != nil {
		return nil, err
	}
	if t.typ != miMatrix {
		return nil, s.corrupt(off, "%v element where an array should be", t.typ)
	}
	return s.content(t.size)
}

// content reads the header of an array of the given size after its tag.
func (s *source) content(size int64) (*array, error) {
	if err := s.charge(nodeBytes); err != nil {
		return nil, err
	}
	a := &array{end: s.pos + size}
	if size == 0 { // a cell or field that was never set: []
		a.Class, a.Stored, a.Dims = ClassDouble, miDouble.String(), []int{0, 0}
		a.data.typ = miDouble
		return a, nil
	}
	if err := s.flags(a); err != nil {
		return nil, err
	}
	if a.Class == ClassOpaque { // has no dimensions
		a.Dims = []int{1, 1}
	} else if err := s.dims(a); err != nil {
		return nil, err
	}
	name, err := s.text(a.end, "name of the array")
	if err != nil {
		return nil, err
	}
	a.Name = name
	return a, s.class(a)
}

// flags reads the array's class and properties.
func (s *source) flags(a *array) error {
	off := s.pos
	t, err := s.element(a.end)
	if err != nil {
		return err
	}
	if t.typ != miUint32 && t.typ != miInt32 || t.size != 8 {
		return s.corrupt(off, "array flags are %d bytes of %v, want 8 of uint32", t.size, t.typ)
	}
	if err := s.read(s.word[:8]); err != nil {
		return err
	}
	w := s.order.Uint32(s.word[:4])
	a.Complex = w&0x0800 != 0
	a.Logical = w&0x0200 != 0
	if c := int(w & 0xff); c < len(classOf) {
		a.Class = classOf[c]
	}
	if a.Class == "" {
		return s.corrupt(off, "array class %d does not exist", w&0xff)
	}
	if a.Logical && a.Class.Numeric() {
		a.Class = ClassLogical
	}
	return nil
}

// dims reads the sizes and their product.
func (s *source) dims(a *array) error {
	off := s.pos
	t, err := s.element(a.end)
	if err != nil {
		return err
	}
	n := t.size / 4
	if t.typ != miInt32 && t.typ != miUint32 || t.size%4 != 0 || n < 2 || n > maxDims {
		return s.corrupt(off, "dimensions are %d bytes of %v", t.size, t.typ)
	}
	b, err := s.payload(t)
	if err != nil {
		return err
	}
	a.Dims = make([]int, n)
	a.count = 1
	empty := false
	for i := range a.Dims {
		d := int32(s.order.Uint32(b[4*i:]))
		if d < 0 {
			return s.corrupt(off, "dimension %d is %d", i, d)
		}
		a.Dims[i] = int(d)
		empty = empty || d == 0
		if d > 0 && a.count > math.MaxInt64/64/int64(d) {
			a.count = math.MaxInt64 / 64 // more than any file holds
		} else if d > 0 {
			a.count *= int64(d)
		}
	}
	if empty {
		a.count = 0
	}
	return nil
}

// text reads a short name.
func (s *source) text(end int64, what string) (string, error) {
	off := s.pos
	t, err := s.element(end)
	if err != nil {
		return "", err
	}
	if t.typ.size() != 1 || t.size > maxName {
		return "", s.corrupt(off, "%s is %d bytes of %v", what, t.size, t.typ)
	}
	b, err := s.payload(t)
	if err != nil {
		return "", err
	}
	return cleanName(b), nil
}

// cleanName is the text before the first NUL.
func cleanName(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// class reads what the header of a class has beyond that of every array.
func (s *source) class(a *array) error {
	switch a.Class {
	case ClassCell, ClassSparse:
		return nil
	case ClassStruct:
		return s.fields(a)
	case ClassObject:
		name, err := s.text(a.end, "class of the object")
		if err != nil {
			return err
		}
		a.Err = unsupported("object of class %s: save its fields as a struct", name)
		return nil
	case ClassFunction:
		a.Err = unsupported("function handle")
		return nil
	case ClassOpaque:
		if _, err := s.text(a.end, "type system of the object"); err != nil {
			return err
		}
		name, err := s.text(a.end, "class of the object")
		if err != nil {
			return err
		}
		a.Err = unsupported("object of class %s: convert it to char, cell, struct or numbers before saving", name)
		return nil
	}
	return s.numbers(a)
}

// fields reads the names of a struct's fields: one string of fixed length each.
func (s *source) fields(a *array) error {
	off := s.pos
	t, err := s.element(a.end)
	if err != nil {
		return err
	}
	if t.typ != miInt32 && t.typ != miUint32 || t.size != 4 {
		return s.corrupt(off, "length of field names is %d bytes of %v, want 4 of int32", t.size, t.typ)
	}
	b, err := s.payload(t)
	if err != nil {
		return err
	}
	width := int64(int32(s.order.Uint32(b)))
	off = s.pos
	if t, err = s.element(a.end); err != nil {
		return err
	}
	if t.typ.size() != 1 || t.size > 0 && (width <= 0 || width > maxName || t.size%width != 0) {
		return s.corrupt(off, "field names are %d bytes of %v, %d a name", t.size, t.typ, width)
	}
	if b, err = s.payload(t); err != nil {
		return err
	}
	if err := s.charge(16 * int64(len(b))); err != nil { // names of one byte are the worst
		return err
	}
	for ; len(b) > 0; b = b[width:] {
		a.Fields = append(a.Fields, cleanName(b[:width]))
	}
	return nil
}

// numbers reads the tag of the real part of numbers or characters and checks
// its size against the dimensions.
func (s *source) numbers(a *array) error {
	a.data.typ = miDouble
	if a.count == 0 && s.pos >= a.end { // empty, with no data at all
		return nil
	}
	off := s.pos
	var err error
	if a.data, err = s.element(a.end); err != nil {
		return err
	}
	a.Stored = a.data.typ.String()
	size := a.data.typ.size()
	switch {
	case size == 0:
		return s.corrupt(off, "numbers of %v", a.data.typ)
	case a.Class == ClassChar && a.data.size == 0 && a.count > 0:
		// Some writers give '' the sizes of a blank. No memory for blanks that
		// are not there.
		a.Dims, a.count = []int{0, 0}, 0
	case a.Class == ClassChar && a.data.typ == miUTF8: // its characters are counted when decoded
	case a.data.size%size != 0 || a.data.size/size != a.count:
		return s.corrupt(off, "%d bytes of %v for an array of %v", a.data.size, a.data.typ, a.Dims)
	}
	return nil
}
