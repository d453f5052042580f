package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Squares minimises ‖X − U·V‖² by the solvers of package cpd, for which a matrix is a
// tensor of two modes. What U and V have to be, and how they are solved for, is theirs
// to say:
//
//	hierarchical least squares   Squares{}
//	the same with momentum       Squares{Algorithm: cpd.Extrapolated{}}
//	block principal pivoting     Squares{U: cpd.NNLS{}, V: cpd.NNLS{}}
//	fast gradient                Squares{U: cpd.FastGradient{}, V: cpd.FastGradient{}}
//	ADMM                         Squares{U: cpd.ADMM{…}, V: cpd.ADMM{…}}
//	multiplicative updates       Squares{U: cpd.MU{}, V: cpd.MU{}}
//	columns of V that sum to one Squares{V: cpd.FCLS{}}
//	k components in a column     Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: k}}
//	semi-NMF, U of any sign      Squares{U: cpd.LeastSquares{}}
//	unknown entries              any of them on a tensor.Masked or tensor.Observed
//
// V's method acts on Vᵀ (n×r): a row of it is a column of V. Where a method gives norms a
// meaning, as cpd.FCLS does, U and V stay at its scale.
//
// References:
//   - Kim, J., He, Y., Park, H.: Algorithms for nonnegative matrix and tensor
//     factorizations. J. Global Optim. 58, 285–319 (2014).
//   - Ding, C., Li, T., Jordan, M.I.: Convex and semi-nonnegative matrix
//     factorizations. IEEE Trans. Pattern Anal. Mach. Intell. 32(1) (2010).
type Squares struct {
	// U and V are solved for by these methods. Default: cpd.HALS{}.
	U, V cpd.Method
	// Algorithm is how they are improved together. Default: cpd.Alternating{}.
	Algorithm cpd.Algorithm
}

func (s Squares) methods() []cpd.Method {
	m := []cpd.Method{s.U, s.V}
	for n := range m {
		if m[n] == nil {
			m[n] = cpd.HALS{}
		}
	}
	return m
}

func (s Squares) fit(ctx context.Context, p *problem) (*Factors, error) {
	r, err := cpd.Decompose(ctx, p.x, p.rank, &cpd.Options{
		Methods: s.methods(), Algorithm: s.Algorithm,
		Init: p.o.Init, Starts: p.o.Starts, Stop: p.o.Stop, Seed: p.o.Seed, Observe: p.o.Observe,
	})
	if r == nil {
		return nil, err
	}
	f := &Factors{Trace: r.Trace, Status: r.Status, RelativeError: r.RelativeError, Loss: r.Loss, Start: r.Start}
	factors, weights := r.Model.Factors, r.Model.Weights
	if s.scaled() && r.Factors != nil {
		factors, weights = r.Factors, nil
	}
	f.U, f.V = factors[0], mat.DenseCopyOf(factors[1].T())
	for k, w := range weights {
		scaleRow(f.V, k, w)
	}
	return f, err
}

// scaled says whether a method gives norms a meaning.
func (s Squares) scaled() bool {
	for _, m := range s.methods() {
		if cpd.FactsOf(m).Scaled {
			return true
		}
	}
	return false
}

func (s Squares) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	_, r := u.Dims()
	_, n := x.Dims()
	m := s.methods()[1]
	switch m := m.(type) {
	case cpd.HALS, cpd.AcceleratedHALS, cpd.NNLS, cpd.MU:
		return leastSquares(ctx, u, x) // one problem, and this is its exact solution
	case cpd.KSparse:
		a, err := AtMostNNLS(ctx, u, x, min(m.K, r), m.Search)
		if err != nil {
			return nil, err
		}
		return a.V, nil
	}
	if c, ok := m.(cpd.Checker); ok {
		if err := c.Check(n, r); err != nil {
			return nil, fmt.Errorf("%w: V of new data: %w", ErrMethod, err)
		}
	}
	vt := mat.NewDense(n, r, nil)
	vt.Apply(func(_, _ int, _ float64) float64 { return 1 / float64(r) }, vt)
	als, err := cpd.NewALS(tensor.FromMatrix(x), []*mat.Dense{u, vt}, []cpd.Updater{cpd.Fixed{}.Begin(0, r), m.Begin(n, r)})
	if err != nil {
		return nil, fmt.Errorf("matrix: V of new data: %w", err)
	}
	_, _, err = sweep.Run(ctx, als, sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 2}, sweep.MaxSweeps(500)), nil)
	if err != nil {
		return nil, fmt.Errorf("matrix: V of new data: %w", err)
	}
	return mat.DenseCopyOf(als.Factors()[1].T()), nil
}
