package bench

import (
	"context"
	"errors"
	"math"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smallKernels are one of every kind, in milliseconds.
func smallKernels() []kernelCase {
	cases := []kernelCase{productCase(40, 30, 20, 1), productTCase(40, 30, 20, 1), gramCase(100, 8, 1)}
	cases = append(cases, denseCases([]int{8, 9, 10}, 3, 1)...)
	cases = append(cases, singleCases([]int{8, 9, 10}, 3, 1)...)
	cases = append(cases, sparseCases([]int{20, 30, 40}, 500, 4, 1)...)
	return append(cases, halsCase(100, 4, 1), nnlsCase(12, 50, 3, 1), fclsCase(12, 50, 3, 1), assignCase(3, 50, 1))
}

func smallOptions() *KernelOptions {
	return &KernelOptions{Rounds: 1, Time: 100 * time.Microsecond, Threads: []int{1, 2}}
}

// Two rows of limits and one of every kernel for each number of cores, in
// order; what a kernel reaches is above nothing and, but for the noise of so
// short a time, not above the limit.
func TestKernelsHasARowForEach(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	names := map[string]bool{}
	o := smallOptions()
	o.Observe = func(_, _ int, name string) { names[name] = true }
	table, err := measureKernels(t.Context(), o, smallKernels(), 1<<20)
	require.NoError(t, err)
	require.Equal(t, before, runtime.GOMAXPROCS(0), "the number of cores is put back")
	require.Equal(t, kernelColumns, table.Columns)
	cases := smallKernels()
	require.Len(t, table.Rows, 2*(2+len(cases)))
	for k, threads := range []string{"1", "2"} {
		require.Contains(t, table.Rows[2*k][0], "peak/fma/")
		require.Equal(t, []string{"peak/read/1MiB", threads, ""}, table.Rows[2*k+1][:3])
		require.Greater(t, number(t, table.Rows[2*k][3]), 0.0, "GFLOP/s")
		require.Greater(t, number(t, table.Rows[2*k+1][5]), 0.0, "GB/s")
	}
	for i, row := range table.Rows[4:] {
		c := cases[i/2]
		require.True(t, names[c.name], "told of %s", c.name)
		require.Equal(t, []string{c.name, []string{"1", "2"}[i%2]}, row[:2])
		require.Greater(t, number(t, row[2]), 0.0, row)
		require.Greater(t, number(t, row[5]), 0.0, row)
		limit := 0.0
		for _, k := range []int{4, 6} {
			if row[k] == "" {
				require.Zero(t, c.flops, row)
				continue
			}
			limit = max(limit, number(t, row[k]))
		}
		require.Equal(t, limit, number(t, row[7]), row)
		require.False(t, math.IsInf(limit, 0) || math.IsNaN(limit), row) // how much depends on what else runs
	}
	require.True(t, names[""], "told of the end")
}

// The columns of a row are those of the case and the time: 2·10⁹ flops and 10⁹
// bytes in 2 s, on a machine that does 4 GFLOP/s and reads 10⁹ bytes a second.
func TestKernelRow(t *testing.T) {
	m := newMachine(1 << 13)
	m.peaks[1] = 4e9
	m.reads[reading{1, 1024}] = 1e9
	c := &kernelCase{name: "x", flops: 2e9, traffic: []flow{{0.75e9, 1 << 13}, {0.25e9, 1 << 20}}}
	require.Equal(t, []string{"x", "1", "2000", "1.00", "25", "0.500", "50", "50"}, m.row(c, 1, 2))
	require.Equal(t, []string{"x", "1", "2000", "", "", "0.500", "50", "50"}, m.row(&kernelCase{name: "x", traffic: c.traffic}, 1, 2))
	require.Equal(t, []string{"x", "1", "2000", "1.00", "25", "", "", "25"}, m.row(&kernelCase{name: "x", flops: 2e9}, 1, 2))
}

// Entries that fall together are counted once.
func TestSparseKernelsCountWhatIsStored(t *testing.T) {
	cases := sparseCases([]int{2, 2, 2}, 1000, 4, 1) // at most eight cells, all of them drawn
	for i := range cases {
		work := cases[i].flops
		_, err := cases[i].prepare(&cases[i])
		require.NoError(t, err)
		require.InDelta(t, work*8/1000, cases[i].flops, 1e-9*work)
	}
}

func TestStandardKernelsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range standardKernels(0) {
		require.False(t, seen[c.name], c.name)
		seen[c.name] = true
		require.NotEmpty(t, c.traffic, c.name)
	}
	for _, name := range []string{"product/2000x2000x2000", "gram/40000x32", "mttkrp/dense/200x200x200/R=20/mode=1", "sweep/als/dense/307x307x162/R=8", "nnls/94249x6", "fcls/9025x3"} {
		require.True(t, seen[name], name)
	}
}

func TestKernelsOnlyFilters(t *testing.T) {
	o := smallOptions()
	o.Threads, o.Only = []int{1}, regexp.MustCompile("^mttkrp/dense.*mode=[12]")
	table, err := measureKernels(t.Context(), o, smallKernels(), 1<<20)
	require.NoError(t, err)
	var names []string
	for _, row := range table.Rows[2:] {
		names = append(names, row[0])
	}
	require.Equal(t, []string{"mttkrp/dense/8x9x10/R=3/mode=1", "mttkrp/dense/8x9x10/R=3/mode=2"}, names)
	o.Only = regexp.MustCompile("products")
	_, err = measureKernels(t.Context(), o, smallKernels(), 1<<20)
	require.EqualError(t, err, `bench: no kernel matches "products"; their names begin with product, productT, gram, mttkrp, gradient, sweep, hals, nnls, fcls, assign`)
}

func TestKernelsRejects(t *testing.T) {
	_, err := Kernels(t.Context(), &KernelOptions{Threads: []int{1, 0}})
	require.ErrorContains(t, err, "0 threads")
}

// A context that ends keeps the rows that are finished.
func TestKernelsKeepsFinishedRows(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := smallOptions()
	o.Observe = func(done, _ int, _ string) {
		if done == 2 {
			cancel()
		}
	}
	table, err := measureKernels(ctx, o, smallKernels(), 1<<20)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.ErrorContains(t, err, "gram/100x8")
	require.Len(t, table.Rows, 2*(2+2))
	require.True(t, strings.HasPrefix(table.Rows[7][0], "productT/"))
}

func TestFixed(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.000081234: "0.0000812", 0.25: "0.250", 1: "1.00", 12.34: "12.3", 123.4: "123", 12345: "12345"} {
		require.Equal(t, want, fixed(v))
	}
}
