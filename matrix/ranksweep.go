package matrix

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
)

// RankOptions of [SweepRanks] and [SuggestRank]. The zero value, or nil, tries one to ten
// components on eleven samples.
type RankOptions struct {
	// Lo and Hi are the least and the largest number of components. Default: 1 and
	// 10, or as many as the data have rows and columns.
	Lo, Hi int
	// Selector chooses the components among the columns of a sample. Default:
	// Exchanged{}, SPA and then exchanges.
	Selector Selector
	// Unit scales every column to unit 2-norm first, so that dark and bright columns count
	// alike; zero columns stay. Errors are then those of the scaled columns. It suits images with
	// shade, not data with columns of nothing but noise. Default: columns as they are.
	Unit bool
	// Whiten divides every row by the standard deviation of its noise, as [EstimateNoise]
	// has it, for the Selector. Default: rows as they are.
	Whiten bool
	// Samples is how many samples the components are looked for in. Default: 11; with
	// 1 nothing is known of stability.
	Samples int
	// Columns is the size of a sample. Default: 1000, or half of the columns of X where that is
	// less, but no less than Hi.
	Columns int
	// Seed of the samples. Default: 0, which is a seed like any other.
	Seed uint64
	// Observe, if not nil, is told every number of components as it is done. Returning
	// sweep.ErrStop ends the sweep with the points that are done.
	Observe func(p RankPoint) error
}

// RankPoint is what the data say of one number of components.
type RankPoint struct {
	Rank int
	// Index are columns of X: the components of the sample that explain X best.
	Index []int
	// RelativeError is ‖X − X(:,Index)·V‖/‖X‖, V ≥ 0 exact, over all columns.
	RelativeError float64
	// Found[k] is the share of the other samples in which component k is found again: one
	// of theirs is nearer to it than half the angle to its nearest neighbour in Index. Nil
	// with one sample.
	Found []float64
	// Stability is the least of Found, that of the component found again least often;
	// NaN with one sample.
	Stability float64
	// Cone is the least angle, in radians, between a component and the cone of the others:
	// how far the most redundant one is from being a mixture. π/2 of a single one.
	Cone float64
	// Pair is the least angle between two components. π/2 of a single one.
	Pair float64
	// Misfit is the angle that RelativeError is the sine of. A component that is not
	// farther than it from the cone of the others is lost in what the model leaves.
	Misfit float64
}

// SweepRanks looks for lo to hi components among the columns of x (p×n), in several random samples
// of them, and reports what speaks for each number: how well the best of these choices explains all
// columns, whether other samples have the same components, and whether one is a
// mixture of the others. With the right number all samples agree; with one more, each
// sample has another one to spend it on.
//
// It ends early where the data have no more independent columns. Options out of range, and data
// of zeros, are [ErrRank] or [ErrOptions]; other errors are those of the Selector, of
// [EstimateNoise] with Whiten, and that of ctx, with the points that are done. Work:
// the selections, and samples·(2·p·n·r + 10·r²·n) flops for each number r. Deterministic.
func SweepRanks(ctx context.Context, x mat.Matrix, opts *RankOptions) ([]RankPoint, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	o, err := opts.defaults(d.p, d.n)
	if err != nil {
		return nil, err
	}
	if d.isZero() {
		return nil, fmt.Errorf("%w: all columns of X are zero; they have no components", ErrRank)
	}
	if o.Whiten {
		noise, err := EstimateNoise(ctx, d.dense)
		if err != nil {
			return nil, err
		}
		o.Selector = Whitened{Selector: o.Selector, Noise: noise}
	}
	if o.Unit {
		d = d.unit()
	}
	w := &rankSweep{x: &d, o: o}
	for s := range o.Samples {
		rng := rand.New(rand.NewPCG(o.Seed, uint64(s)+0x72616e6b<<32))
		index := rng.Perm(d.n)[:o.Columns]
		slices.Sort(index)
		w.sample = append(w.sample, index)
	}
	var points []RankPoint
	for r := o.Lo; r <= o.Hi; r++ {
		p, err := w.point(ctx, r)
		if err != nil {
			return points, fmt.Errorf("matrix: %d components: %w", r, err)
		}
		if p == nil {
			break
		}
		points = append(points, *p)
		if o.Observe != nil {
			switch err := o.Observe(*p); {
			case errors.Is(err, sweep.ErrStop):
				return points, nil
			case err != nil:
				return points, err
			}
		}
	}
	return points, nil
}

// defaults fills in what was not given and checks what was.
func (opts *RankOptions) defaults(p, n int) (RankOptions, error) {
	var o RankOptions
	if opts != nil {
		o = *opts
	}
	if o.Lo == 0 {
		o.Lo = 1
	}
	if o.Hi == 0 {
		o.Hi = max(o.Lo, min(10, p, n/2))
	}
	if o.Lo < 1 || o.Hi < o.Lo || o.Hi > n {
		return o, fmt.Errorf("%w: %d to %d components of a %d×%d matrix", ErrRank, o.Lo, o.Hi, p, n)
	}
	if o.Samples < 0 || o.Columns < 0 || o.Columns > n || o.Columns > 0 && o.Columns < o.Hi {
		return o, fmt.Errorf("%w: %d samples of %d of the %d columns for up to %d components", ErrOptions, o.Samples, o.Columns, n, o.Hi)
	}
	if o.Samples == 0 {
		o.Samples = 11
	}
	if o.Columns == 0 {
		o.Columns = min(n, max(o.Hi, min(1000, (n+1)/2)))
	}
	if o.Selector == nil {
		o.Selector = Exchanged{}
	}
	return o, nil
}

// isZero reports that there is nothing but zeros.
func (d *data) isZero() bool {
	largest, _ := d.largest()
	return largest == 0
}

// unit is the data with columns of unit norm; zero columns stay.
func (d *data) unit() data {
	norm := make([]float64, d.n)
	for i := range d.p {
		for j, v := range d.row(i) {
			norm[j] += v * d.scale * v * d.scale
		}
	}
	for j, v := range norm {
		if v > 0 {
			norm[j] = d.scale / math.Sqrt(v)
		}
	}
	y := mat.NewDense(d.p, d.n, nil)
	for i := range d.p {
		kernel.MulTo(y.RawRowView(i), d.row(i), norm)
	}
	return data{dense: y, v: y.RawMatrix().Data, stride: y.RawMatrix().Stride, p: d.p, n: d.n, scale: 1}
}

// rankSweep is a sweep between two numbers of components.
type rankSweep struct {
	x      *data
	o      RankOptions
	sample [][]int // columns of X
}

// point is what is said of r components, nil if no sample has as many.
func (w *rankSweep) point(ctx context.Context, r int) (*RankPoint, error) {
	var choice [][]int
	p := &RankPoint{Rank: r, RelativeError: math.Inf(1), Stability: math.NaN()}
	best := -1
	for _, sample := range w.sample {
		sel, err := w.o.Selector.Select(ctx, w.x.pick(sample), r)
		if err != nil {
			return nil, err
		}
		index := make([]int, len(sel.Index))
		for k, j := range sel.Index {
			index[k] = sample[j]
		}
		choice = append(choice, index)
		if len(index) < r {
			continue
		}
		a, err := NNLS(ctx, w.x.pick(index), w.x.dense)
		if err != nil {
			return nil, err
		}
		if a.RelativeError < p.RelativeError {
			p.RelativeError, p.Index, best = a.RelativeError, index, len(choice)-1
		}
	}
	if best < 0 {
		return nil, nil
	}
	p.Misfit = math.Asin(min(1, p.RelativeError))
	nearest, err := w.redundancy(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(choice) > 1 {
		w.agreement(p, nearest, slices.Delete(choice, best, best+1))
	}
	return p, nil
}

// redundancy fills Cone and Pair, and returns the angle between each component and its
// nearest neighbour.
func (w *rankSweep) redundancy(ctx context.Context, p *RankPoint) (nearest []float64, err error) {
	u := w.x.pick(p.Index)
	p.Cone, p.Pair = math.Pi/2, math.Pi/2
	for k, j := range p.Index {
		others := slices.Delete(slices.Clone(p.Index), k, k+1)
		least := math.Pi / 2
		for _, i := range others {
			least = min(least, w.angle(j, i))
		}
		nearest = append(nearest, least)
		p.Pair = min(p.Pair, least)
		if len(others) == 0 {
			continue
		}
		a, err := NNLS(ctx, w.x.pick(others), u.ColView(k))
		if err != nil {
			return nil, err
		}
		p.Cone = min(p.Cone, math.Asin(min(1, a.RelativeError)))
	}
	return nearest, nil
}

// agreement fills Found and Stability. No component of another sample counts for two, since
// it is not within half the angle between them of both.
func (w *rankSweep) agreement(p *RankPoint, nearest []float64, others [][]int) {
	p.Found = make([]float64, p.Rank)
	for k, j := range p.Index {
		found := 0
		for _, choice := range others {
			if slices.ContainsFunc(choice, func(i int) bool { return w.angle(j, i) < nearest[k]/2 }) {
				found++
			}
		}
		p.Found[k] = float64(found) / float64(len(others))
	}
	p.Stability = slices.Min(p.Found)
}

// angle is that between columns i and j.
func (w *rankSweep) angle(i, j int) float64 {
	if i == j {
		return 0
	}
	var ii, ij, jj float64
	for b := range w.x.p {
		row := w.x.row(b)
		v, u := row[i]*w.x.scale, row[j]*w.x.scale
		ii, ij, jj = ii+v*v, ij+v*u, jj+u*u
	}
	if ii == 0 || jj == 0 {
		return math.Pi / 2
	}
	// The sine from the difference of unit vectors would tell angles below 1e-8 apart; no
	// component is as near to another.
	return math.Acos(max(-1, min(1, ij/math.Sqrt(ii*jj))))
}
