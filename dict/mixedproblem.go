package dict

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// coding is a mixed sparse coding problem with its scratch,
//
//	min_S ½⟨A·G, A⟩ − ⟨M, A⟩,  A = D̂·S,  ‖s_r‖₀ ≤ k,
//
// D̂ the atoms at unit norm: that of [SparseCode] less ½‖Y‖², and that of an
// update of a factor made of at most k atoms a component. What a coder shares
// with the others is here: products with the dictionary and the exact minimiser on
// given supports.
type coding struct {
	dict        *Dictionary
	rank, k     int
	nonnegative bool

	m *mat.Dense    // I×R
	g *mat.SymDense // R×R
	h []float64     // G with both triangles, R×R

	list   []slot    // the supports, by component and then by atom
	weight []float64 // weight[i] is the coefficient of list[i]
	a      *mat.Dense
	cost   float64 // ½⟨A·G, A⟩ − ⟨M, A⟩ of a

	e       *mat.Dense // M − A·G of the last call of residual
	corr    []float64  // d×R: D̂ᵀ·E of the last call of correlate
	pass    *pass
	scaled  []float64 // d×R: S for the atoms as they were given
	product []float64 // what expand writes, for its workers
	part    func(worker, lo, hi int)
	top     float64   // at least σ₁(D̂)²; 0 before it is asked for
	lead    []float64 // 2R, of topEigenvalue

	// Of refine: the atoms of the list side by side, their Gram and the solution.
	atoms  []float64 // I×n
	index  []int
	gram   []float64 // n×n, D̂_Sᵀ·D̂_S
	normal []float64 // n×n, what is solved
	right  []float64 // n
	ls     linalg.LS
	nnls   linalg.NNLS

	// Headers of the above at the present n, so that a warm refine allocates nothing.
	wide  mat.Dense    // atoms
	x, v  mat.Dense    // weight, right
	equal mat.SymDense // normal
}

// slot is atom j in component r.
type slot struct{ r, j int }

func newCoding(d *Dictionary, rank, k int, nonnegative bool) *coding {
	rows, atoms := d.Dims()
	n := rank * k
	c := &coding{
		dict: d, rank: rank, k: k, nonnegative: nonnegative,
		m: mat.NewDense(rows, rank, nil), g: mat.NewSymDense(rank, nil), h: make([]float64, rank*rank),
		a: mat.NewDense(rows, rank, nil), e: mat.NewDense(rows, rank, nil),
		lead: make([]float64, 2*rank), corr: make([]float64, atoms*rank), scaled: make([]float64, atoms*rank),
		atoms: make([]float64, rows*n), gram: make([]float64, n*n), normal: make([]float64, n*n), right: make([]float64, n),
	}
	c.pass = newPass(d, &d.plain, rank, func(_, first int, x []float64) { copy(c.corr[first*rank:], x) })
	c.part = c.expandRows
	return c
}

// begin takes up M and G, copies of which are kept. The supports stay what they
// were.
func (c *coding) begin(m *mat.Dense, g *mat.SymDense) {
	c.m.Copy(m)
	c.g.CopySym(g)
	for q := range c.rank {
		for r := range c.rank {
			c.h[q*c.rank+r] = g.At(q, r)
		}
	}
}

// residual sets e to M − A·G and returns ½⟨A·G, A⟩ − ⟨M, A⟩ = −½⟨M + E, A⟩.
func (c *coding) residual(a *mat.Dense) float64 {
	rows, rank := a.Dims()
	m, e, x := c.m.RawMatrix().Data, c.e.RawMatrix().Data, a.RawMatrix().Data
	clear(e)
	kernel.MulAdd(rows, rank, rank, x, rank, c.h, rank, e, rank)
	cost := 0.0
	for i := range e {
		e[i] = m[i] - e[i]
		cost -= 0.5 * (m[i] + e[i]) * x[i]
	}
	return cost
}

// correlate sets corr to D̂ᵀ·E: minus the gradient in S. Work: 2·I·d·R flops.
func (c *coding) correlate() { c.pass.run(c.e) }

// expand sets a to D̂·S, s being S by rows, d×R. Work: 2·I·d·R flops.
func (c *coding) expand(a *mat.Dense, s []float64) {
	for j, norm := range c.dict.norms {
		by := 1 / norm
		row, from := c.scaled[j*c.rank:][:c.rank], s[j*c.rank:][:c.rank]
		for r, x := range from {
			row[r] = x * by
		}
	}
	rows, atoms := c.dict.Dims()
	c.product = a.RawMatrix().Data
	par.For(rows, (passGrain-1)/(atoms*c.rank)+1, c.part)
}

func (c *coding) expandRows(_, lo, hi int) {
	d := c.dict.atoms.RawMatrix()
	dst := c.product[lo*c.rank : hi*c.rank]
	clear(dst)
	kernel.MulAdd(hi-lo, c.rank, d.Cols, d.Data[lo*d.Stride:], d.Stride, c.scaled, c.rank, dst, c.rank)
}

// refine solves for the coefficients on the supports exactly, all components
// together: with n = |list| unknowns the normal equations have the entries
//
//	N[(r,i),(q,j)] = g_rq·⟨d̂_i, d̂_j⟩,  v[(r,i)] = ⟨d̂_i, m_r⟩.
//
// Under S ≥ 0 atoms that come out as zero leave the supports. Work: n²(I+n) flops.
func (c *coding) refine() error {
	slices.SortFunc(c.list, func(x, y slot) int {
		if x.r != y.r {
			return x.r - y.r
		}
		return x.j - y.j
	})
	n := len(c.list)
	c.weight = slices.Grow(c.weight[:0], n)[:n]
	c.equations()
	if n > 0 {
		c.x.SetRawMatrix(blas64.General{Rows: 1, Cols: n, Stride: n, Data: c.weight})
		c.v.SetRawMatrix(blas64.General{Rows: 1, Cols: n, Stride: n, Data: c.right[:n]})
		c.equal.SetRawSymmetric(blas64.Symmetric{N: n, Stride: n, Data: c.normal[:n*n], Uplo: blas.Upper})
		var err error
		if c.nonnegative {
			clear(c.weight)
			err = c.nnls.Solve(&c.x, &c.v, &c.equal)
		} else {
			err = c.ls.Solve(&c.x, &c.v, &c.equal)
		}
		if err != nil {
			return err
		}
	}
	c.combine()
	return nil
}

// equations sets normal and right for the list.
func (c *coding) equations() {
	n := len(c.list)
	if n == 0 {
		return
	}
	rows, _ := c.dict.Dims()
	c.index = c.index[:0]
	for _, s := range c.list {
		c.index = append(c.index, s.j)
	}
	c.wide.SetRawMatrix(blas64.General{Rows: rows, Cols: n, Stride: n, Data: c.atoms[:rows*n]})
	c.dict.columnsTo(&c.wide, c.index, false)
	gram := c.gram[:n*n]
	clear(gram)
	kernel.GramAdd(n, rows, c.atoms, n, gram, n)
	clear(c.right[:n])
	for i := range rows {
		m, d := c.m.RawRowView(i), c.atoms[i*n:][:n]
		for p, s := range c.list {
			c.right[p] += d[p] * m[s.r]
		}
	}
	for p, s := range c.list {
		for q, t := range c.list {
			c.normal[p*n+q] = gram[p*n+q] * c.h[s.r*c.rank+t.r]
		}
	}
}

// combine sets a and cost from the list and its coefficients, and drops from a
// nonnegative list what is zero.
func (c *coding) combine() {
	n := len(c.list)
	rows, _ := c.dict.Dims()
	for i := range rows {
		a, d := c.a.RawRowView(i), c.atoms[i*n:][:n]
		clear(a)
		for p, s := range c.list {
			a[s.r] += d[p] * c.weight[p]
		}
	}
	c.cost = c.residual(c.a)
	if !c.nonnegative {
		return
	}
	kept := 0
	for p, w := range c.weight {
		if w > 0 {
			c.list[kept], c.weight[kept] = c.list[p], w
			kept++
		}
	}
	c.list, c.weight = c.list[:kept], c.weight[:kept]
}

// choose sets the supports to the k largest magnitudes of every column of s, S by
// rows, zeros left out.
func (c *coding) choose(s []float64) {
	c.list = c.list[:0]
	for r := range c.rank {
		first := len(c.list)
		for j := range len(s) / c.rank {
			x := math.Abs(s[j*c.rank+r])
			at := len(c.list)
			for at > first && x > math.Abs(s[c.list[at-1].j*c.rank+r]) {
				at--
			}
			if x > 0 && at < first+c.k {
				if len(c.list) == first+c.k {
					c.list = c.list[:len(c.list)-1]
				}
				c.list = slices.Insert(c.list, at, slot{r, j})
			}
		}
	}
}

// solution is what a coder has to remember of a refined state.
type solution struct {
	list   []slot
	weight []float64
	a      *mat.Dense
	cost   float64
}

// store copies the present state into dst.
func (c *coding) store(dst *solution) {
	dst.list, dst.weight, dst.cost = append(dst.list[:0], c.list...), append(dst.weight[:0], c.weight...), c.cost
	if dst.a == nil {
		dst.a = mat.DenseCopyOf(c.a)
		return
	}
	dst.a.Copy(c.a)
}

// restore makes src, stored for the same M and G, the present state.
func (c *coding) restore(src *solution) {
	c.list, c.weight, c.cost = append(c.list[:0], src.list...), append(c.weight[:0], src.weight...), src.cost
	c.a.Copy(src.a)
}
