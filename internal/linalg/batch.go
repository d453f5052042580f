package linalg

import (
	"math"
	"slices"

	"github.com/polyad/polyad/internal/kernel"
)

const (
	// batchMost is the number of unknowns up to which rows are pivoted in
	// batches: there are 2^R tables, of which at R = 10 all fit into a megabyte.
	batchMost = 10
	// batchSteps bounds the full exchanges. A row that needs more, a few in a
	// thousand of random problems, is left to [passive.solve], and with it the
	// rule against cycles.
	batchSteps = 10
	// batchGain is the largest entry of an inverse that one step of refinement
	// makes as good as a solution by the factor: what is lost first, gain·eps, is
	// lost once more of the rest.
	batchGain = 1e6
)

// batch pivots the rows of a block together: every step is one product of a small
// matrix, made once for every passive set, with each row's right-hand side. With
// H = Ĝ_PP⁻¹ and N the unknowns off P,
//
//	b_P = H·m̂_P,  w_N = Ĝ_NP·b_P − m̂_N.
//
// With the sum, μ is one unknown more, in every P, of either sign; its column in
// Ĝ is c and its right-hand side 1, both divided by max c.
type batch struct {
	p     *passive
	nv, n int // vectors of a row; unknowns, with μ

	at    []int32   // where the table of a set begins, or one of the two below
	table []float64 // in, off and the matrix by columns: see kernel.PivotRows
	hat   []float64 // Ĝ with the column of μ
	h     []float64 // the inverse on P and μ, scratch
	one   float64   // the right-hand side of the sum

	m, f, size     []float64
	code, set, neg []int32
	list           []int32
}

const (
	notMade = -1
	refused = -2 // dependent columns, or nearly so
)

// begin empties the tables and makes them fit.
func (t *batch) begin(p *passive) {
	r := p.s.scale.r
	t.p, t.n = p, r
	if p.s.sum {
		t.n++
	}
	t.nv = (t.n + 3) / 4
	ld := 4 * t.nv
	t.at, t.table = grow(t.at, 1<<r), t.table[:0]
	for i := range t.at {
		t.at[i] = notMade
	}
	t.h = grow(t.h, t.n*t.n)
	t.hat = grow(t.hat, t.n*ld)
	clear(t.hat)
	for i := range r {
		copy(t.hat[i*ld:], p.s.scale.hat[i*r:(i+1)*r])
	}
	if p.s.sum {
		longest := maxAbs(p.s.scale.inv)
		t.one = 1 / longest
		for i, c := range p.s.scale.inv {
			t.hat[i*ld+r], t.hat[r*ld+i] = c/longest, c/longest
		}
	}
	t.m, t.f, t.size = grow(t.m, rowsBlock*ld), grow(t.f, rowsBlock*ld), grow(t.size, rowsBlock)
	t.code, t.set, t.neg = grow(t.code, rowsBlock), grow(t.set, rowsBlock), grow(t.neg, rowsBlock)
	t.list = grow(t.list, rowsBlock)
	clear(t.m)
}

// find returns where the table of a set begins, or refused.
func (t *batch) find(code int32) int32 {
	if t.at[code] == notMade {
		t.at[code] = t.make(code)
	}
	return t.at[code]
}

// make appends the table of a set.
func (t *batch) make(code int32) int32 {
	p, r, ld := t.p, t.p.s.scale.r, 4*t.nv
	p.list = p.list[:0]
	for k := range r {
		if code>>k&1 != 0 {
			p.list = append(p.list, k)
		}
	}
	if p.s.sum && len(p.list) == 0 || !p.factorize(p.l) || !t.invert() {
		return refused
	}
	size := len(p.list)
	if p.s.sum {
		p.list = append(p.list, r) // μ
	}
	at, more := len(t.table), (t.n+2)*ld
	t.table = slices.Grow(t.table, more)[:at+more]
	clear(t.table[at:])
	in, off, m := t.table[at:at+ld], t.table[at+ld:at+2*ld], t.table[at+2*ld:]
	for k := range r {
		off[k] = 8 * float64(r+4) * eps // gradients; b is compared with 0
		m[k*ld+k] = -1
	}
	for i, k := range p.list {
		in[k], off[k] = math.Float64frombits(math.MaxUint64), 0
		col := m[k*ld:][:ld]
		clear(col)
		for j, q := range p.list { // Ĝ·H for all, then H itself on P
			kernel.Axpy(col[:t.n], t.h[i*t.n+j], t.hat[q*ld:][:t.n])
		}
		for j, q := range p.list {
			col[q] = t.h[i*t.n+j]
		}
	}
	p.list = p.list[:size]
	return int32(at)
}

// invert writes the inverse on P, which p.l has the factor of, and with the sum on
// μ too, to h. It reports false when that has too large an entry.
func (t *batch) invert() bool {
	p, n := t.p, len(t.p.list)
	for i := range n {
		row := t.h[i*t.n:][:n]
		clear(row)
		row[i] = 1
		cholSolve(p.l, row)
		if !(maxAbs(row) <= batchGain) {
			return false
		}
	}
	if !p.s.sum {
		return true
	}
	// y = H·c and cᵀy; then [H − y·yᵀ/cᵀy, y/cᵀy; yᵀ/cᵀy, −1/cᵀy].
	c, y, cy := t.hat[t.p.s.scale.r*4*t.nv:], t.h[n*t.n:][:n+1], 0.0
	for i := range n {
		y[i] = 0
		for j, k := range p.list {
			y[i] += t.h[i*t.n+j] * c[k]
		}
		cy += y[i] * c[p.list[i]]
	}
	for i := range n {
		for j := range n {
			t.h[i*t.n+j] -= y[i] * y[j] / cy
		}
		t.h[i*t.n+n] = y[i] / cy
	}
	for i := range n {
		y[i] /= cy
	}
	y[n] = -1 / cy
	return maxAbs(y) <= batchGain
}

// load writes the right-hand side of row i of the block, and returns its first
// set: the entries of a that are positive, all of them when none is.
func (t *batch) load(i int, a, m []float64) (code int32, ok bool) {
	s := &t.p.s.scale
	dst := t.m[i*4*t.nv:][:t.n]
	size, bad := 0.0, 0.0
	for r, inv := range s.inv {
		v := (m[r]/s.gamma + t.p.s.rho) * inv
		bad += 0 * v
		dst[r] = v
		size = max(size, math.Abs(v))
		x := int64(math.Float64bits(a[r]))
		code |= int32(uint64(-x)>>63&^(uint64(x)>>63)) << r // 1 where a > 0, without a branch
	}
	if t.p.s.sum {
		dst[s.r] = t.one
	}
	t.size[i] = size
	if code == 0 {
		code = 1<<s.r - 1
	}
	return code, bad == 0
}

// store writes the solution of row i of the block.
func (t *batch) store(i int, a []float64) {
	f := t.f[i*4*t.nv:]
	code := uint64(t.code[i])
	for r, inv := range t.p.s.scale.inv {
		v := math.Float64bits(f[r] * inv)
		a[r] = math.Float64frombits(v & -(code >> r & 1)) // 0 off P, without a branch
	}
}

// block solves rows lo to hi of the call.
func (t *batch) block(w *rows, lo, hi int) {
	a, m := w.a.RawMatrix(), w.m.RawMatrix()
	row := func(i int32) ([]float64, []float64) {
		k := lo + int(i)
		return a.Data[k*a.Stride:][:a.Cols], m.Data[k*m.Stride:][:m.Cols]
	}
	list := t.list[:0]
	for i := range int32(hi - lo) {
		ai, mi := row(i)
		code, ok := t.load(int(i), ai, mi)
		if !ok && !finite(mi) {
			w.reject(int64(lo) + int64(i))
			continue
		}
		t.code[i] = code
		if t.set[i] = t.find(code); t.set[i] == refused || !ok {
			t.p.solve(ai, mi)
			continue
		}
		list = append(list, i)
	}
	low := int32(1)<<t.p.s.scale.r - 1
	for range batchSteps {
		kernel.PivotRows(t.nv, t.n, list, t.set, t.m, t.f, t.size, t.table, t.hat, t.neg)
		left := list[:0]
		for _, i := range list {
			ai, mi := row(i)
			move := t.neg[i] & low
			if move == 0 {
				t.store(int(i), ai)
				continue
			}
			t.code[i] ^= move
			if t.set[i] = t.find(t.code[i]); t.set[i] == refused {
				t.p.solve(ai, mi)
				continue
			}
			left = append(left, i)
		}
		if list = left; len(list) == 0 {
			return
		}
	}
	for _, i := range list {
		t.p.solve(row(i))
	}
}
