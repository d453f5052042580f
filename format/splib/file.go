package splib

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// maxFile is the most bytes of a file; the longest spectra have some 100 KB.
const maxFile = 16 << 20

// spectrum is what a file holds.
type spectrum struct {
	name        string
	base        string    // of the file
	wavelengths []float64 // nil when the file has a single column
	values      []float64
	unit        string // of the wavelengths; "" when it does not say
	percent     bool
}

// read reads a file; nil when there are no numbers in it.
func read(fsys fs.FS, name string) (*spectrum, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("splib: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("splib: %s: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, fail(name, 1, "more than %d MB, which no spectrum has; move the file elsewhere", maxFile>>20)
	}
	return parse(name, strings.ToValidUTF8(string(b), "?"))
}

func parse(name, text string) (*spectrum, error) {
	s := &spectrum{base: path.Base(name)}
	var head []string
	columns, number := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		words := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r,;", c) })
		if len(words) == 0 {
			continue
		}
		first, err := strconv.ParseFloat(words[0], 64)
		if columns == 0 && (err != nil || !numbers(words)) {
			head = append(head, strings.TrimSpace(line))
			continue
		}
		if columns == 0 {
			if columns = len(words); columns > 2 {
				return nil, fail(name, number, "%d columns of numbers; a spectrum has one, or wavelengths and one", columns)
			}
		}
		if len(words) != columns || !numbers(words) {
			return nil, fail(name, number, "%q is not %d numbers as the lines before it", clip(line), columns)
		}
		if columns == 1 {
			s.values = append(s.values, first)
			continue
		}
		v, _ := strconv.ParseFloat(words[1], 64)
		s.wavelengths, s.values = append(s.wavelengths, first), append(s.values, v)
	}
	if columns == 0 {
		return nil, nil
	}
	s.describe(head)
	return s, nil
}

// numbers tells whether all words are finite numbers.
func numbers(words []string) bool {
	for _, w := range words {
		if v, err := strconv.ParseFloat(w, 64); err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return false
		}
	}
	return true
}

// describe takes from the lines before the numbers what they say.
func (s *spectrum) describe(head []string) {
	field := map[string]string{}
	for _, line := range head {
		key, value, _ := strings.Cut(line, ":")
		key = strings.ToLower(strings.TrimSpace(key))
		if _, ok := field[key]; !ok {
			field[key] = strings.Join(strings.Fields(value), " ")
		}
		if strings.Contains(key, "record=") {
			s.name = field[key]
		}
	}
	if name := field["name"]; name != "" {
		s.name = name
		if no := field["sample no."]; no != "" && !strings.EqualFold(no, "none") && !strings.EqualFold(no, "n/a") {
			s.name += " " + no
		}
	}
	if s.name == "" {
		s.name = strings.TrimSuffix(s.base, path.Ext(s.base))
	}
	s.unit = bracketed(field["x units"])
	if s.unit == "" && s.wavelengths == nil && strings.Contains(strings.ToLower(s.base+strings.Join(head, " ")), "micron") {
		s.unit = "micrometers"
	}
	s.percent = strings.Contains(strings.ToLower(field["y units"]), "percent")
}

// bracketed is what stands in parentheses, or all of a text without.
func bracketed(text string) string {
	if _, rest, ok := strings.Cut(text, "("); ok {
		text, _, _ = strings.Cut(rest, ")")
	}
	return strings.TrimSpace(text)
}

func clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
