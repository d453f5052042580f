package matlab

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// char reads an array of characters: UTF-8, or codes in any type of number.
func (s *source) char(a *array) (Value, error) {
	v := &Char{Dims: a.Dims}
	if a.data.typ == miUTF8 {
		off := s.pos
		if err := s.charge(8 * a.data.size); err != nil {
			return nil, err
		}
		b, err := s.payload(a.data)
		if err != nil {
			return nil, err
		}
		if v.Rows = utf8Rows(b, a); v.Rows == nil && a.count > 0 {
			return nil, s.corrupt(off, "%d bytes of UTF-8 for characters of %v", len(b), a.Dims)
		}
		return v, nil
	}
	if err := s.charge(8 * a.count); err != nil {
		return nil, err
	}
	x, err := s.floats(a)
	if err != nil {
		return nil, err
	}
	if a.data.typ == miUTF32 {
		u := make([]rune, len(x))
		for i, c := range x {
			u[i] = rune(min(c, utf8.MaxRune+1)) // beyond Unicode: prints as U+FFFD
		}
		v.Rows = rows(u, a.Dims, func(u []rune) string { return string(u) })
		return v, nil
	}
	u := make([]uint16, len(x))
	for i, c := range x {
		u[i] = unit(c)
	}
	v.Rows = rows(u, a.Dims, utf16Text)
	return v, nil
}

// unit is a code as MATLAB's char(c) takes it.
func unit(c float64) uint16 {
	if c >= 0 && c <= 0xffff {
		return uint16(c)
	}
	return utf8.RuneError
}

func utf16Text(u []uint16) string { return string(utf16.Decode(u)) }

// utf8Rows splits UTF-8 text into the rows of a. The sizes of a count UTF-16
// units in MATLAB's files; other writers count characters or bytes. A byte
// that is not UTF-8 becomes U+FFFD. Nil if no count fits.
func utf8Rows(b []byte, a *array) []string {
	runes := []rune(string(b))
	if u := utf16.Encode(runes); int64(len(u)) == a.count {
		return rows(u, a.Dims, utf16Text)
	}
	if int64(len(runes)) == a.count {
		return rows(runes, a.Dims, func(u []rune) string { return string(u) })
	}
	if int64(len(b)) == a.count {
		return rows(b, a.Dims, func(u []byte) string { return strings.ToValidUTF8(string(u), "\uFFFD") })
	}
	return nil
}

// rows gathers the rows of every page of a column-major array of characters.
// The product of dims is len(u).
func rows[T any](u []T, dims []int, text func([]T) string) []string {
	if len(u) == 0 {
		return nil
	}
	m, n := dims[0], dims[1]
	list := make([]string, 0, len(u)/n)
	row := make([]T, n)
	for page := u; len(page) > 0; page = page[m*n:] {
		for i := range m {
			for j := range row {
				row[j] = page[i+j*m]
			}
			list = append(list, text(row))
		}
	}
	return list
}
