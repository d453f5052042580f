package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
)

// Write writes an array of float64, last index fastest, as a .npy file of
// version 1. No dims are a single number.
func Write(w io.Writer, dims []int, data []float64) error {
	if len(dims) > 64 {
		return fmt.Errorf("npy: %d modes; NumPy reads at most 64", len(dims))
	}
	n := 1
	for _, d := range dims {
		if d < 0 || d > 0 && n > math.MaxInt/d {
			return fmt.Errorf("npy: sizes %v cannot be", dims)
		}
		n *= d
	}
	if n != len(data) {
		return fmt.Errorf("npy: sizes %v are %d values, there are %d", dims, n, len(data))
	}
	if _, err := w.Write(header(dims, "<f8")); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	buf := make([]byte, 0, 64<<10)
	for len(data) > 0 {
		k := min(len(data), cap(buf)/8)
		buf = buf[:0]
		for _, v := range data[:k] {
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("npy: %w", err)
		}
		data = data[k:]
	}
	return nil
}

// Begin is the beginning of a file in C order, before the elements, a multiple of 64
// bytes. typ is an element type by name, float32 say; the elements follow with their
// least significant byte first.
func Begin(dims []int, typ string) ([]byte, error) {
	if len(dims) > 64 {
		return nil, fmt.Errorf("npy: %d modes; NumPy reads at most 64", len(dims))
	}
	t := raw.Named(typ)
	for code, e := range elements {
		if e == t && t != raw.Invalid {
			descr := "<" + code
			if t.Size() == 1 {
				descr = "|" + code
			}
			return header(dims, descr), nil
		}
	}
	return nil, fmt.Errorf("npy: no element type %q", typ)
}

func header(dims []int, descr string) []byte {
	shape := strings.Trim(fmt.Sprint(dims), "[]")
	shape = strings.ReplaceAll(shape, " ", ", ")
	if len(dims) == 1 {
		shape += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	b := append([]byte(Magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
