package assign

import "math"

// arc is one allowed pair of a given row.
type arc struct {
	col  int
	cost float64
}

// shortlist keeps the cheapest columns offered to it, cheapest first, the
// lower one first among equals, whatever the order of the offers; as many as
// arcs has room for.
type shortlist struct {
	arcs []arc
	bar  float64 // who costs more need not be offered; +Inf while there is room
}

func newShortlist(room int) shortlist {
	if room == 0 {
		return shortlist{bar: math.Inf(-1)}
	}
	return shortlist{arcs: make([]arc, 0, room), bar: math.Inf(1)}
}

// offer inserts a column if it is among the cheapest.
func (s *shortlist) offer(col int, cost float64) {
	if len(s.arcs) < cap(s.arcs) {
		s.arcs = s.arcs[:len(s.arcs)+1]
	} else if last := s.arcs[len(s.arcs)-1]; cost > last.cost || cost == last.cost && col > last.col {
		return
	}
	k := len(s.arcs) - 1
	for ; k > 0 && (s.arcs[k-1].cost > cost || s.arcs[k-1].cost == cost && s.arcs[k-1].col > col); k-- {
		s.arcs[k] = s.arcs[k-1]
	}
	s.arcs[k] = arc{col, cost}
	if len(s.arcs) == cap(s.arcs) {
		s.bar = s.arcs[len(s.arcs)-1].cost
	}
}

// keepers returns the columns, ascending, that are among the R+1 cheapest of
// some row. An assignment to them alone is optimal among all: a row on another
// column could move to one of its own R+1 that is free, and pay no more. For
// the same reason their dual variables are valid for all, with V = 0 elsewhere:
// one of row i's R+1 is free, so U[i] is at most its cost, hence at most the
// cost of every column that was not kept.
func (g *grid) keepers() []int {
	keep := make([]bool, g.cols)
	for i := range g.rows {
		best := newShortlist(g.rows + 1)
		for j, x := range g.row(i) {
			if x < best.bar {
				best.offer(j, x)
			}
		}
		for _, a := range best.arcs {
			keep[a.col] = true
		}
	}
	var cols []int
	for j, k := range keep {
		if k {
			cols = append(cols, j)
		}
	}
	return cols
}

// shortlists returns for every row the min(R+1, size) cheapest columns of each
// group, group by group; keepers says why that is enough.
func (g *grid) shortlists(group, size []int) [][]arc {
	lists := make([][]arc, g.rows)
	best := make([]shortlist, len(size))
	for i := range lists {
		for k := range best {
			best[k] = newShortlist(min(g.rows+1, size[k]))
		}
		for j, x := range g.row(i) {
			if s := &best[group[j]]; x < s.bar {
				s.offer(j, x)
			}
		}
		for k := range best {
			lists[i] = append(lists[i], best[k].arcs...)
		}
	}
	return lists
}
