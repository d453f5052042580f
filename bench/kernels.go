package bench

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/report"
)

// KernelOptions of [Kernels].
type KernelOptions struct {
	// Only selects kernels by name. Default: nil, all of them.
	Only *regexp.Regexp
	// Threads are the numbers of cores to measure with. Default: 1 and GOMAXPROCS.
	Threads []int
	// Rounds is how many times each kernel is timed; the table has the medians.
	// Default: 5.
	Rounds int
	// Time is spent on each kernel and number of cores, over all rounds; a
	// round takes at least one call. Default: 100 ms.
	Time time.Duration
	// Seed of the inputs. Default: 0.
	Seed uint64
	// Observe is told when a kernel is about to be measured, and, with an empty
	// name, when all are done. Default: nil, no one is.
	Observe func(done, total int, name string)
}

// Kernels measures the inner loops on seeded inputs and sets them beside what
// this machine can do, which it measures first: the rate of multiply–adds that
// touch no memory, and how fast an array is read that no cache holds.
//
// A row is a kernel with a number of cores: the median time of a call in
// milliseconds; the rate of the flops that the result asks for, and its share of
// the peak; the rate of the bytes that have to move (operands once, results once
// or, when they are added to, twice), and its share of reading at full speed.
// An operand is compared with reading an array of its own size again and again,
// so what fits a cache is measured against that cache. The larger share is the
// share of the limit, min(peak, flops/bytes · bandwidth): the roofline.
//
// Numbers of cores take turns within a round, so that other work on the machine
// disturbs them alike. The table holds up to 512 MiB for reading and as much of
// inputs. GOMAXPROCS is changed meanwhile. When ctx ends, the rows that are
// finished are returned with its error.
func Kernels(ctx context.Context, opts *KernelOptions) (*report.Table, error) {
	o := KernelOptions{}
	if opts != nil {
		o = *opts
	}
	return measureKernels(ctx, &o, standardKernels(o.Seed), readBytes)
}

var kernelColumns = []string{"kernel", "threads", "ms", "GFLOP/s", "% of peak", "GB/s", "% of read", "% of limit"}

// readBytes is the array that bandwidth is measured on: at least eight times the
// last cache of most machines.
const readBytes = 512 << 20

// A kernelCase is one kernel on one input.
type kernelCase struct {
	name    string
	flops   float64 // that the result asks for
	traffic []flow
	drawn   int // entries of a sparse tensor, duplicates among them
	// prepare makes the input and returns the call; it may correct flops and
	// traffic, where they depend on the input.
	prepare func(c *kernelCase) (func(ctx context.Context) error, error)
}

// A flow is bytes that have to move between the core and something that takes
// up size bytes.
type flow struct{ bytes, size float64 }

func measureKernels(ctx context.Context, o *KernelOptions, cases []kernelCase, read int) (*report.Table, error) {
	all := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(all)
	threads := o.Threads
	if len(threads) == 0 {
		threads = []int{1, all}[:min(2, all)]
	}
	for _, p := range threads {
		if p < 1 {
			return nil, fmt.Errorf("bench: %d threads; there is at least one", p)
		}
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Time == 0 {
		o.Time = 100 * time.Millisecond
	}
	cases, err := selected(cases, o.Only)
	if err != nil {
		return nil, err
	}
	observe := func(done int, name string) {
		if o.Observe != nil {
			o.Observe(done, len(cases), name)
		}
	}
	table := &report.Table{Columns: kernelColumns}
	if err := ctx.Err(); err != nil {
		return table, err
	}
	observe(0, "peak")
	m := newMachine(read)
	for _, p := range threads {
		runtime.GOMAXPROCS(p)
		table.Rows = append(table.Rows,
			[]string{"peak/fma/" + kernel.InstructionSet(), strconv.Itoa(p), "", fixed(m.peak(p) / 1e9), "100", "", "", ""},
			[]string{fmt.Sprintf("peak/read/%dMiB", read>>20), strconv.Itoa(p), "", "", "", fixed(m.readRate(p, float64(read)) / 1e9), "100", ""})
	}
	for i := range cases {
		observe(i, cases[i].name)
		seconds, err := timeKernel(ctx, &cases[i], threads, o)
		if err != nil {
			return table, fmt.Errorf("%s: %w", cases[i].name, err)
		}
		for k, p := range threads {
			runtime.GOMAXPROCS(p)
			table.Rows = append(table.Rows, m.row(&cases[i], p, seconds[k]))
		}
		cases[i] = kernelCase{} // inputs that several kernels share go with the last of them
		debug.FreeOSMemory()
	}
	observe(len(cases), "")
	return table, nil
}

// selected are the cases of which the name matches.
func selected(cases []kernelCase, only *regexp.Regexp) ([]kernelCase, error) {
	if only == nil {
		return cases, nil
	}
	var out []kernelCase
	var kinds []string
	for _, c := range cases {
		if only.MatchString(c.name) {
			out = append(out, c)
		}
		if kind, _, _ := strings.Cut(c.name, "/"); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("bench: no kernel matches %q; their names begin with %s", only, strings.Join(kinds, ", "))
	}
	return out, nil
}

// timeKernel is the median time of a call for each number of cores, in seconds.
func timeKernel(ctx context.Context, c *kernelCase, threads []int, o *KernelOptions) ([]float64, error) {
	call, err := c.prepare(c)
	if err != nil {
		return nil, err
	}
	spend := o.Time.Seconds() / float64(o.Rounds)
	calls, times := make([]int, len(threads)), make([][]float64, len(threads))
	for round := -1; round < o.Rounds; round++ {
		for k, p := range threads {
			runtime.GOMAXPROCS(p)
			if round < 0 {
				if calls[k], err = enough(ctx, call, spend); err != nil {
					return nil, err
				}
				continue
			}
			t, err := repeat(ctx, call, calls[k])
			if err != nil {
				return nil, err
			}
			times[k] = append(times[k], t/float64(calls[k]))
		}
	}
	medians := make([]float64, len(threads))
	for k := range medians {
		medians[k] = median(times[k])
	}
	return medians, nil
}

// enough is how many calls take about the given seconds, found with warm inputs.
func enough(ctx context.Context, call func(ctx context.Context) error, seconds float64) (int, error) {
	if err := call(ctx); err != nil {
		return 0, err
	}
	for n := 1; ; n *= 2 {
		t, err := repeat(ctx, call, n)
		if err != nil {
			return 0, err
		}
		if t >= seconds/4 {
			return max(1, int(float64(n)*seconds/t)), nil
		}
	}
}

// repeat calls n times and returns the seconds that it took.
func repeat(ctx context.Context, call func(ctx context.Context) error, n int) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	start := time.Now()
	for range n {
		if err := call(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds(), nil
}

// fixed writes three significant digits, without an exponent.
func fixed(v float64) string {
	if v <= 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', max(0, 2-int(math.Floor(math.Log10(v)))), 64)
}
