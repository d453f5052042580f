package cpd

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// MU keeps a factor nonnegative by one multiplicative update,
//
//	a ← a · (m⁺ + √(m⁺² + 4·p·n)) / 2p,  p = A·G⁺ + M⁻,  n = A·G⁻,
//
// entry by entry, ⁺ and ⁻ the positive and negative parts: Lee and Seung's
// a·m/(A·G) where M and G are nonnegative, and monotone for any. An entry that
// is zero stays so, unless there is a Floor. It is here for comparison and is slow: [HALS] gets
// further for the same cost.
//
// References:
//   - Lee, D.D., Seung, H.S.: Algorithms for non-negative matrix factorization.
//     NIPS (2000).
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and hierarchical ALS
//     algorithms for nonnegative matrix factorization. Neural Comput. 24(4) (2012), for Inner.
//   - Takahashi, N., Hibi, R.: Global convergence of modified multiplicative updates for
//     nonnegative matrix factorization. Comput. Optim. Appl. 57, 417–440 (2014), for Floor.
//   - Sha, F., Lin, Y., Saul, L.K., Lee, D.D.: Multiplicative updates for
//     nonnegative quadratic programming. Neural Comput. 19(8) (2007).
type MU struct {
	// Inner is the number of updates, M and G staying, that a factor is given at a time. Default: 1.
	Inner int
	// Floor is what no entry falls below: a small positive one keeps entries from being caught at
	// zero. Default: 0.
	Floor float64
}

// Begin implements [Method].
func (m MU) Begin(rows, rank int) Updater {
	u := &mu{method: m, rank: rank, plus: make([]float64, rank*rank), minus: make([]float64, rank*rank), p: make([]float64, rows*rank), n: make([]float64, rows*rank)}
	u.body = u.blocks
	return u
}

// Nonnegative implements [Method].
func (MU) Nonnegative() bool { return true }

type mu struct {
	method      MU
	rank        int
	plus, minus []float64 // G⁺, G⁻
	signed      bool      // G⁻ is not zero
	p, n        []float64
	a, m        blas64.General // of the call that is running
	body        func(worker, lo, hi int)
}

// Row implements [Separable].
func (u *mu) Row() Updater { return u.method.Begin(1, u.rank) }

// Update implements [Updater].
func (u *mu) Update(a, m *mat.Dense, g *mat.SymDense) error {
	u.signed = false
	for r := range u.rank {
		for q := range u.rank {
			v := g.At(r, q)
			u.plus[r*u.rank+q], u.minus[r*u.rank+q] = max(0, v), max(0, -v)
			u.signed = u.signed || v < 0
		}
	}
	u.a, u.m = a.RawMatrix(), m.RawMatrix()
	for range max(1, u.method.Inner) {
		par.For(u.a.Rows, max(1, (1<<17)/(u.rank*u.rank)), u.body)
	}
	u.a, u.m = blas64.General{}, blas64.General{}
	return nil
}

// blocks updates rows lo…hi.
func (u *mu) blocks(_, lo, hi int) {
	rank := u.rank
	p, n := u.p[lo*rank:hi*rank], u.n[lo*rank:hi*rank]
	old := u.a.Data[lo*u.a.Stride:]
	clear(p)
	kernel.MulAdd(hi-lo, rank, rank, old, u.a.Stride, u.plus, rank, p, rank)
	if u.signed {
		clear(n)
		kernel.MulAdd(hi-lo, rank, rank, old, u.a.Stride, u.minus, rank, n, rank)
	}
	for i := lo; i < hi; i++ {
		a, m := u.a.Data[i*u.a.Stride:][:rank], u.m.Data[i*u.m.Stride:][:rank]
		for r := range a {
			at := (i-lo)*rank + r
			below := p[at] + max(0, -m[r])
			above := max(0, m[r])
			if u.signed {
				above = (above + math.Sqrt(above*above+4*below*n[at])) / 2
			}
			if below > 0 { // else the row is zero, or the others' component is
				a[r] *= above / below
			}
			a[r] = max(u.method.Floor, a[r])
		}
	}
}
