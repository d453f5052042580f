package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// problem is what a method is given: checked data and filled options.
type problem struct {
	x          tensor.Tensor
	p, n, rank int
	xx         float64 // ‖X‖²
	o          NMFOptions
	pair       [2]*mat.Dense // arguments of the product that is running
	enough     bool          // a start that meets a target ends the search
	signed     bool          // factors may have any sign
}

func newProblem(x tensor.Tensor, rank int, opts *NMFOptions) (*problem, error) {
	dims := x.Dims()
	if len(dims) != 2 {
		return nil, fmt.Errorf("%w: a tensor of order %d, want a matrix", ErrShape, len(dims))
	}
	if err := cpd.CheckData(x); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFinite, err)
	}
	if rank < 1 {
		return nil, fmt.Errorf("%w: %d components; a model has at least 1", ErrRank, rank)
	}
	p := &problem{x: x, p: dims[0], n: dims[1], rank: rank, xx: x.SquaredNorm()}
	if opts != nil {
		p.o = *opts
	}
	if p.o.Method == nil {
		p.o.Method = Squares{}
	}
	if p.o.Init == nil {
		p.o.Init = cpd.Random{}
	}
	if p.o.Stop == nil {
		p.o.Stop = sweep.DefaultStop
	}
	if p.o.Starts < 0 {
		return nil, fmt.Errorf("%w: %d starts", cpd.ErrOptions, p.o.Starts)
	}
	p.o.Starts = max(1, p.o.Starts)
	return p, nil
}

// zero is the answer for data that are zero.
func (p *problem) zero() *Factors {
	return &Factors{U: mat.NewDense(p.p, p.rank, nil), V: mat.NewDense(p.rank, p.n, nil), Status: sweep.Converged, method: p.o.Method}
}

// dense is X where all of it is in memory; name is the method that needs it so.
func (p *problem) dense(name string) (*mat.Dense, error) {
	if x, ok := p.x.(*tensor.Dense); ok {
		return mat.NewDense(p.p, p.n, x.Data()), nil
	}
	return nil, fmt.Errorf("%w: %s needs a dense matrix with every entry known, not a %T", ErrMethod, name, p.x)
}

// complete refuses data with unknown entries.
func (p *problem) complete(name string) error {
	if _, ok := p.x.(tensor.Incomplete); ok {
		return fmt.Errorf("%w: %s takes no data with unknown entries; use least squares (Squares), or Weighted with weights of 0 there", ErrMethod, name)
	}
	return nil
}

// nonnegative refuses data with negative entries.
func (p *problem) nonnegative(name string) error {
	bad := func(i, j int, v float64) error {
		return fmt.Errorf("%w: %s needs data ≥ 0; X is %g at row %d, column %d", ErrMethod, name, v, i, j)
	}
	switch x := p.x.(type) {
	case *tensor.Dense:
		for at, v := range x.Data() {
			if v < 0 {
				return bad(at/p.n, at%p.n, v)
			}
		}
	case *tensor.Tiled:
		if v := x.Least(); v < 0 {
			return fmt.Errorf("%w: %s needs data ≥ 0; X holds %g", ErrMethod, name, v)
		}
	case *tensor.Sparse:
		for at, v := range x.Coordinates() {
			if v < 0 {
				return bad(at[0], at[1], v)
			}
		}
	}
	return nil
}

// state is a method between two sweeps.
type state interface {
	sweep.Stepper
	// factors are copies of U (p×r) and V (r×n), as results have them.
	factors() (u, v *mat.Dense)
	// loss is what is minimised.
	loss() float64
}

// run makes the starts of a method whose state begin makes from U (p×r) and Vᵀ (n×r), which
// are its own, and keeps the best.
func (p *problem) run(ctx context.Context, begin func(u, vt *mat.Dense, rng *rand.Rand) (state, error)) (*Factors, error) {
	var best *Factors
	for start := range p.o.Starts {
		f, err := p.once(ctx, start, begin)
		if f != nil && (best == nil || f.Loss < best.Loss) {
			best = f
		}
		if err != nil {
			return best, err
		}
		if f.Status == sweep.Stopped || p.enough && p.met(f.Trace) {
			break
		}
	}
	return best, nil
}

// met says whether the last error of a run by itself would end one, as a target does.
func (p *problem) met(trace sweep.Trace) bool {
	if len(trace) < 2 { // it may be all the sweeps that are wanted
		return false
	}
	_, met := p.o.Stop.Stop([]sweep.Point{{Sweep: 1, RelativeError: trace.Last().RelativeError}})
	return met
}

func (p *problem) once(ctx context.Context, start int, begin func(u, vt *mat.Dense, rng *rand.Rand) (state, error)) (*Factors, error) {
	rng := rand.New(rand.NewPCG(p.o.Seed, uint64(start)))
	given, err := p.o.Init.Start(p.x, p.rank, []bool{!p.signed, !p.signed}, rng)
	if err != nil {
		return nil, fmt.Errorf("start %d: %w", start, err)
	}
	s, err := begin(mat.DenseCopyOf(given[0]), mat.DenseCopyOf(given[1]), rng)
	if err != nil {
		return nil, err
	}
	var observe func(sweep.Point) error
	if p.o.Observe != nil {
		observe = func(pt sweep.Point) error { return p.o.Observe(start, pt) }
	}
	trace, status, err := sweep.Run(ctx, s, p.o.Stop, observe)
	if len(trace) == 0 {
		return nil, err
	}
	f := &Factors{Trace: trace, Status: status, Start: start, Loss: s.loss()}
	f.U, f.V = s.factors()
	if m, ok := s.(interface{ mixtures() *mat.Dense }); ok {
		f.C = m.mixtures()
	}
	if w, ok := s.(interface{ relativeError() float64 }); ok {
		f.RelativeError = w.relativeError()
	} else {
		f.RelativeError = p.relativeError(f.U, f.V)
	}
	return f, err
}

// relativeError is ‖X − U·V‖/‖X‖ entry by entry.
func (p *problem) relativeError(u, v *mat.Dense) float64 {
	k := tensor.NewKruskal(u, mat.DenseCopyOf(v.T()))
	return k.RelativeError(p.x)
}

// timesV sets dst to XVᵀ (p×r), timesU to XᵀU (n×r).
func (p *problem) timesV(dst, vt *mat.Dense) { p.times(dst, vt, 0) }
func (p *problem) timesU(dst, u *mat.Dense)  { p.times(dst, u, 1) }

func (p *problem) times(dst, factor *mat.Dense, n int) {
	p.pair[n], p.pair[1-n] = nil, factor
	p.x.MTTKRP(dst, p.pair[:], n)
}

// inner is ⟨A, B⟩, summed in an order that the shapes fix.
func inner(a, b *mat.Dense) float64 {
	x, y := a.RawMatrix(), b.RawMatrix()
	sum := 0.0
	for i := range x.Rows {
		sum += kernel.Dot(x.Data[i*x.Stride:][:x.Cols], y.Data[i*y.Stride:][:y.Cols])
	}
	return sum
}

// innerSym is ⟨G, H⟩.
func innerSym(g, h *mat.SymDense) float64 {
	n, sum := g.SymmetricDim(), 0.0
	for i := range n {
		for j := range n {
			sum += g.At(i, j) * h.At(i, j)
		}
	}
	return sum
}

// unit gives the columns of u unit norm, moves the norms to the rows of v, and sorts the
// components by the norms of those. A component that is zero stays zero.
func unit(u, v *mat.Dense) {
	unitNorms(u, v)
	sortComponents(u, v)
}

// unitNorms is unit without the sorting.
func unitNorms(u, v *mat.Dense) {
	_, r := u.Dims()
	for k := range r {
		norm := mat.Norm(u.ColView(k), 2)
		if norm == 0 {
			continue
		}
		scaleColumn(u, k, 1/norm)
		scaleRow(v, k, norm)
	}
}

// sortComponents orders components by the norm of their row of v times that of their
// column of u, the largest first.
func sortComponents(u, v *mat.Dense) (order []int) {
	_, r := u.Dims()
	size := make([]float64, r)
	order = make([]int, r)
	for k := range r {
		size[k], order[k] = mat.Norm(u.ColView(k), 2)*mat.Norm(v.RowView(k), 2), k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case size[a] > size[b]:
			return -1
		case size[a] < size[b]:
			return 1
		}
		return 0
	})
	a, b := mat.DenseCopyOf(u), mat.DenseCopyOf(v)
	for k, from := range order {
		u.SetCol(k, mat.Col(nil, from, a))
		v.SetRow(k, b.RawRowView(from))
	}
	return order
}

func scaleColumn(a *mat.Dense, k int, by float64) {
	raw := a.RawMatrix()
	for i := range raw.Rows {
		raw.Data[i*raw.Stride+k] *= by
	}
}

func scaleRow(a *mat.Dense, k int, by float64) {
	for j, v := range a.RawRowView(k) {
		a.Set(k, j, v*by)
	}
}

// root is √(s/xx), rounding below zero cut off.
func root(s, xx float64) float64 { return math.Sqrt(max(0, s) / xx) }
