package text

import (
	"bytes"
	"math"
	"strconv"
)

// Field is the first word of a line and what follows it; words are divided by blanks
// and tabs. At the end of a line it is empty.
func Field(line []byte) (field, rest []byte) {
	i := 0
	for i < len(line) && blank(line[i]) {
		i++
	}
	j := i
	for j < len(line) && !blank(line[j]) {
		j++
	}
	return line[i:j], line[j:]
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// Count is the number of words of a line.
func Count(line []byte) int {
	n := 0
	for {
		var f []byte
		if f, line = Field(line); len(f) == 0 {
			return n
		}
		n++
	}
}

// Index is a whole number from 0 to 2³¹−1, also when it is written 12.0 or 1e+05.
func Index(b []byte) (int32, bool) {
	v := int64(0)
	for _, c := range b {
		if c -= '0'; c > 9 {
			return indexOfNumber(b)
		}
		if v = v*10 + int64(c); v > math.MaxInt32 {
			return 0, false
		}
	}
	return int32(v), len(b) > 0
}

func indexOfNumber(b []byte) (int32, bool) {
	v, ok := Number(b)
	if !ok || v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
		return 0, false
	}
	return int32(v), true
}

// powers are the powers of ten that are float64 themselves.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// Number is the float64 nearest to a decimal number, NaN or Inf, as strconv.ParseFloat
// has it; hexadecimal numbers and underscores are none.
//
// Digits that make a whole number of at most 53 bits, times or by a power of ten up to
// 10²², take one rounding: m and 10ᵏ are exact, so that m·10ᵏ and m/10ᵏ are right
// (Clinger, How to read floating point numbers accurately, PLDI 1990). The rest is
// left to strconv.
func Number(b []byte) (float64, bool) {
	i, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, i = b[0] == '-', 1
	}
	var m uint64
	digits, zeros, exponent, point := 0, 0, 0, false
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if b[i] == '.' && !point {
			point = true
			continue
		}
		if c > 9 {
			break
		}
		digits++
		if point && c == 0 { // trailing zeros of a fraction change nothing
			zeros++
			continue
		}
		for ; zeros > 0; zeros-- {
			if m > 1<<53 {
				return slow(b)
			}
			m *= 10
			exponent--
		}
		if m > 1<<53 {
			return slow(b)
		}
		m = m*10 + uint64(c)
		if point {
			exponent--
		}
	}
	if digits == 0 {
		return slow(b)
	}
	if i < len(b) {
		e, ok := scale(b[i:])
		if !ok {
			return slow(b)
		}
		exponent += e
	}
	if m > 1<<53 || exponent > 22 || exponent < -22 {
		return slow(b)
	}
	v := float64(m)
	if exponent < 0 {
		v /= powers[-exponent]
	} else {
		v *= powers[exponent]
	}
	if negative {
		v = -v
	}
	return v, true
}

// scale is the number in e+05.
func scale(b []byte) (int, bool) {
	if b[0]|0x20 != 'e' {
		return 0, false
	}
	b = b[1:]
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, b = b[0] == '-', b[1:]
	}
	if len(b) == 0 || len(b) > 4 {
		return 0, false
	}
	e := 0
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		e = e*10 + int(c)
	}
	if negative {
		e = -e
	}
	return e, true
}

func slow(b []byte) (float64, bool) {
	if bytes.ContainsAny(b, "xX_pP") {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil
}
