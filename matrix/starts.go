package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Pure starts from columns of X that a [Selector] chooses: U = X(:,K), and V the exact
// nonnegative amounts. Where it chooses fewer columns than asked for the rest is random.
type Pure struct {
	Selector Selector // Default: SPA{}.
}

// Start implements [cpd.Init].
func (s Pure) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	start, d, k, err := chosen(s.Selector, x, rank, nonnegative, rng)
	if err != nil {
		return nil, err
	}
	for c, j := range k {
		start[0].SetCol(c, mat.Col(nil, j, d))
	}
	return amounts(start, d, nonnegative)
}

// Clusters starts from a clustering of the columns that needs no iteration: every column
// goes to the one of r chosen columns that it makes the least angle with, and U are
// the means of the groups, over which noise averages out. V are the exact nonnegative
// amounts.
type Clusters struct {
	Selector Selector // Default: SPA{}.
}

// Start implements [cpd.Init].
func (s Clusters) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	start, d, k, err := chosen(s.Selector, x, rank, nonnegative, rng)
	if err != nil || len(k) == 0 {
		return start, err
	}
	p, n := d.Dims()
	seeds, match := mat.NewDense(p, len(k), nil), mat.NewDense(n, len(k), nil)
	for c, j := range k {
		seeds.SetCol(c, mat.Col(nil, j, d))
		if norm := mat.Norm(seeds.ColView(c), 2); norm > 0 {
			scaleColumn(seeds, c, 1/norm)
		}
	}
	x.MTTKRP(match, []*mat.Dense{seeds, nil}, 1)
	member := mat.NewDense(n, len(k), nil)
	count := make([]float64, len(k))
	for j := range n {
		row, best := match.RawRowView(j), 0
		for c, v := range row {
			if v > row[best] {
				best = c
			}
		}
		member.Set(j, best, 1)
		count[best]++
	}
	sums := mat.NewDense(p, len(k), nil)
	x.MTTKRP(sums, []*mat.Dense{nil, member}, 0)
	for c := range k {
		for i := range p {
			start[0].Set(i, c, sums.At(i, c)/max(1, count[c]))
		}
	}
	return amounts(start, d, nonnegative)
}

// chosen are random factors and the columns that a selector chooses.
func chosen(s Selector, x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, *mat.Dense, []int, error) {
	if s == nil {
		s = SPA{}
	}
	d, err := columns(x)
	if err != nil {
		return nil, nil, nil, err
	}
	start, err := cpd.Random{}.Start(x, rank, nonnegative, rng)
	if err != nil {
		return nil, nil, nil, err
	}
	_, n := d.Dims()
	sel, err := s.Select(context.Background(), d, min(rank, n))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("matrix: start from chosen columns: %w", err)
	}
	return start, d, sel.Index, nil
}

// columnsLimit is the number of entries up to which a sparse matrix is made dense for its
// columns.
const columnsLimit = 1 << 26

// columns is x as a dense matrix.
func columns(x tensor.Tensor) (*mat.Dense, error) {
	dims := x.Dims()
	switch x := x.(type) {
	case *tensor.Dense:
		return mat.NewDense(dims[0], dims[1], x.Data()), nil
	case *tensor.Sparse:
		if float64(dims[0])*float64(dims[1]) <= columnsLimit {
			return mat.NewDense(dims[0], dims[1], x.Dense().Data()), nil
		}
		return nil, fmt.Errorf("%w: columns of a sparse %d×%d matrix are chosen up to %d entries; start from NNDSVD instead", ErrMethod, dims[0], dims[1], columnsLimit)
	}
	return nil, fmt.Errorf("%w: a start from columns of X needs every entry known, not a %T", ErrMethod, x)
}

// amounts clips U where it is to be ≥ 0 and completes it by its exact V ≥ 0.
func amounts(start []*mat.Dense, d *mat.Dense, nonnegative []bool) ([]*mat.Dense, error) {
	u := start[0]
	if nonnegative[0] {
		u.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, u)
	}
	a, err := NNLS(context.Background(), u, d)
	if err != nil {
		return nil, err
	}
	r, n := a.V.Dims()
	kernel.Transpose(r, n, start[1].RawMatrix().Data, start[1].RawMatrix().Stride, a.V.RawMatrix().Data, a.V.RawMatrix().Stride)
	return start, nil
}

// BestOf makes several starts, betters each by some sweeps of HALS, and begins with the one
// of least error. Where there are more runs than one, each draws its own.
type BestOf struct {
	// Of are the starts. Default: NNDSVD{Fill: Random}, Pure{} and ten times cpd.Random{}.
	Of []cpd.Init
	// Sweeps is the number that each is given. Default: 5.
	Sweeps int
}

// Start implements [cpd.Init].
func (s BestOf) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	of := s.Of
	if len(of) == 0 {
		of = []cpd.Init{NNDSVD{Fill: Random}}
		if _, dense := x.(*tensor.Dense); dense {
			of = append(of, Pure{})
		}
		for range 10 {
			of = append(of, cpd.Random{})
		}
	}
	var best []*mat.Dense
	least := 0.0
	for k, init := range of {
		start, err := init.Start(x, rank, nonnegative, rng)
		if err != nil {
			return nil, fmt.Errorf("start %d of %d: %w", k, len(of), err)
		}
		methods := make([]cpd.Updater, 2)
		for m := range methods {
			methods[m] = cpd.LeastSquares{}.Begin(x.Dims()[m], rank)
			if nonnegative[m] {
				methods[m] = cpd.HALS{}.Begin(x.Dims()[m], rank)
			}
		}
		als, err := cpd.NewALS(x, start, methods)
		if err != nil {
			return nil, err
		}
		trace, _, err := sweep.Run(context.Background(), als, sweep.MaxSweeps(orDefault(s.Sweeps, 5)), nil)
		if err != nil {
			return nil, err
		}
		if e := trace.Last().RelativeError; best == nil || e < least {
			best, least = als.Factors(), e
		}
	}
	return best, nil
}
