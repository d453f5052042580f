package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// A Group is several processes that share the columns of a matrix, each of which makes the
// same calls in the same order. A dist.Comm is one.
type Group interface {
	// Rank counts from 0 to Size()−1.
	Rank() int
	Size() int
	// AllReduceSum replaces x by its sum over the group, the same everywhere to the last
	// bit.
	AllReduceSum(x []float64) error
	// Bcast replaces x by that of rank root.
	Bcast(root int, x []float64) error
}

// A PartSelector is a [Selector] of which several processes can each have some of the
// columns.
type PartSelector interface {
	Selector
	// SelectPart is Select where x has the columns of this process, which follow those of
	// the ranks before it. The selection is that of all columns, on every process, by
	// their numbers in the whole: up to rounding that of Select on the whole. A choice
	// takes a few words for every rank, and p for the column.
	SelectPart(ctx context.Context, g Group, x mat.Matrix, r int) (*Selection, error)
}

var (
	_ PartSelector = SPA{}
	_ PartSelector = SNPA{}
	_ PartSelector = XRAY{}
)

// split is where the columns of a selection are. A nil split is one process that has all of
// them.
type split struct {
	g     Group
	first []int // number of the first column of each rank, and that of all columns
	err   error // of the first call that failed
}

// newPartData is newSelectionData of columns that are split.
func newPartData(g Group, x mat.Matrix, r int) (data, error) {
	d, err := newData("X", x)
	if err != nil {
		return d, fmt.Errorf("rank %d: %w", g.Rank(), err)
	}
	s := &split{g: g, first: make([]int, g.Size()+1)}
	largest, _ := d.largest()
	sizes := s.all(float64(d.n), float64(d.p), largest)
	for k := range g.Size() {
		s.first[k+1] = s.first[k] + int(sizes[3*k])
		if p := int(sizes[3*k+1]); p != int(sizes[1]) {
			s.err = fmt.Errorf("%w: rank %d has columns of %d rows, and rank 0 of %g", ErrShape, k, p, sizes[1])
		}
		largest = max(largest, sizes[3*k+2])
	}
	if total := s.first[g.Size()]; s.err == nil && (r < 1 || r > total) {
		s.err = fmt.Errorf("%w: %d of the %d columns of X asked for", ErrRank, r, total)
	}
	d.scale, d.in = scaleFor(largest), s
	return d, s.err
}

// failed is the first failure of the group.
func (s *split) failed() error {
	if s == nil {
		return nil
	}
	return s.err
}

// lo is the number of the first column that is here.
func (s *split) lo() int {
	if s == nil {
		return 0
	}
	return s.first[s.g.Rank()]
}

// all is what every rank has for v, one after the other.
func (s *split) all(v ...float64) []float64 {
	x := make([]float64, len(v)*s.g.Size())
	copy(x[len(v)*s.g.Rank():], v)
	if s.err == nil {
		s.err = s.g.AllReduceSum(x)
	}
	return x
}

// max is the largest v of all ranks, none of which is negative.
func (s *split) max(v float64) float64 {
	if s == nil {
		return v
	}
	for _, w := range s.all(v) {
		v = max(v, w)
	}
	return v
}

func (s *split) sum(v float64) float64 {
	if s == nil {
		return v
	}
	x := []float64{v}
	if s.err == nil {
		s.err = s.g.AllReduceSum(x)
	}
	return x[0]
}

// largest is the largest v, and the number of the first column that has it, of those that
// every rank has found.
func (s *split) largest(v float64, j int) (float64, int) {
	if s == nil {
		return v, j
	}
	all := s.all(v, float64(s.lo()+j))
	v, j = all[0], int(all[1])
	for k := 2; k < len(all); k += 2 {
		if all[k] > v {
			v, j = all[k], int(all[k+1])
		}
	}
	return v, j
}

// preferred is [preferred] of the columns of all ranks, by its number in the whole.
func (s *split) preferred(score, rank []float64, tie float64) int {
	top := 0.0
	for _, v := range score {
		top = max(top, v)
	}
	top = s.max(top)
	j := among(top, score, rank, tie)
	if s == nil {
		return j
	}
	mine := []float64{0, 0, 0}
	if j >= 0 {
		mine = []float64{1, rank[j], float64(s.lo() + j)}
	}
	best, most := -1, 0.0
	for all := s.all(mine...); len(all) > 0; all = all[3:] {
		if all[0] > 0 && (best < 0 || all[1] > most) {
			best, most = int(all[2]), all[1]
		}
	}
	return best
}

// column sets dst on every rank to what f writes of column j on the rank that has it.
func (s *split) column(dst []float64, j int, f func(dst []float64, j int)) {
	if s == nil {
		f(dst, j)
		return
	}
	owner := sort.SearchInts(s.first, j+1) - 1
	if owner == s.g.Rank() {
		f(dst, j-s.lo())
	}
	if s.err == nil {
		s.err = s.g.Bcast(owner, dst)
	}
}

// here is the column of number j among those that are here, if it is.
func (s *split) here(j, n int) (local int, ok bool) {
	local = j - s.lo()
	return local, local >= 0 && local < n
}

// draw is the number of one column of those listed on all ranks, −1 if there is none. All
// ranks draw the same number.
func (s *split) draw(list []int, rng *rand.Rand) int {
	if s == nil {
		if len(list) == 0 {
			return -1
		}
		return list[rng.IntN(len(list))]
	}
	counts := s.all(float64(len(list)))
	total := 0
	for _, c := range counts {
		total += int(c)
	}
	if total == 0 {
		return -1
	}
	at, mine := rng.IntN(total), 0.0
	for k, c := range counts {
		if k == s.g.Rank() && at >= 0 && at < int(c) {
			mine = float64(s.lo() + list[at])
		}
		at -= int(c)
	}
	return int(s.sum(mine))
}

// SelectPart implements [PartSelector].
func (s SPA) SelectPart(ctx context.Context, g Group, x mat.Matrix, r int) (*Selection, error) {
	d, err := newPartData(g, x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}

// SelectPart implements [PartSelector].
func (s SNPA) SelectPart(ctx context.Context, g Group, x mat.Matrix, r int) (*Selection, error) {
	d, err := newPartData(g, x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}

// SelectPart implements [PartSelector], but for the rules XRAYDist and XRAYGreedy, which
// compare all pairs of columns.
func (s XRAY) SelectPart(ctx context.Context, g Group, x mat.Matrix, r int) (*Selection, error) {
	if s.Rule == XRAYDist || s.Rule == XRAYGreedy {
		return nil, fmt.Errorf("%w: the rules XRAYDist and XRAYGreedy compare all pairs of columns and need them in one process; use XRAYMax or XRAYRand", ErrOptions)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	d, err := newPartData(g, x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}
