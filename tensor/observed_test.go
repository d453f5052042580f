package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// knownTwice gives the same known cells beside a Dense and as a Sparse, some of the known
// values zero.
func knownTwice(t testing.TB, rng *rand.Rand, dims []int, p float64) (*tensor.Masked, *tensor.Observed) {
	x := random(rng, dims...)
	known := marks(rng, len(x.Data()), p)
	index, values, at := make([][]int32, len(dims)), []float64(nil), 0
	indices(dims, func(i []int) {
		if known[at] {
			if rng.IntN(5) == 0 {
				x.Data()[at] = 0
			}
			values = append(values, x.Data()[at])
			for n := range dims {
				index[n] = append(index[n], int32(i[n]))
			}
		}
		at++
	})
	return tensor.NewMasked(x, known), tensor.NewObserved(newSparse(t, dims, index, values))
}

func TestObservedKeepsThePromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(60, 0))
	for _, dims := range [][]int{{5}, {6, 7}, {1, 4, 3}, {5, 6, 4}, {3, 4, 2, 3}} {
		for _, p := range []float64{0, 0.3, 1} {
			_, x := knownTwice(t, rng, dims, p)
			tensortest.Check(t, x)
			tensortest.Check(t, x.Imputing())
		}
	}
}

// Everything that is asked of unknown cells has the answer of the dense mask.
func TestObservedMatchesMasked(t *testing.T) {
	for _, dims := range [][]int{{9}, {8, 9}, {1, 4, 3}, {9, 8, 7}, {6, 5, 4, 3}, {3, 2, 4, 2, 3}} {
		for _, p := range []float64{0, 0.1, 0.5, 1} {
			for _, rank := range []int{1, 3, 7} {
				name := fmt.Sprintf("sizes %v, %g known, R=%d", dims, p, rank)
				rng := rand.New(rand.NewPCG(61, 0))
				m, x := knownTwice(t, rng, dims, p)
				k, f := randomModel(rng, dims, rank), randomFactors(rng, dims, rank)
				require.Equal(t, m.KnownCells(), x.KnownCells())
				require.Equal(t, m.MaxAbs(), x.MaxAbs())
				require.InDelta(t, m.SquaredNorm(), x.SquaredNorm(), 1e-12*m.SquaredNorm())
				require.InDelta(t, m.KnownResidual(k), x.KnownResidual(k), 1e-12*m.KnownResidual(k))
				want, got := m.Exact().(tensor.Sequencer).Sequence().(tensor.RowGramer), x.Sequence().(tensor.RowGramer)
				em, im := m.Sequence().(tensor.Imputer), x.Imputing().(tensor.Sequencer).Sequence().(tensor.Imputer)
				both := func(what string, n, cols int, a, b func(dst *mat.Dense)) {
					da, db := mat.NewDense(dims[n], cols, nil), mat.NewDense(dims[n], cols, nil)
					for i := range dims[n] {
						db.Set(i, 0, math.NaN()) // what the destination held
					}
					a(da)
					b(db)
					require.InDeltaSlice(t, da.RawMatrix().Data, db.RawMatrix().Data, 1e-12*(1+mat.Norm(da, 1)), "%s, mode %d: %s", name, n, what)
				}
				for n := range dims {
					both("Grams", n, rank*(rank+1)/2, func(dst *mat.Dense) { want.RowGrams(dst, f, n) }, func(dst *mat.Dense) { got.RowGrams(dst, f, n) })
					both("MTTKRP", n, rank, func(dst *mat.Dense) { want.MTTKRP(dst, f, n) }, func(dst *mat.Dense) { got.MTTKRP(dst, f, n) })
					both("before Impute", n, rank, func(dst *mat.Dense) { em.MTTKRP(dst, f, n) }, func(dst *mat.Dense) { im.MTTKRP(dst, f, n) })
				}
				for _, k := range []*tensor.Kruskal{k, randomModel(rng, dims, rank)} {
					require.InDelta(t, em.Impute(k), im.Impute(k), 1e-12*(1+m.KnownResidual(k)))
					k = nil // the model may change once it has been imputed
					for n := range dims {
						both("after Impute", n, rank, func(dst *mat.Dense) { em.MTTKRP(dst, f, n) }, func(dst *mat.Dense) { im.MTTKRP(dst, f, n) })
					}
				}
			}
		}
	}
}

// The Grams of rows that span several blocks are their definition, whatever the
// number of workers, and so is what is left after imputing.
func TestObservedOfManyBlocks(t *testing.T) {
	racetest.Slow(t)
	const rank = 5
	for name, s := range blocky() {
		dims, x := s.Dims(), tensor.NewObserved(s)
		f := randomFactors(rand.New(rand.NewPCG(62, 0)), dims, rank)
		k := randomModel(rand.New(rand.NewPCG(63, 0)), dims, rank)
		for n := range dims {
			want := mat.NewDense(dims[n], rank*(rank+1)/2, nil)
			for index := range s.Coordinates() {
				at, row := 0, want.RawRowView(index[n])
				for r := range rank {
					for q := r; q < rank; q++ {
						v := 1.0
						for m, i := range index {
							if m != n {
								v *= f[m].At(i, r) * f[m].At(i, q)
							}
						}
						row[at] += v
						at++
					}
				}
			}
			run := func() (all []float64) {
				dst := mat.NewDense(dims[n], rank*(rank+1)/2, nil)
				x.Sequence().(tensor.RowGramer).RowGrams(dst, f, n)
				all = append(all, dst.RawMatrix().Data...)
				q := x.Imputing().(tensor.Sequencer).Sequence().(tensor.Imputer)
				all = append(all, q.Impute(k))
				m := mat.NewDense(dims[n], rank, nil)
				q.MTTKRP(m, f, n)
				return append(all, m.RawMatrix().Data...)
			}
			old := runtime.GOMAXPROCS(1)
			one := run()
			runtime.GOMAXPROCS(3)
			three := run()
			runtime.GOMAXPROCS(old)
			require.Equal(t, one, three, "%s, mode %d", name, n)
			grams := want.RawMatrix().Data
			require.InDeltaSlice(t, grams, one[:len(grams)], 1e-11*mat.Norm(want, math.Inf(1)), "%s, mode %d", name, n)
		}
	}
}

func TestObservedDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, s := range blocky() {
		dims, x := s.Dims(), tensor.NewObserved(s)
		const rank = 4
		f, k := randomFactors(rand.New(rand.NewPCG(64, 0)), dims, rank), randomModel(rand.New(rand.NewPCG(65, 0)), dims, rank)
		rows, im := x.Sequence().(tensor.RowGramer), x.Imputing().(tensor.Sequencer).Sequence().(tensor.Imputer)
		grams, m := make([]*mat.Dense, len(dims)), make([]*mat.Dense, len(dims))
		for n := range dims {
			grams[n], m[n] = mat.NewDense(dims[n], rank*(rank+1)/2, nil), mat.NewDense(dims[n], rank, nil)
		}
		require.Zero(t, testing.AllocsPerRun(5, func() {
			for n := range dims {
				rows.RowGrams(grams[n], f, n)
				im.Impute(k)
				im.MTTKRP(m[n], f, n)
			}
			x.KnownResidual(k)
		}), name)
	}
}

func TestObservedShapesPanic(t *testing.T) {
	_, x := knownTwice(t, rand.New(rand.NewPCG(66, 0)), []int{4, 5, 6}, 0.5)
	f := randomFactors(rand.New(rand.NewPCG(67, 0)), []int{4, 5, 6}, 3)
	q := x.Sequence().(tensor.RowGramer)
	panicsWith(t, func() { q.RowGrams(mat.NewDense(4, 5, nil), f, 0) }, "RowGrams", "4×5", "R(R+1)/2")
	panicsWith(t, func() { q.RowGrams(mat.NewDense(5, 6, nil), f, 0) }, "RowGrams", "5×6", "[4 5 6]")
	panicsWith(t, func() { q.RowGrams(mat.NewDense(4, 10, nil), f, 0) }, "RowGrams", "rank 4", "[4 5 6]")
	panicsWith(t, func() { q.RowGrams(mat.NewDense(4, 6, nil), f[1:], 0) }, "RowGrams", "[4 5 6]")
	im := x.Imputing().(tensor.Sequencer).Sequence().(tensor.Imputer)
	im.Impute(randomModel(rand.New(rand.NewPCG(68, 0)), []int{4, 5, 6}, 2))
	panicsWith(t, func() { im.MTTKRP(mat.NewDense(4, 3, nil), f, 0) }, "rank 3", "rank 2")
}
