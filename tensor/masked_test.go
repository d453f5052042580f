package tensor_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// maskedSizes have cells on both sides of a word of the mask, fibres longer and
// shorter than one, and more blocks than one.
var maskedSizes = append([][]int{{63}, {64}, {65}, {3, 130}, {130, 3}, {9, 8, 7}, {30, 40, 50}}, corpus...)

// marks are true with probability p.
func marks(rng *rand.Rand, n int, p float64) []bool {
	known := make([]bool, n)
	for i := range known {
		known[i] = rng.Float64() < p
	}
	return known
}

func TestMaskedKeepsThePromisesOfATensor(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for _, dims := range maskedSizes {
		if len(dims) == 3 && dims[0] == 30 {
			continue
		}
		x := random(rng, dims...)
		m := tensor.NewMasked(x, marks(rng, len(x.Data()), 0.6))
		tensortest.Check(t, m)
		tensortest.Check(t, m.Exact())
	}
}

// What unknown cells hold reaches nothing, and the caller's tensor stays as it is.
func TestUnknownCellsAreNotRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 2))
	x := random(rng, 5, 6, 7)
	known := marks(rng, 210, 0.5)
	a := tensor.NewMasked(x, known)
	for i, ok := range known {
		if !ok {
			x.Data()[i] = math.NaN()
		}
	}
	kept := slices.Clone(x.Data())
	b, c := tensor.NewMaskedNaN(x), tensor.NewMasked(x, known)
	k := randomModel(rng, x.Dims(), 3)
	for _, y := range []*tensor.Masked{b, c} {
		require.Equal(t, a, y)
		require.Equal(t, k.RelativeError(a), k.RelativeError(y))
		_, found := y.NonFinite()
		require.False(t, found)
	}
	at := 0
	indices(x.Dims(), func(index []int) {
		require.Equal(t, known[at], a.IsKnown(index...), "cell %v", index)
		at++
	})
	for i, v := range kept {
		require.Equal(t, math.Float64bits(v), math.Float64bits(x.Data()[i]))
	}
	x.Data()[slices.Index(known, true)] = math.Inf(1)
	_, found := tensor.NewMaskedNaN(x).NonFinite()
	require.True(t, found, "an infinity is no mark")
	panicsWith(t, func() { tensor.NewMasked(x, known[1:]) }, "209 marks", "[5 6 7]", "210")
}

// KnownResidual is Σ over known cells of (x − x̂)²; Impute is that too, and leaves
// a tensor that is x where known and x̂ elsewhere.
func TestImputeMatchesTheDefinition(t *testing.T) {
	for _, dims := range maskedSizes {
		for _, p := range []float64{0, 0.3, 0.9, 1} {
			rng := rand.New(rand.NewPCG(7, 3))
			x := random(rng, dims...)
			known := marks(rng, len(x.Data()), p)
			m := tensor.NewMasked(x, known)
			k := randomModel(rng, dims, 4)
			filled := k.Dense()
			var want, norm float64
			count := 0
			for i, ok := range known {
				if ok {
					d := x.Data()[i] - filled.Data()[i]
					want += d * d
					norm += x.Data()[i] * x.Data()[i]
					filled.Data()[i] = x.Data()[i]
					count++
				}
			}
			q := m.Sequence().(tensor.Imputer)
			tol := 1e3 * eps * (want + math.SmallestNonzeroFloat64)
			require.Equal(t, count, m.KnownCells())
			require.InDelta(t, want, m.KnownResidual(k), tol, "sizes %v, %g known", dims, p)
			require.InDelta(t, want, m.Exact().(tensor.Incomplete).KnownResidual(k), tol, "sizes %v, %g known", dims, p)
			switch {
			case norm > 0:
				require.InEpsilon(t, math.Sqrt(want/norm), k.RelativeError(m), 1e-12)
			default:
				require.Zero(t, k.RelativeError(m), "nothing is known, so nothing is wrong")
			}

			f := randomFactors(rng, dims, 3)
			for n := range dims { // so that there are partial products to be forgotten
				q.MTTKRP(mat.NewDense(dims[n], 3, nil), f, n)
			}
			require.InDelta(t, want, q.Impute(k), tol, "sizes %v, %g known", dims, p)
			for n := range dims {
				got, want, abs := mat.NewDense(dims[n], 3, nil), mat.NewDense(dims[n], 3, nil), mat.NewDense(dims[n], 3, nil)
				q.MTTKRP(got, f, n)
				filled.MTTKRP(want, f, n)
				absoluteOf(filled).MTTKRP(abs, absolutes(f), n)
				near(t, want, got, abs, len(known), "after Impute")
			}
			require.InDelta(t, want, m.KnownResidual(k), tol, "Impute changes the tensor itself")
		}
	}
}

func absoluteOf(x *tensor.Dense) *tensor.Dense {
	y := tensor.NewDense(x.Dims(), slices.Clone(x.Data()))
	for i, v := range y.Data() {
		y.Data()[i] = math.Abs(v)
	}
	return y
}

func absolutes(f []*mat.Dense) []*mat.Dense {
	g := make([]*mat.Dense, len(f))
	for n, a := range f {
		g[n] = absolute(a)
	}
	return g
}

// RowGrams is the definition, whatever factor changed before.
func TestRowGramsMatchTheDefinition(t *testing.T) {
	for _, dims := range maskedSizes {
		rng := rand.New(rand.NewPCG(7, 4))
		x := random(rng, dims...)
		m := tensor.NewMasked(x, marks(rng, len(x.Data()), 0.5))
		q := m.Exact().(tensor.Sequencer).Sequence().(tensor.RowGramer)
		for _, rank := range []int{1, 3, 2} {
			f := randomFactors(rng, dims, rank)
			for n := range dims {
				q.Updated(n)
			}
			for step := range 2 * len(dims) {
				n := step % len(dims)
				pairs := rank * (rank + 1) / 2
				got, want, abs := mat.NewDense(dims[n], pairs, nil), mat.NewDense(dims[n], pairs, nil), mat.NewDense(dims[n], pairs, nil)
				q.RowGrams(got, f, n)
				indices(dims, func(index []int) {
					if !m.IsKnown(index...) {
						return
					}
					c := 0
					for r := range rank {
						for s := r; s < rank; s++ {
							v := 1.0
							for o, i := range index {
								if o != n {
									v *= f[o].At(i, r) * f[o].At(i, s)
								}
							}
							want.Set(index[n], c, want.At(index[n], c)+v)
							abs.Set(index[n], c, abs.At(index[n], c)+math.Abs(v))
							c++
						}
					}
				})
				near(t, want, got, abs, len(x.Data()), "row Grams")
				f[n].Copy(randomMatrix(rng, dims[n], rank))
				q.Updated(n)
			}
		}
	}
}

func TestMaskedResultsDoNotDependOnWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 5))
	x := random(rng, 50, 60, 70)
	m := tensor.NewMasked(x, marks(rng, len(x.Data()), 0.5))
	k := randomModel(rng, x.Dims(), 5)
	panicsWith(t, func() { m.KnownResidual(randomModel(rng, []int{50, 60, 71}, 2)) }, "[50 60 71]", "[50 60 70]")
	q := m.Sequence().(tensor.Imputer)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	known, imputed := m.KnownResidual(k), q.Impute(k)
	runtime.GOMAXPROCS(3)
	require.Equal(t, known, m.KnownResidual(k))
	require.Equal(t, imputed, q.Impute(k))
}

// Dense marks the unknown cells as NewMaskedNaN reads them.
func TestMaskedDenseIsTheInverseOfNaN(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 6))
	for _, dims := range maskedSizes {
		x := random(rng, dims...)
		m := tensor.NewMasked(x, marks(rng, len(x.Data()), 0.6))
		require.Equal(t, m, tensor.NewMaskedNaN(m.Dense()))
	}
}

func TestUnknownSlices(t *testing.T) {
	x := tensor.NewDense([]int{3, 2, 2}, nil)
	known := []bool{true, true, false, true, false, false, false, false, true, false, false, true}
	require.Equal(t, [][]int{{1}, nil, nil}, tensor.NewMasked(x, known).UnknownSlices())
	for i := range known {
		known[i] = i%2 == 0
	}
	require.Equal(t, [][]int{nil, nil, {1}}, tensor.NewMasked(x, known).UnknownSlices())
}
