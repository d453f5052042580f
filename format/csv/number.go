package csv

import (
	"math"
	"strconv"
	"strings"
)

// number is the value of a cell. With comma, the decimal sign is a comma.
func number(s string, comma bool) (float64, bool) {
	s = strings.TrimSpace(s)
	if missing(s) {
		return math.NaN(), true
	}
	if comma {
		if strings.IndexByte(s, '.') >= 0 {
			return 0, false
		}
		s = strings.Replace(s, ",", ".", 1)
	}
	// ParseFloat also takes 0x1p-2 and 1_000, which no table means.
	if strings.ContainsAny(s, "xX_") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// missing tells whether a trimmed cell says that there is no value.
func missing(s string) bool {
	switch strings.ToLower(s) {
	case "", "nan", "na", "n/a", "null", "?":
		return true
	}
	return false
}

// word tells whether a cell holds text that is no misspelt number.
func word(s string, delimiter rune) bool {
	s = strings.TrimSpace(s)
	if missing(s) || numeric(s, delimiter) {
		return false
	}
	return !strings.ContainsRune("0123456789+-.", rune(s[0]))
}

// numeric tells whether a cell is a number with either decimal sign that the
// delimiter allows.
func numeric(s string, delimiter rune) bool {
	if _, ok := number(s, false); ok {
		return true
	}
	_, ok := number(s, true)
	return ok && delimiter != ','
}
