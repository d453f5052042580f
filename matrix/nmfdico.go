package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// DicoOptions of [NMFDico]. The zero value, or nil, has the published parameters.
type DicoOptions struct {
	// MaxSweeps ends the scheme. Default: 30.
	MaxSweeps int
	// Inner is the number of passes over the components in an update. Default: 10.
	Inner int
	// Growth multiplies the penalty while U is further from its atoms than 1 % of
	// itself. Default: 1.5.
	Growth float64
}

// Dico is the result of [NMFDico].
type Dico struct {
	// Index holds the atoms of the best sweep, one a component; an atom may occur twice.
	Index []int
	// V (r×n) are their amounts, exact, and RelativeError that of D(:,Index)·V.
	V             *mat.Dense
	RelativeError float64
	// Last are the atoms of the last sweep, U (p×r) is what was pulled to them, and
	// LastV what the sweep made of V.
	Last     []int
	U, LastV *mat.Dense
	// Trace is ‖X − D(:,K)·V‖/‖X‖ of every sweep, V after Inner passes. It may rise.
	Trace []float64
}

// NMFDico factors x ≈ D(:,K)·V, V ≥ 0, the components being columns of a dictionary d (p×m):
// it pulls the U of a nonnegative factorisation to the atoms that correlate with it,
//
//	K_k = argmax_j ⟨d_j/‖d_j‖, u_k⟩,  V ← argmin_{V≥0} ‖X − D(:,K)V‖,
//	U ← argmin_{U≥0} ‖X − UV‖² + δ‖U − D(:,K)‖²,
//
// under a growing δ, until K has stood for six sweeps and U is close to its atoms. It
// starts from the atoms start, some sweeps of [AHALS] after them, and returns
// the best atoms that it came by, since it need not descend. With d = x it betters
// the choice of a [Selector].
//
// The errors are [ErrShape], [ErrNotFinite], [ErrRank] for atoms that d does not have,
// and that of ctx. Cost of a sweep: 2·p·m·r + 4·p·n·r flops.
//
// Reference:
//   - Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical polyadic decomposition.
//     IEEE Trans. Signal Process. 66(7) (2018); the scheme for matrices in: Nonnegative
//     low-rank sparse component analysis. ICASSP (2019), and the authors' program NMFdico.
func NMFDico(ctx context.Context, x, d mat.Matrix, start []int, opts *DicoOptions) (*Dico, error) {
	s, err := newDico(x, d, start, opts)
	if err != nil {
		return nil, err
	}
	for range s.o.MaxSweeps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("matrix: NMFDico: %d sweeps done: %w", len(s.res.Trace), err)
		}
		if s.sweep() {
			break
		}
	}
	res := &s.res
	res.U, res.LastV = s.u, mat.DenseCopyOf(s.vt.T())
	fit, err := NNLS(ctx, s.atoms(res.Index), x)
	if err != nil {
		return nil, err
	}
	res.V, res.RelativeError = fit.V, fit.RelativeError
	return res, nil
}

const (
	dicoClose  = 0.01 // ‖U − D(:,K)‖₂/‖U‖₂ over which δ grows
	dicoEnd    = 0.05 // below which the scheme may end
	dicoStable = 6    // sweeps for which K has to stand
	dicoHALS   = 11   // sweeps of AHALS at the start
)

// dico is the state between two sweeps.
type dico struct {
	p       *problem
	o       DicoOptions
	d       data
	dict    *tensor.Dense
	inverse []float64 // 1/(‖d_j‖ + 1e-6)
	k       []int
	history [][]int
	delta   float64

	u, vt, dk *mat.Dense // U, Vᵀ, D(:,K)
	mu, mv    *mat.Dense
	gu, gv    *mat.SymDense
	rowsU     *halsRows
	rowsV     *halsRows
	match     *mat.Dense // DᵀU
	best      float64
	res       Dico
}

func newDico(x, d mat.Matrix, start []int, opts *DicoOptions) (*dico, error) {
	xd, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	dd, err := newData("D", d)
	if err != nil {
		return nil, err
	}
	if xd.p != dd.p {
		return nil, fmt.Errorf("%w: D is %d×%d, X is %d×%d, want the same number of rows", ErrShape, dd.p, dd.n, xd.p, xd.n)
	}
	for _, k := range start {
		if k < 0 || k >= dd.n {
			return nil, fmt.Errorf("%w: atom %d of a dictionary of %d", ErrRank, k, dd.n)
		}
	}
	p, err := newProblem(tensor.FromMatrix(xd.dense), len(start), nil)
	if err != nil {
		return nil, err
	}
	s := &dico{p: p, d: dd, dict: tensor.FromMatrix(dd.dense), inverse: make([]float64, dd.n), k: append([]int(nil), start...), best: math.Inf(1)}
	if opts != nil {
		s.o = *opts
	}
	s.o.MaxSweeps, s.o.Inner = orDefault(s.o.MaxSweeps, 30), orDefault(s.o.Inner, 10)
	if s.o.Growth <= 0 {
		s.o.Growth = 1.5
	}
	s.allocate()
	s.begin()
	return s, nil
}

func orDefault(v, or int) int {
	if v <= 0 {
		return or
	}
	return v
}

func (s *dico) allocate() {
	r := s.p.rank
	for i := range s.d.p {
		for j, v := range s.d.row(i) {
			s.inverse[j] += v * v
		}
	}
	for j, v := range s.inverse {
		s.inverse[j] = 1 / (math.Sqrt(v) + 1e-6)
	}
	s.vt, s.mu, s.mv = mat.NewDense(s.p.n, r, nil), mat.NewDense(s.p.p, r, nil), mat.NewDense(s.p.n, r, nil)
	s.gu, s.gv = mat.NewSymDense(r, nil), mat.NewSymDense(r, nil)
	s.rowsU, s.rowsV = newHALSRows(r, s.p.p), newHALSRows(r, s.p.n)
	s.match = mat.NewDense(s.d.n, r, nil)
}

// begin fits U and V without the dictionary, from the atoms, and sets δ.
func (s *dico) begin() {
	s.dk = s.atoms(s.k)
	s.u = mat.DenseCopyOf(s.dk)
	s.startV()
	s.solveV(s.u, 1)
	h := newAHALS(AHALS{}, s.p, s.u, s.vt)
	for range dicoHALS {
		_, _ = h.Sweep() // which has no errors
	}
	s.rowsV.setRows(s.vt)
	s.rowsU.setRows(s.u)
	far := 0.0
	for i := range s.p.p {
		for k, v := range s.u.RawRowView(i) {
			e := v - s.dk.At(i, k)
			far += e * e
		}
	}
	s.delta = 0.01 * h.residual / (far + 1e-6)
}

// startV is max(0, the least squares solution), scaled to fit best.
func (s *dico) startV() {
	s.p.timesU(s.mv, s.u)
	tensor.Gram(s.gu, s.u)
	if err := new(linalg.LS).Solve(s.vt, s.mv, s.gu); err != nil {
		s.vt.Copy(s.mv) // the atoms are zero, and every V fits alike
	}
	s.vt.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, s.vt)
	tensor.Gram(s.gv, s.vt)
	if size := innerSym(s.gu, s.gv); size > 0 {
		s.vt.Scale(inner(s.mv, s.vt)/size, s.vt)
	}
	s.rowsV.setRows(s.vt)
}

// solveV makes passes over V for the components u.
func (s *dico) solveV(u *mat.Dense, passes int) {
	s.p.timesU(s.mv, u)
	tensor.Gram(s.gu, u)
	s.rowsV.load(s.mv, s.gu, 0)
	s.rowsV.solve(passes, 1e-6)
	s.rowsV.rows(s.vt)
	tensor.Gram(s.gv, s.vt)
}

// sweep chooses atoms, and solves for V and U. It reports whether the scheme is at its
// end.
func (s *dico) sweep() bool {
	s.choose()
	s.fillAtoms(s.dk, s.k)
	s.solveV(s.dk, s.o.Inner)
	residual := s.p.xx - 2*inner(s.mv, s.vt) + innerSym(s.gu, s.gv)
	re := root(residual, s.p.xx)
	s.res.Trace = append(s.res.Trace, re)
	s.res.Last = append([]int(nil), s.k...)
	if re < s.best {
		s.best, s.res.Index = re, s.res.Last
	}

	s.p.timesV(s.mu, s.vt)
	for i := range s.p.p {
		m, d := s.mu.RawRowView(i), s.dk.RawRowView(i)
		for k := range m {
			m[k] += s.delta * d[k]
		}
	}
	s.rowsU.load(s.mu, s.gv, s.delta)
	s.rowsU.solve(s.o.Inner, 1e-6)
	s.rowsU.rows(s.u)
	ratio := s.distance()
	if ratio > dicoClose {
		s.delta *= s.o.Growth
	}
	// The authors' program asks whether the sweeps before this one agree.
	stands := len(s.history) >= dicoStable
	for _, before := range s.history[max(0, len(s.history)-dicoStable):] {
		stands = stands && slices.Equal(before, s.history[len(s.history)-1])
	}
	s.history = append(s.history, s.res.Last)
	return stands && ratio < dicoEnd
}

// choose sets K to the atoms that correlate most with the components.
func (s *dico) choose() {
	s.dict.MTTKRP(s.match, []*mat.Dense{s.u, nil}, 1)
	for k := range s.k {
		best := math.Inf(-1)
		for j, inv := range s.inverse {
			if v := s.match.At(j, k) * inv; v > best {
				best, s.k[k] = v, j
			}
		}
	}
}

// distance is ‖U − D(:,K)‖₂/‖U‖₂ in the spectral norm.
func (s *dico) distance() float64 {
	e := s.mu // which is used up
	e.Sub(s.u, s.dk)
	tensor.Gram(s.gu, e)
	top, _ := linalg.EigenTop(s.gu, 1)
	tensor.Gram(s.gu, s.u)
	all, _ := linalg.EigenTop(s.gu, 1)
	if all[0] == 0 {
		return 0
	}
	return math.Sqrt(max(0, top[0]) / all[0])
}

func (s *dico) atoms(k []int) *mat.Dense {
	a := mat.NewDense(s.d.p, len(k), nil)
	s.fillAtoms(a, k)
	return a
}

func (s *dico) fillAtoms(dst *mat.Dense, k []int) {
	par.For(s.d.p, 1<<12, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			row, from := dst.RawRowView(i), s.d.row(i)
			for c, j := range k {
				row[c] = from[j]
			}
		}
	})
}
