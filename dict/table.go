package dict

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// table is a problem with one other factor by its products alone,
//
//	B = XᵀD,  C = DᵀD,  min_A ½⟨A·C_KK, A⟩ − ⟨B_K, A⟩,
//
// for a pool of atoms and all rows of the other factor, or a sample of them where
// all would be too large. A choice K is fitted without touching X again, and one
// that differs in a single atom starts from the passive sets of the other. Rows
// are in random order, so that the first of them are a sample.
//
// Without constraint, the columns of the compressed data take the place of the rows of X.
type table struct {
	mode  *Mode
	free  bool // no constraint on the other factor
	whole bool // loss is that of all the data

	pool []int      // ascending
	at   []int32    // at[j]: place of atom j in the pool, −1 if it is not there
	b    *mat.Dense // rows × pool
	c    *mat.Dense // pool × pool
	xx   float64    // of the rows, 0 where they are a sample
}

const (
	tableCells = 1 << 23 // numbers in B at most: 64 MiB
	poolMost   = 1024    // atoms in a pool
	leastRows  = 512     // of a sample
)

// newTable makes the table of a problem with a single other mode, for a pool that
// holds at least the given atoms. It is nil if there is none.
func (p *problem) newTable(k []int) *table {
	m := &p.modes[0]
	_, d := m.Dict.Dims()
	t := &table{mode: m, at: make([]int32, d)}
	_, t.free = p.methods[p.carrier()].(cpd.LeastSquares)
	t.pool = p.poolAround(k)
	for j := range t.at {
		t.at[j] = -1
	}
	for q, j := range t.pool {
		t.at[j] = int32(q)
	}
	atoms := m.Dict.Columns(t.pool, m.Physical)
	gram := mat.NewSymDense(len(t.pool), nil)
	tensor.Gram(gram, atoms)
	t.c = mat.DenseCopyOf(gram)
	if !t.multiply(p, atoms) {
		return nil
	}
	if _, sums := p.methods[p.carrier()].(cpd.FCLS); sums {
		t.stiffen()
	}
	return t
}

// multiply forms B.
func (t *table) multiply(p *problem, atoms *mat.Dense) bool {
	m, n := t.mode.N, p.carrier()
	count := len(t.pool)
	if t.free {
		rows := p.x.Dims()[m]
		z := p.signal(m, rows)
		_, k := z.Dims()
		t.b = mat.NewDense(k, count, nil)
		t.b.Mul(z.T(), atoms)
		t.whole, t.xx = k == rows, p.x.SquaredNorm()
		return true
	}
	rows := p.x.Dims()[n]
	order := p.rng(0).Perm(rows)
	keep := min(rows, max(leastRows, tableCells/count))
	factors := make([]*mat.Dense, 2)
	if keep == rows {
		factors[m] = atoms
		all := mat.NewDense(rows, count, nil)
		p.x.MTTKRP(all, factors, n)
		t.b = mat.NewDense(rows, count, nil)
		for i, from := range order {
			copy(t.b.RawRowView(i), all.RawRowView(from))
		}
		t.whole, t.xx = true, p.x.SquaredNorm()
		return true
	}
	x, ok := p.x.(tensor.Fibrous)
	if !ok {
		return false
	}
	index := make([][]int32, 2)
	index[n] = make([]int32, keep)
	for i, from := range order[:keep] {
		index[n][i] = int32(from)
	}
	fibres := mat.NewDense(keep, p.x.Dims()[m], nil)
	x.FibresTo(fibres, index, m)
	t.b = mat.NewDense(keep, count, nil)
	t.b.Mul(fibres, atoms)
	return true
}

// sample is the table of its first rows.
func (t *table) sample(rows int) *table {
	s := *t
	all, d := t.b.Dims()
	if rows < all {
		s.b = t.b.Slice(0, rows, 0, d).(*mat.Dense)
		s.whole, s.xx = false, 0
	}
	return &s
}

// stiff is the weight, as a multiple of the largest squared norm of an atom, of the
// square that stands for a sum of one.
const stiff = 1e4

// stiffen adds w(1 − Σ_r a_r)² to the loss of every row, so that rows that are to
// sum to one are nonnegative least squares like the others. What such a table says
// is close to the truth, and not the truth.
func (t *table) stiffen() {
	weight := 0.0
	for j := range t.pool {
		weight = max(weight, stiff*t.c.At(j, j))
	}
	add := func(_, _ int, v float64) float64 { return v + weight }
	t.b.Apply(add, t.b)
	t.c.Apply(add, t.c)
	t.whole, t.xx = false, 0
}

// poolAround are the atoms of the pool: all, or those that explain most of what k
// without one of its atoms leaves, as many of every group, and k itself.
func (p *problem) poolAround(k []int) []int {
	m := &p.modes[0]
	_, d := m.Dict.Dims()
	if d <= poolMost {
		return upTo(d)
	}
	v := newProjection(m, p.signal(m.N, p.rank+oversample))
	best := make([]float64, d)
	for r := range k {
		v.score(without(k, r))
		for j, g := range v.gain {
			best[j] = max(best[j], g)
		}
	}
	for _, j := range k {
		best[j] = math.Inf(1)
	}
	each := poolMost / 2
	if m.Bounds != nil {
		each /= len(m.Bounds)
	}
	return m.shortlist(best, poolMost, each)
}

// upTo are 0 … n−1.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// holds says whether all of these atoms are in the pool.
func (t *table) holds(k []int) bool {
	return !slices.ContainsFunc(k, func(j int) bool { return t.at[j] < 0 })
}

// fitter is the solver of a worker with its scratch.
type fitter struct {
	t    *table
	g    *mat.SymDense
	m    *mat.Dense
	nnls linalg.NNLS
	ls   linalg.LS
}

// fit solves the first rows of a, one column for each place of the pool in k, and
// returns their loss. The entries of a on entry are where the search starts.
func (f *fitter) fit(k []int, a *mat.Dense) float64 {
	rows, rank := a.Dims()
	t := f.t
	if rank == 0 {
		return t.xx
	}
	if f.g == nil || f.g.SymmetricDim() != rank {
		f.g = mat.NewSymDense(rank, nil)
	}
	for r, j := range k {
		c := t.c.RawRowView(j)
		for q := r; q < rank; q++ {
			f.g.SetSym(r, q, c[k[q]])
		}
	}
	if f.m == nil || f.m.RawMatrix().Cols != rank || cap(f.m.RawMatrix().Data) < rows*rank {
		f.m = mat.NewDense(rows, rank, nil)
	}
	m := mat.NewDense(rows, rank, f.m.RawMatrix().Data[:rows*rank])
	for i := range rows {
		to, from := m.RawRowView(i), t.b.RawRowView(i)
		for r, j := range k {
			to[r] = from[j]
		}
	}
	var err error
	if t.free {
		err = f.ls.Solve(a, m, f.g)
	} else {
		err = f.nnls.Solve(a, m, f.g)
	}
	if err != nil { // the data are finite and the Gram is one
		return math.Inf(1)
	}
	return t.xx + f.change(a, m)
}

// change is ⟨A·G, A⟩ − 2⟨M, A⟩.
func (f *fitter) change(a, m *mat.Dense) float64 {
	rows, rank := a.Dims()
	g := f.g.RawSymmetric()
	sum := 0.0
	for i := range rows {
		av, mv := a.RawRowView(i), m.RawRowView(i)
		row := 0.0
		for r := range rank {
			x := av[r]
			if x == 0 {
				continue
			}
			half := g.Data[r*g.Stride+r] * x / 2
			for q := r + 1; q < rank; q++ {
				half += g.Data[r*g.Stride+q] * av[q]
			}
			row += x * (half - mv[r])
		}
		sum += 2 * row
	}
	return sum
}

// shortlist are the most atoms of largest value, and at least each of every group
// as far as it has them, in ascending order.
func (m *Mode) shortlist(value []float64, most, each int) []int {
	order := upTo(len(value))
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(value[y], value[x]) })
	used := make([]int, max(1, len(m.Bounds)))
	taken := make([]bool, len(value))
	var list []int
	for _, j := range order {
		g := 0
		if m.Bounds != nil {
			g = m.Group[j]
		}
		if used[g] < each {
			used[g]++
			taken[j] = true
			list = append(list, j)
		}
	}
	for _, j := range order {
		if len(list) < most && !taken[j] {
			list = append(list, j)
		}
	}
	slices.Sort(list)
	return list
}

// score fits the first rows to the places q of the pool, from a, and lets s score all
// of the pool beside them. It returns the loss of q.
func (f *fitter) score(s *scorer, q []int, a *mat.Dense, rows int) float64 {
	t, n, d := f.t, len(q), len(f.t.pool)
	rest := t.xx
	if n > 0 {
		rest = f.fit(q, a)
	}
	s.shape(n, d)
	s.free, s.b = t.free, t.b
	for j := range d {
		s.self[j] = t.c.At(j, j)
	}
	for i, j := range q {
		copy(s.cq[i*d:][:d], t.c.RawRowView(j))
		for x, l := range q {
			s.gram[i*n+x] = t.c.At(j, l)
		}
	}
	s.score(a, rows, n)
	return rest
}
