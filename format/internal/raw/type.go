package raw

import (
	"encoding/binary"
	"math"
)

// Type is the type of an element as a file stores it.
type Type uint8

// The types that can be read.
const (
	Invalid Type = iota
	Bool         // one byte, 0 or not
	Int8
	Uint8
	Int16
	Uint16
	Int32
	Uint32
	Int64  // beyond 2⁵³ rounded to the nearest float64
	Uint64 // beyond 2⁵³ rounded to the nearest float64
	Float16
	Float32
	Float64
)

var types = [...]struct {
	name string
	size int
}{
	Invalid: {"invalid", 0},
	Bool:    {"bool", 1},
	Int8:    {"int8", 1},
	Uint8:   {"uint8", 1},
	Int16:   {"int16", 2},
	Uint16:  {"uint16", 2},
	Int32:   {"int32", 4},
	Uint32:  {"uint32", 4},
	Int64:   {"int64", 8},
	Uint64:  {"uint64", 8},
	Float16: {"float16", 2},
	Float32: {"float32", 4},
	Float64: {"float64", 8},
}

// String is the usual name: float32, uint8, …
func (t Type) String() string { return types[t].name }

// Size is the number of bytes of an element.
func (t Type) Size() int { return types[t].size }

// decode turns the elements in src, len(dst) of them, into dst. With big it
// reverses the bytes of each element in src first.
func (t Type) decode(dst []float64, src []byte, big bool) {
	if big {
		reverse(src, t.Size())
	}
	le := binary.LittleEndian
	switch t {
	case Bool:
		for i := range dst {
			dst[i] = 0
			if src[i] != 0 {
				dst[i] = 1
			}
		}
	case Int8:
		for i := range dst {
			dst[i] = float64(int8(src[i]))
		}
	case Uint8:
		for i := range dst {
			dst[i] = float64(src[i])
		}
	case Int16:
		for i := range dst {
			dst[i] = float64(int16(le.Uint16(src[2*i:])))
		}
	case Uint16:
		for i := range dst {
			dst[i] = float64(le.Uint16(src[2*i:]))
		}
	case Int32:
		for i := range dst {
			dst[i] = float64(int32(le.Uint32(src[4*i:])))
		}
	case Uint32:
		for i := range dst {
			dst[i] = float64(le.Uint32(src[4*i:]))
		}
	case Int64:
		for i := range dst {
			dst[i] = float64(int64(le.Uint64(src[8*i:])))
		}
	case Uint64:
		for i := range dst {
			dst[i] = float64(le.Uint64(src[8*i:]))
		}
	case Float16:
		for i := range dst {
			dst[i] = half(le.Uint16(src[2*i:]))
		}
	case Float32:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(le.Uint32(src[4*i:])))
		}
	case Float64:
		for i := range dst {
			dst[i] = math.Float64frombits(le.Uint64(src[8*i:]))
		}
	}
}

func reverse(b []byte, size int) {
	switch size {
	case 2:
		for i := 0; i+2 <= len(b); i += 2 {
			binary.LittleEndian.PutUint16(b[i:], binary.BigEndian.Uint16(b[i:]))
		}
	case 4:
		for i := 0; i+4 <= len(b); i += 4 {
			binary.LittleEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
		}
	case 8:
		for i := 0; i+8 <= len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], binary.BigEndian.Uint64(b[i:]))
		}
	}
}

// half is the value of an IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and
// 10 fraction bits.
func half(b uint16) float64 {
	sign := 1.0
	if b&0x8000 != 0 {
		sign = -1
	}
	fraction := float64(b & 0x3ff)
	switch exponent := int(b >> 10 & 0x1f); exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	default:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	}
}
