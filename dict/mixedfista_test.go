package dict

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

func penalties(rank int) map[string]penalty {
	lambda := make([]float64, rank)
	for r := range lambda {
		lambda[r] = 0.1 * float64(r+1)
	}
	return map[string]penalty{
		"l1": &l1{lambda: lambda}, "l1, nonnegative": &l1{lambda: lambda, nonnegative: true},
		"largest column": &largestColumn{lambda: 0.7, rank: rank}, "largest column, nonnegative": &largestColumn{lambda: 0.7, rank: rank, nonnegative: true},
		"largest column, heavy": &largestColumn{lambda: 1e3, rank: rank}, "largest column, none": &largestColumn{rank: rank},
	}
}

// p = prox(v) minimises h(x) + ‖x − v‖²/2t, which is 1/t strongly convex:
//
//	h(x) + ‖x − v‖²/2t ≥ h(p) + ‖p − v‖²/2t + ‖x − p‖²/2t for every allowed x.
func TestProxIsTheMinimiser(t *testing.T) {
	for _, rank := range []int{1, 2, 5} {
		for name, h := range penalties(rank) {
			for _, seed := range seeds(20, 5) {
				rng := newRand(seed)
				v := drawn(rng, 7, rank, false).RawMatrix().Data
				if seed == 0 {
					clear(v)
				}
				if seed == 1 { // ties
					for i := range v {
						v[i] = math.Round(v[i])
					}
				}
				for _, step := range []float64{0.01, 1, 30} {
					p := slices.Clone(v)
					value := h.prox(p, step)
					require.InDelta(t, h.value(p), value, 1e-12*(1+value))
					at := func(x []float64) float64 {
						d := 0.0
						for i := range x {
							d += (x[i] - v[i]) * (x[i] - v[i])
						}
						return h.value(x) + d/(2*step)
					}
					for trial := range 60 {
						x, apart := slices.Clone(p), 0.0
						for i := range x {
							x[i] += rng.NormFloat64() * math.Pow(10, -float64(trial%6))
							if nonnegative := name == "l1, nonnegative" || name == "largest column, nonnegative"; nonnegative {
								x[i] = max(0, x[i])
							}
							apart += (x[i] - p[i]) * (x[i] - p[i])
						}
						require.GreaterOrEqual(t, at(x), at(p)+apart/(2*step)-1e-10*(1+at(p)), "%s, rank %d, seed %d", name, rank, seed)
					}
				}
			}
		}
	}
}

// The cost falls from step to step, the penalty included, and a long run ends where
// the optimality condition of the relaxation holds: s = prox(s − ∇/L).
func TestFISTADescends(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{false, true} {
		d, y, b, _ := sparseMixture(4, 20, 40, 15, 3, 3, 0.1, nonnegative)
		c := codingOf(d, y, b, 3, nonnegative)
		h := newL1(c)
		h.relative(0.01)
		last := 0.0
		for steps := 1; steps < 60; steps += 3 {
			f := newFista(c)
			require.NoError(t, f.run(t.Context(), h, steps))
			require.LessOrEqual(t, f.cost, last)
			last = f.cost
		}
		f := newFista(c)
		for range 30 {
			require.NoError(t, f.run(t.Context(), h, 2000))
		}
		s := slices.Clone(f.s)
		f.still()
		f.step(h)
		for i := range s {
			require.InDelta(t, s[i], f.s[i], 1e-4)
		}
	}
}

// The top of the spectrum is not underestimated, on dictionaries with a strong mean
// as well.
func TestSquaredNormBoundsTheSpectrum(t *testing.T) {
	for _, seed := range seeds(10, 4) {
		for _, nonnegative := range []bool{false, true} {
			d := dictionary(t, drawn(newRand(seed), 12, 40, nonnegative))
			index := make([]int, 40)
			for j := range index {
				index[j] = j
			}
			var svd mat.SVD
			require.True(t, svd.Factorize(d.Columns(index, false), mat.SVDNone))
			top := math.Pow(svd.Values(nil)[0], 2)
			got := newCoding(d, 1, 1, false).squaredNorm()
			require.GreaterOrEqual(t, got, top*0.999)
			require.LessOrEqual(t, got, top*1.06)
		}
	}
}

func TestStepsAllocateNothing(t *testing.T) {
	racetest.Allocations(t)
	for _, h := range []penalty{&l1{lambda: []float64{1, 2, 3}}, &largestColumn{lambda: 1, rank: 3}} {
		t.Run(fmt.Sprintf("%T", h), func(t *testing.T) {
			d, y, b, _ := sparseMixture(4, 20, 40, 15, 3, 3, 0.1, false)
			f := newFista(codingOf(d, y, b, 3, false))
			f.still()
			f.lipschitz = f.squaredNorm() * f.topEigenvalue()
			require.Zero(t, testing.AllocsPerRun(20, func() {
				f.step(h)
				f.lead(0.5)
			}))
		})
	}
}
