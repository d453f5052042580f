package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// ScaleOptions of [Scale].
type ScaleOptions struct {
	Dims   []int     // of the tensor, whose longest mode is split
	Rank   int       // components
	Sweeps int       // that are timed, after two that are not
	Ranks  []int     // numbers of ranks in this process
	Comm   dist.Comm // not nil: these ranks, instead
	Seed   uint64
}

// ErrWords reports that a run exchanged other words than the model says.
var ErrWords = errors.New("bench: the words exchanged are not those of the model")

// scaled is what a number of ranks has shown.
type scaled struct {
	ranks   int
	seconds float64 // of a sweep
	latency float64 // of a sum of one word
	words   float64 // of a sum of as many words as a sweep has, beyond that
	stats   dist.Stats
}

// Scale times sweeps of nonnegative CP (cpd.HALS) on a dense tensor of noise over several
// numbers of ranks, and sets them beside the model of package dist: the words of a sweep,
// which have to be equal, and the time
//
//	T(P) = T(1)·(s/C + 1 − s) + sums·α + words·β,
//
// s the share of a sweep's multiplications that is split, C how many times the cores of
// one process the ranks have (P of MPI, 1 in this process, whose cores one fit
// uses already), α the time of a sum of one word and β that of a further one, both
// measured on the same ranks.
func Scale(ctx context.Context, o ScaleOptions) (*report.Table, error) {
	p, err := dist.Longest(o.Dims, 1)
	if err != nil {
		return nil, err
	}
	m := dist.Model{Dims: o.Dims, Split: p, Rank: o.Rank, HALS: true}
	one, err := o.time(ctx, dist.Self(), m)
	if err != nil {
		return nil, err
	}
	runs := []scaled{one}
	if o.Comm != nil {
		r, err := o.time(ctx, o.Comm, m)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	} else {
		for _, n := range o.Ranks {
			results := make([]scaled, n)
			if err := local.Run(ctx, n, func(ctx context.Context, c dist.Comm) (err error) {
				results[c.Rank()], err = o.time(ctx, c, m)
				return err
			}); err != nil {
				return nil, err
			}
			runs = append(runs, results[0])
		}
	}
	return table(o, m, runs), nil
}

func table(o ScaleOptions, m dist.Model, runs []scaled) *report.Table {
	t := &report.Table{Columns: []string{"ranks", "words/sweep", "model", "MB/rank", "ms/sweep", "model", "over one", "in exchange"}}
	one, want, s := runs[0], m.Sweep(), share(m)
	for k, r := range runs {
		name := fmt.Sprint(r.ranks)
		if k == 0 {
			name = "none"
		}
		more := 1.0 // cores, for one of the ranks that are processes
		if o.Comm != nil {
			more = float64(r.ranks)
		}
		model := one.seconds*(s/more+1-s) + float64(want.Sums+want.Bcasts)*r.latency + r.words
		t.Rows = append(t.Rows, []string{
			name, fmt.Sprint((r.stats.SumWords + r.stats.BcastWords) / o.Sweeps), fmt.Sprint(want.SumWords + want.BcastWords),
			fmt.Sprintf("%.1f", 8e-6*float64(m.Memory(r.ranks))),
			fmt.Sprintf("%.3f", 1e3*r.seconds), fmt.Sprintf("%.3f", 1e3*model),
			fmt.Sprintf("%+.3f", 1e3*(r.seconds-one.seconds)),
			fmt.Sprintf("%.0f %%", 100*r.stats.Waiting.Seconds()/(r.seconds*float64(o.Sweeps))),
		})
	}
	return t
}

// share is that of a sweep's multiplications whose rows are split: products with the data
// and the updates of the split mode, of which ten passes are counted.
func share(m dist.Model) float64 {
	entries, others := 1.0, 0.0
	for n, size := range m.Dims {
		entries *= float64(size)
		if n != m.Split {
			others += float64(size)
		}
	}
	update := 10 * float64(m.Rank*m.Rank)
	split := 2*entries*float64(m.Rank) + update*float64(m.Dims[m.Split])
	return split / (split + update*others)
}

// time is a run on the ranks of c.
func (o ScaleOptions) time(ctx context.Context, c dist.Comm, m dist.Model) (scaled, error) {
	const warm = 2
	r := scaled{ranks: c.Size()}
	counted := dist.Count(c)
	size := o.Dims[m.Split]
	lo, hi := dist.SlabOf(size, cpd.RowsTogether(cpd.HALS{}, o.Rank), c.Rank(), c.Size())
	x, err := dist.NewTensor(counted, o.noise(m.Split, lo, hi), m.Split, size, lo)
	if err != nil {
		return r, err
	}
	methods := make([]cpd.Method, len(o.Dims))
	for n := range methods {
		methods[n] = cpd.HALS{}
	}
	var began time.Time
	var before, after dist.Stats
	_, err = cpd.Decompose(ctx, x, o.Rank, &cpd.Options{
		Methods: methods, Seed: o.Seed, Stop: sweep.MaxSweeps(warm + o.Sweeps),
		Observe: func(_ int, q sweep.Point) error {
			switch q.Sweep {
			case warm:
				began, before = time.Now(), counted.Stats()
			case warm + o.Sweeps:
				r.seconds, after = time.Since(began).Seconds()/float64(o.Sweeps), counted.Stats()
			}
			return nil
		},
	})
	if err != nil {
		return r, err
	}
	r.stats = after.Minus(before)
	want := m.Sweep().Times(o.Sweeps)
	want.Waiting = r.stats.Waiting
	if r.stats != want {
		return r, fmt.Errorf("%w: %+v, and the model says %+v", ErrWords, r.stats, want)
	}
	r.latency, err = medianSum(c, 1)
	if err != nil {
		return r, err
	}
	all, err := medianSum(c, m.Sweep().SumWords)
	r.words = max(0, all-r.latency)
	return r, err
}

// noise is the rows lo… of the split mode, the same whatever the ranks.
func (o ScaleOptions) noise(n, lo, hi int) *tensor.Dense {
	dims := slices.Clone(o.Dims)
	dims[n] = hi - lo
	x := tensor.NewDense(dims, nil)
	inner := 1
	for _, d := range dims[n+1:] {
		inner *= d
	}
	rng := rand.New(rand.NewPCG(o.Seed, uint64(lo)))
	for i := range x.Data() {
		x.Data()[i] = rng.Float64() + float64((lo+i/inner)%7)
	}
	return x
}

// medianSum is the median time of sums of that many words.
func medianSum(c dist.Comm, words int) (float64, error) {
	x := make([]float64, words)
	var times []float64
	for range 101 {
		began := time.Now()
		if err := c.AllReduceSum(x); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began).Seconds())
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
