package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// longTensor is a nonnegative tensor whose longest mode is the given one, in a file.
func longTensor(f files, name string, dims ...int) string {
	rng := rand.New(rand.NewPCG(9, 9))
	var factors []*mat.Dense
	for _, d := range dims {
		a := mat.NewDense(d, 3, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		factors = append(factors, a)
	}
	x := tensor.NewKruskal(factors...).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.05 * rng.Float64()
	}
	return f.array(name, x.Dims(), x.Data())
}

func TestCPDOnRanksAgrees(t *testing.T) {
	f := newFiles(t)
	for name, dims := range map[string][]int{"first.npy": {600, 7, 5}, "middle.npy": {6, 600, 5}, "last.npy": {5, 6, 600}} {
		x := longTensor(f, name, dims...)
		args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--max-sweeps", "30", "--trace"}
		want := succeed(t, args...)
		got := succeed(t, append(args, "--engine", "local:2")...)
		require.Len(t, got.Trace, len(want.Trace))
		for k := range want.Trace {
			require.InDelta(t, want.Trace[k].RelativeError, got.Trace[k].RelativeError, 1e-10)
		}
		require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
	}
}

func TestCPDRefusesWhatRanksCannotDo(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "x.npy", 9, 4, 3)
	args := func(more ...string) []string {
		return append([]string{"cpd", x, "--rank", "2", "--engine", "local:2"}, more...)
	}
	fail(t, exitUsage, args("--missing", "nan"), "--missing needs the data in one process")
	fail(t, exitUsage, args("--method", "sampled"), "--method sampled needs the data")
	fail(t, exitUsage, args("--init", "gevd"), "--init gevd needs")
	fail(t, exitUsage, args("--rank-limit", "-1s"), "--rank-limit is -1s")
	fail(t, exitFailure, []string{"cpd", x, "--rank", "2", "--engine", "local:20"}, "no mode of at least 20 rows")
	fail(t, exitUsage, []string{"cpd", x, "--rank", "2", "--engine", "local:0"}, "--engine local:0")
	fail(t, exitUsage, []string{"cpd", x, "--rank", "2", "--engine", "spark"}, `--engine is "spark"`)
	fail(t, exitFailure, []string{"cpd", "nowhere.npy", "--rank", "2", "--engine", "local:2"}, "nowhere.npy")
}

func TestNMFOnRanksAgrees(t *testing.T) {
	f := newFiles(t)
	for name, dims := range map[string][]int{"tall.npy": {600, 12}, "wide.npy": {12, 600}} {
		x := longTensor(f, name, dims...)
		args := []string{"nmf", x, "--rank", "3", "--max-sweeps", "30"}
		want := succeed(t, args...)
		got := succeed(t, append(args, "--engine", "local:2")...)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
		for _, method := range []string{"orthogonal", "extrapolated"} { // led
			one := succeed(t, append(args, "--method", method)...)
			two := succeed(t, append(args, "--method", method, "--engine", "local:2")...)
			require.InDelta(t, one.RelativeError, two.RelativeError, 1e-10)
		}
		fail(t, exitUsage, append(args, "--engine", "local:2", "--method", "beta"), "--method beta needs the matrix in one process")
		fail(t, exitUsage, append(args, "--engine", "local:2", "--init", "spa"), "--init spa needs")
	}
}

// Abundances: one exact sweep of the free factor with the other one fixed.
func TestAbundancesOnRanksAgree(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "pixels.npy", 600, 9)
	rng := rand.New(rand.NewPCG(4, 4))
	numbers := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.Float64()
		}
		return v
	}
	start, spectra := f.array("start.npy", []int{600, 3}, numbers(1800)), f.array("spectra.npy", []int{9, 3}, numbers(27))
	args := []string{"cpd", x, "--rank", "3", "--nonneg", "0", "--constraint", "1=fixed", "--method", "nnls", "--init-factors", start + "," + spectra, "--max-sweeps", "1"}
	want := succeed(t, args...)
	got := succeed(t, append(args, "--engine", "local:3")...)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-12)
	require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
}

// A library that fits nothing: what is found there depends on every step of the search.
func TestDictionaryOnRanksAgrees(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "x.npy", 90, 7, 5)
	rng := rand.New(rand.NewPCG(5, 5))
	for n, size := range []int{90, 7, 5} {
		if racetest.Enabled && n != 1 {
			continue
		}
		atoms := make([]float64, size*20)
		for i := range atoms {
			atoms[i] = rng.Float64()
		}
		lib := f.array("lib.npy", []int{size, 20}, atoms)
		args := []string{"cpd", x, "--rank", "2", "--nonneg", "all", "--dict", strconv.Itoa(n) + ":" + lib}
		want := succeed(t, args...)
		for _, engine := range []string{"local:1", "local:3"} {
			got := succeed(t, append(args, "--engine", engine)...)
			require.Equal(t, want.Atoms, got.Atoms)
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
			require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
		}
		fail(t, exitUsage, append(args, "--engine", "local:2", "--trust"), "--trust needs the data in one process")
	}
}

// A tensor that the memory of the first rank does not hold twice is not gathered there, and one
// that is in memory is not copied.
func TestSearchedTensorsKeepWithinTheirMemory(t *testing.T) {
	x := tensor.NewDense([]int{4, 8}, nil)
	require.NoError(t, dist.Lead(dist.Self(), x, 0, 4, 0, func(x tensor.Tensor) error {
		for memory, copied := range map[int64]bool{0: true, 32 * 32: true, 32*32 - 1: false} {
			_, ok := unread(x, memory).(tensor.Gatherer)
			require.Equal(t, copied, ok, "%d bytes", memory)
			_, ok = unread(tensor.NewDense([]int{4, 8}, nil), memory).(*tensor.Dense)
			require.Equal(t, copied, ok, "%d bytes", memory)
			g := unread(tensor.NewDense32([]int{4, 8}, make([]float32, 32)), memory).(tensor.Gatherer)
			require.Equal(t, copied, g.Holds(32), "%d bytes", memory)
			for dict, free := range map[string]bool{"0:a": copied, "0+1:a,b": true} { // tied modes are copied
				_, ok = cpdFlags{dicts: []string{dict}}.searched(x, memory).(tensor.Gatherer)
				require.Equal(t, free, ok, "%s, %d bytes", dict, memory)
			}
		}
		return nil
	}))
	require.NoError(t, local.Run(t.Context(), 3, func(_ context.Context, c dist.Comm) error {
		require.Equal(t, int64(3), engineFlags{engine: "local:3"}.together(c))
		require.Equal(t, int64(1), engineFlags{engine: "mpi"}.together(c))
		return nil
	}))
}

// What takes factors of the longest mode as a whole: the first rank leads the others.
func TestRanksAreLed(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "x.npy", 90, 7, 5)
	rng := rand.New(rand.NewPCG(5, 6))
	atoms := make([]float64, 90*20)
	for i := range atoms {
		atoms[i] = rng.Float64()
	}
	lib := f.array("lib.npy", []int{90, 20}, atoms)
	for _, flags := range [][]string{
		{"--nonneg", "all"}, // fewer rows than are settled together
		{"--constraint", "0=unimodal", "--nonneg", "1,2"},
		{"--method", "extrapolated"},
		{"--nonneg", "all", "--dict", "0:" + lib, "--tol", "1e-14"},
		{"--nonneg", "all", "--dict", "0:" + lib, "--free", "0:1..1", "--tol", "1e-14"},
	} {
		args := append([]string{"cpd", x, "--rank", "2", "--max-sweeps", "20"}, flags...)
		if len(flags) > 4 { // as different a way as data in parts are searched for atoms
			args = append(args, "--max-sweeps", "2000")
		}
		want := succeed(t, args...)
		for _, ranks := range []string{"2", "4"} {
			got := succeed(t, append(args, "--engine", "local:"+ranks)...)
			require.Equal(t, ranks, strconv.Itoa(got.Ranks))
			require.ElementsMatch(t, want.Atoms, got.Atoms)
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10, "%v", flags)
			if len(flags) <= 4 {
				require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
			}
		}
	}
}

// Ranks that leave their rows in the file.
func TestRanksWithinMemoryAgree(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	rng := rand.New(rand.NewPCG(6, 6))
	for name, dims := range map[string][]int{"first.npy": {1200, 60, 58}, "matrix.npy": {2100, 2000}} {
		entries := 1
		for _, d := range dims {
			entries *= d
		}
		bytes := make([]byte, entries) // 34 MB as numbers, of which two ranks have 17, over half of their share
		for i := range bytes {
			bytes[i] = byte(i%7) + byte(rng.UintN(16))
		}
		head, err := npy.Begin(dims, "uint8")
		require.NoError(t, err)
		x := f.path(name)
		require.NoError(t, os.WriteFile(x, append(head, bytes...), 0o600))
		args := []string{"cpd", x, "--rank", "2", "--nonneg", "all", "--max-sweeps", "2", "--trace"}
		if len(dims) == 2 {
			args = []string{"nmf", x, "--rank", "2", "--max-sweeps", "2", "--trace"}
		}
		want := succeed(t, args...)
		ways := [][]string{{"--engine", "local:2", "--memory", "64MB"}}
		if len(dims) == 3 { // one process takes the same steps
			ways = append(ways, []string{"--memory", "64MB"})
		}
		for _, way := range ways {
			got := succeed(t, append(args, way...)...)
			require.Len(t, got.Trace, len(want.Trace))
			for k := range want.Trace {
				require.InDelta(t, want.Trace[k].RelativeError, got.Trace[k].RelativeError, 1e-10)
			}
			require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
		}
	}
	fail(t, exitUsage, []string{"nmf", "x.npy", "--rank", "2", "--memory", "64MB"}, "--engine local:2")
}
