package tensor

import (
	"math/bits"

	"github.com/polyad/polyad/internal/par"
)

const (
	// sortDigit is the most bits that one pass of the counting sort looks at: the
	// counters of a core, and the 2¹¹ places it writes to, stay in its cache.
	sortDigit = 11
	// sortGrain is the least number of entries worth a second core.
	sortGrain = 1 << 16
)

// entrySort sorts entries by one column of indices after another, each pass
// stable, so that sorting by the last mode first and by the first mode last gives
// lexicographic order. Being stable it has one answer for any number of cores.
type entrySort struct {
	order, next []int // order[p] is the entry at place p
}

func newEntrySort(n int) *entrySort {
	s := &entrySort{order: make([]int, n), next: make([]int, n)}
	for p := range s.order {
		s.order[p] = p
	}
	return s
}

// by sorts by column, whose entries are below size: one pass for up to 11 bits,
// two for up to 22, three for the rest.
func (s *entrySort) by(column []int32, size int) {
	width := bits.Len(uint(size - 1))
	if width == 0 || len(s.order) < 2 {
		return
	}
	passes := par.Blocks(width, sortDigit)
	digit := par.Blocks(width, passes)
	for pass := range passes {
		s.pass(column, pass*digit, digit)
	}
}

// pass sorts by the bits [shift, shift+digit) of column. Every part of the entries
// counts its digits, then writes behind the smaller digits of all parts and the
// equal ones of the parts before it.
func (s *entrySort) pass(column []int32, shift, digit int) {
	n, buckets := len(s.order), 1<<digit
	parts := max(1, min(par.Workers(), n/sortGrain))
	mask := int32(buckets - 1)
	counts := make([]int, parts*buckets)
	part := func(w int) (count, order []int) {
		return counts[w*buckets : (w+1)*buckets], s.order[w*n/parts : (w+1)*n/parts]
	}
	par.For(parts, 1, func(_, lo, hi int) {
		for w := lo; w < hi; w++ {
			count, order := part(w)
			for _, p := range order {
				count[column[p]>>shift&mask]++
			}
		}
	})
	at := 0
	for b := range buckets {
		for w := range parts {
			c := counts[w*buckets+b]
			counts[w*buckets+b] = at
			at += c
		}
	}
	par.For(parts, 1, func(_, lo, hi int) {
		for w := lo; w < hi; w++ {
			place, order := part(w)
			for _, p := range order {
				b := column[p] >> shift & mask
				s.next[place[b]] = p
				place[b]++
			}
		}
	})
	s.order, s.next = s.next, s.order
}
