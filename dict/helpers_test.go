package dict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

const eps = 0x1p-52

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 31)) }

// drawn is a rows×cols matrix of uniform (nonnegative) or normal entries.
func drawn(rng *rand.Rand, rows, cols int, nonnegative bool) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.NormFloat64())
			if nonnegative {
				a.Set(i, j, rng.Float64())
			}
		}
	}
	return a
}

func dictionary(t testing.TB, atoms mat.Matrix) *Dictionary {
	t.Helper()
	d, err := New(atoms, nil, nil)
	require.NoError(t, err)
	return d
}

// noisy is the model of these factors with noise of that relative norm.
func noisy(rng *rand.Rand, noise float64, factors ...*mat.Dense) *tensor.Dense {
	x := tensor.NewKruskal(factors...).Dense()
	if noise == 0 {
		return x
	}
	e := make([]float64, len(x.Data()))
	var ee float64
	for i := range e {
		e[i] = rng.NormFloat64()
		ee += e[i] * e[i]
	}
	by := noise * math.Sqrt(x.SquaredNorm()/ee)
	for i := range e {
		x.Data()[i] += by * e[i]
	}
	return x
}

// same gives every mode the same method.
func same(m cpd.Method, order int) []cpd.Method {
	methods := make([]cpd.Method, order)
	for n := range methods {
		methods[n] = m
	}
	return methods
}

func everyAlgorithm() []Algorithm {
	return []Algorithm{Project{}, Hard{}, Smooth{}, Flexible{}, Gradient{}, SOMP{}, Swap{}}
}

// slowError is ‖X − X̂‖/‖X‖ entry by entry.
func slowError(x *tensor.Dense, k *tensor.Kruskal) float64 {
	model := k.Dense().Data()
	var rr, xx float64
	for i, v := range x.Data() {
		rr += (v - model[i]) * (v - model[i])
		xx += v * v
	}
	return math.Sqrt(rr / xx)
}

// checkResult holds a result to its promises: the error is that of the model, the
// dictionary factors are atoms, the components are in order, Distinct and bounds
// hold, and the trace is monotone.
func checkResult(t *testing.T, x *tensor.Dense, rank int, modes []Mode, r *Result) {
	t.Helper()
	require.InDelta(t, slowError(x, r.Model), r.RelativeError, 1e-7)
	if len(r.Trace) > 0 {
		require.InDelta(t, r.RelativeError, r.Trace.Last().RelativeError, 2e-7)
	}
	for n := range x.Dims() {
		i := slices.IndexFunc(modes, func(m Mode) bool { return m.N == n })
		if i < 0 {
			require.Nil(t, r.Atoms[n])
			continue
		}
		m := modes[i]
		require.Len(t, r.Atoms[n], rank)
		want := m.columns(r.Atoms[n], r.Model.Factors[n])
		if m.Physical || freeIn(r.Atoms[n]) > 0 {
			want = tensor.NewKruskal(want).Clone().Factors[0]
			unitColumns(want)
		}
		require.True(t, mat.EqualApprox(want, r.Model.Factors[n], 8*eps), "mode %d is not made of atoms %v", n, r.Atoms[n])
		requireAllowed(t, m, r.Atoms[n])
	}
	for c := 1; c < rank; c++ {
		require.GreaterOrEqual(t, r.Model.Weights[c-1], r.Model.Weights[c])
	}
	// The error of a sweep is a difference of squares as large as the components that
	// cancel in it: free ones can be nearly collinear with atoms.
	length := floats.Sum(r.Model.Weights) / math.Sqrt(x.SquaredNorm())
	rounding := 0.0
	if slices.ContainsFunc(modes, func(m Mode) bool { return freeIn(r.Atoms[m.N]) > 0 }) {
		rounding = 128 * eps * length * length / max(r.RelativeError, 1e-9)
	}
	for k := 1; k < len(r.Trace); k++ {
		require.Equal(t, k+1, r.Trace[k].Sweep)
		require.LessOrEqual(t, r.Trace[k].RelativeError, r.Trace[k-1].RelativeError*(1+1e-9)+1e-9+rounding, "sweep %d", k+1)
		require.GreaterOrEqual(t, r.Trace[k].Elapsed, r.Trace[k-1].Elapsed)
	}
}

func unitColumns(a *mat.Dense) {
	k := tensor.NewKruskal(a)
	k.Normalize()
}

func requireAllowed(t *testing.T, m Mode, k []int) {
	t.Helper()
	require.True(t, permitted(m, k), "atoms %v with distinct %v, groups %v, bounds %v", k, m.Distinct, m.Group, m.Bounds)
}

// permitted is what Distinct and Bounds mean.
func permitted(m Mode, k []int) bool {
	used := make([]int, len(m.Bounds))
	seen := map[int]bool{}
	if f := freeIn(k); f < m.Free.Min || m.Free.Max >= 0 && f > m.Free.Max {
		return false
	}
	for _, j := range chosen(k) {
		if m.Distinct && seen[j] {
			return false
		}
		seen[j] = true
		if m.Bounds != nil {
			used[m.Group[j]]++
		}
	}
	for g, b := range m.Bounds {
		if used[g] < b.Min || b.Max >= 0 && used[g] > b.Max {
			return false
		}
	}
	return true
}

// choices calls f with every choice of rank atoms of d. k is reused.
func choices(rank, d int, f func(k []int)) {
	k := make([]int, rank)
	var fill func(r int)
	fill = func(r int) {
		if r == rank {
			f(k)
			return
		}
		for j := range d {
			k[r] = j
			fill(r + 1)
		}
	}
	fill(0)
}

// sorted is a copy of k in order.
func sorted(k []int) []int {
	s := slices.Clone(k)
	slices.Sort(s)
	return s
}

func seeds(long, short int) []uint64 {
	if testing.Short() {
		long = short
	}
	s := make([]uint64, long)
	for i := range s {
		s[i] = uint64(i)
	}
	return s
}

func label(a Algorithm, seed uint64) string { return fmt.Sprintf("%s, seed %d", a.Name(), seed) }
