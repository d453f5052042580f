package dict

import (
	"context"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// Exchange begins with the best supports of several coders and then exchanges
// single atoms as long as the cost falls. With all other atoms Q of all components in
// place and their coefficients free, atom j lowers the cost for component r by
//
//	gain(r, j) = ½⟨d_j⊗b_r, P⊥_Q y⟩² / ‖P⊥_Q (d_j⊗b_r)‖²,
//
// y the data as one vector: exact for free signs, a bound under S ≥ 0, where each
// exchange is tried. An atom may also fill a place that is free. Monotone; at the
// end no exchange of one atom lowers the cost (among those tried, under S ≥ 0).
// Work: n² + I·n flops per atom and round for n = k·R, times R in the first term.
type Exchange struct {
	// Starts are the coders to begin with. Default: BlockFISTA{}, Homotopy{} and
	// HOMP{}.
	Starts []Coder
}

// Name implements [Coder].
func (Exchange) Name() string { return "exchange" }

func (a Exchange) code(ctx context.Context, c *coding) error {
	if len(a.Starts) == 0 {
		a.Starts = []Coder{BlockFISTA{}, Homotopy{}, HOMP{}}
	}
	best := solution{cost: math.Inf(1)}
	for _, start := range a.Starts {
		err := start.code(ctx, c)
		if err == nil {
			err = c.exchange(ctx)
		}
		if c.cost < best.cost {
			c.store(&best)
		}
		if err != nil {
			c.restore(&best)
			return err
		}
	}
	c.restore(&best)
	return nil
}

// move is atom j for component r, in place of list[at], or beside the others if at
// is −1.
type move struct {
	r, at, j int
	promise  float64 // fall of the cost
}

const movesTried = 8 // exchanges that are tried before there is taken to be none

// exchange makes exchanges until none lowers the cost.
func (c *coding) exchange(ctx context.Context) error {
	x := &exchanger{coding: c}
	var before solution
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		moves := x.moves()
		c.store(&before)
		better := false
		for _, m := range moves {
			c.apply(m)
			if err := c.refine(); err != nil {
				c.restore(&before)
				return err
			}
			if better = c.cost < before.cost-leastFall*math.Abs(before.cost); better {
				break
			}
			c.restore(&before)
		}
		if !better {
			return nil
		}
	}
}

// apply makes a move in the list, which is yet to be refined.
func (c *coding) apply(m move) {
	if m.at >= 0 {
		c.list[m.at].j = m.j
	} else {
		c.list = append(c.list, slot{m.r, m.j})
	}
}

// exchanger scores exchanges.
type exchanger struct {
	*coding
	all     bool       // moves that raise the cost are listed too
	size    int        // n of the pass
	pass    *pass      // of the atoms in the list and of the residual
	columns *mat.Dense // I×(n+R)
	inverse []float64  // n×n, of the normal matrix
	start   []int      // start[r] … start[r+1] are the places of component r in the list
	present []float64  // what the atoms in place lower the cost by
	tops    [][]move   // of each worker
	scratch [][]float64
}

// group is the number of atoms that are scored together.
const group = 64

// moves are the most promising exchanges, at most movesTried, best first.
func (x *exchanger) moves() []move {
	n := len(x.list)
	if n == 0 || !x.prepare(n) {
		return nil
	}
	for w := range x.tops {
		x.tops[w] = x.tops[w][:0]
	}
	for len(x.tops) < par.Workers() {
		x.tops, x.scratch = append(x.tops, nil), append(x.scratch, make([]float64, 2*group*x.rank*x.k))
	}
	x.pass.run(x.columns)
	top := x.tops[0]
	for _, of := range x.tops[1:] {
		for _, m := range of {
			top = enterMove(top, m)
		}
	}
	x.tops[0] = top
	return top
}

// prepare sets up the inverse normal matrix of the list and the columns of a pass.
func (x *exchanger) prepare(n int) bool {
	x.equations()
	sym := mat.NewSymDense(n, append([]float64(nil), x.normal[:n*n]...))
	var chol mat.Cholesky
	if !chol.Factorize(sym) || chol.Cond() > linalg.MaxCond {
		for p := range n { // dependent atoms: a little of the identity tells them apart
			sym.SetSym(p, p, sym.At(p, p)*(1+ridge))
		}
		if !chol.Factorize(sym) {
			return false
		}
	}
	var inverse mat.SymDense
	if chol.InverseTo(&inverse) != nil {
		return false
	}
	x.inverse = x.inverse[:0]
	for p := range n {
		for q := range n {
			x.inverse = append(x.inverse, inverse.At(p, q))
		}
	}
	x.start, x.present = x.start[:0], x.present[:0]
	for p, s := range x.list {
		for len(x.start) <= s.r {
			x.start = append(x.start, p)
		}
		x.present = append(x.present, x.weight[p]*x.weight[p]/x.inverse[p*n+p])
	}
	for len(x.start) <= x.rank {
		x.start = append(x.start, n)
	}
	rows, _ := x.dict.Dims()
	if x.size != n {
		x.size = n
		x.pass = newPass(x.dict, &x.dict.plain, n+x.rank, x.see)
		x.columns = mat.NewDense(rows, n+x.rank, nil)
	}
	x.residual(x.a)
	for i := range rows {
		row := x.columns.RawRowView(i)
		copy(row, x.atoms[i*n:][:n])
		copy(row[n:], x.e.RawRowView(i))
	}
	return true
}

const ridge = 1e-10

// see scores a block of atoms for every component.
func (x *exchanger) see(worker, first int, products []float64) {
	cols := x.size + x.rank
	for j := first; len(products) > 0; j += group {
		count := min(group, len(products)/cols)
		for r := range x.rank {
			if x.h[r*x.rank+r] > 0 {
				x.score(worker, j, r, products[:count*cols])
			}
		}
		products = products[count*cols:]
	}
}

// score scores atoms first, first+1, … for component r. With N the normal matrix of
// the list, N⁻¹ less place p is N⁻¹ − n_p·n_pᵀ/n_pp, n_p column p of it, so that
// one product U = C·N⁻¹ serves every place.
func (x *exchanger) score(worker, first, r int, products []float64) {
	n, cols := x.size, x.size+x.rank
	count := len(products) / cols
	c, u := x.scratch[worker][:count*n], x.scratch[worker][group*x.rank*x.k:][:count*n]
	for i := range count {
		for p, s := range x.list {
			c[i*n+p] = products[i*cols+p] * x.h[r*x.rank+s.r]
		}
	}
	clear(u)
	kernel.MulAdd(count, n, n, c, n, x.inverse, n, u, n)
	h := x.h[r*x.rank+r]
	lo, hi := x.start[r], x.start[r+1]
	for i := range count {
		ci, ui := c[i*n:][:n], u[i*n:][:n]
		left := h - kernel.Dot(ci, ui)
		rho := products[i*cols+n+r]
		if hi-lo < x.k {
			x.offer(worker, move{r, -1, first + i, 0}, rho, left, h)
		}
		for p := lo; p < hi; p++ {
			npp := x.inverse[p*n+p]
			x.offer(worker, move{r, p, first + i, -x.present[p] / 2}, rho+ui[p]*x.weight[p]/npp, left+ui[p]*ui[p]/npp, h)
		}
	}
}

// offer enters a move whose atom has the given correlation with what is left
// without the atom that it replaces, and squared norm outside the others.
func (x *exchanger) offer(worker int, m move, rho, outside, whole float64) {
	if outside <= dependent*whole || x.nonnegative && rho <= 0 {
		return
	}
	m.promise += rho * rho / outside / 2
	if !x.all && m.promise <= leastFall*math.Abs(x.cost) {
		return
	}
	top := x.tops[worker]
	if len(top) == movesTried && m.promise < top[len(top)-1].promise {
		return
	}
	for p := x.start[m.r]; p < x.start[m.r+1]; p++ {
		if x.list[p].j == m.j {
			return
		}
	}
	x.tops[worker] = enterMove(top, m)
}

// enterMove puts a move into a list of the movesTried most promising; among equals
// the order is that of component, place and atom.
func enterMove(list []move, m move) []move {
	at := sort.Search(len(list), func(i int) bool { return m.before(list[i]) })
	if at == movesTried {
		return list
	}
	if len(list) == movesTried {
		list = list[:len(list)-1]
	}
	list = append(list, move{})
	copy(list[at+1:], list[at:])
	list[at] = m
	return list
}

func (m move) before(o move) bool {
	switch {
	case m.promise != o.promise:
		return m.promise > o.promise
	case m.r != o.r:
		return m.r < o.r
	case m.at != o.at:
		return m.at < o.at
	}
	return m.j < o.j
}
