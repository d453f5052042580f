package tensor

import "github.com/polyad/polyad/internal/par"

// sparseBlock is the number of entries that one block of an MTTKRP takes. The
// blocks are fixed, so that sums do not depend on the number of workers; at R=16
// one is a tenth of a millisecond.
const sparseBlock = 1 << 14

// sparseRows are the entries of a tensor sorted by their index in one mode: the
// rows of its unfolding, only those that hold something.
type sparseRows struct {
	row   []int32   // the rows that hold entries, increasing
	start []int     // row[q] holds entries start[q] to start[q+1]
	other [][]int32 // the indices of every entry in the other modes, in mode order
	value []float64
	first []int // first[b]: place in row of the row that entry b·sparseBlock lies in
}

// rows are the entries sorted by mode n.
func (x *Sparse) rows(n int) *sparseRows {
	m := &x.modes[n]
	m.once.Do(func() { m.rows = x.sortRows(n) })
	return &m.rows
}

func (x *Sparse) sortRows(n int) sparseRows {
	own := x.index[n]
	var s sparseRows
	if n == 0 { // lexicographic order is sorted by mode 0 already: share it
		s.other, s.value = x.index[1:], x.value
	} else {
		e := newEntrySort(len(x.value))
		e.by(own, x.dims[n])
		own = gather(own, e.order)
		for m, column := range x.index {
			if m != n {
				s.other = append(s.other, gather(column, e.order))
			}
		}
		s.value = gather(x.value, e.order)
	}
	s.findRows(own)
	return s
}

// findRows fills row, start and first from the sorted indices of the mode itself.
func (s *sparseRows) findRows(own []int32) {
	count := 0
	for p, i := range own {
		if p == 0 || i != own[p-1] {
			count++
		}
	}
	s.row, s.start = make([]int32, 0, count), make([]int, 0, count+1)
	s.first = make([]int, 0, par.Blocks(len(own), sparseBlock))
	for p, i := range own {
		if p == 0 || i != own[p-1] {
			s.row, s.start = append(s.row, i), append(s.start, p)
		}
		if p%sparseBlock == 0 {
			s.first = append(s.first, len(s.row)-1)
		}
	}
	s.start = append(s.start, len(own))
}
