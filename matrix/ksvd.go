package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// KSVD learns a dictionary in which few atoms make up a column of X: it minimises
//
//	‖X − D·V‖²,  D p×d with columns of unit norm, V d×n with at most K entries in a column.
//
// A sweep codes all columns, then betters one atom d_k after the other together with its
// entries v of V, in the columns I that use it, where E is what the others leave of these,
//
//	d_k ← E·v/‖E·v‖,  v ← Eᵀ·d_k,
//
// one step of the power method for the singular vectors of E that the name is after. An
// atom that no column uses is replaced by the column of X that is worst represented. The
// coder's answer competes with the support before, solved for anew, so that the error never
// rises, whatever the search; it is a local optimum where it ends.
//
// Work of a sweep: 2·p·n·d flops for XᵀD, the coding (see [AtMostLS]; [AtMostNNLS]),
// 8·p·n·K for the atoms. Memory: X three times, and 7 numbers for each entry of V.
//
// References:
//   - Aharon, M., Elad, M., Bruckstein, A.: K-SVD: an algorithm for designing overcomplete
//     dictionaries for sparse representation. IEEE Trans. Signal Process. 54(11) (2006).
//   - Aharon, M., Elad, M., Bruckstein, A.M.: K-SVD and its non-negative variant for
//     dictionary design. Proc. SPIE 5914 (2005).
//   - Rubinstein, R., Zibulevsky, M., Elad, M.: Efficient implementation of the K-SVD
//     algorithm using batch orthogonal matching pursuit. Technion CS-2008-08 (2008).
type KSVD struct {
	// K is the most atoms in a column, from 1 to their number.
	K int
	// Search finds the atoms of a column. Default: cpd.ExactSupports, which takes up to
	// 10⁵ supports; cpd.PursuitSupports is for more.
	Search cpd.SupportSearch
	// Nonnegative asks for D ≥ 0 and V ≥ 0.
	Nonnegative bool
}

// Learn learns a dictionary of so many atoms from the columns of x (p×n). The default stop is a
// relative change of 1e-6, or 100 sweeps.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrRank], [ErrMethod], [ErrSize] for an exact search
// among too many supports, [ErrOptions], and that of ctx, with the best dictionary so far.
func (m KSVD) Learn(ctx context.Context, x mat.Matrix, atoms int, opts *LearnOptions) (*LearnedDictionary, error) {
	l, err := newLearning(x, atoms, opts, sweep.Any(sweep.RelChange{Tol: 1e-6, Patience: 3}, sweep.MaxSweeps(100)))
	if err != nil {
		return nil, err
	}
	if m.K < 1 || m.K > atoms {
		return nil, fmt.Errorf("%w: KSVD with %d of %d atoms in a column; want 1 to the number of atoms", ErrRank, m.K, atoms)
	}
	if err := checkSupports(m.Search, atoms, m.K, !m.Nonnegative); err != nil {
		return nil, err
	}
	if m.Nonnegative && l.o.Start != nil && mat.Min(l.o.Start) < 0 {
		return nil, fmt.Errorf("%w: nonnegative KSVD starts from a dictionary ≥ 0; its least entry is %g", ErrMethod, mat.Min(l.o.Start))
	}
	return l.run(ctx, "KSVD", func(atoms *mat.Dense) learner { return newKSVD(m, l, atoms) })
}

// ksvd is the state between two sweeps.
type ksvd struct {
	*learning
	nonnegative bool
	atoms       *mat.Dense // d×p, an atom contiguous
	vt          *mat.Dense // n×d
	replaced    int
	residual    float64

	code, again rowSolver
	first       bool       // there is no support before
	dictionary  *mat.Dense // p×d
	trial, m    *mat.Dense // n×d: the coder's answer, XᵀD
	g           *mat.SymDense
	e           *mat.Dense // n×p, X − D·V
	column      []int      // the columns that use an atom, atom by atom
	begins      []int      // where those of an atom begin
	c           []float64
	taken       []bool // columns that became an atom in this sweep
}

func newKSVD(m KSVD, l *learning, atoms *mat.Dense) *ksvd {
	s := &ksvd{
		learning: l, nonnegative: m.Nonnegative, atoms: atoms, vt: mat.NewDense(l.n, l.d, nil), first: true,
		code: &linalg.KSparse{K: m.K, Search: m.Search}, again: &linalg.KSparse{K: m.K, Search: linalg.Given},
		dictionary: mat.NewDense(l.p, l.d, nil), trial: mat.NewDense(l.n, l.d, nil), m: mat.NewDense(l.n, l.d, nil),
		g: mat.NewSymDense(l.d, nil), e: mat.NewDense(l.n, l.p, nil),
		column: make([]int, l.n*m.K), begins: make([]int, l.d+1), c: make([]float64, l.p), taken: make([]bool, l.n),
	}
	if m.Nonnegative {
		for k := range l.d { // data may have a little below zero
			row := atoms.RawRowView(k)
			clip(row)
			normalize(row)
		}
	} else {
		s.code, s.again = &signed{k: m.K, search: m.Search}, &signed{k: m.K, search: linalg.Given}
	}
	return s
}

// Sweep codes the columns and updates the atoms.
func (s *ksvd) Sweep() (sweep.Point, error) {
	if err := s.encode(); err != nil {
		return sweep.Point{}, err
	}
	s.remainder()
	s.users()
	clear(s.taken)
	for k := range s.d {
		if s.begins[k] == s.begins[k+1] {
			s.replace(k)
		} else {
			s.update(k)
		}
	}
	s.residual = inner(s.e, s.e)
	return sweep.Point{RelativeError: root(s.residual, max(s.xx, math.SmallestNonzeroFloat64))}, nil
}

// encode solves for V: of the coder's answer and that on the support before, the better.
func (s *ksvd) encode() error {
	kernel.Transpose(s.d, s.p, s.dictionary.RawMatrix().Data, s.d, s.atoms.RawMatrix().Data, s.p)
	s.products(s.m, s.dictionary)
	tensor.Gram(s.g, s.dictionary)
	if s.first {
		s.first = false
		return s.code.Solve(s.vt, s.m, s.g)
	}
	if err := s.again.Solve(s.vt, s.m, s.g); err != nil {
		return err
	}
	if err := s.code.Solve(s.trial, s.m, s.g); err != nil {
		return err
	}
	for j := range s.n {
		if v, t := s.vt.RawRowView(j), s.trial.RawRowView(j); s.objective(t, j) < s.objective(v, j) {
			copy(v, t)
		}
	}
	return nil
}

// objective is ½vᵀGv − mᵀv of row j.
func (s *ksvd) objective(v []float64, j int) float64 {
	m, f := s.m.RawRowView(j), 0.0
	for k, x := range v {
		if x == 0 {
			continue
		}
		sum := -m[k]
		for l, y := range v[:k] {
			if y != 0 {
				sum += s.g.At(l, k) * y
			}
		}
		f += x * (sum + x*s.g.At(k, k)/2)
	}
	return f
}

// remainder sets e to X − D·V.
func (s *ksvd) remainder() {
	for j := range s.n {
		row := s.e.RawRowView(j)
		copy(row, s.xt.RawRowView(j))
		for k, v := range s.vt.RawRowView(j) {
			if v != 0 {
				kernel.Axpy(row, -v, s.atoms.RawRowView(k))
			}
		}
	}
}

// users lists the columns that use each atom.
func (s *ksvd) users() {
	at := 0
	for k := range s.d {
		s.begins[k] = at
		for j := range s.n {
			if s.vt.At(j, k) != 0 {
				s.column[at] = j
				at++
			}
		}
	}
	s.begins[s.d] = at
}

// update betters atom k and its entries. With e_j + v_j·d_k = E_j, E·v is Σ v_j·e_j + ‖v‖²·d_k.
func (s *ksvd) update(k int) {
	atom, use := s.atoms.RawRowView(k), s.column[s.begins[k]:s.begins[k+1]]
	clear(s.c)
	size := 0.0
	for _, j := range use {
		v := s.vt.At(j, k)
		kernel.Axpy(s.c, v, s.e.RawRowView(j))
		size += v * v
	}
	kernel.Axpy(s.c, size, atom)
	if s.nonnegative {
		clip(s.c)
	}
	if normalize(s.c) == 0 {
		copy(s.c, atom) // no direction is better than another
	}
	for _, j := range use {
		e := s.e.RawRowView(j)
		kernel.Axpy(e, s.vt.At(j, k), atom)
		v := kernel.Dot(e, s.c)
		if s.nonnegative {
			v = max(0, v)
		}
		kernel.Axpy(e, -v, s.c)
		s.vt.Set(j, k, v)
	}
	copy(atom, s.c)
}

// replace makes the column that is worst represented, and is no atom yet, atom k.
func (s *ksvd) replace(k int) {
	worst, most := -1, 0.0
	for j := range s.n {
		if e := s.e.RawRowView(j); !s.taken[j] {
			if size := kernel.Dot(e, e); size > most {
				worst, most = j, size
			}
		}
	}
	if worst < 0 {
		return
	}
	copy(s.c, s.xt.RawRowView(worst))
	if s.nonnegative {
		clip(s.c)
	}
	s.taken[worst] = true
	if normalize(s.c) > 0 {
		copy(s.atoms.RawRowView(k), s.c)
		s.replaced++
	}
}

// result has V on the supports of the last sweep, for the atoms after it.
func (s *ksvd) result() (*LearnedDictionary, error) {
	return &LearnedDictionary{D: mat.DenseCopyOf(s.atoms.T()), V: mat.DenseCopyOf(s.vt.T()), Loss: s.residual, Replaced: s.replaced}, nil
}
