package matrix

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// NonnegativeRankOptions of [NonnegativeRank]. nil is the zero value.
type NonnegativeRankOptions struct {
	// Zero is the share of the largest entry up to which an entry of X, of either sign, counts as
	// zero. Default: 1e-12; negative: none.
	Zero float64
	// Tol is the ‖X − U·V‖/‖X‖ up to which a factorisation counts as exact. Default: 1e-6.
	Tol float64
	// Attempts is how many [ExactNMF] makes for every number of components. Default: 10;
	// negative: none, and the upper bound is what needs no search.
	Attempts int
	// Nodes is the most that the searches for covers and fooling sets look at. Default: 100000.
	Nodes int
	// Seed drives every random choice. Default: 0, which is a seed like any other.
	Seed uint64
}

// NonnegativeRankBounds is what [NonnegativeRank] finds.
type NonnegativeRankBounds struct {
	Lower, Upper int // r₊ is between them
	// LowerBy and UpperBy name what gave them.
	LowerBy, UpperBy string
	// Bounds are the lower bounds, those that do not apply with the reason.
	Bounds []RankBound
	// U (p×Upper) and V (Upper×n) are a nonnegative factorisation.
	U, V          *mat.Dense
	RelativeError float64 // ‖X − U·V‖/‖X‖, recomputed
}

// RankBound is a lower bound of a rank.
type RankBound struct {
	Name  string
	Value float64 // as computed; NaN: it was not
	Lower int     // the whole number that follows, 0 if none
	// Note says of which kind the value is where that is not plain, or why there is none.
	Note string
}

// NonnegativeRank bounds the nonnegative rank of X ≥ 0, the least r₊ with
//
//	X = U·V,  U ≥ 0 (p×r₊),  V ≥ 0 (r₊×n),
//
// which is NP-hard to find. From below, in this order until the bounds meet, each up to the sizes that
// it says:
//
//   - the rank, of which singular values under 1e-12·max(p,n) of the largest are no part;
//   - [GeometricBound], for rank 3, where [RestrictedRank] of X and of Xᵀ are known;
//   - [FoolingSet], [RectangleCover]: from where X is zero;
//   - [HyperplaneSeparation], of X and of X with the largest entry of all rows and columns brought to one;
//   - [NuclearBound], of these two, and [SelfScaledBound]: from semidefinite programs.
//
// From above: the number of rows or columns that are no multiples of others; [RestrictedRank] of X and
// Xᵀ; [ExactNMF] for one number of components after the other from the lower bound on, rank by rank
// and, if that finds nothing, with annealing.
//
// All are bounds for X with the entries that count as zero set to zero. Lower bounds allow for
// rounding, of whole numbers by 1e-6; the upper one is that of a matrix within Tol. Work: seconds for
// a dozen rows and columns; the bounds from zeros are good for some dozens, and ctx ends the rest.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], and that of
// ctx, with the bounds so far.
//
// References:
//   - Gillis, N.: Nonnegative Matrix Factorization, ch. 2 and 3. SIAM (2020).
//   - Cohen, J.E., Rothblum, U.G.: Nonnegative ranks, decompositions, and factorizations of
//     nonnegative matrices. Linear Algebra Appl. 190, 149–168 (1993).
func NonnegativeRank(ctx context.Context, x mat.Matrix, opts *NonnegativeRankOptions) (*NonnegativeRankBounds, error) {
	o := NonnegativeRankOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Nodes < 0 || !(o.Tol >= 0 && o.Tol < 1) {
		return nil, fmt.Errorf("%w: %d nodes, tolerance %g", ErrOptions, o.Nodes, o.Tol)
	}
	if o.Tol == 0 {
		o.Tol = 1e-6
	}
	s, err := newDistinct(x, o.Zero)
	if err != nil {
		return nil, err
	}
	p, n := x.Dims()
	if s.zero() {
		return &NonnegativeRankBounds{LowerBy: "X is zero", UpperBy: "X is zero", U: mat.NewDense(p, 1, nil), V: mat.NewDense(1, n, nil)}, nil
	}
	r := &rankSearch{ctx: ctx, x: x, y: s, o: o, res: &NonnegativeRankBounds{}}
	if err := r.run(); err != nil {
		return r.res, fmt.Errorf("matrix: nonnegative rank: %w", err)
	}
	return r.res, nil
}

// rankSearch gathers bounds.
type rankSearch struct {
	ctx context.Context
	x   mat.Matrix
	y   *distinct
	o   NonnegativeRankOptions
	res *NonnegativeRankBounds
}

func (s *rankSearch) run() error {
	s.trivial()
	rank := numericalRank(s.y.x, restrictedRankTol)
	s.below("rank", float64(rank), "")
	shapes, err := s.polygons(rank)
	if err != nil {
		return err
	}
	geometric := func() error { s.geometric(rank, shapes); return nil }
	for _, step := range []func() error{geometric, s.patterns, s.hyperplanes, s.quick, s.nuclear, s.selfScaled, s.thorough} {
		if s.met() {
			break
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *rankSearch) met() bool { return s.res.Lower >= s.res.Upper }

// below adds a lower bound.
func (s *rankSearch) below(name string, value float64, note string) {
	b := RankBound{Name: name, Value: value, Note: note}
	if !math.IsNaN(value) {
		b.Lower = int(math.Ceil(value - 1e-6))
	}
	s.res.Bounds = append(s.res.Bounds, b)
	if b.Lower > s.res.Lower {
		s.res.Lower, s.res.LowerBy = b.Lower, name
	}
}

// reason is what an ErrSize says.
func reason(err error) string { return strings.TrimPrefix(err.Error(), ErrSize.Error()+": ") }

// none says why a bound is not there.
func (s *rankSearch) none(name, why string) { s.below(name, math.NaN(), why) }

// above takes a factorisation of Y that has fewer components than the best one and is exact.
func (s *rankSearch) above(name string, u, v *mat.Dense) bool {
	_, r := u.Dims()
	u, v = s.y.whole(u, v)
	return s.keep(name, r, u, v)
}

func (s *rankSearch) keep(name string, r int, u, v *mat.Dense) bool {
	e := misfit(s.x, u, v)
	if s.res.U != nil && (r >= s.res.Upper || !(e <= s.o.Tol)) {
		return false
	}
	s.res.Upper, s.res.UpperBy, s.res.U, s.res.V, s.res.RelativeError = r, name, u, v, e
	return true
}

// trivial is X = X·I or I·X.
func (s *rankSearch) trivial() {
	p, n := s.y.x.Dims()
	eye := func(n int) *mat.Dense {
		e := mat.NewDense(n, n, nil)
		for i := range n {
			e.Set(i, i, 1)
		}
		return e
	}
	if n <= p {
		s.above("number of distinct columns", mat.DenseCopyOf(s.y.x), eye(n))
		return
	}
	s.above("number of distinct rows", eye(p), mat.DenseCopyOf(s.y.x))
}

// polygons are the restricted nonnegative ranks of X and Xᵀ, if they can be known.
func (s *rankSearch) polygons(rank int) ([]int, error) {
	if rank > 3 {
		return nil, nil
	}
	var shapes []int
	for k, y := range []*distinct{s.y, s.y.turned()} {
		res, err := y.restricted(1e-9)
		if errors.Is(err, ErrRank) { // rounding, of which the two have more or less by how they are scaled
			continue
		}
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, res.Rank)
		u, v, name := res.U, res.V, "nested polygons of the columns"
		u, v = y.whole(u, v)
		if k == 1 {
			u, v, name = mat.DenseCopyOf(v.T()), mat.DenseCopyOf(u.T()), "nested polygons of the rows"
		}
		if rank < 3 {
			name = "rank below 3"
		}
		s.keep(name, res.Rank, u, v)
	}
	return shapes, nil
}

// patterns are the bounds from zeros.
func (s *rankSearch) patterns() error {
	p, err := newPattern(s.y.x)
	if errors.Is(err, ErrSize) {
		s.none("fooling set", reason(err))
		s.none("rectangle cover", reason(err))
		return nil
	}
	if err != nil {
		return err
	}
	nodes := orDefault(s.o.Nodes, 100000)
	fooling := len(p.clique(s.ctx, nodes))
	s.below("fooling set", float64(fooling), "")
	if s.met() {
		return nil
	}
	cover, err := p.cover(s.ctx, fooling, nodes)
	if err != nil {
		return err
	}
	note := ""
	if cover.Lower < cover.Upper {
		note = fmt.Sprintf("the search ended early; the cover itself is at most %d", cover.Upper)
	}
	s.below("rectangle cover", float64(cover.Lower), note)
	return s.ctx.Err()
}

// hyperplanes are the separation bounds.
func (s *rankSearch) hyperplanes() error {
	const name = "hyperplane separation"
	best := math.Inf(-1)
	for _, x := range []mat.Matrix{s.y.plain(s.x), level(s.y.x)} {
		sep, err := HyperplaneSeparation(s.ctx, x, -1)
		if errors.Is(err, ErrSize) {
			s.none(name, reason(err))
			return nil
		}
		if err != nil {
			return err
		}
		best = max(best, sep.Bound)
	}
	s.below(name, best, "")
	return nil
}

// geometric is the bound from restricted ranks.
func (s *rankSearch) geometric(rank int, shapes []int) {
	if rank != 3 || len(shapes) == 0 {
		s.none("geometric", fmt.Sprintf("it follows from the restricted nonnegative rank, which is computed for rank 3; this one is %d", rank))
		return
	}
	most := 0
	for _, r := range shapes {
		most = max(most, r)
	}
	s.below("geometric", float64(GeometricBound(rank, most)), fmt.Sprintf("from a restricted nonnegative rank of %d", most))
}

// enough is a bound that would close the gap.
func (s *rankSearch) enough() float64 { return float64(s.res.Upper) - 1 + 1e-5 }

// nuclear are the bounds from nonnegative nuclear norms.
func (s *rankSearch) nuclear() error {
	const name = "nuclear norm"
	best := math.Inf(-1)
	for _, x := range []*mat.Dense{s.y.plain(s.x), level(s.y.x)} {
		bound, err := nuclearBound(s.ctx, x, s.enough())
		if errors.Is(err, ErrSize) {
			s.none(name, reason(err))
			return nil
		}
		if err != nil {
			return err
		}
		best = max(best, bound)
	}
	s.below(name, best, "")
	return nil
}

// selfScaled is the bound of that name.
func (s *rankSearch) selfScaled() error {
	const name = "self-scaled"
	p, err := newSelfScaled(s.y.x)
	if err != nil {
		s.none(name, reason(err))
		return nil
	}
	bound, err := p.program().solve(s.ctx, s.enough())
	if err != nil {
		return err
	}
	s.below(name, bound, "")
	return nil
}

// quick looks for a factorisation before the bounds that take longest.
func (s *rankSearch) quick() error { return s.search(RankByRank, 3) }

// thorough goes on where the bounds do not meet.
func (s *rankSearch) thorough() error {
	attempts := orDefault(s.o.Attempts, 10)
	if err := s.search(RankByRank, attempts); err != nil || s.met() {
		return err
	}
	return s.search(Hybrid, (attempts+4)/5) // each takes that much longer
}

// search looks for factorisations with fewer components, the fewest first.
func (s *rankSearch) search(m ExactMethod, attempts int) error {
	if s.o.Attempts < 0 {
		return nil
	}
	if s.o.Attempts > 0 {
		attempts = min(attempts, s.o.Attempts)
	}
	for r := s.res.Lower; r < s.res.Upper; r++ {
		e, err := s.y.exact(s.ctx, s.x, r, &ExactOptions{Method: m, Attempts: attempts, Tol: s.o.Tol, Seed: s.o.Seed})
		if err != nil {
			return err
		}
		if e.Found {
			s.keep("exact NMF", r, e.U, e.V)
		}
	}
	return nil
}

// plain is Y with the sizes that its rows and columns have in X: X without what is alike or counts as
// zero, which the largest entry left need not tell.
func (s *distinct) plain(x mat.Matrix) *mat.Dense {
	p, n := s.x.Dims()
	rows, cols := s.rows.first(p), s.cols.first(n)
	y := mat.NewDense(p, n, nil)
	y.Apply(func(i, j int, v float64) float64 {
		if v == 0 {
			return 0
		}
		return x.At(rows[i], cols[j])
	}, s.x)
	return y
}

// first are the rows of X that rows of Y come from.
func (s side) first(n int) []int {
	first := make([]int, n)
	for i := len(s.at) - 1; i >= 0; i-- {
		if at := s.at[i]; at >= 0 {
			first[at] = i
		}
	}
	return first
}

// level is x with rows and columns scaled until the largest entry of every one of them is about one.
func level(x *mat.Dense) *mat.Dense {
	x = mat.DenseCopyOf(x)
	p, n := x.Dims()
	for range 20 {
		for i := range p {
			scaleRow(x, i, 1/mat.Max(x.RowView(i)))
		}
		for j := range n {
			scaleColumn(x, j, 1/mat.Max(x.ColView(j)))
		}
	}
	return x
}
