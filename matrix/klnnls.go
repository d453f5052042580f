package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// Divergences is V for a given U, with what proves it.
type Divergences struct {
	V *mat.Dense // r×n
	// Loss is Σ x·log(x/x̂) − x + x̂, +Inf where X has an entry in a row that is zero in U.
	Loss float64
	// Gap bounds how much of Loss is left to gain, summed over the columns.
	Gap float64
}

// KLNNLS returns the V ≥ 0 that minimises the divergence of Kullback and Leibler,
//
//	Σ x·log(x/x̂) − x + x̂,  X̂ = U·V,
//
// for U ≥ 0 (p×r) and X ≥ 0 (p×n), dense or sparse; of a sparse X only stored entries
// are looked at. Columns are apart, and those of V sum to those of X where those of U
// sum to one. A column of U that is zero gets the amount 0, and entries of X in rows
// where U is zero count for nothing but Loss.
//
// Every column is solved by Newton steps over V ≥ 0: with g_k = Σ_i x_i·u_ik/x̂_i, s_k the
// sum of column k of U and H = Σ_i x_i/x̂_i²·u_i·u_iᵀ, the Hessian, the quadratic model
// at v has its minimum over y ≥ 0 where NNLS of H and 2g − s has it, since H·v = g. Steps
// are halved until the loss falls. A column ends when max_k g_k/s_k − 1, which times the
// sum of x bounds what is left to gain, is under 1e-9, or after 100 steps.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for a negative entry, and that of ctx.
// Work: r²/2 + 4·r flops for each positive entry of X and step, of which some ten are
// needed.
//
// Reference: Kim, Y., Carbonetto, P., Stephens, M., Anitescu, M.: A fast algorithm for
// maximum likelihood estimation of mixture proportions using sequential quadratic
// programming. J. Comput. Graph. Stat. 29(2) (2020).
func KLNNLS(ctx context.Context, u mat.Matrix, x tensor.Tensor) (*Divergences, error) {
	ud, err := newData("U", u)
	if err != nil {
		return nil, err
	}
	for i := range ud.p {
		for k, v := range ud.row(i) {
			if v < 0 {
				return nil, fmt.Errorf("%w: KLNNLS: U is %g at row %d, column %d; want U ≥ 0", ErrMethod, v, i, k)
			}
		}
	}
	c, err := positiveColumns(x)
	if err != nil {
		return nil, err
	}
	if dims := x.Dims(); dims[0] != ud.p {
		return nil, fmt.Errorf("%w: U is %d×%d, X is %d×%d, want the same number of rows", ErrShape, ud.p, ud.n, dims[0], dims[1])
	}
	return newKLColumns(&ud, c).solve(ctx)
}

// positiveColumns are the entries of x by columns; those that are zero may be among them.
func positiveColumns(x tensor.Tensor) (compressed, error) {
	var c compressed
	if x == nil || len(x.Dims()) != 2 {
		return c, fmt.Errorf("%w: X is no matrix", ErrShape)
	}
	switch x := x.(type) {
	case *tensor.Sparse:
		c = compress(x, 1)
	case *tensor.Dense:
		p, n := x.Dims()[0], x.Dims()[1]
		c = compressed{start: make([]int, n+1), at: make([]int32, 0, p*n), value: make([]float64, 0, p*n)}
		for j := range n {
			for i := range p {
				if v := x.Data()[i*n+j]; v != 0 {
					c.at, c.value = append(c.at, int32(i)), append(c.value, v)
				}
			}
			c.start[j+1] = len(c.at)
		}
	default:
		return c, fmt.Errorf("%w: KLNNLS takes dense or sparse data with every entry known, not a %T", ErrMethod, x)
	}
	for j := range c.start[1:] {
		for k := c.start[j]; k < c.start[j+1]; k++ {
			switch v := c.value[k]; {
			case !(math.Abs(v) <= math.MaxFloat64):
				return c, fmt.Errorf("%w: X is %g at row %d, column %d", ErrNotFinite, v, c.at[k], j)
			case v < 0:
				return c, fmt.Errorf("%w: KLNNLS: X is %g at row %d, column %d; want X ≥ 0", ErrMethod, v, c.at[k], j)
			}
		}
	}
	return c, nil
}

// klColumns solves columns.
type klColumns struct {
	u   *data
	sum []float64 // of the columns of U
	x   compressed

	v         *mat.Dense // n×r
	loss, gap []float64  // of every column
	failed    []error
	work      []*klColumn // one for every worker
}

const (
	klSteps = 100
	klGap   = 1e-9 // relative to the sum of the column
	klGrain = 16   // columns that are worth another core
)

func newKLColumns(u *data, x compressed) *klColumns {
	n := len(x.start) - 1
	s := &klColumns{
		u: u, x: x, sum: make([]float64, u.n), v: mat.NewDense(n, u.n, nil),
		loss: make([]float64, n), gap: make([]float64, n), failed: make([]error, n),
	}
	for i := range u.p {
		kernel.Axpy(s.sum, 1, u.row(i))
	}
	for range par.Workers() {
		s.work = append(s.work, newKLColumn(s))
	}
	return s
}

// klPart is the number of columns between two looks at the context.
const klPart = 1 << 10

func (s *klColumns) solve(ctx context.Context) (*Divergences, error) {
	n := len(s.loss)
	for lo := 0; lo < n; lo += klPart {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("matrix: KLNNLS: %d of %d columns solved: %w", lo, n, err)
		}
		hi := min(n, lo+klPart)
		par.For(hi-lo, klGrain, func(worker, first, last int) {
			for j := lo + first; j < lo+last; j++ {
				s.failed[j] = s.work[worker].solve(j)
			}
		})
	}
	d := &Divergences{V: mat.DenseCopyOf(s.v.T())}
	for j := range n {
		if s.failed[j] != nil {
			return nil, fmt.Errorf("matrix: KLNNLS: column %d: %w", j, s.failed[j])
		}
		d.Loss += s.loss[j]
		d.Gap += s.gap[j]
	}
	return d, nil
}

// klColumn is one column between two steps.
type klColumn struct {
	of   *klColumns
	nnls linalg.NNLS
	h    *mat.SymDense
	m, y *mat.Dense // 1×r
	g, t []float64
	at   []int32   // rows that count
	x    []float64 // their entries
	fit  []float64
}

func newKLColumn(s *klColumns) *klColumn {
	r := s.u.n
	return &klColumn{
		of: s, h: mat.NewSymDense(r, nil), m: mat.NewDense(1, r, nil), y: mat.NewDense(1, r, nil),
		g: make([]float64, r), t: make([]float64, r),
	}
}

func (c *klColumn) solve(j int) error {
	s := c.of
	lost, total := c.gather(j)
	v := s.v.RawRowView(j)
	s.loss[j] = lost
	if total == 0 {
		return nil
	}
	used := 0.0
	for _, sum := range s.sum {
		if sum > 0 {
			used++
		}
	}
	for k, sum := range s.sum {
		if v[k] = 0; sum > 0 {
			v[k] = total / (used * sum)
		}
	}
	loss, gap := c.derive(v, total, c.measure(v))
	for step := 0; step < klSteps && gap > klGap; step++ {
		if err := c.newton(v); err != nil {
			return err
		}
		next, ok := c.search(v, loss)
		if !ok {
			break // rounding is all that is left
		}
		loss, gap = c.derive(v, total, next)
	}
	s.loss[j] += loss
	s.gap[j] = total * max(0, gap)
	return nil
}

// gather takes the entries of column j in rows where U is not zero; lost is the loss of
// the others, total the sum.
func (c *klColumn) gather(j int) (lost, total float64) {
	s := c.of
	c.at, c.x = c.at[:0], c.x[:0]
	for k := s.x.start[j]; k < s.x.start[j+1]; k++ {
		v, i := s.x.value[k], s.x.at[k]
		switch {
		case v == 0:
		case kernel.MaxAbs(s.u.row(int(i))) == 0:
			lost = math.Inf(1)
		default:
			c.at, c.x = append(c.at, i), append(c.x, v)
			total += v
		}
	}
	for len(c.fit) < len(c.x) {
		c.fit = append(c.fit, 0)
	}
	return lost, total
}

// measure sets fit and returns the loss.
func (c *klColumn) measure(v []float64) float64 {
	loss := kernel.Dot(c.of.sum, v)
	for k, i := range c.at {
		x, fit := c.x[k], kernel.Dot(c.of.u.row(int(i)), v)
		if !(fit > 0) {
			return math.Inf(1)
		}
		c.fit[k] = fit
		loss += x*math.Log(x/fit) - x
	}
	return loss
}

// derive scales v, whose loss has been measured, so that the sum of x̂ is right, which is
// the best of its multiples, and sets g. It returns the loss then and the relative gap.
func (c *klColumn) derive(v []float64, total, before float64) (loss, gap float64) {
	scale := total / kernel.Dot(c.of.sum, v)
	loss = before + total - total/scale - total*math.Log(scale)
	for k := range v {
		v[k] *= scale
	}
	clear(c.g)
	for k, i := range c.at {
		c.fit[k] *= scale
		kernel.Axpy(c.g, c.x[k]/c.fit[k], c.of.u.row(int(i)))
	}
	for k, sum := range c.of.sum {
		if sum > 0 {
			gap = max(gap, c.g[k]/sum-1)
		}
	}
	return loss, gap
}

// newton sets y to the minimum of the quadratic model at v.
func (c *klColumn) newton(v []float64) error {
	r := len(v)
	raw := c.h.RawSymmetric()
	for a := range r {
		clear(raw.Data[a*raw.Stride : a*raw.Stride+r])
	}
	for k, i := range c.at {
		w, u := c.x[k]/(c.fit[k]*c.fit[k]), c.of.u.row(int(i))
		for a, ua := range u {
			if ua != 0 {
				kernel.Axpy(raw.Data[a*raw.Stride+a:a*raw.Stride+r], w*ua, u[a:])
			}
		}
	}
	m, y := c.m.RawRowView(0), c.y.RawRowView(0)
	top := 0.0
	for a := range r {
		top = max(top, raw.Data[a*raw.Stride+a])
	}
	for a, sum := range c.of.sum {
		// What keeps H definite pulls towards v, so v stays where it is at the optimum.
		raw.Data[a*raw.Stride+a] += 1e-12 * top
		m[a] = 2*c.g[a] - sum + 1e-12*top*v[a]
		y[a] = v[a]
	}
	return c.nnls.Solve(c.y, c.m, c.h)
}

// search moves v towards y until the loss falls enough, and measures there.
func (c *klColumn) search(v []float64, before float64) (loss float64, ok bool) {
	y := c.y.RawRowView(0)
	slope := 0.0
	for k, sum := range c.of.sum {
		if sum == 0 {
			y[k] = 0
		}
		slope += (sum - c.g[k]) * (y[k] - v[k])
	}
	for t := 1.0; t > 1e-10; t /= 2 {
		for k := range v {
			c.t[k] = v[k] + t*(y[k]-v[k])
		}
		if loss = c.measure(c.t); loss < before && loss <= before+0.01*t*slope {
			copy(v, c.t)
			return loss, true
		}
	}
	return before, false
}
