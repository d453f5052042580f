package assign

import (
	"fmt"
	"math"
)

// flow is the min-cost flow row → column → group → sink, sent one row at a time
// along shortest paths of reduced costs. A lower bound needs no big cost: the
// sink takes Min units from each group directly, and the other R − ΣMin through
// a hub that takes Max − Min from each. That is room for R units in all, so
// once R rows are placed, every Min is met.
//
// Nodes: a placed row and its column are one node (its number the row's), for
// one leads only to the other; a free column only leads to its group, so it is
// passed, not stored. Then come the groups, then the hub.
//
// Prices: u for rows, y for columns (a free one has its group's), w for groups,
// h for the hub; the sink's is 0, for prices only fall, and only behind the
// node where a path ends. Every arc with room has reduced cost ≥ 0:
//
//	row → column c − u − y,  column → group y − w,  group → hub w − h,
//
// and their opposites where flow can be undone.
type flow struct {
	c      *grid
	group  []int
	bounds []Bound
	arcs   [][]arc // what each row may take

	col      []int // column of each row
	row      []int // row of each column, −1: free
	direct   []int // units of each group that count for its Min
	viaHub   []int // units of each group beyond
	hub      int   // units through the hub
	hubLimit int

	u, y, w []float64
	h       float64

	dist  []float64 // of each node
	from  []int     // node before it
	taken []int     // the column on the way from there
	done  []bool
}

func newFlow(c *grid, group, size []int, bounds []Bound) *flow {
	nodes := c.rows + len(bounds) + 1
	f := &flow{
		c: c, group: group, bounds: bounds, arcs: c.shortlists(group, size),
		row:    make([]int, c.cols),
		direct: make([]int, len(bounds)), viaHub: make([]int, len(bounds)), hubLimit: c.rows,
		u: make([]float64, c.rows), y: make([]float64, c.cols), w: make([]float64, len(bounds)),
		dist: make([]float64, nodes), from: make([]int, nodes), taken: make([]int, nodes), done: make([]bool, nodes),
	}
	for j := range f.row {
		f.row[j] = -1
	}
	for _, b := range bounds {
		f.hubLimit -= b.Min
	}
	return f
}

func (f *flow) solve() (*Result, error) {
	for i := range f.c.rows {
		f.col = append(f.col, -1)
		end := f.search(i)
		if end < 0 {
			return nil, f.stuck(i)
		}
		f.reprice(i, f.dist[end])
		f.augment(i, end)
	}
	return f.result(), nil
}

// search grows Dijkstra's tree from row start to the nearest node with room to
// the sink, and returns that, or −1.
func (f *flow) search(start int) int {
	for x := range f.dist {
		f.dist[x] = math.Inf(1)
	}
	clear(f.done)
	f.dist[start] = 0
	for x := start; x >= 0; x = f.nearest() {
		f.done[x] = true
		switch k := x - f.c.rows; {
		case k < 0:
			f.leaveRow(x)
		case k == len(f.bounds):
			if f.hub < f.hubLimit {
				return x
			}
			f.leaveHub(x)
		case f.direct[k] < f.bounds[k].Min:
			return x
		default:
			f.leaveGroup(x, k)
		}
	}
	return -1
}

// nearest is the next node to be done, or −1.
func (f *flow) nearest() int {
	near, nearest := -1, math.Inf(1)
	for x, d := range f.dist {
		if d < nearest && !f.done[x] {
			near, nearest = x, d
		}
	}
	return near
}

// leaveRow goes from row i to columns: another row's, or a free one and so to its group.
func (f *flow) leaveRow(i int) {
	base := f.dist[i] - f.u[i]
	for _, a := range f.arcs[i] {
		if k := f.row[a.col]; k >= 0 {
			f.reach(k, base+a.cost-f.y[a.col], i, a.col)
		} else {
			k := f.group[a.col]
			f.reach(f.c.rows+k, base+a.cost-f.w[k], i, a.col)
		}
	}
}

// leaveGroup goes from group k to its taken columns, which it would set free,
// and to the hub if its Max allows one more.
func (f *flow) leaveGroup(x, k int) {
	base := f.dist[x] + f.w[k]
	for i, j := range f.col {
		if j >= 0 && f.group[j] == k {
			f.reach(i, base-f.y[j], x, j)
		}
	}
	if b := f.bounds[k]; b.Max < 0 || f.viaHub[k] < b.Max-b.Min {
		f.reach(f.c.rows+len(f.bounds), base-f.h, x, -1)
	}
}

// leaveHub goes from the full hub to the groups it has units of.
func (f *flow) leaveHub(x int) {
	for k, n := range f.viaHub {
		if n > 0 {
			f.reach(f.c.rows+k, f.dist[x]+f.h-f.w[k], x, -1)
		}
	}
}

func (f *flow) reach(x int, d float64, from, col int) {
	if d < f.dist[x] && !f.done[x] {
		f.dist[x], f.from[x], f.taken[x] = d, from, col
	}
}

// reprice keeps every reduced cost ≥ 0 and makes those on the path zero.
func (f *flow) reprice(start int, length float64) {
	for x, done := range f.done {
		if !done {
			continue
		}
		step := max(0, length-f.dist[x]) // rounding can push it below zero
		switch k := x - f.c.rows; {
		case x == start:
			f.u[x] += length
		case k < 0:
			f.u[x] += step
			f.y[f.col[x]] -= step
		case k == len(f.bounds):
			f.h -= step
		default:
			f.w[k] -= step
		}
	}
}

// augment sends one unit along the path, from its end.
func (f *flow) augment(start, end int) {
	hub := f.c.rows + len(f.bounds)
	if end == hub {
		f.hub++
	} else {
		f.direct[end-f.c.rows]++
	}
	for x := end; x != start; {
		from, j := f.from[x], f.taken[x]
		switch {
		case x == hub: // from a group
			f.viaHub[from-f.c.rows]++
		case from == hub: // to a group
			f.viaHub[x-f.c.rows]--
		case from >= f.c.rows: // from a group to its column j
			f.row[j] = -1
		default: // row from takes column j
			if f.row[j] < 0 {
				f.y[j] = f.w[f.group[j]]
			}
			f.row[j], f.col[from] = from, j
		}
		x = from
	}
}

// result turns prices into dual variables. The hub's price is the level that
// groups between their bounds are at; what rounding left there is cut off.
func (f *flow) result() *Result {
	r := &Result{Col: f.col, Cost: f.c.total(f.col), U: f.u, V: make([]float64, f.c.cols), W: f.w}
	for k, b := range f.bounds {
		r.W[k] -= f.h
		if n := f.viaHub[k]; n > 0 { // above Min
			r.W[k] = min(0, r.W[k])
		}
		if b.Max < 0 || f.viaHub[k] < b.Max-b.Min { // below Max
			r.W[k] = max(0, r.W[k])
		}
	}
	for i, j := range r.Col {
		w := r.W[f.group[j]]
		r.V[j] = min(0, f.y[j]-f.h-w)
		r.U[i] = f.c.row(i)[j] - r.V[j] - w // tight again, to the last rounding
	}
	return r
}

// stuck says why row i has no path: all groups that it or the rows it could
// displace may use are full, and whatever has room is forbidden to them.
func (f *flow) stuck(i int) error {
	for k, b := range f.bounds {
		if f.direct[k] < b.Min {
			return fmt.Errorf("%w: row %d cannot be placed: group %d has %d of the %d columns it needs at least, and its other columns are forbidden to the rows that could move there",
				ErrInfeasible, i, k, f.direct[k], b.Min)
		}
	}
	return fmt.Errorf("%w: row %d cannot be placed: the groups it may use are at their Max, and their rows are forbidden elsewhere", ErrInfeasible, i)
}
