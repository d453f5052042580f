package assign

import (
	"fmt"
	"math"
	"slices"
)

// Shortlists are an assignment problem whose R×d cost is never held: pairs are
// offered in any order, block by block of columns, and of every row and group of
// columns only the cheapest few stay, the lower column first among equals. What
// stays depends on the costs alone, not on the order of the offers nor on how they
// are spread over several Shortlists that are then merged, so that every worker
// can fill its own.
//
// With R+1 a list the answer is the optimum over all d columns. Any row finds one
// of its R+1 in each group free, so it need not go elsewhere in that group. The
// certificate for d columns is that for the listed pairs and
//
//	U[i] + W[k] ≤ the dearest pair on the full list of row i and group k:
//
// every pair that was dropped costs at least that, and V ≤ 0.
//
// Memory: O(R·L·(R+1)) for L groups, and R times the number of listed columns
// while solving.
type Shortlists struct {
	rows   int
	group  []shortlist // group[k*rows+i] is of row i
	groups int

	cols []int // the listed columns, ascending
	sub  grid  // their costs; +Inf where a pair is on no list
	in   []int // group of each
}

// NewShortlists has room for the given number of pairs for every row and
// group; to solve takes rows+1. It panics without a group or without room.
func NewShortlists(rows, groups, room int) *Shortlists {
	if groups < 1 || room < 1 {
		panic(fmt.Sprintf("assign: shortlists for %d groups with room for %d pairs each; want 1 of both at least", groups, room))
	}
	s := &Shortlists{rows: rows, groups: groups, group: make([]shortlist, rows*groups)}
	for i := range s.group {
		s.group[i] = newShortlist(room)
	}
	return s
}

// Reset empties the lists.
func (s *Shortlists) Reset() {
	for i := range s.group {
		s.group[i].arcs, s.group[i].bar = s.group[i].arcs[:0], math.Inf(1)
	}
}

// Bar is the cost at or above which a pair of row i and group k need not be
// offered, if columns are offered in ascending order; above which, if not.
func (s *Shortlists) Bar(i, k int) float64 { return s.group[k*s.rows+i].bar }

// Offer puts the pair of row i and column j of group k on its list if it is
// among the cheapest. A column is offered once to a row. A cost of +Inf is a
// forbidden pair; NaN or −Inf must not be offered. O(1) for a pair that costs more
// than the bar, else O(room).
func (s *Shortlists) Offer(i, k, j int, cost float64) {
	if l := &s.group[k*s.rows+i]; cost <= l.bar && cost < math.Inf(1) {
		l.offer(j, cost)
	}
}

// Merge offers all that is on from, lists of the same sizes.
func (s *Shortlists) Merge(from *Shortlists) {
	for l := range from.group {
		for _, a := range from.group[l].arcs {
			if a.cost <= s.group[l].bar {
				s.group[l].offer(a.col, a.cost)
			}
		}
	}
}

// Best is the cheapest column for row i in group k, or −1, and its cost.
func (s *Shortlists) Best(i, k int) (col int, cost float64) {
	arcs := s.group[k*s.rows+i].arcs
	if len(arcs) == 0 {
		return -1, math.Inf(1)
	}
	return arcs[0].col, arcs[0].cost
}

// Solve is [SolveBounded] over all pairs that were offered, or, with nil bounds,
// [Solve] with all groups as one, and certified like these. Col has the columns'
// own numbers; V[c] is of column Columns()[c], and 0 for every other. Errors:
// those of SolveBounded; sizes of groups count up to the columns that are listed,
// which is never too few.
//
// Cost: O(R²·C) time at most for C ≤ R·L·(R+1) listed columns, whatever d.
func (s *Shortlists) Solve(bounds []Bound) (*Result, error) {
	for l := range s.group {
		if room := cap(s.group[l].arcs); room <= s.rows {
			return nil, fmt.Errorf("%w: lists of %d pairs for %d rows; solving takes one more than rows", ErrShape, room, s.rows)
		}
	}
	if bounds != nil && len(bounds) != s.groups {
		return nil, fmt.Errorf("%w: %d bounds for %d groups", ErrBounds, len(bounds), s.groups)
	}
	s.gather()
	if len(s.cols) < s.rows {
		return nil, fmt.Errorf("%w: %d columns have finite costs, for %d rows", ErrInfeasible, len(s.cols), s.rows)
	}
	if err := s.sub.check(); err != nil {
		return nil, err
	}
	solve := s.sub.solveFreely
	if bounds != nil {
		solve = func() (*Result, error) { return s.sub.solveWithin(s.in, bounds) }
	}
	r, err := solve()
	if err != nil {
		return nil, err
	}
	if err := s.certify(r); err != nil {
		return nil, err
	}
	for i, c := range r.Col {
		r.Col[i] = s.cols[c]
	}
	return r, nil
}

// Columns are the columns that were on a list at the last Solve, ascending. They
// are valid until the next.
func (s *Shortlists) Columns() []int { return s.cols }

// gather makes cols, sub and in of the lists.
func (s *Shortlists) gather() {
	s.cols = s.cols[:0]
	for l := range s.group {
		for _, a := range s.group[l].arcs {
			s.cols = append(s.cols, a.col)
		}
	}
	slices.Sort(s.cols)
	s.cols = slices.Compact(s.cols)
	n := len(s.cols)
	s.sub = grid{rows: s.rows, cols: n, stride: n, data: slices.Grow(s.sub.data[:0], s.rows*n)[:s.rows*n]}
	s.in = slices.Grow(s.in[:0], n)[:n]
	for i := range s.sub.data {
		s.sub.data[i] = math.Inf(1)
	}
	for l := range s.group {
		i, k := l%s.rows, l/s.rows
		for _, a := range s.group[l].arcs {
			c, _ := slices.BinarySearch(s.cols, a.col)
			s.sub.row(i)[c], s.in[c] = a.cost, k
		}
	}
}

// certify extends the certificate for the listed pairs to those that were
// dropped: they are on no full list, and dearer than all that is.
func (s *Shortlists) certify(r *Result) error {
	tol := s.sub.tolerance()
	for l := range s.group {
		i, k := l%s.rows, l/s.rows
		price := r.U[i]
		if r.W != nil {
			price += r.W[k]
		}
		if bar := s.group[l].bar; price-bar > tol {
			return fmt.Errorf("%w: the dual value %g of row %d and the columns of group %d that were dropped exceeds their least cost %g by more than %.3g",
				ErrCertificate, price, i, k, bar, tol)
		}
	}
	return nil
}
