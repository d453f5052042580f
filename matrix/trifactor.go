package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// TriFactors is the result of [TriNMF].
type TriFactors struct {
	// F (p×k) and G (l×n) have columns and rows of unit norm, S (k×l) the amounts.
	F, S, G       *mat.Dense
	Trace         sweep.Trace
	Status        sweep.Status
	RelativeError float64 // ‖X − F·S·G‖/‖X‖
	Start         int
}

// TriNMF factors x ≈ F·S·G with F (p×k), S (k×l) and G (l×n) all ≥ 0: k groups of rows, l
// groups of columns, and S how much they have to do with each other. Each of the three is
// updated by HALS on its normal equations, S entry by entry,
//
//	s_ab ← max(0, s_ab + (FᵀXGᵀ − FᵀF·S·GGᵀ)_ab / ((FᵀF)_aa·(GGᵀ)_bb)),
//
// so the error never rises. x may be a [tensor.Sparse] of order 2. Method and Init of opts
// are not used; starts are random. Cost of a sweep: 2·p·n·(k + l) flops.
//
// Errors: as [NMF].
//
// Reference:
//   - Ding, C., Li, T., Peng, W., Park, H.: Orthogonal nonnegative matrix tri-factorizations
//     for clustering. KDD, 126–135 (2006), whose factors are orthogonal besides.
func TriNMF(ctx context.Context, x tensor.Tensor, k, l int, opts *NMFOptions) (*TriFactors, error) {
	p, err := newProblem(x, k, opts)
	if err != nil {
		return nil, err
	}
	if l < 1 {
		return nil, fmt.Errorf("%w: %d groups of columns; a model has at least 1", ErrRank, l)
	}
	if err := p.complete("TriNMF"); err != nil {
		return nil, err
	}
	if p.xx == 0 {
		return &TriFactors{F: mat.NewDense(p.p, k, nil), S: mat.NewDense(k, l, nil), G: mat.NewDense(l, p.n, nil), Status: sweep.Converged}, nil
	}
	var best *TriFactors
	for start := range p.o.Starts {
		s := newTri(p, l, rand.New(rand.NewPCG(p.o.Seed, uint64(start))))
		var observe func(sweep.Point) error
		if p.o.Observe != nil {
			observe = func(pt sweep.Point) error { return p.o.Observe(start, pt) }
		}
		trace, status, err := sweep.Run(ctx, s, p.o.Stop, observe)
		if len(trace) > 0 && (best == nil || trace.Last().RelativeError < best.RelativeError) {
			best = s.result()
			best.Trace, best.Status, best.Start = trace, status, start
		}
		if err != nil {
			return best, fmt.Errorf("matrix: TriNMF: %w", err)
		}
		if status == sweep.Stopped {
			break
		}
	}
	return best, nil
}

// triPasses is the number of passes of HALS in an update.
const triPasses = 5

// tri is the state between two sweeps.
type tri struct {
	p            *problem
	f, s, gt     *mat.Dense // p×k, k×l, n×l
	sg, fs       *mat.Dense // Gᵀ·Sᵀ (n×k) and F·S (p×l)
	mf, xg       *mat.Dense // X·(SG)ᵀ (p×k) and XGᵀ (p×l)
	mg           *mat.Dense // Xᵀ·FS (n×l)
	ff, gg       *mat.SymDense
	gf, gs       *mat.SymDense // Grams of SG and FS
	rowsF, rowsG *halsRows
	ms, fsg      *mat.Dense // FᵀXGᵀ and FᵀF·S, k×l
	residual     float64
}

func newTri(p *problem, l int, rng *rand.Rand) *tri {
	k := p.rank
	draw := func(r, c int) *mat.Dense {
		a := mat.NewDense(r, c, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		return a
	}
	zeros := func(r, c int) *mat.Dense { return mat.NewDense(r, c, nil) }
	s := &tri{
		p: p, f: draw(p.p, k), s: draw(k, l), gt: draw(p.n, l),
		sg: zeros(p.n, k), fs: zeros(p.p, l), mf: zeros(p.p, k), xg: zeros(p.p, l), mg: zeros(p.n, l), ms: zeros(k, l), fsg: zeros(k, l),
		ff: mat.NewSymDense(k, nil), gg: mat.NewSymDense(l, nil), gf: mat.NewSymDense(k, nil), gs: mat.NewSymDense(l, nil),
		rowsF: newHALSRows(k, p.p), rowsG: newHALSRows(l, p.n),
	}
	s.sg.Mul(s.gt, s.s.T())
	p.timesV(s.mf, s.sg)
	tensor.Gram(s.gf, s.sg)
	tensor.Gram(s.ff, s.f)
	if size := innerSym(s.gf, s.ff); size > 0 {
		s.f.Scale(math.Abs(inner(s.mf, s.f))/size, s.f)
	}
	s.rowsF.setRows(s.f)
	s.rowsG.setRows(s.gt)
	return s
}

// Sweep updates F, S and G.
func (s *tri) Sweep() (sweep.Point, error) {
	s.sg.Mul(s.gt, s.s.T())
	s.p.timesV(s.mf, s.sg)
	tensor.Gram(s.gf, s.sg)
	s.rowsF.load(s.mf, s.gf, 0)
	s.rowsF.solve(triPasses, 0.1)
	s.rowsF.rows(s.f)

	s.p.timesV(s.xg, s.gt)
	s.ms.Mul(s.f.T(), s.xg)
	tensor.Gram(s.ff, s.f)
	tensor.Gram(s.gg, s.gt)
	for range triPasses {
		s.middle()
	}

	s.fs.Mul(s.f, s.s)
	s.p.timesU(s.mg, s.fs)
	tensor.Gram(s.gs, s.fs)
	s.rowsG.load(s.mg, s.gs, 0)
	s.rowsG.solve(triPasses, 0.1)
	s.rowsG.rows(s.gt)
	tensor.Gram(s.gg, s.gt)
	s.residual = max(0, s.p.xx-2*inner(s.mg, s.gt)+innerSym(s.gs, s.gg)) // rounding can push it below zero
	return sweep.Point{RelativeError: root(s.residual, s.p.xx)}, nil
}

// middle updates every entry of S once.
func (s *tri) middle() {
	k, l := s.s.Dims()
	s.fsg.Mul(s.ff, s.s)
	for a := range k {
		for b := range l {
			size := s.ff.At(a, a) * s.gg.At(b, b)
			if !(size > 0) {
				continue
			}
			slope := s.ms.At(a, b)
			for c := range l {
				slope -= s.fsg.At(a, c) * s.gg.At(c, b)
			}
			old := s.s.At(a, b)
			next := max(0, old+slope/size)
			s.s.Set(a, b, next)
			for c := range k { // column b of FᵀF·S
				s.fsg.Set(c, b, s.fsg.At(c, b)+s.ff.At(c, a)*(next-old))
			}
		}
	}
}

// result gives F and G unit norms.
func (s *tri) result() *TriFactors {
	t := &TriFactors{F: mat.DenseCopyOf(s.f), S: mat.DenseCopyOf(s.s), G: mat.DenseCopyOf(s.gt.T())}
	k, l := t.S.Dims()
	for a := range k {
		if norm := mat.Norm(t.F.ColView(a), 2); norm > 0 {
			scaleColumn(t.F, a, 1/norm)
			scaleRow(t.S, a, norm)
		}
	}
	for b := range l {
		row := t.G.RawRowView(b)
		if norm := math.Sqrt(kernel.Dot(row, row)); norm > 0 {
			scaleRow(t.G, b, 1/norm)
			scaleColumn(t.S, b, norm)
		}
	}
	var fs mat.Dense
	fs.Mul(t.F, t.S)
	t.RelativeError = s.p.relativeError(&fs, t.G)
	return t
}
