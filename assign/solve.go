package assign

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Solve gives every row of the R×d cost (d ≥ R) its own column at least total
// cost. +Inf forbids a pair. Among equally cheap answers it returns one that
// depends on cost alone. A very large finite cost is no substitute for +Inf:
// rounding is relative to the largest finite |c|.
//
// The answer has passed [Certify]. Errors: [ErrShape] if d < R, [ErrCost]
// naming row and column of a NaN, −Inf or overflowing cost, [ErrInfeasible]
// naming a row that cannot be placed, [ErrCertificate] if rounding spoiled the
// proof. An empty cost has an empty answer.
//
// Cost: O(R²d) time at most, O(d) memory; with d > 4R(R+1) columns
// typically O(Rd).
func Solve(cost mat.Matrix) (*Result, error) {
	g, err := newGrid(cost)
	if err != nil {
		return nil, err
	}
	return g.solveFreely()
}

// solveFreely is Solve of a checked cost.
func (g *grid) solveFreely() (*Result, error) {
	r, err := g.solve()
	if err != nil {
		return nil, err
	}
	if err := g.certify(r, nil, nil); err != nil {
		return nil, err
	}
	return r, nil
}

// solve is Solve without the certificate.
func (g *grid) solve() (*Result, error) {
	if g.cols <= 4*g.rows*(g.rows+1) { // few columns would go
		return g.shortestPaths()
	}
	cols := g.keepers()
	sub := &grid{rows: g.rows, cols: len(cols), stride: len(cols), data: make([]float64, g.rows*len(cols))}
	for i := range sub.rows {
		from, to := g.row(i), sub.row(i)
		for k, j := range cols {
			to[k] = from[j]
		}
	}
	r, err := sub.shortestPaths()
	if err != nil {
		return nil, err
	}
	v := make([]float64, g.cols)
	for i, k := range r.Col {
		r.Col[i] = cols[k]
		v[cols[k]] = r.V[k]
	}
	r.V = v
	return r, nil
}

// shortestPaths places row after row, each along the shortest path of reduced
// costs c[i,j] − u[i] − v[j] to a free column.
func (g *grid) shortestPaths() (*Result, error) {
	p := newPaths(g)
	for i := range g.rows {
		sink, length := p.search(i)
		if sink < 0 {
			return nil, fmt.Errorf("%w: row %d cannot be placed: it and %d rows before it have finite costs in only %d columns",
				ErrInfeasible, i, len(p.tree), len(p.tree))
		}
		p.reprice(i, length)
		p.augment(i, sink)
	}
	for i, j := range p.col { // tight again, to the last rounding
		p.u[i] = g.row(i)[j] - p.v[j]
	}
	return &Result{Col: p.col, Cost: g.total(p.col), U: p.u, V: p.v}, nil
}

// paths is the state between two rows, and of one search.
type paths struct {
	c    *grid
	u, v []float64
	col  []int // column of each row, −1: none yet
	row  []int // row of each column, −1: free

	dist []float64 // shortest distance found to each column
	from []int     // the row before it on that path
	done []bool    // its distance is final
	tree []int     // the columns done, in that order; all are taken
}

func newPaths(g *grid) *paths {
	p := &paths{
		c: g,
		u: make([]float64, g.rows), v: make([]float64, g.cols),
		col: make([]int, g.rows), row: make([]int, g.cols),
		dist: make([]float64, g.cols), from: make([]int, g.cols), done: make([]bool, g.cols),
	}
	for i := range p.col {
		p.col[i] = -1
	}
	for j := range p.row {
		p.row[j] = -1
	}
	return p
}

// search grows Dijkstra's tree from row start until it reaches a free column,
// and returns that and its distance; −1 if there is none.
func (p *paths) search(start int) (sink int, length float64) {
	for j := range p.dist {
		p.dist[j] = math.Inf(1)
	}
	clear(p.done)
	p.tree = p.tree[:0]
	for i := start; ; {
		j := p.relax(i, length)
		if j < 0 {
			return -1, 0
		}
		length = p.dist[j]
		if p.row[j] < 0 {
			return j, length
		}
		p.done[j] = true
		p.tree = append(p.tree, j)
		i = p.row[j]
	}
}

// relax goes on from row i at distance at, and returns the nearest column that
// is not done, a free one if it can; −1 if none can be reached.
func (p *paths) relax(i int, at float64) int {
	near, nearest := -1, math.MaxFloat64 // below the +Inf of unreached columns
	v, dist, done := p.v, p.dist, p.done
	base := at - p.u[i]
	for j, x := range p.c.row(i) {
		if done[j] {
			continue
		}
		if d := base + x - v[j]; d < dist[j] {
			dist[j], p.from[j] = d, i
		}
		if d := dist[j]; d < nearest || d == nearest && p.row[near] >= 0 && p.row[j] < 0 {
			near, nearest = j, d
		}
	}
	return near
}

// reprice keeps every reduced cost ≥ 0 and makes the path's costs tight.
func (p *paths) reprice(start int, length float64) {
	p.u[start] += length
	for _, j := range p.tree {
		step := max(0, length-p.dist[j]) // rounding can push it below zero
		p.u[p.row[j]] += step
		p.v[j] -= step
	}
}

// augment hands the columns on along the path, from its end.
func (p *paths) augment(start, sink int) {
	for i, j := -1, sink; i != start; {
		i = p.from[j]
		p.row[j] = i
		j, p.col[i] = p.col[i], j
	}
}
