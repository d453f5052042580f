package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// OnlineDictionary learns a dictionary from a few columns at a time: it minimises
//
//	Σ_j ½‖x_j − D·v_j‖² + Weight·‖v_j‖₁,  D p×d with columns of norm at most one,
//
// by stochastic approximation. Of every batch of columns the codes v are found exactly
// ([L1LS]; [L1NNLS]); what is kept of the past is
//
//	A ← β·A + Σ v·vᵀ,  B ← β·B + Σ x·vᵀ,  β = (1 − 1/t)^Forgetting in batch t,
//
// for which every atom is updated once, d_k ← Π(d_k + (b_k − D·a_k)/a_kk), Π the
// projection on the ball, and on d ≥ 0. A sweep is a pass over all columns in a new random
// order. An atom that no column has used is replaced by one of the batch. The loss may
// rise; it settles as batches are averaged. The trace has the error of every column when it came.
//
// Work of a sweep: 4·p·n·d flops, the coding, and 2·d²·p for every batch. Memory: X twice;
// V is found when all is done.
//
// Reference:
//   - Mairal, J., Bach, F., Ponce, J., Sapiro, G.: Online learning for matrix factorization
//     and sparse coding. J. Mach. Learn. Res. 11, 19–60 (2010).
type OnlineDictionary struct {
	// Weight is that of the sum of |V|, in the unit of X. Default: 1.2/√p times the root
	// mean square of the norms of the columns.
	Weight float64
	// Batch is the number of columns at a time. Default: 64.
	Batch int
	// Forgetting is the power by which the past fades. Default: 2; negative: it does not.
	Forgetting float64
	// Nonnegative asks for D ≥ 0 and V ≥ 0.
	Nonnegative bool
}

// Learn learns a dictionary of so many atoms from the columns of x (p×n). The default stop
// is 20 sweeps.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrRank], [ErrMethod], [ErrOptions], and that of
// ctx, with the best dictionary so far.
func (m OnlineDictionary) Learn(ctx context.Context, x mat.Matrix, atoms int, opts *LearnOptions) (*LearnedDictionary, error) {
	if !(m.Weight >= 0) || math.IsInf(m.Weight, 1) || m.Batch < 0 || math.IsNaN(m.Forgetting) || math.IsInf(m.Forgetting, 0) {
		return nil, fmt.Errorf("%w: OnlineDictionary with weight %g, batches of %d, forgetting %g", ErrMethod, m.Weight, m.Batch, m.Forgetting)
	}
	l, err := newLearning(x, atoms, opts, sweep.MaxSweeps(20))
	if err != nil {
		return nil, err
	}
	if m.Nonnegative && l.o.Start != nil && mat.Min(l.o.Start) < 0 {
		return nil, fmt.Errorf("%w: a nonnegative OnlineDictionary starts from a dictionary ≥ 0; its least entry is %g", ErrMethod, mat.Min(l.o.Start))
	}
	m.Batch = min(orDefault(m.Batch, 64), l.n)
	m.Weight *= l.scale
	if m.Weight == 0 {
		m.Weight = 1.2 / math.Sqrt(float64(l.p)) * math.Sqrt(l.xx/float64(l.n))
	}
	switch {
	case m.Forgetting == 0:
		m.Forgetting = 2
	case m.Forgetting < 0:
		m.Forgetting = 0
	}
	return l.run(ctx, "OnlineDictionary", func(atoms *mat.Dense) learner { return newOnline(m, l, atoms) })
}

// online is the state between two sweeps.
type online struct {
	*learning
	method   OnlineDictionary
	atoms    *mat.Dense // d×p, an atom contiguous
	a, b     *mat.Dense // d×d and d×p, what is kept of the past
	batches  int
	replaced int

	coder      coordinates
	order      []int
	x, v, m    *mat.Dense // batch×p, batch×d, batch×d
	atomsT, vT mat.Matrix // views
	vx, vv     *mat.Dense // Σ x·vᵀ, Σ v·vᵀ
	g          *mat.SymDense
	c          []float64
}

func newOnline(method OnlineDictionary, l *learning, atoms *mat.Dense) *online {
	s := &online{
		learning: l, method: method, atoms: atoms, a: mat.NewDense(l.d, l.d, nil), b: mat.NewDense(l.d, l.p, nil), order: make([]int, l.n),
		x: mat.NewDense(method.Batch, l.p, nil), v: mat.NewDense(method.Batch, l.d, nil), m: mat.NewDense(method.Batch, l.d, nil),
		vx: mat.NewDense(l.d, l.p, nil), vv: mat.NewDense(l.d, l.d, nil),
		g: mat.NewSymDense(l.d, nil), c: make([]float64, l.p),
	}
	s.atomsT, s.vT = s.atoms.T(), s.v.T()
	s.coder = coordinates{weight: method.Weight, nonnegative: method.Nonnegative}
	for j := range s.order {
		s.order[j] = j
	}
	if method.Nonnegative {
		for k := range l.d { // data may have a little below zero
			row := atoms.RawRowView(k)
			clip(row)
			normalize(row)
		}
	}
	return s
}

// Sweep takes all columns, batch by batch.
func (s *online) Sweep() (sweep.Point, error) {
	s.rng.Shuffle(s.n, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
	total := 0.0
	for lo := 0; lo < s.n; lo += s.method.Batch {
		lo := min(lo, s.n-s.method.Batch) // the last batch is as large as the others
		left, err := s.batch(s.order[lo : lo+s.method.Batch])
		if err != nil {
			return sweep.Point{}, err
		}
		total += left
	}
	met := (s.n + s.method.Batch - 1) / s.method.Batch * s.method.Batch
	return sweep.Point{RelativeError: root(total*float64(s.n)/float64(met), max(s.xx, math.SmallestNonzeroFloat64))}, nil
}

// batch codes these columns and updates the atoms; it returns what the codes leave of the columns.
func (s *online) batch(columns []int) (float64, error) {
	for i, j := range columns {
		copy(s.x.RawRowView(i), s.xt.RawRowView(j))
	}
	s.m.Mul(s.x, s.atomsT)
	s.gram()
	s.v.Zero()
	if err := s.coder.Solve(s.v, s.m, s.g); err != nil {
		return 0, err
	}
	left := 0.0
	for i := range columns {
		copy(s.c, s.x.RawRowView(i))
		for k, v := range s.v.RawRowView(i) {
			if v != 0 {
				kernel.Axpy(s.c, -v, s.atoms.RawRowView(k))
			}
		}
		left += kernel.Dot(s.c, s.c)
	}
	s.batches++
	beta := math.Pow(1-1/float64(s.batches), s.method.Forgetting)
	s.vv.Mul(s.vT, s.v)
	s.vx.Mul(s.vT, s.x)
	for _, to := range []struct{ sum, add *mat.Dense }{{s.a, s.vv}, {s.b, s.vx}} {
		sum, add := to.sum.RawMatrix().Data, to.add.RawMatrix().Data
		for i, v := range add {
			sum[i] = beta*sum[i] + v
		}
	}
	s.update()
	return left, nil
}

func (s *online) gram() {
	for k := range s.d {
		for l := k; l < s.d; l++ {
			s.g.SetSym(k, l, kernel.Dot(s.atoms.RawRowView(k), s.atoms.RawRowView(l)))
		}
	}
}

// update changes every atom once.
func (s *online) update() {
	top := 0.0
	for k := range s.d {
		top = max(top, s.a.At(k, k))
	}
	for k := range s.d {
		atom, row := s.atoms.RawRowView(k), s.a.RawRowView(k)
		if row[k] <= 1e-12*top {
			s.replace(k)
			continue
		}
		copy(s.c, s.b.RawRowView(k))
		for l, v := range row {
			if v != 0 {
				kernel.Axpy(s.c, -v, s.atoms.RawRowView(l))
			}
		}
		kernel.Axpy(atom, 1/row[k], s.c)
		if s.method.Nonnegative {
			clip(atom)
		}
		if norm := math.Sqrt(kernel.Dot(atom, atom)); norm > 1 {
			normalize(atom)
		}
	}
}

// replace makes a column of the batch atom k.
func (s *online) replace(k int) {
	copy(s.c, s.x.RawRowView(s.rng.IntN(s.method.Batch)))
	if s.method.Nonnegative {
		clip(s.c)
	}
	if normalize(s.c) > 0 {
		copy(s.atoms.RawRowView(k), s.c)
		s.replaced++
	}
}

// result codes all columns.
func (s *online) result() (*LearnedDictionary, error) {
	m, vt := mat.NewDense(s.n, s.d, nil), mat.NewDense(s.n, s.d, nil)
	dictionary := mat.DenseCopyOf(s.atoms.T())
	s.products(m, dictionary)
	tensor.Gram(s.g, dictionary)
	if err := s.coder.Solve(vt, m, s.g); err != nil {
		return nil, err
	}
	r := &LearnedDictionary{D: dictionary, V: mat.DenseCopyOf(vt.T()), Replaced: s.replaced}
	for j := range s.n {
		copy(s.c, s.xt.RawRowView(j))
		for k, v := range vt.RawRowView(j) {
			if v != 0 {
				kernel.Axpy(s.c, -v, s.atoms.RawRowView(k))
				r.Loss += s.method.Weight * math.Abs(v)
			}
		}
		r.Loss += kernel.Dot(s.c, s.c) / 2
	}
	return r, nil
}
