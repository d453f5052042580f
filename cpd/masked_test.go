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

// masked is x with that part of its cells known, drawn from a fixed seed.
func masked(x *tensor.Dense, seed uint64, known float64) *tensor.Masked {
	rng := newRand(seed)
	marks := make([]bool, len(x.Data()))
	for i := range marks {
		marks[i] = rng.Float64() < known
	}
	return tensor.NewMasked(x, marks)
}

// forms are the two ways to fit x.
func forms(x *tensor.Masked) map[string]tensor.Tensor {
	return map[string]tensor.Tensor{"imputing": x, "exact": x.Exact()}
}

// Both forms end at the same loss, the exact one in fewer sweeps, and find the
// planted components where there is no noise.
func TestMissingCellsAreSurvived(t *testing.T) {
	racetest.Slow(t)
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
		for _, missing := range []float64{0.3, 0.6} {
			for _, noise := range []float64{0, 0.05} {
				t.Run(fmt.Sprintf("%T/%g/noise=%g", method, missing, noise), func(t *testing.T) {
					rng := newRand(41)
					dims, rank := []int{15, 14, 13}, 3
					truth := drawnFactors(rng, dims, rank, false)
					if method.Nonnegative() {
						for _, a := range truth {
							a.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, a)
						}
					}
					x := tensor.NewKruskal(truth...).Dense()
					by := noise * math.Sqrt(x.SquaredNorm()/float64(len(x.Data())))
					for i := range x.Data() {
						x.Data()[i] += by * rng.NormFloat64()
					}
					m := masked(x, 42, 1-missing)
					results := map[string]*Result{}
					for name, y := range forms(m) {
						r, err := Decompose(t.Context(), y, rank, &Options{
							Methods: same(method, 3), Init: SVD{}, Starts: 1,
							Stop: sweep.Any(sweep.Target(1e-11), sweep.RelChange{Tol: 1e-10, Patience: 3}, sweep.MaxSweeps(3000)),
						})
						require.NoError(t, err)
						require.Equal(t, sweep.Converged, r.Status, name)
						require.Equal(t, r.Model.RelativeError(m), r.RelativeError)
						if noise == 0 {
							require.LessOrEqual(t, r.RelativeError, 1e-8, name)
							require.InDelta(t, 1, congruence(truth, r.Model), 1e-7, name)
						}
						results[name] = r
					}
					em, exact := results["imputing"], results["exact"]
					require.Less(t, len(exact.Trace), len(em.Trace))
					if noise > 0 {
						require.InEpsilon(t, exact.RelativeError, em.RelativeError, 1e-6)
					}
					t.Logf("imputing %d sweeps, exact %d", len(em.Trace), len(exact.Trace))
				})
			}
		}
	}
}

// The error over the known cells never rises, and the point of a sweep is that of
// the model after it, whatever the mask: none unknown, whole slices, all but one.
func TestMaskedSweepsDescend(t *testing.T) {
	racetest.Slow(t)
	masks := map[string]func(dims, index []int, draw float64) bool{
		"all known":       func(_, _ []int, _ float64) bool { return true },
		"most known":      func(_, _ []int, v float64) bool { return v < 0.9 },
		"few known":       func(_, _ []int, v float64) bool { return v < 0.15 },
		"slices unknown":  func(_, index []int, v float64) bool { return index[0] != 1 && index[len(index)-1] != 0 && v < 0.8 },
		"one cell known":  func(dims, index []int, _ float64) bool { return offsetOf(dims, index) == size(dims)/2 },
		"one slice known": func(dims, index []int, _ float64) bool { return index[0] == dims[0]/2 },
	}
	methods := map[string]func(order int) []Method{
		"ALS":       func(n int) []Method { return same(LeastSquares{}, n) },
		"HALS":      func(n int) []Method { return same(HALS{}, n) },
		"NNLS":      func(n int) []Method { return same(NNLS{}, n) },
		"FCLS":      func(n int) []Method { return append([]Method{FCLS{}}, same(HALS{}, n-1)...) },
		"Fixed":     func(n int) []Method { return append(same(NNLS{}, n-1), Fixed{}) },
		"all Fixed": func(n int) []Method { return same(Fixed{}, n) },
	}
	for _, dims := range [][]int{{6}, {6, 5}, {6, 5, 4}, {4, 3, 3, 5}, {1, 6, 5}} {
		for _, rank := range []int{1, 3} {
			x := planted(newRand(43), dims, rank, true, 0.3)
			for maskName, known := range masks {
				rng := newRand(44)
				marks := make([]bool, len(x.Data()))
				for at := range marks {
					marks[at] = known(dims, indexOf(dims, at), rng.Float64())
				}
				m := tensor.NewMasked(x, marks)
				if m.SquaredNorm() == 0 {
					continue
				}
				for methodName, of := range methods {
					for form, y := range forms(m) {
						name := fmt.Sprintf("%s/%s/%s/%v/R=%d", maskName, methodName, form, dims, rank)
						s, err := NewALS(y, drawnFactors(newRand(45), dims, rank, true), begin(of(len(dims)), dims, rank))
						require.NoError(t, err)
						before := s.view().RelativeError(m)
						for k := range 6 {
							p, err := s.Sweep()
							require.NoError(t, err, name)
							now := s.view().RelativeError(m)
							require.False(t, math.IsNaN(now), name)
							if k > 0 || methodName != "FCLS" {
								require.LessOrEqual(t, now*now, before*before*(1+1e-9)+1e-11, "%s, sweep %d", name, k)
							}
							require.InDelta(t, now, p.RelativeError, 64*eps*(1+now), "%s, sweep %d", name, k)
							before = now
						}
					}
				}
			}
		}
	}
}

func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func indexOf(dims []int, at int) []int {
	index := make([]int, len(dims))
	for n := len(dims) - 1; n >= 0; n-- {
		index[n], at = at%dims[n], at/dims[n]
	}
	return index
}

func offsetOf(dims, index []int) int {
	at := 0
	for n, i := range index {
		at = at*dims[n] + i
	}
	return at
}

// With every cell known both forms make the sweeps of the plain tensor.
func TestFullMaskIsNoMask(t *testing.T) {
	racetest.Slow(t)
	for _, method := range []Method{LeastSquares{}, NNLS{}, HALS{Inner: 1}} {
		for _, dims := range [][]int{{20, 15}, {12, 11, 10}, {6, 5, 4, 7}} {
			x := planted(newRand(46), dims, 3, true, 0.3)
			start := drawnFactors(newRand(47), dims, 3, true)
			trace := func(y tensor.Tensor) (errs []float64) {
				s, err := NewALS(y, start, begin(same(method, len(dims)), dims, 3))
				require.NoError(t, err)
				for range 20 {
					p, err := s.Sweep()
					require.NoError(t, err)
					errs = append(errs, p.RelativeError)
				}
				return errs
			}
			want := trace(x)
			for form, y := range forms(masked(x, 1, 2)) {
				require.InDeltaSlice(t, want, trace(y), 1e-12, "%s, %T, sizes %v", form, method, dims)
			}
		}
	}
}

// Rows without a known cell keep what they had, bit for bit in the exact form; when
// imputed, the model is fitted to itself there.
func TestUnknownRowsStay(t *testing.T) {
	dims := []int{6, 5, 4}
	x := planted(newRand(48), dims, 2, true, 0.1)
	for n := range dims {
		marks := make([]bool, len(x.Data()))
		for at := range marks {
			marks[at] = indexOf(dims, at)[n] != 2
		}
		for form, y := range forms(tensor.NewMasked(x, marks)) {
			start := drawnFactors(newRand(49), dims, 2, true)
			methods := same(Fixed{}, 3) // so that no norm moves
			methods[n] = LeastSquares{}
			s, err := NewALS(y, start, begin(methods, dims, 2))
			require.NoError(t, err)
			for range 4 {
				_, err = s.Sweep()
				require.NoError(t, err)
			}
			tol := 0.0
			if form == "imputing" {
				tol = 1e-10
			}
			require.InDeltaSlice(t, start[n].RawRowView(2), s.Factors()[n].RawRowView(2), tol, "%s, mode %d", form, n)
			require.NotEqual(t, start[n].RawRowView(1), s.Factors()[n].RawRowView(1), "%s, mode %d", form, n)
		}
	}
}

func TestMaskedRunsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x := masked(planted(newRand(50), []int{40, 30, 20}, 4, true, 0.1), 51, 0.6)
	for form, y := range forms(x) {
		for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
			run := func(workers int) *Result {
				runtime.GOMAXPROCS(workers)
				r, err := Decompose(t.Context(), y, 4, &Options{Methods: same(method, 3), Starts: 2, Stop: sweep.MaxSweeps(8)})
				require.NoError(t, err)
				return r
			}
			one, three := run(1), run(3)
			require.Equal(t, errorsOf(one.Trace), errorsOf(three.Trace), "%s %T", form, method)
		}
	}
}

// coupled is a method whose rows are not separable.
type coupled struct{ LeastSquares }

func (coupled) Begin(int, int) Updater { return coupledUpdater{new(leastSquares)} }

type coupledUpdater struct{ Updater }

func TestExactFormNeedsSeparableMethods(t *testing.T) {
	x := masked(planted(newRand(52), []int{5, 4, 3}, 2, true, 0.1), 53, 0.7)
	methods := []Method{nil, coupled{}}
	_, err := Decompose(t.Context(), x.Exact(), 2, &Options{Methods: methods})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "mode 1")
	_, err = Decompose(t.Context(), x, 2, &Options{Methods: methods, Stop: sweep.MaxSweeps(2)})
	require.NoError(t, err)
}

func TestMaskedWarmSweepDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	for _, dims := range [][]int{{20, 25, 30}, {60, 200}, {9, 8, 7, 6}} {
		for form, y := range forms(masked(planted(newRand(54), dims, 4, true, 0.1), 55, 0.7)) {
			for _, m := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
				s, err := NewALS(y, drawnFactors(newRand(56), dims, 4, true), begin(same(m, len(dims)), dims, 4))
				require.NoError(t, err)
				sweep := func() {
					_, err := s.Sweep()
					require.NoError(t, err)
				}
				for range 30 {
					sweep()
				}
				require.Less(t, testing.AllocsPerRun(30, sweep), 1.0, "%s, %v, %T", form, dims, m)
			}
		}
	}
}

// A component whose columns are zero in two factors has no gradient anywhere; the
// exact form revives it as the whole factor's update does.
func TestExactFormRevivesColumns(t *testing.T) {
	racetest.Slow(t)
	dims := []int{8, 7, 6}
	x := masked(planted(newRand(57), dims, 2, true, 0), 58, 0.7)
	start := drawnFactors(newRand(59), dims, 2, true)
	scaleColumn(start[0], 1, 0)
	scaleColumn(start[1], 1, 0)
	for form, y := range forms(x) {
		s, err := NewALS(y, start, begin(same(HALS{}, 3), dims, 2))
		require.NoError(t, err)
		var p sweep.Point
		for range 2000 {
			p, err = s.Sweep()
			require.NoError(t, err)
		}
		require.Less(t, p.RelativeError, 1e-3, form)
	}
}
