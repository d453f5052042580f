package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// draw is count random coordinates, duplicates among them, with values of both signs.
func draw(rng *rand.Rand, dims []int, count int) (index [][]int32, values []float64) {
	index, values = make([][]int32, len(dims)), make([]float64, count)
	for n, size := range dims {
		index[n] = make([]int32, count)
		for p := range index[n] {
			index[n][p] = int32(rng.IntN(size))
		}
	}
	for p := range values {
		values[p] = rng.NormFloat64()
	}
	return index, values
}

func newSparse(t testing.TB, dims []int, index [][]int32, values []float64) *tensor.Sparse {
	t.Helper()
	x, err := tensor.NewSparse(dims, index, values)
	require.NoError(t, err)
	return x
}

// addUp is the tensor of the coordinates, entry by entry.
func addUp(dims []int, index [][]int32, values []float64) *tensor.Dense {
	x := tensor.NewDense(dims, nil)
	at := make([]int, len(dims))
	for p, v := range values {
		for n := range dims {
			at[n] = int(index[n][p])
		}
		x.Set(x.At(at...)+v, at...)
	}
	return x
}

var sparseCorpus = append(slices.Clone(corpus), []int{30, 20, 10}, []int{3, 40, 2, 5}, []int{60, 50}, []int{200}, []int{2, 3, 2, 3, 2, 3})

func TestSparseKeepsThePromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 0))
	for k, dims := range sparseCorpus {
		all := 1
		for _, d := range dims {
			all *= d
		}
		if testing.Short() && (k%3 != 0 || all >= 200) {
			continue
		}
		for _, count := range []int{0, 1, all/4 + 1, 2 * all} {
			t.Run(fmt.Sprintf("%v/count=%d", dims, count), func(t *testing.T) {
				index, values := draw(rng, dims, count)
				tensortest.Check(t, newSparse(t, dims, index, values))
			})
		}
	}
}

// blocky are tensors of several blocks of 2¹⁴ entries, with rows that begin
// before a block, end in it, or span several.
var blocky = sync.OnceValue(func() map[string]*tensor.Sparse {
	rng := rand.New(rand.NewPCG(21, 0))
	xs := make(map[string]*tensor.Sparse)
	add := func(name string, dims []int, index [][]int32, values []float64) {
		x, err := tensor.NewSparse(dims, index, values)
		if err != nil {
			panic(err)
		}
		xs[name] = x
	}
	dims := []int{50, 60, 70}
	index, values := draw(rng, dims, 60000)
	add("even", dims, index, values)
	for p := range values {
		if p%10 != 0 {
			index[0][p] = 17 // nine tenths of the entries in one slice
		}
	}
	add("one slice", []int{50, 600, 70}, index, values)
	dims = []int{20000, 3}
	index, values = draw(rng, dims, 50000)
	add("matrix", dims, index, values)
	dims = []int{30000}
	index, values = draw(rng, dims, 50000)
	add("vector", dims, index, values)
	dims = []int{9, 8, 7, 6, 5, 4}
	index, values = draw(rng, dims, 40000)
	add("order 6", dims, index, values)
	dims = []int{2, 300, 20, 10}
	index, values = draw(rng, dims, 40000)
	add("two rows", dims, index, values)
	return xs
})

// The definition, over the stored entries; terms of a row are bounded by their sum.
func TestSparseMTTKRPMatchesTheDefinition(t *testing.T) {
	racetest.Slow(t)
	for name, x := range blocky() {
		dims := x.Dims()
		for _, rank := range []int{7, 1, 19} {
			if testing.Short() && rank != 7 {
				continue
			}
			factors := randomFactors(rand.New(rand.NewPCG(22, uint64(rank))), dims, rank)
			for n := range dims {
				want, abs := mat.NewDense(dims[n], rank, nil), mat.NewDense(dims[n], rank, nil)
				terms := 0
				for index, v := range x.Coordinates() {
					for r := range rank {
						s := v
						for m, i := range index {
							if m != n {
								s *= factors[m].At(i, r)
							}
						}
						want.Set(index[n], r, want.At(index[n], r)+s)
						abs.Set(index[n], r, abs.At(index[n], r)+math.Abs(s))
					}
					terms++
				}
				got := mat.NewDense(dims[n], rank, nil)
				x.MTTKRP(got, factors, n)
				near(t, want, got, abs, terms, fmt.Sprintf("%s: sizes %v, R=%d, mode %d", name, dims, rank, n))
			}
		}
	}
}

func TestSparseResultsDoNotDependOnWorkers(t *testing.T) {
	for name, x := range blocky() {
		dims := x.Dims()
		factors := randomFactors(rand.New(rand.NewPCG(23, 0)), dims, 33) // enough work for several
		k := tensor.NewKruskal(randomFactors(rand.New(rand.NewPCG(24, 0)), dims, 2)...)
		results := func() (all []float64) {
			for n := range dims {
				dst := mat.NewDense(dims[n], 33, nil)
				x.MTTKRP(dst, factors, n)
				all = append(all, dst.RawMatrix().Data...)
			}
			return append(all, x.SquaredNorm(), x.Inner(k), x.StoredResidual(k), x.SquaredResidual(k))
		}
		old := runtime.GOMAXPROCS(1)
		want := results()
		for _, workers := range []int{2, 3} {
			runtime.GOMAXPROCS(workers)
			require.True(t, slices.Equal(want, results()), "%s with %d workers", name, workers)
		}
		runtime.GOMAXPROCS(old)
	}
}

// The order in which coordinates come changes nothing but the order in which
// duplicates are added; a parallel sort has the answer of a serial one.
func TestNewSparseSortsAndSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 0))
	for _, c := range []struct {
		dims  []int
		count int
	}{
		{[]int{3, 4}, 50},
		{[]int{5000, 3, 2000000}, 1000},
		{[]int{1 << 30, 1 << 30, 1 << 30, 1 << 30}, 300},
		{[]int{200, 300, 40}, 200000},
		{[]int{1, 1, 1}, 9},
		{[]int{math.MaxInt32}, 100},
	} {
		index, values := draw(rng, c.dims, c.count)
		for p := range values {
			values[p] = float64(rng.IntN(9) - 4) // sums are exact in any order; some cancel
		}
		type key [4]int32
		want := make(map[key]float64)
		for p, v := range values {
			var at key
			for n := range c.dims {
				at[n] = index[n][p]
			}
			want[at] += v
		}
		for _, workers := range []int{1, 4} {
			old := runtime.GOMAXPROCS(workers)
			x := newSparse(t, c.dims, index, values)
			runtime.GOMAXPROCS(old)
			require.Equal(t, len(want), x.Stored(), "sizes %v", c.dims)
			var before []int
			for index, v := range x.Coordinates() {
				var at key
				for n, i := range index {
					at[n] = int32(i)
				}
				if v != want[at] {
					t.Fatalf("entry %v of sizes %v is %v, want %v", index, c.dims, v, want[at])
				}
				if before != nil && slices.Compare(before, index) >= 0 {
					t.Fatalf("%v does not come before %v", before, index)
				}
				before = append(before[:0], index...)
			}
		}
	}
}

func TestNewSparseSumsDuplicatesInTheirOrder(t *testing.T) {
	big := 0x1p53
	x := newSparse(t, []int{2, 2}, [][]int32{{1, 0, 1, 1}, {0, 1, 0, 0}}, []float64{1, 5, big, -big})
	require.Equal(t, []float64{0, 5, 0, 0}, x.Dense().Data(), "(1 + 2⁵³) − 2⁵³ is 0")
	require.Equal(t, 2, x.Stored(), "a zero that is the sum of values stays stored")
}

func TestNewSparseCopies(t *testing.T) {
	index, values := [][]int32{{0, 1}, {1, 0}}, []float64{2, 3}
	dims := []int{2, 2}
	x := newSparse(t, dims, index, values)
	index[0][0], values[1], dims[0] = 1, 9, 7
	require.Equal(t, []float64{0, 2, 3, 0}, x.Dense().Data())
}

func TestNewSparseRejects(t *testing.T) {
	for _, c := range []struct {
		dims   []int
		index  [][]int32
		values []float64
		want   string
	}{
		{nil, nil, nil, "at least one mode"},
		{[]int{2, 0}, [][]int32{{}, {}}, nil, "mode 1 has size 0"},
		{[]int{-3}, [][]int32{{}}, nil, "mode 0 has size -3"},
		{[]int{2, 2}, [][]int32{{0}}, []float64{1}, "indices for 1 modes, sizes for 2"},
		{[]int{2, 2}, [][]int32{{0}, {0, 1}}, []float64{1}, "2 indices in mode 1 for 1 values"},
		{[]int{2, 2}, [][]int32{{0, 1}, {1, 2}}, []float64{1, 1}, "index 2 of entry 1 in mode 1, which has size 2"},
		{[]int{2, 2}, [][]int32{{0, -1}, {1, 1}}, []float64{1, 1}, "index -1 of entry 1 in mode 0"},
	} {
		x, err := tensor.NewSparse(c.dims, c.index, c.values)
		require.ErrorIs(t, err, tensor.ErrCoordinates)
		require.ErrorContains(t, err, c.want)
		require.Nil(t, x)
	}
	if math.MaxInt > math.MaxInt32 {
		huge := math.MaxInt32
		_, err := tensor.NewSparse([]int{huge + 1}, [][]int32{{}}, nil)
		require.ErrorContains(t, err, "2147483648")
	}
}

// Every operation agrees with that of the tensor with its zeros.
func TestSparseMatchesDense(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dims := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 5).Draw(rt, "dims")
		count := rapid.IntRange(0, 60).Draw(rt, "count")
		rank := rapid.IntRange(1, 11).Draw(rt, "rank")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		index, values := draw(rng, dims, count)
		x, want := newSparse(t, dims, index, values), addUp(dims, index, values)
		require.Equal(t, want.Data(), x.Dense().Data())
		require.InEpsilon(t, 1+want.SquaredNorm(), 1+x.SquaredNorm(), 1e-14)
		require.Equal(t, want.MaxAbs(), x.MaxAbs())
		k := randomModel(rng, dims, rank)
		require.InEpsilon(t, want.SquaredResidual(k), x.SquaredResidual(k), 1e-12)
		model, inner, stored, at := k.Dense(), 0.0, 0.0, x.ModelAt(nil, k)
		p := 0
		for i, v := range x.Coordinates() {
			m := model.At(i...)
			require.InDelta(t, m, at[p], 1e-12*(1+math.Abs(m)))
			inner, stored = inner+v*m, stored+(v-m)*(v-m)
			p++
		}
		require.InDelta(t, inner, x.Inner(k), 1e-10*(1+math.Abs(inner)))
		require.InDelta(t, stored, x.StoredResidual(k), 1e-10*(1+stored))
	})
}

// ‖X − X̂‖ of a model that is exact, or off in the eleventh digit, of a tensor
// whose zeros are too many to be visited: 10²⁷ entries.
func TestSparseResidualOfAlmostExactModels(t *testing.T) {
	size := 1000000
	if testing.Short() {
		size = 100000
	}
	const rank = 4
	rng := rand.New(rand.NewPCG(26, 0))
	factors := make([]*mat.Dense, 3)
	for n := range factors {
		factors[n] = mat.NewDense(size, rank, nil)
	}
	var index [3][]int32
	var values []float64
	for r := range rank { // component r lives on its own 3×3×3 indices
		at := [3][]int{}
		for n := range factors {
			for range 3 {
				i := 4*rng.IntN(size/4) + r
				at[n] = append(at[n], i)
				factors[n].Set(i, r, 1+rng.Float64())
			}
		}
		seen := make(map[[3]int]bool)
		for _, i := range at[0] {
			for _, j := range at[1] {
				for _, l := range at[2] {
					if seen[[3]int{i, j, l}] {
						continue
					}
					seen[[3]int{i, j, l}] = true
					for n, m := range []int{i, j, l} {
						index[n] = append(index[n], int32(m))
					}
					values = append(values, factors[0].At(i, r)*factors[1].At(j, r)*factors[2].At(l, r))
				}
			}
		}
	}
	dims := []int{size, size, size}
	x := newSparse(t, dims, index[:], values)
	k := tensor.NewKruskal(factors...)
	require.Less(t, k.RelativeError(x), 1e-15, "the identity alone would leave about 1e-8")

	// One entry more, where the model is zero, is the whole error.
	const off = 1e-11
	for n := range index {
		index[n] = append(index[n], int32(size-1))
	}
	y := newSparse(t, dims, index[:], append(values, off*math.Sqrt(x.SquaredNorm())))
	require.InEpsilon(t, off, k.RelativeError(y), 1e-4)
}

// Huge sizes cost nothing: no slice of the tensor is ever laid out.
func TestSparseOfHugeSizes(t *testing.T) {
	dims := []int{1000000000, 4, 1 << 30, 2000000000}
	index := [][]int32{{999999999, 0, 999999999}, {0, 1, 3}, {7, 1 << 29, 7}, {1999999999, 5, 1999999999}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x := newSparse(t, dims, index, []float64{2, 3, -5})
	require.Equal(t, 38.0, x.SquaredNorm())
	g := mat.NewSymDense(4, nil)
	x.UnfoldingGram(g, 1)
	runtime.ReadMemStats(&after)
	want := mat.NewSymDense(4, []float64{4, 0, 0, -10, 0, 9, 0, 0, 0, 0, 0, 0, -10, 0, 0, 25})
	require.True(t, mat.Equal(want, g), "%v", mat.Formatted(g))
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20))
}

func TestSparseNonFinite(t *testing.T) {
	x := newSparse(t, []int{3, 3}, [][]int32{{2, 1, 0}, {1, 2, 0}}, []float64{math.NaN(), math.Inf(1), 1})
	index, ok := x.NonFinite()
	require.True(t, ok)
	require.Equal(t, []int{1, 2}, index)
}

func TestSparseShapesPanic(t *testing.T) {
	x := newSparse(t, []int{3, 4}, [][]int32{{2}, {1}}, []float64{1})
	k := tensor.NewKruskal(mat.NewDense(3, 2, nil), mat.NewDense(5, 2, nil))
	panicsWith(t, func() { x.SquaredResidual(k) }, "SquaredResidual", "[3 5]", "[3 4]")
	panicsWith(t, func() { x.Inner(k) }, "Inner", "[3 5]", "[3 4]")
	k.Factors[1] = mat.NewDense(4, 2, nil)
	panicsWith(t, func() { x.ModelAt(make([]float64, 3), k) }, "ModelAt", "3", "1")
	panicsWith(t, func() { x.UnfoldingGram(mat.NewSymDense(3, nil), 2) }, "mode 2")
}
