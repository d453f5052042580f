package kernel

// Group is the number of rows of a group of [ColumnTable.Passes].
const Group = 8

// Groups is how many groups it works on at a time.
const Groups = 4

// ColumnGroups are the groups that are worked on, and those that are to be.
type ColumnGroups struct {
	First  [Groups]int     // the first row
	Enough [Groups]float64 // a pass that moves a group no more settles it; +Inf: what the next one moves, times delta2
	Left   [Groups]int     // passes that settle it in any case; 0 or less: never
	Next   int             // the first row of the next group
	End    int             // the rows of all groups
	Passes int             // Left of the groups to come
}

// ColumnTable is a matrix of normal equations in the order in which [ColumnTable.Passes]
// reads it.
type ColumnTable struct {
	w      []float64 // of every column those of the R−1 others: r+1, …, R−1, 0, …, r−1
	s      []float64 // of every column its step and its own weight
	offset []int     // of column r mod R, in bytes, r < 2R
	lda    int
}

// NewColumnTable is for R columns that are lda apart.
func NewColumnTable(rank, lda int) *ColumnTable {
	t := &ColumnTable{w: make([]float64, rank*(rank-1)+1), s: make([]float64, 2*rank), offset: make([]int, 2*rank), lda: lda}
	for r := range t.offset {
		t.offset[r] = r % rank * lda * 8
	}
	return t
}

// Load takes W over, R×R and symmetric, and steps s, 0 for columns that stay.
func (t *ColumnTable) Load(w, s []float64) {
	rank := len(s)
	for r, step := range s {
		row, others := w[r*rank:][:rank], t.w[r*(rank-1):][:rank-1]
		copy(others[copy(others, row[r+1:]):], row[:r])
		t.s[2*r], t.s[2*r+1] = step, w[r*rank+r]
	}
}

// Passes makes passes over the columns of four groups of eight rows each, exact updates of
// one column after the other. A group that has settled makes place for the next, and when
// there is none, the call ends:
//
//	for range limit {
//		for r := range R { if s[r] != 0 { for k := range 4 { for i := First[k]; i < First[k]+8; i++ {
//			d := m[r*lda+i]
//			for q ≠ r { d -= w[r,q] * a[q*lda+i] }
//			v := max(0, s[r] * d)
//			moved[k] += w[r,r] * (v - a[r*lda+i])²
//			a[r*lda+i] = v
//		}}}}
//		for k := range 4 {
//			if Enough[k] == +Inf { Enough[k] = delta2 * moved[k] }
//			if Left[k]--; moved[k] <= Enough[k] || Left[k] == 0 { settled |= 1<<k }
//		}
//		for k in settled {
//			if Next >= End { return settled }
//			First[k], Enough[k], Left[k] = Next, +Inf, Passes
//			Next += 8
//			settled &^= 1<<k
//		}
//	}
//
// moved being zero at first in every pass. Shapes: a, m R×n with lda from one row to the
// next, n ≥ End. Groups must not overlap each other. Work: 64·R² flops a pass; what is read
// again stays in the first cache up to R = 48. A call with assembly cannot be preempted:
// keep limit·R² to some ten thousand.
func (t *ColumnTable) Passes(a, m []float64, g *ColumnGroups, limit int, delta2 float64) (settled int) {
	if level == levelGo {
		return t.refPasses(a, m, g, limit, delta2)
	}
	return t.passes(a, m, g, limit, delta2)
}
