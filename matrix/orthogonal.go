package matrix

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Orthogonal minimises ‖X − U·V‖² over U ≥ 0 and V ≥ 0 with orthogonal rows. Such rows share
// no column, so that V is a clustering: every column of X is a multiple of one component.
// The two updates are exact,
//
//	k(j) = argmax_k ⟨u_k, x_j⟩, v_kj = max(0, ⟨u_k, x_j⟩)  and  u_k ∝ max(0, X·v_kᵀ),
//
// spherical k-means weighted by amounts, and the error never rises. A component without
// columns takes the column that is fitted worst.
//
// References:
//   - Pompili, F., Gillis, N., Absil, P.-A., Glineur, F.: Two algorithms for orthogonal
//     nonnegative matrix factorization with application to clustering. Neurocomputing 141,
//     15–25 (2014), algorithm EM-ONMF.
type Orthogonal struct{}

func (Orthogonal) fit(ctx context.Context, p *problem) (*Factors, error) {
	if err := p.complete("Orthogonal"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		s := &orthogonal{
			p: p, u: u, vt: vt, match: mat.NewDense(p.n, p.rank, nil), mu: mat.NewDense(p.p, p.rank, nil),
			fit: make([]float64, p.n), norm: make([]float64, p.n), taken: make([]int, p.rank),
		}
		s.body = s.columns
		normalizeTo(s.u, s.vt)
		columnNorms(s.norm, p.x)
		s.assign()
		return s, nil
	})
}

func (Orthogonal) coefficients(_ context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	_, r := u.Dims()
	_, n := x.Dims()
	match, v := mat.NewDense(n, r, nil), mat.NewDense(r, n, nil)
	tensor.FromMatrix(x).MTTKRP(match, []*mat.Dense{u, nil}, 1)
	for j := range n {
		if k, a := largest(match.RawRowView(j)); a > 0 {
			v.Set(k, j, a)
		}
	}
	return v, nil
}

// orthogonal is the state between two sweeps.
type orthogonal struct {
	p         *problem
	u, vt     *mat.Dense
	match, mu *mat.Dense // XᵀU, XVᵀ
	fit       []float64  // v of every column
	norm      []float64  // ‖x_j‖²
	taken     []int      // columns of every component
	body      func(worker, lo, hi int)
	residual  float64
}

// Sweep updates U for the clustering, then the clustering.
func (s *orthogonal) Sweep() (sweep.Point, error) {
	s.p.timesV(s.mu, s.vt)
	rows, r := s.mu.Dims()
	for k := range r {
		if s.taken[k] == 0 {
			continue // reseeded by assign
		}
		sum := 0.0
		for i := range rows {
			v := max(0, s.mu.At(i, k))
			sum += v * v
		}
		if sum == 0 {
			continue
		}
		for i := range rows {
			s.u.Set(i, k, max(0, s.mu.At(i, k))/math.Sqrt(sum))
		}
	}
	s.assign()
	return sweep.Point{RelativeError: root(s.residual, s.p.xx)}, nil
}

// assign gives every column to its best component; a component that is left without any
// becomes the worst column.
func (s *orthogonal) assign() {
	for range s.p.rank {
		s.p.timesU(s.match, s.u)
		par.For(s.p.n, 1<<12, s.body)
		clear(s.taken)
		explained := 0.0
		worst, most := -1, 0.0
		for j := range s.p.n {
			if k, v := largest(s.vt.RawRowView(j)); v > 0 {
				s.taken[k]++
			}
			explained += s.fit[j] * s.fit[j]
			if left := s.norm[j] - s.fit[j]*s.fit[j]; left > most {
				worst, most = j, left
			}
		}
		s.residual = max(0, s.p.xx-explained)
		empty := -1
		for k, n := range s.taken {
			if n == 0 {
				empty = k
			}
		}
		if empty < 0 || worst < 0 || most <= 1e-12*s.norm[worst] {
			return
		}
		s.seed(empty, worst)
	}
}

// seed makes component k of column j.
func (s *orthogonal) seed(k, j int) {
	for i := range s.p.n {
		s.vt.Set(i, k, 0)
	}
	one := mat.NewDense(s.p.n, 1, nil)
	one.Set(j, 0, 1)
	x := mat.NewDense(s.p.p, 1, nil)
	s.p.x.MTTKRP(x, []*mat.Dense{nil, one}, 0)
	c := mat.Col(nil, 0, x)
	unitPart(c)
	s.u.SetCol(k, c)
}

func (s *orthogonal) columns(_, lo, hi int) {
	for j := lo; j < hi; j++ {
		v := s.vt.RawRowView(j)
		clear(v)
		k, a := largest(s.match.RawRowView(j))
		v[k] = max(0, a)
		s.fit[j] = v[k]
	}
}

// largest is the first largest entry.
func largest(v []float64) (at int, value float64) {
	for k, x := range v {
		if x > v[at] {
			at = k
		}
	}
	return at, v[at]
}

// columnNorms sets sum to the squared norms of the columns.
func columnNorms(sum []float64, x tensor.Tensor) {
	switch x := x.(type) {
	case *tensor.Dense:
		n := len(sum)
		for at, v := range x.Data() {
			sum[at%n] += v * v
		}
	case *tensor.Dense32:
		n := len(sum)
		for at, v := range x.Data() {
			sum[at%n] += float64(v) * float64(v)
		}
	case *tensor.Sparse:
		for at, v := range x.Coordinates() {
			sum[at[1]] += v * v
		}
	default: // a column at a time
		dims := x.Dims()
		one, c := mat.NewDense(dims[1], 1, nil), mat.NewDense(dims[0], 1, nil)
		for j := range sum {
			one.Set(j, 0, 1)
			x.MTTKRP(c, []*mat.Dense{nil, one}, 0)
			sum[j] = inner(c, c)
			one.Set(j, 0, 0)
		}
	}
}

func (s *orthogonal) loss() float64 { return s.residual }

func (s *orthogonal) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.vt.T())
	sortComponents(u, v)
	return u, v
}
