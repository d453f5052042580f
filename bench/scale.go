package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
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
	tiled   bool
	seconds float64 // of a sweep, the median
	waiting float64 // share of all sweeps
	latency float64 // of a sum of one word
	words   float64 // of a sum of as many words as a sweep has, beyond that
	memory  float64 // bytes of a rank, by the heap of its process
	passes  float64 // of a sweep over data in slabs
	stats   dist.Stats
}

// Scale times sweeps of nonnegative CP (cpd.HALS) on a dense tensor of noise over several
// numbers of ranks, and sets them beside the model of package dist: the words of a sweep,
// which have to be equal, the passes over parts in slabs, as they are left in files, the
// memory, and the time
//
//	T(P) = T(1)·(s·(I_P/I or 1) + (1 − s)·(1 or P/C)) + sums·α + words·β,
//
// s the share of a sweep's multiplications that is split. Ranks that are processes (the
// first of each pair) have cores of their own: the one with most rows, I_P of I, is waited
// for, and each updates the short modes for itself. Ranks in this process share its C
// cores, all of which one fit uses for the data already, and take turns with their updates
// where they are more. T(1) is measured where the ranks run, on all of them at once, so
// that the bandwidth of the memory is shared as it is later; α is the time of a sum of one
// word and β that of a further one, on the same ranks. Not in the model: parts so small that
// they stay in a cache, and other programs on the cores.
func Scale(ctx context.Context, o ScaleOptions) (*report.Table, error) {
	p, err := dist.Longest(o.Dims, 1)
	if err != nil {
		return nil, err
	}
	m := dist.Model{Dims: o.Dims, Split: p, Rank: o.Rank, HALS: true}
	on := o.Comm
	if on == nil {
		on = dist.Self()
	}
	one, err := o.time(ctx, dist.Self(), on, m, false)
	if err != nil {
		return nil, err
	}
	runs := []scaled{one}
	numbers := append(slices.Clone(o.Ranks), 2)
	if o.Comm != nil {
		numbers = []int{o.Comm.Size(), o.Comm.Size()}
	}
	for k, n := range numbers {
		tiled := k == len(numbers)-1
		if o.Comm != nil {
			r, err := o.time(ctx, o.Comm, on, m, tiled)
			if err != nil {
				return nil, err
			}
			runs = append(runs, r)
			continue
		}
		results := make([]scaled, n)
		if err := local.Run(ctx, n, func(ctx context.Context, c dist.Comm) (err error) {
			results[c.Rank()], err = o.time(ctx, c, c, m, tiled)
			return err
		}); err != nil {
			return nil, err
		}
		runs = append(runs, results[0])
	}
	again, err := o.time(ctx, dist.Self(), on, m, false) // the machine may have been busier at first
	if err != nil {
		return nil, err
	}
	runs[0].seconds = min(one.seconds, again.seconds)
	return table(o, m, runs), nil
}

func table(o ScaleOptions, m dist.Model, runs []scaled) *report.Table {
	t := &report.Table{Columns: []string{"ranks", "words/sweep", "model", "passes", "model", "MB/rank", "model", "ms/sweep", "model", "in exchange"}}
	one, want, s := runs[0], m.Sweep(), share(m)
	for k, r := range runs {
		name, passes, model := fmt.Sprint(r.ranks), "", fmt.Sprintf("%.1f", m.Passes())
		if k == 0 {
			name = "none"
		}
		data, updates := 1.0, max(1, float64(r.ranks)/float64(runtime.GOMAXPROCS(0)))
		if o.Comm != nil {
			_, most := dist.SlabOf(o.Dims[m.Split], o.unit(), 0, r.ranks)
			data, updates = float64(most)/float64(o.Dims[m.Split]), 1
		}
		seconds := fmt.Sprintf("%.3f", 1e3*(one.seconds*(s*data+(1-s)*updates)+float64(want.Sums+want.Bcasts)*r.latency+r.words))
		memory := fmt.Sprintf("%.1f", 1e-6*8*float64(m.Memory(r.ranks)))
		if r.tiled {
			name, passes, model, seconds, memory = name+", slabs", fmt.Sprintf("%.1f", r.passes), "1.0", "", ""
		}
		t.Rows = append(t.Rows, []string{
			name, fmt.Sprint((r.stats.SumWords + r.stats.BcastWords) / o.Sweeps), fmt.Sprint(want.SumWords + want.BcastWords),
			passes, model, fmt.Sprintf("%.1f", 1e-6*r.memory), memory, fmt.Sprintf("%.3f", 1e3*r.seconds), seconds,
			fmt.Sprintf("%.0f %%", 100*r.waiting),
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

// unit is the number of rows that are settled together.
func (o ScaleOptions) unit() int { return cpd.RowsTogether(cpd.HALS{}, o.Rank) }

// time is a run on the ranks of c, at the same time as others on those of all.
func (o ScaleOptions) time(ctx context.Context, c, all dist.Comm, m dist.Model, tiled bool) (scaled, error) {
	const warm = 2
	r := scaled{ranks: c.Size(), tiled: tiled}
	base, err := heap(all)
	if err != nil {
		return r, err
	}
	counted := dist.Count(c)
	size := o.Dims[m.Split]
	lo, hi := dist.SlabOf(size, o.unit(), c.Rank(), c.Size())
	part, slabs, err := o.part(m.Split, lo, hi, tiled)
	if err != nil {
		return r, err
	}
	x, err := dist.NewTensor(counted, part, m.Split, size, lo)
	if err != nil {
		return r, err
	}
	methods := make([]cpd.Method, len(o.Dims))
	for n := range methods {
		methods[n] = cpd.HALS{}
	}
	var began time.Time
	var times []float64
	var before, after dist.Stats
	passed := 0
	_, err = cpd.Decompose(ctx, x, o.Rank, &cpd.Options{
		Methods: methods, Seed: o.Seed, Stop: sweep.MaxSweeps(warm + o.Sweeps),
		Observe: func(_ int, q sweep.Point) error {
			if q.Sweep > warm {
				times = append(times, time.Since(began).Seconds())
			}
			switch q.Sweep {
			case warm:
				used, err := heap(all)
				if err != nil {
					return err
				}
				r.memory = used - base
				if o.Comm == nil {
					r.memory /= float64(c.Size())
				}
				before = counted.Stats()
				if slabs != nil {
					passed = slabs.Passes()
				}
			case warm + o.Sweeps:
				after = counted.Stats()
				if slabs != nil {
					r.passes = float64(slabs.Passes()-passed) / float64(o.Sweeps)
				}
			}
			began = time.Now()
			return nil
		},
	})
	if err != nil {
		return r, err
	}
	total := 0.0
	for _, t := range times {
		total += t
	}
	r.seconds = median(times)
	r.stats = after.Minus(before)
	r.waiting = r.stats.Waiting.Seconds() / total
	want := m.Sweep().Times(o.Sweeps)
	want.Waiting = r.stats.Waiting
	if r.stats != want {
		return r, fmt.Errorf("%w: %+v, and the model says %+v", ErrWords, r.stats, want)
	}
	r.latency, err = medianSum(c, 1)
	if err != nil {
		return r, err
	}
	long, err := medianSum(c, m.Sweep().SumWords)
	r.words = max(0, long-r.latency)
	return r, err
}

// heap is what the process of this rank holds, all ranks at the same point.
func heap(c dist.Comm) (float64, error) {
	if err := c.Barrier(); err != nil {
		return 0, err
	}
	runtime.GC()
	runtime.GC() // what pools have kept
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), c.Barrier()
}

// part is the rows of a rank, in memory or behind slabs.
func (o ScaleOptions) part(n, lo, hi int, tiled bool) (tensor.Tensor, *tensor.Tiled, error) {
	if !tiled {
		return o.noise(n, lo, hi), nil, nil
	}
	dims, order := []int{o.Dims[n]}, []int{n}
	for m, d := range o.Dims {
		if m != n {
			dims, order = append(dims, d), append(order, m)
		}
	}
	turned := o
	turned.Dims = dims
	s := held{turned.noise(0, lo, hi)}
	bytes := int64(8 * len(s.Data()))
	x, err := tensor.NewTiled(s, &tensor.TiledOptions{Order: order, Unit: o.unit(), Memory: 6*bytes + 64<<20})
	return x, x, err
}

// held is a tensor as slabs of its first mode.
type held struct{ *tensor.Dense }

// ReadSlab implements tensor.Slabs.
func (h held) ReadSlab(dst []float64, lo, hi int) error {
	slice := len(h.Data()) / h.Dims()[0]
	copy(dst, h.Data()[lo*slice:hi*slice])
	return nil
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
	return median(times), nil
}
