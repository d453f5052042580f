package tns

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/polyad/polyad/format/internal/text"
)

// maxOrder is the most modes; it keeps a misread text from being taken for a tensor.
const maxOrder = 64

// entries reads the lines of entries.
func (h *head) entries(f *File, o *Options) error {
	if h.order < 1 || h.order > maxOrder {
		return fail(h.before+1, "%d numbers in a line: entries have up to %d indices and a value", h.order+1, maxOrder)
	}
	parts, err := text.Parse(h.r, h.from, h.size, h.before, func(b *text.Block) (*part, error) { return parse(b, h.order) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	total := 0
	for _, p := range parts {
		total += len(p.values)
	}
	if h.count >= 0 && total != h.count {
		return fmt.Errorf("%w: %d entries are stated, and %d are there", ErrFormat, h.count, total)
	}
	if total == 0 && f.Dims == nil {
		return fail(max(1, h.lines.Number), "there is no entry in it")
	}
	f.Index, f.Values = make([][]int32, h.order), make([]float64, 0, total)
	lo, hi := make([]int32, h.order), make([]int32, h.order)
	for n := range f.Index {
		f.Index[n] = make([]int32, 0, total)
		lo[n] = math.MaxInt32
	}
	for _, p := range parts {
		f.Values = append(f.Values, p.values...)
		for n := range f.Index {
			f.Index[n] = append(f.Index[n], p.index[n]...)
			if len(p.values) > 0 {
				lo[n], hi[n] = min(lo[n], p.lo[n]), max(hi[n], p.hi[n])
			}
		}
		*p = part{}
	}
	return h.fromZero(f, o, lo, hi)
}

// part is what a block of lines holds.
type part struct {
	index  [][]int32
	values []float64
	lo, hi []int32 // smallest and largest index of each mode
}

// parse reads the entries of a block.
func parse(b *text.Block, order int) (*part, error) {
	p := &part{index: make([][]int32, order), lo: make([]int32, order), hi: make([]int32, order)}
	for n := range p.lo {
		p.lo[n] = math.MaxInt32
	}
	for {
		line, ok := b.Next()
		if !ok {
			return p, nil
		}
		word, rest := text.Field(line)
		if len(word) == 0 || word[0] == '#' || word[0] == '%' {
			continue
		}
		if p.values == nil {
			// As if all lines were like this one, but never more than there can be.
			room := min(b.Size()/(len(line)+1)*9/8, b.Size()/(2*order+2)) + 1
			p.values = make([]float64, 0, room)
			for n := range p.index {
				p.index[n] = make([]int32, 0, room)
			}
		}
		for n := range order {
			i, ok := text.Index(word)
			if !ok {
				return nil, badIndex(line, word, n, order)
			}
			p.index[n] = append(p.index[n], i)
			p.lo[n], p.hi[n] = min(p.lo[n], i), max(p.hi[n], i)
			word, rest = text.Field(rest)
		}
		v, ok := text.Number(word)
		if more, _ := text.Field(rest); !ok || len(more) > 0 {
			return nil, badValue(line, word, order)
		}
		p.values = append(p.values, v)
	}
}

func badIndex(line, word []byte, n, order int) error {
	if len(word) == 0 || text.Count(line) != order+1 {
		return badCount(line, order)
	}
	return fmt.Errorf("%q is no index of mode %d (a whole number up to %d)%s", clip(word), n, math.MaxInt32, hint(word))
}

func badValue(line, word []byte, order int) error {
	if text.Count(line) != order+1 {
		return badCount(line, order)
	}
	return fmt.Errorf("the value %q is not a number", clip(word))
}

func badCount(line []byte, order int) error {
	return fmt.Errorf("%d numbers where %d indices and a value belong%s", text.Count(line), order, hint(line))
}

// hint says what may be wrong with a line.
func hint(line []byte) string {
	if bytes.ContainsAny(line, ",;") {
		return "; divide numbers by blanks"
	}
	return ""
}

// fromZero makes indices count from 0 and finds the sizes. A mode in which 0 occurs
// counts from 0. In the others that cannot be seen; they count from 0 as well when
// sizes are stated which no index reaches, else from 1.
func (h *head) fromZero(f *File, o *Options, lo, hi []int32) error {
	zero, some, reach := make([]bool, h.order), false, false
	for n := range zero {
		zero[n] = lo[n] == 0 || o.ZeroBased
		some = some || zero[n]
		reach = reach || f.Dims != nil && int(hi[n]) >= f.Dims[n]
	}
	if some && f.Dims != nil && !reach {
		for n := range zero {
			zero[n] = true
		}
	}
	if some && !o.ZeroBased {
		f.warn(zero)
	}
	if f.Dims == nil {
		f.Dims = make([]int, h.order)
		for n := range f.Dims {
			if f.Dims[n] = int(hi[n]); zero[n] {
				if hi[n] == math.MaxInt32 {
					return fmt.Errorf("%w: index %d, from 0, in mode %d: too large", ErrFormat, hi[n], n)
				}
				f.Dims[n]++
			}
		}
	}
	for n, d := range f.Dims {
		if d < 1 {
			return fail(max(1, h.stated), "mode %d has size %d; sizes are at least 1", n, d)
		}
		base := int32(1)
		if zero[n] {
			base = 0
		}
		if len(f.Values) > 0 && int(hi[n]-base) >= d {
			return fail(h.stated, "mode %d has size %d, and there is an index %d, counted from %d", n, d, hi[n], base)
		}
		if base == 1 {
			for p := range f.Index[n] {
				f.Index[n][p]--
			}
		}
	}
	return nil
}

// warn says which modes have been taken to count from 0.
func (f *File) warn(zero []bool) {
	var list []string
	for n, z := range zero {
		if z {
			list = append(list, fmt.Sprint(n))
		}
	}
	if len(list) == len(zero) {
		f.Warnings = append(f.Warnings, "indices taken to count from 0, because there is an index 0 (--zero-based says so)")
		return
	}
	f.Warnings = append(f.Warnings, fmt.Sprintf("indices of modes %s taken to count from 0, because there is an index 0, those of the others from 1 (--zero-based: all from 0)", strings.Join(list, ", ")))
}
