package matlab

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// stored are the classes of real numbers: what they are called elsewhere, their code,
// and that of the numbers in the file.
var stored = map[string]struct {
	class, typ byte
	size       int
	flags      byte
}{
	"float64": {6, 9, 8, 0}, "float32": {7, 7, 4, 0}, "int8": {8, 1, 1, 0}, "uint8": {9, 2, 1, 0},
	"int16": {10, 3, 2, 0}, "uint16": {11, 4, 2, 0}, "int32": {12, 5, 4, 0}, "uint32": {13, 6, 4, 0},
	"int64": {14, 12, 8, 0}, "uint64": {15, 13, 8, 0}, "bool": {9, 2, 1, 2},
}

// Begin is the beginning of a file of level 5 with a single variable, uncompressed:
// the elements follow, first index fastest, least significant byte first, and zeros up
// to size, the length of the file. typ is an element type by name, float32 say. It
// refuses what [Write] refuses.
func Begin(name string, dims []int, typ string) (head []byte, size int64, err error) {
	if !names.MatchString(name) {
		return nil, 0, fmt.Errorf("matlab: %q is no name for a variable: a letter, then letters, digits and underscores, 63 at most", name)
	}
	s, ok := stored[typ]
	if !ok {
		return nil, 0, fmt.Errorf("matlab: no element type %q", typ)
	}
	dims = slices.Clone(dims)
	for len(dims) < 2 {
		dims = append(dims, 1)
	}
	bytes := int64(s.size)
	for _, d := range dims {
		if d < 0 || d > math.MaxInt32 || d > 0 && bytes > maxElement/int64(d) {
			return nil, 0, fmt.Errorf("matlab: %s: sizes %v of %s are more than the 4 GiB that a file of level 5 can hold", name, dims, typ)
		}
		bytes *= int64(d)
	}
	var b []byte
	word := func(x ...uint32) {
		for _, x := range x {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	pad := func() {
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
	}
	word(6, 8, uint32(s.class)|uint32(s.flags)<<8, 0)
	word(5, uint32(4*len(dims)))
	for _, d := range dims {
		word(uint32(d))
	}
	pad()
	word(1, uint32(len(name)))
	b = append(b, name...)
	pad()
	word(uint32(s.typ), uint32(bytes))
	element := int64(len(b)) + (bytes+7)&^7
	if element > maxElement {
		return nil, 0, fmt.Errorf("matlab: %s: sizes %v of %s are more than the 4 GiB that a file of level 5 can hold", name, dims, typ)
	}
	head = append(preamble(), 14, 0, 0, 0)
	head = binary.LittleEndian.AppendUint32(head, uint32(element))
	head = append(head, b...)
	return head, int64(len(head)) + (bytes+7)&^7, nil
}

// preamble is how every file of level 5 begins.
func preamble() []byte {
	head := fmt.Appendf(nil, "%-116s", "MATLAB 5.0 MAT-file, written by polyad")
	return append(append(head, make([]byte, 8)...), 0x00, 0x01, 'I', 'M')
}
