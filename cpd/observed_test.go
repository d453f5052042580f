package cpd

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// observe keeps the cells of x that the seed picks, and drops all others.
func observe(x *tensor.Dense, seed uint64, known float64) *tensor.Observed {
	rng, dims := newRand(seed), x.Dims()
	index, values := make([][]int32, len(dims)), []float64(nil)
	for at, v := range x.Data() {
		if rng.Float64() >= known {
			continue
		}
		values = append(values, v)
		for n, i := range indexOf(dims, at) {
			index[n] = append(index[n], int32(i))
		}
	}
	s, err := tensor.NewSparse(dims, index, values)
	if err != nil {
		panic(err)
	}
	return tensor.NewObserved(s)
}

// A fifth of the cells of a model without noise give the model back, and with it
// the cells that nobody has seen.
func TestCompletionRecovers(t *testing.T) {
	racetest.Slow(t)
	for _, dims := range [][]int{{20, 18, 16}, {12, 10, 9, 8}} {
		for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
			t.Run(fmt.Sprintf("%v/%T", dims, method), func(t *testing.T) {
				truth := drawnFactors(newRand(71), dims, 3, method.Nonnegative())
				whole := tensor.NewKruskal(truth...).Dense()
				x := observe(whole, 72, 0.2)
				r, err := Decompose(t.Context(), x, 3, &Options{
					Methods: same(method, len(dims)), Starts: 3, Race: 50,
					Stop: sweep.Any(sweep.Target(1e-10), sweep.MaxSweeps(2000)),
				})
				require.NoError(t, err)
				require.Less(t, r.RelativeError, 1e-8)
				require.InDelta(t, 1, congruence(truth, r.Model), 1e-6)
				require.Less(t, r.Model.RelativeError(whole), 1e-6)
			})
		}
	}
}

// Both forms make the sweeps of the same cells beside a Dense, for every method.
func TestObservedSweepsAreThoseOfMasked(t *testing.T) {
	racetest.Slow(t)
	methods := map[string]func(order int) []Method{
		"ALS":   func(n int) []Method { return same(LeastSquares{}, n) },
		"HALS":  func(n int) []Method { return same(HALS{Inner: 1}, n) },
		"NNLS":  func(n int) []Method { return same(NNLS{}, n) },
		"FCLS":  func(n int) []Method { return append([]Method{FCLS{}}, same(NNLS{}, n-1)...) },
		"Fixed": func(n int) []Method { return append(same(LeastSquares{}, n-1), Fixed{}) },
	}
	for _, dims := range [][]int{{20, 15}, {12, 11, 10}, {6, 5, 4, 7}} {
		whole := planted(newRand(73), dims, 3, true, 0.2)
		x, m := observe(whole, 74, 0.7), masked(whole, 74, 0.7)
		require.Equal(t, m.KnownCells(), x.KnownCells())
		start := drawnFactors(newRand(75), dims, 3, true)
		for name, of := range methods {
			trace := func(y tensor.Tensor) (errs []float64) {
				s, err := NewALS(y, start, begin(of(len(dims)), dims, 3))
				require.NoError(t, err)
				for range 10 {
					p, err := s.Sweep()
					require.NoError(t, err)
					errs = append(errs, p.RelativeError)
				}
				return errs
			}
			require.InDeltaSlice(t, trace(m.Exact()), trace(x), 1e-9, "exact %s, sizes %v", name, dims)
			require.InDeltaSlice(t, trace(m), trace(x.Imputing()), 1e-9, "imputing %s, sizes %v", name, dims)
		}
	}
}

// A row of which no cell is known keeps its value where that is allowed, and its
// nearest point that is where it is not. No NaN comes of it, nor of rows with fewer
// cells than components.
func TestUnobservedRows(t *testing.T) {
	dims := []int{6, 5, 4}
	whole := planted(newRand(76), dims, 3, true, 0.1)
	var index [3][]int32
	var values []float64
	for at, v := range whole.Data() {
		if i := indexOf(dims, at); i[0] != 2 && (i[0] != 3 || at%20 == 7) { // row 3: one cell
			values = append(values, v)
			for n := range index {
				index[n] = append(index[n], int32(i[n]))
			}
		}
	}
	s, err := tensor.NewSparse(dims, index[:], values)
	require.NoError(t, err)
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}, FCLS{}} {
		start := drawnFactors(newRand(77), dims, 3, true)
		a, err := NewALS(tensor.NewObserved(s), start, begin([]Method{method, Fixed{}, Fixed{}}, dims, 3))
		require.NoError(t, err)
		for range 4 {
			p, err := a.Sweep()
			require.NoError(t, err)
			require.False(t, math.IsNaN(p.RelativeError))
		}
		row := a.Factors()[0].RawRowView(2)
		if _, ok := method.(FCLS); ok {
			require.InDelta(t, 1, row[0]+row[1]+row[2], 1e-12)
			continue
		}
		require.Equal(t, start[0].RawRowView(2), row, "%T", method)
		require.NotEqual(t, start[0].RawRowView(3), a.Factors()[0].RawRowView(3), "%T", method)
		for _, v := range a.Factors()[0].RawMatrix().Data {
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%T", method)
		}
	}
}

func TestObservedNeedsSeparableMethodsUnlessImputing(t *testing.T) {
	x := observe(planted(newRand(78), []int{5, 4, 3}, 2, true, 0.1), 79, 0.7)
	opts := &Options{Methods: []Method{nil, coupled{}}, Stop: sweep.MaxSweeps(2)}
	_, err := Decompose(t.Context(), x, 2, opts)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "mode 1")
	require.ErrorContains(t, err, "tensor.Observed.Imputing")
	_, err = Decompose(t.Context(), x.Imputing(), 2, opts)
	require.NoError(t, err)
}

func TestObservedRefusesBadData(t *testing.T) {
	s, err := tensor.NewSparse([]int{2, 2}, [][]int32{{0, 1}, {1, 1}}, []float64{1, math.NaN()})
	require.NoError(t, err)
	_, err = Decompose(t.Context(), tensor.NewObserved(s), 1, nil)
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, "[1 1]")
	for _, values := range [][]float64{{0, 0}, nil} { // zeros that are known, and nothing known
		s, err = tensor.NewSparse([]int{2, 2}, [][]int32{[]int32{0, 1}[:len(values)], []int32{1, 1}[:len(values)]}, values)
		require.NoError(t, err)
		r, err := Decompose(t.Context(), tensor.NewObserved(s), 1, nil)
		require.NoError(t, err)
		require.Zero(t, r.RelativeError)
	}
}

func TestObservedWarmSweepDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	x := observe(planted(newRand(80), []int{40, 50, 60}, 4, true, 0.1), 81, 0.3)
	for form, y := range map[string]tensor.Tensor{"exact": x, "imputing": x.Imputing()} {
		for _, m := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
			s, err := NewALS(y, drawnFactors(newRand(82), y.Dims(), 4, true), begin(same(m, 3), y.Dims(), 4))
			require.NoError(t, err)
			sweep := func() {
				_, err := s.Sweep()
				require.NoError(t, err)
			}
			for range 10 {
				sweep()
			}
			require.Less(t, testing.AllocsPerRun(10, sweep), 1.0, "%s, %T", form, m)
		}
	}
}

func TestObservedRunsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x := observe(planted(newRand(83), []int{60, 50, 40}, 4, true, 0.1), 84, 0.4)
	for form, y := range map[string]tensor.Tensor{"exact": x, "imputing": x.Imputing()} {
		run := func(workers int) []float64 {
			runtime.GOMAXPROCS(workers)
			r, err := Decompose(t.Context(), y, 4, &Options{Stop: sweep.MaxSweeps(8)})
			require.NoError(t, err)
			return errorsOf(r.Trace)
		}
		require.Equal(t, run(1), run(2), form)
	}
}
