package dict

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// jointWork is the number of multiplications that scoring exchanges jointly may cost.
const jointWork = 1e9

// jointExchanges scores the atoms of modes[i] with one other factor A_n fitted again,
// the rest kept: component r is then a column d_j ⊗ w_r of a problem in A_n alone, w_r the
// Khatri–Rao product of the factors kept, and [scorer] says what it leaves. Of the
// other modes the one counts that leaves least. What is promised is close to what one
// exact update brings, so it is kept, and more once the others follow. There is none
// where no other mode can be fitted like that or it would cost too much.
func (a Swap) jointExchanges(p *problem, c *candidate, i int) []exchange {
	if !p.plain() {
		return nil
	}
	m := &p.modes[i]
	if m.Dict.stored != nil { // all atoms are held here
		return nil
	}
	_, d := m.Dict.Dims()
	work := 0.0
	var others []int
	for n, size := range p.x.Dims() {
		if n != m.N && p.mode(n) == nil && solvable(p.methods[n]) {
			others = append(others, n)
			work += 2 * float64(size*p.rank) * (float64(p.cells()) + float64(d*p.x.Dims()[m.N]) + float64(d*p.rank*p.rank)/4)
		}
	}
	if len(others) == 0 || work > jointWork {
		return nil
	}
	atoms := m.Dict.Columns(upTo(d), m.Physical)
	var cross mat.Dense // atoms × R: with the atoms in place
	cross.Mul(atoms.T(), c.factors[m.N])
	present := p.loss(c)
	var list []exchange
	for _, n := range others {
		j := &joint{p: p, m: m, n: n, c: c, atoms: atoms, cross: &cross}
		list = append(list, j.exchanges(i, a.Tries, present)...)
	}
	slices.SortStableFunc(list, func(x, y exchange) int { return cmp.Compare(y.promise, x.promise) })
	seen := map[[2]int]bool{}
	return slices.DeleteFunc(list, func(e exchange) bool {
		key := [2]int{e.r, e.j}
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

// solvable says whether a factor under this method is a least squares problem that
// [scorer] knows.
func solvable(m cpd.Method) bool {
	switch m.(type) {
	case cpd.LeastSquares, cpd.HALS, cpd.NNLS, cpd.AcceleratedHALS, cpd.MU:
		return true
	}
	return false
}

// joint is the problem in the factor of mode n.
type joint struct {
	p     *problem
	m     *Mode
	n     int
	c     *candidate
	atoms *mat.Dense
	cross *mat.Dense

	mttkrp *mat.Dense    // of mode n
	g      *mat.SymDense // of all factors but n
	w      *mat.SymDense // of all factors but n and that of the dictionary
}

func (s *joint) exchanges(i, tries int, present float64) []exchange {
	rows, rank := s.c.factors[s.n].Dims()
	s.mttkrp = mat.NewDense(rows, rank, nil)
	s.p.x.MTTKRP(s.mttkrp, s.c.factors, s.n)
	s.g = tensor.HadamardOfGrams(s.c.factors, s.n)
	s.w = mat.NewSymDense(rank, nil)
	for r := range rank {
		for q := r; q < rank; q++ {
			v := 1.0
			for l, f := range s.c.factors {
				if l != s.n && l != s.m.N {
					v *= mat.Dot(f.ColView(r), f.ColView(q))
				}
			}
			s.w.SetSym(r, q, v)
		}
	}
	k := s.c.atoms[i]
	lists := make([][]exchange, rank)
	scorers := make([]*scorer, par.Workers())
	products := make([]*mat.Dense, rank)
	for r := range rank {
		products[r] = s.product(r)
	}
	par.For(rank, 1, func(worker, lo, hi int) {
		if scorers[worker] == nil {
			scorers[worker] = new(scorer)
		}
		of := scorers[worker]
		for r := lo; r < hi; r++ {
			rest := s.score(of, r, products[r])
			top := Swap{Tries: tries}
			for j, g := range of.gain {
				lists[r] = top.enter(lists[r], s.m, k, exchange{i: i, r: r, j: j, n: s.n, promise: present - (rest - g)})
			}
		}
	})
	return slices.Concat(lists...)
}

// product is I_n × d: the products of the data with d_j ⊗ w_r for every row of the factor.
func (s *joint) product(r int) *mat.Dense {
	rows, _ := s.c.factors[s.n].Dims()
	size, _ := s.atoms.Dims()
	factors := make([]*mat.Dense, len(s.c.factors))
	for l, f := range s.c.factors {
		height, _ := f.Dims()
		factors[l] = mat.NewDense(height, rows, nil)
		for row := range height {
			for q := range rows {
				switch {
				case l == s.n && row == q:
					factors[l].Set(row, q, 1)
				case l != s.n && l != s.m.N:
					factors[l].Set(row, q, f.At(row, r))
				}
			}
		}
	}
	y := mat.NewDense(size, rows, nil)
	s.p.x.MTTKRP(y, factors, s.m.N)
	_, d := s.atoms.Dims()
	b := mat.NewDense(rows, d, nil)
	to, atoms := b.RawMatrix(), s.atoms.RawMatrix()
	kernel.MulTAdd(rows, d, size, y.RawMatrix().Data, rows, atoms.Data, atoms.Stride, to.Data, to.Stride)
	return b
}

// score fits the factor without component r and scores all atoms in its place. It
// returns the loss without r.
func (s *joint) score(of *scorer, r int, b *mat.Dense) float64 {
	rows, rank := s.c.factors[s.n].Dims()
	_, d := s.atoms.Dims()
	free := s.p.free(s.n)
	n := rank - 1
	of.shape(n, d)
	of.free, of.b = free, b
	wrr := s.w.At(r, r)
	for j := range d {
		of.self[j] = wrr
		if s.m.Physical {
			of.self[j] *= s.m.Dict.norms[j] * s.m.Dict.norms[j]
		}
	}
	if n == 0 {
		of.score(nil, rows, 0)
		return s.p.x.SquaredNorm()
	}
	fit := withoutColumn([]*mat.Dense{s.c.factors[s.n], s.mttkrp}, r)
	gram := mat.NewSymDense(n, nil)
	for x := range n {
		from := x
		if x >= r {
			from++
		}
		for y := range n {
			to := y
			if y >= r {
				to++
			}
			of.gram[x*n+y] = s.g.At(from, to)
			if y >= x {
				gram.SetSym(x, y, s.g.At(from, to))
			}
		}
		weight, row := s.w.At(r, from), of.cq[x*d:][:d]
		for j := range d {
			row[j] = weight * s.cross.At(j, from)
		}
	}
	if err := fitRows(free, fit[0], fit[1], gram); err != nil {
		return math.Inf(1)
	}
	rest := s.p.x.SquaredNorm()
	for row := range rows {
		a, m := fit[0].RawRowView(row), fit[1].RawRowView(row)
		for x, v := range a {
			rest += v * (kernel.Dot(of.gram[x*n:][:n], a) - 2*m[x])
		}
	}
	of.score(fit[0], rows, n)
	return rest
}

// fitRows solves for a factor from its products, freely or under A ≥ 0.
func fitRows(free bool, a, m *mat.Dense, g *mat.SymDense) error {
	if free {
		return new(linalg.LS).Solve(a, m, g)
	}
	return new(linalg.NNLS).Solve(a, m, g)
}
