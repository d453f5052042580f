package matrix

import (
	"fmt"
	"math/bits"

	"gonum.org/v1/gonum/mat"
)

// coverLargest is the number of positive entries, and of maximal rectangles, that are looked at.
const coverLargest = 4096

// pattern is where X is positive, rows and columns alike taken once.
type pattern struct {
	rowOf, colOf []int // of X, −1 for a zero one
	row          []set // columns of a row
	p, n         int
	ones         [][2]int
	at           []int // p×n, which of ones, −1
}

// set is a set of small numbers.
type set []uint64

func newSet(n int) set       { return make(set, (n+63)/64) }
func (s set) add(k int)      { s[k/64] |= 1 << (k % 64) }
func (s set) has(k int) bool { return s[k/64]>>(k%64)&1 != 0 }

func (s set) common(t set) int {
	n := 0
	for i, w := range s {
		n += bits.OnesCount64(w & t[i])
	}
	return n
}

func (s set) and(t set) set {
	u := make(set, len(s))
	for i, w := range s {
		u[i] = w & t[i]
	}
	return u
}

func (s set) without(t set) set {
	u := make(set, len(s))
	for i, w := range s {
		u[i] = w &^ t[i]
	}
	return u
}

func (s set) in(t set) bool {
	for i, w := range s {
		if w&^t[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

func (s set) each(f func(k int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			f(64*i + bits.TrailingZeros64(w))
		}
	}
}

// first is the least member of a set that has one.
func (s set) first() int {
	for i, w := range s {
		if w != 0 {
			return 64*i + bits.TrailingZeros64(w)
		}
	}
	panic("matrix: an empty set has no first member")
}

// newPattern is that of y ≥ 0.
func newPattern(y *mat.Dense) (*pattern, error) {
	m, n := y.Dims()
	rows, columns := make([]set, m), make([]set, n)
	for i := range rows {
		rows[i] = newSet(n)
	}
	for j := range columns {
		columns[j] = newSet(m)
	}
	for i := range m {
		for j, v := range y.RawRowView(i) {
			if v > 0 {
				rows[i].add(j)
				columns[j].add(i)
			}
		}
	}
	p := &pattern{}
	var ofRow, ofColumn []int
	p.rowOf, ofRow = alike(rows)
	p.colOf, ofColumn = alike(columns)
	p.p, p.n = len(ofRow), len(ofColumn)
	p.at = make([]int, p.p*p.n)
	for i, from := range ofRow {
		s := newSet(max(1, p.n))
		for j, c := range ofColumn {
			p.at[i*p.n+j] = -1
			if rows[from].has(c) {
				s.add(j)
				p.at[i*p.n+j] = len(p.ones)
				p.ones = append(p.ones, [2]int{i, j})
			}
		}
		p.row = append(p.row, s)
	}
	if len(p.ones) > coverLargest {
		return nil, fmt.Errorf("%w: %d positive entries in distinct rows and columns; rectangles are looked at up to %d", ErrSize, len(p.ones), coverLargest)
	}
	return p, nil
}

// alike says which sets are the same: of[k] is the number of set k among the distinct ones, −1
// if it is empty, first where each comes first.
func alike(sets []set) (of, first []int) {
	seen := map[string]int{}
	for k, s := range sets {
		if s.empty() {
			of = append(of, -1)
			continue
		}
		key := fmt.Sprint(s)
		at, ok := seen[key]
		if !ok {
			at = len(first)
			seen[key] = at
			first = append(first, k)
		}
		of = append(of, at)
	}
	return of, first
}

// rectangles are the maximal ones as sets of ones, and whether these are all of them. Their sets of
// columns are the intersections of rows.
func (p *pattern) rectangles() (cover []set, all bool) {
	seen := map[string]bool{}
	var columns []set
	join := func(s set) {
		if key := fmt.Sprint(s); !s.empty() && !seen[key] {
			seen[key] = true
			columns = append(columns, s)
		}
	}
	all = true
	for _, row := range p.row { // themselves even when there are too many: all of them cover every entry
		for k := len(columns) - 1; all && k >= 0; k-- {
			join(columns[k].and(row))
		}
		join(row)
		all = len(columns) <= coverLargest
	}
	for _, c := range columns {
		ones := newSet(len(p.ones))
		for i, row := range p.row {
			if c.in(row) {
				c.each(func(j int) { ones.add(p.at[i*p.n+j]) })
			}
		}
		cover = append(cover, ones)
	}
	return cover, all
}
