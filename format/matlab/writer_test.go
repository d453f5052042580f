package matlab

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
)

// writer builds the bytes of level-5 files.
type writer struct {
	order binary.AppendByteOrder
	long  bool // never uses small elements
}

var little, big = &writer{order: binary.LittleEndian}, &writer{order: binary.BigEndian}

// file is a header and variables.
func (w *writer) file(vars ...[]byte) []byte {
	b := bytes.Repeat([]byte{' '}, 124)
	copy(b, "MATLAB 5.0 MAT-file")
	copy(b[116:], make([]byte, 8))
	b = w.order.AppendUint16(b, 0x0100)
	b = w.order.AppendUint16(b, 'M'<<8|'I')
	return append(b, bytes.Join(vars, nil)...)
}

func (w *writer) element(typ dataType, payload []byte) []byte {
	n := uint32(len(payload))
	if n > 0 && n <= 4 && !w.long {
		return append(append(w.order.AppendUint32(nil, n<<16|uint32(typ)), payload...), make([]byte, 4-n)...)
	}
	b := w.order.AppendUint32(nil, uint32(typ))
	b = append(w.order.AppendUint32(b, n), payload...)
	if typ != miMatrix && typ != miCompressed {
		b = append(b, make([]byte, -n&7)...)
	}
	return b
}

// numbers is an element of the values in the given type.
func (w *writer) numbers(typ dataType, x ...float64) []byte {
	var b []byte
	for _, v := range x {
		switch typ {
		case miSingle:
			b = w.order.AppendUint32(b, math.Float32bits(float32(v)))
		case miDouble:
			b = w.order.AppendUint64(b, math.Float64bits(v))
		default:
			switch typ.size() {
			case 1:
				b = append(b, byte(int64(v)))
			case 2:
				b = w.order.AppendUint16(b, uint16(int64(v)))
			case 4:
				b = w.order.AppendUint32(b, uint32(int64(v)))
			case 8:
				b = w.order.AppendUint64(b, uint64(int64(v)))
			}
		}
	}
	return w.element(typ, b)
}

// matrix is an array of class code with flags (8 complex, 2 logical).
func (w *writer) matrix(code, flags int, dims []float64, name string, parts ...[]byte) []byte {
	b := w.element(miUint32, w.order.AppendUint32(w.order.AppendUint32(nil, uint32(flags<<8|code)), 0))
	if code != 17 {
		b = append(b, w.numbers(miInt32, dims...)...)
	}
	b = append(b, w.element(miInt8, []byte(name))...)
	return w.element(miMatrix, append(b, bytes.Join(parts, nil)...))
}

func (w *writer) double(name string, typ dataType, m, n float64, x ...float64) []byte {
	return w.matrix(6, 0, []float64{m, n}, name, w.numbers(typ, x...))
}

func (w *writer) char(name, text string) []byte {
	return w.matrix(4, 0, []float64{1, float64(len(text))}, name, w.element(miUTF8, []byte(text)))
}

// record is a 1×1 struct with the names in 8 bytes each.
func (w *writer) record(name, fields string, parts ...[]byte) []byte {
	return w.matrix(2, 0, []float64{1, 1}, name,
		append([][]byte{w.numbers(miInt32, 8), w.element(miInt8, []byte(fields))}, parts...)...)
}

func (w *writer) compress(element []byte) []byte {
	var z bytes.Buffer
	c := zlib.NewWriter(&z)
	_, _ = c.Write(element) // a bytes.Buffer does not fail
	_ = c.Close()
	return w.element(miCompressed, z.Bytes())
}

// everything is a file with a variable of every kind.
func (w *writer) everything(zip bool) []byte {
	vars := [][]byte{
		w.double("A", miUint16, 2, 3, 1, 2, 3, 4, 5, 60000),
		w.matrix(6, 8, []float64{1, 3}, "Z", w.numbers(miInt16, 1, -2, 3), w.numbers(miSingle, 0.5, 0, -4)),
		w.matrix(9, 2, []float64{2, 1}, "L", w.numbers(miUint8, 1, 0)),
		w.matrix(4, 0, []float64{2, 3}, "rows", w.numbers(miUint16, 'a', 'd', 'b', 'e', 'c', 0xe9)),
		w.matrix(1, 0, []float64{1, 3}, "C", w.char("", "one"), w.double("", miDouble, 1, 1, 0.25), w.element(miMatrix, nil)),
		w.record("S", "data\x00\x00\x00\x00meta\x00\x00\x00\x00",
			w.double("", miInt32, 1, 2, -7, 8),
			w.record("", "name\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"[:8], w.char("", "inner"))),
		w.matrix(5, 0, []float64{3, 2}, "sp", w.numbers(miInt32, 0, 2, 1), w.numbers(miInt32, 0, 2, 3), w.numbers(miDouble, 1.5, 2.5, -3)),
		w.matrix(16, 0, []float64{1, 1}, "fun", w.double("", miUint8, 1, 1, 1)),
		w.matrix(3, 0, []float64{1, 1}, "obj", w.element(miInt8, []byte("inline"))),
		w.matrix(17, 0, nil, "str", w.element(miInt8, []byte("MCOS")), w.element(miInt8, []byte("string")), w.double("", miUint32, 1, 1, 9)),
		w.double("last", miDouble, 1, 1, 42),
	}
	if zip {
		for i := range vars {
			vars[i] = w.compress(vars[i])
		}
	}
	return w.file(vars...)
}
