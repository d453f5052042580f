package matlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	headerSize = 128
	hdf5Magic  = "\x89HDF\r\n\x1a\n"
)

// File is a MAT file whose headers have been read.
type File struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder // of level 5; every array of level 4 has its own
	vars  []variable
	limit int64 // bytes a tree may hold
}

// variable is where an array lies.
type variable struct {
	Info
	start, end int64 // the payload of its element
	zip        bool
	v4         *level4
}

// IsMAT reports whether head, the first 128 bytes of a file or more, looks
// like a MAT file of any level; level 7.3 is one too.
func IsMAT(head []byte) bool {
	order, version := level5(head)
	return order != nil && (version == 1 || version == 2) || isLevel4(head)
}

// level5 reads byte order and version at the end of a level-5 header; the
// order is nil when there is none.
func level5(head []byte) (binary.ByteOrder, int) {
	if len(head) < headerSize || bytes.IndexByte(head[:4], 0) >= 0 {
		return nil, 0
	}
	switch string(head[126:128]) {
	case "IM":
		return binary.LittleEndian, int(head[125])
	case "MI":
		return binary.BigEndian, int(head[124])
	}
	return nil, 0
}

// Open reads the headers of the size bytes of r: for every variable at most a
// few hundred bytes, inflated if need be. It fails if the file is not a MAT
// file of level 4 or 5, and on errors of r; a variable that is damaged, cut
// short or of an unreadable class is listed with its Err.
//
// Cost: time and memory proportional to the number of variables.
func Open(r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(max(size, 0), 520))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("matlab: %w", err)
		}
		return nil, fmt.Errorf("%w at byte %d, its size is said to be %d", ErrTruncated, n, size)
	}
	f := &File{r: r, size: size, limit: MaxValueBytes}
	order, version := level5(head)
	switch {
	case bytes.HasPrefix(head, []byte(hdf5Magic)), order != nil && version == 2,
		len(head) == 520 && string(head[512:]) == hdf5Magic:
		return nil, ErrHDF5
	case order != nil && version == 1:
		f.order = order
		return f, f.scan(int64(f.order.Uint64(head[116:124])))
	case isLevel4(head):
		return f, f.scan4()
	case order != nil:
		return nil, fmt.Errorf("%w of a known level: its version is %d", ErrFormat, version)
	case size < headerSize:
		return nil, fmt.Errorf("%w: %d bytes, and no header of level 4", ErrFormat, size)
	}
	return nil, fmt.Errorf("%w: byte 126 should say MI or IM", ErrFormat)
}

// scan lists the variables. The one at offset subsystem is MATLAB's own.
func (f *File) scan(subsystem int64) error {
	s := newSource(f.r, f.order, 1<<20+64*f.size)
	for off := int64(headerSize); off < f.size; {
		s.seek(off, f.size)
		v := variable{}
		t, err := s.head()
		if err == nil {
			v.start, v.end, v.zip = s.pos, s.pos+t.size, t.typ == miCompressed
			err = s.describe(&v, min(v.end, f.size))
		}
		if err == nil && v.Err == nil && v.end > f.size {
			err = fmt.Errorf("%w: the variable at byte %d has %d bytes of %d", ErrTruncated, off, f.size-v.start, t.size)
		}
		if err != nil && !damage(err) {
			return err
		}
		if err != nil {
			v.Err = err
		}
		if off != subsystem {
			f.vars = append(f.vars, v)
		}
		if v.end == 0 { // no way to tell where the next one starts
			break
		}
		off = v.end
	}
	return nil
}

// damage tells errors in what the file says from errors in reading it.
func damage(err error) bool {
	return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrTruncated) || errors.Is(err, ErrTooLarge)
}

// head reads the tag of a variable, whose payload may reach past the file.
func (s *source) head() (tag, error) {
	off := s.pos
	if err := s.read(s.word[:8]); err != nil {
		return tag{}, err
	}
	t := tag{typ: dataType(s.order.Uint32(s.word[:4])), size: int64(s.order.Uint32(s.word[4:]))}
	if t.typ != miMatrix && t.typ != miCompressed {
		return tag{}, s.corrupt(off, "%v element where a variable should start", t.typ)
	}
	return t, nil
}

// describe fills in the Info of a level-5 variable from its header.
func (s *source) describe(v *variable, end int64) error {
	a, err := s.open(v, end)
	if a != nil {
		v.Info = a.Info
	}
	return err
}

// open goes to a level-5 variable and reads its header, as far as it can.
func (s *source) open(v *variable, end int64) (*array, error) {
	if !v.zip {
		s.seek(v.start, end)
		s.top = v.end
		return s.content(v.end - v.start)
	}
	if err := s.inflate(v.start, end); err != nil {
		return nil, err
	}
	t, err := s.head()
	if err != nil {
		return nil, err
	}
	if t.typ != miMatrix {
		return nil, s.corrupt(0, "%v element in compressed data", t.typ)
	}
	s.top = s.pos + t.size
	return s.content(t.size)
}

// Variables lists what the file holds, in its order. The caller must not
// change what the slices in it hold.
func (f *File) Variables() []Info {
	list := make([]Info, len(f.vars))
	for i := range f.vars {
		list[i] = f.vars[i].Info
	}
	return list
}

// find returns the variable that name is, or that its first parts are, and
// the fields that follow. Of two variables of one name the last is meant.
func (f *File) find(name string) (*variable, []string, error) {
	for head := name; ; {
		for i := len(f.vars) - 1; i >= 0; i-- {
			if f.vars[i].Name != head {
				continue
			}
			if head == name {
				return &f.vars[i], nil, nil
			}
			return &f.vars[i], strings.Split(name[len(head)+1:], "."), nil
		}
		dot := strings.LastIndexByte(head, '.')
		if dot < 0 {
			break
		}
		head = head[:dot]
	}
	return nil, nil, fmt.Errorf("%w: %q; the file has %s", ErrNotFound, name, f.names())
}

// names lists the variables' names for people.
func (f *File) names() string {
	const most = 12
	var list []string
	for i := range f.vars {
		if len(list) == most {
			list = append(list, fmt.Sprintf("and %d more", len(f.vars)-most))
			break
		}
		list = append(list, fmt.Sprintf("%q", f.vars[i].Name))
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// locate opens the variable or field of the given name: a source of its own,
// at its data.
func (f *File) locate(name string) (*source, *array, error) {
	v, fields, err := f.find(name)
	if err != nil {
		return nil, nil, err
	}
	if v.Err != nil {
		return nil, nil, fmt.Errorf("variable %q: %w", v.Name, v.Err)
	}
	s := newSource(f.r, f.order, f.limit)
	var a *array
	if v.v4 != nil {
		a = s.open4(v)
	} else if a, err = s.open(v, v.end); err != nil {
		return nil, nil, fmt.Errorf("variable %q: %w", v.Name, err)
	}
	for i, field := range fields {
		if a, err = s.field(a, field, i); err != nil {
			return nil, nil, fmt.Errorf("%q: %w", name, err)
		}
	}
	if a.Err != nil {
		return nil, nil, fmt.Errorf("%q: %w", name, a.Err)
	}
	return s, a, nil
}

// field goes from a 1×1 struct to its field of that name; of two fields of one
// name the last is meant.
func (s *source) field(a *array, name string, depth int) (*array, error) {
	if a.Class != ClassStruct {
		return nil, fmt.Errorf("%w: no field %q in a %s", ErrNotFound, name, a.Class)
	}
	if a.count != 1 {
		return nil, fmt.Errorf("%w: field %q of a struct array %v; read it with Value", ErrClass, name, a.Dims)
	}
	if depth >= maxDepth {
		return nil, s.corrupt(s.pos, "arrays nest deeper than %d", maxDepth)
	}
	at := -1
	for i, field := range a.Fields {
		if field == name {
			at = i
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("%w: field %q; the struct has %q", ErrNotFound, name, a.Fields)
	}
	for range at {
		off := s.pos
		t, err := s.element(a.end)
		if err != nil {
			return nil, err
		}
		if t.typ != miMatrix {
			return nil, s.corrupt(off, "%v element where a field should be", t.typ)
		}
		if err := s.skip(t.size); err != nil {
			return nil, err
		}
	}
	return s.array(a.end)
}
