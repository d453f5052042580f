package matlab

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// level4 is the 20-byte header of an array of level 4: the type 1000·M + 10·P + T
// (byte order M, number type P, kind T), rows, columns, whether an imaginary
// part follows, length of the name with its NUL; then name and numbers.
type level4 struct {
	order         binary.ByteOrder
	typ           dataType
	kind          int // 0 numbers, 1 characters, 2 sparse: rows of i, j, value, imaginary part
	rows, cols    int
	complex       bool
	name          int64
	width, number int64 // bytes of the numbers, of one
}

// level4Types are the number types P.
var level4Types = [6]dataType{miDouble, miSingle, miInt32, miInt16, miUint16, miUint8}

// parse4 reads a header of 20 bytes, nil if it is none.
func parse4(b []byte) *level4 {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var w [5]int64
		for i := range w {
			w[i] = int64(int32(order.Uint32(b[4*i:])))
		}
		h := &level4{order: order, kind: int(w[0] % 10), complex: w[3] == 1, name: w[4]}
		machine, p := w[0]/1000, w[0]/10%100
		if w[0] < 0 || machine > 1 || (machine == 1) != (order == binary.BigEndian) || p >= int64(len(level4Types)) || h.kind > 2 {
			continue
		}
		if w[1] < 0 || w[2] < 0 || w[3] < 0 || w[3] > 1 || w[4] < 1 || w[4] > maxName {
			continue
		}
		h.typ = level4Types[p]
		h.number = h.typ.size()
		h.rows, h.cols = int(w[1]), int(w[2])
		return h
	}
	return nil
}

// isLevel4 reports whether head starts with an array of level 4 whose name is
// an identifier.
func isLevel4(head []byte) bool {
	if len(head) < 20 {
		return false
	}
	h := parse4(head)
	if h == nil {
		return false
	}
	name := head[20:min(int64(len(head)), 20+h.name)]
	for i, c := range name {
		if c == 0 {
			return i > 0
		}
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')
		if !letter {
			return false
		}
	}
	return len(name) > 0
}

// scan4 lists the variables of a level-4 file.
func (f *File) scan4() error {
	s := newSource(f.r, binary.LittleEndian, 1<<20+64*f.size)
	for off := int64(0); off < f.size; {
		v, err := s.head4(off, f.size)
		if err != nil && !damage(err) {
			return err
		}
		v.Err = err
		f.vars = append(f.vars, v)
		if err != nil {
			break // where the next one starts is as doubtful
		}
		off = v.end
	}
	return nil
}

// head4 reads the header at off. The variable is as complete as it can be.
func (s *source) head4(off, size int64) (variable, error) {
	var v variable
	var b [20]byte
	s.seek(off, size)
	if err := s.read(b[:]); err != nil {
		return v, err
	}
	h := parse4(b[:])
	if h == nil {
		return v, s.corrupt(off, "no header of an array of level 4")
	}
	name, err := s.bytes(h.name)
	if err != nil {
		return v, err
	}
	v.Info = Info{Name: cleanName(name), Class: ClassDouble, Stored: h.typ.String(), Dims: []int{h.rows, h.cols}, Complex: h.complex}
	v.v4, v.start = h, s.pos
	parts := int64(1)
	if h.complex {
		parts = 2
	}
	if h.rows > 0 && int64(h.cols) > (size-v.start)/(h.number*parts)/int64(h.rows) {
		return v, fmt.Errorf("%w: array of %v %v at byte %d", ErrTruncated, v.Dims, h.typ, off)
	}
	h.width = int64(h.rows) * int64(h.cols) * h.number
	v.end = v.start + h.width*parts
	switch h.kind {
	case 1:
		v.Class = ClassChar
	case 2:
		v.Class, v.Stored, v.Complex = ClassSparse, "", h.cols == 4
		return v, s.sparseDims4(&v, size)
	}
	return v, nil
}

// sparseDims4 reads the sizes of a sparse matrix, which are its last row.
func (s *source) sparseDims4(v *variable, size int64) error {
	h := v.v4
	if h.complex || h.rows < 1 || h.cols != 3 && h.cols != 4 {
		return s.corrupt(v.start, "sparse matrix of level 4 stored as %d×%d", h.rows, h.cols)
	}
	v.Dims = make([]int, 2)
	for k := range v.Dims {
		s.seek(v.start+(int64(h.rows)*int64(k+1)-1)*h.number, size)
		s.order = h.order
		x := make([]float64, 1)
		st := s.stream(&array{data: tag{typ: h.typ, size: h.number}}, false)
		if _, err := st.Read(x); err != nil && err != io.EOF {
			return err
		}
		if !(x[0] >= 0 && x[0] <= math.MaxInt32 && x[0] == math.Trunc(x[0])) {
			return s.corrupt(v.start, "size %d of a sparse matrix is %v", k, x[0])
		}
		v.Dims[k] = int(x[0])
	}
	return nil
}

// open4 goes to the numbers of a level-4 variable.
func (s *source) open4(v *variable) *array {
	s.seek(v.start, v.end)
	s.order = v.v4.order
	return &array{
		Info: v.Info, v4: true, end: v.end, count: v.v4.width / v.v4.number,
		data: tag{typ: v.v4.typ, size: v.v4.width},
	}
}

// sparse4 reads a sparse matrix of level 4: columns of 1-based rows, of
// columns, of values; its last row holds the sizes.
func (s *source) sparse4(a *array) (Value, error) {
	off := s.pos
	x, err := s.floats(a)
	if err != nil {
		return nil, err
	}
	if err := s.charge(16 * int64(len(x))); err != nil {
		return nil, err
	}
	parts := 3
	if a.Complex {
		parts = 4
	}
	rows := len(x) / parts
	nnz := rows - 1
	v := &Sparse{Dims: a.Dims, Row: make([]int, nnz), Col: make([]int, nnz), Data: x[2*rows : 2*rows+nnz]}
	if a.Complex {
		v.Imag = x[3*rows : 3*rows+nnz]
	}
	for k := range nnz {
		i, j := x[k], x[rows+k]
		if !(i >= 1 && i <= float64(a.Dims[0]) && i == math.Trunc(i) && j >= 1 && j <= float64(a.Dims[1]) && j == math.Trunc(j)) {
			return nil, s.corrupt(off, "entry %d of a sparse matrix is at (%v, %v) of %v", k, i, j, a.Dims)
		}
		v.Row[k], v.Col[k] = int(i)-1, int(j)-1
	}
	return v, nil
}
