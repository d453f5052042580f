package constraint

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

func column(v []float64) *mat.Dense { return mat.NewDense(len(v), 1, append([]float64(nil), v...)) }

func random(rng *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

func squared(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return sum
}

// minimax is the increasing regression by its definition,
// max_{j ≤ i} min_{k ≥ i} mean(v_j … v_k).
func minimax(v []float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = math.Inf(-1)
		for j := 0; j <= i; j++ {
			least := math.Inf(1)
			for k := i; k < len(v); k++ {
				sum := 0.0
				for _, x := range v[j : k+1] {
					sum += x
				}
				least = min(least, sum/float64(k-j+1))
			}
			out[i] = max(out[i], least)
		}
	}
	return out
}

func backwards(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[len(v)-1-i] = x
	}
	return out
}

func TestMonotoneMatchesItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 1; n < 14; n++ {
		v := random(rng, n)
		a := column(v)
		Monotone{}.Prox(a, 1)
		require.InDeltaSlice(t, minimax(v), a.RawMatrix().Data, 1e-13)
		a = column(v)
		Monotone{Decreasing: true}.Prox(a, 1)
		require.InDeltaSlice(t, backwards(minimax(backwards(v))), a.RawMatrix().Data, 1e-13)
	}
}

// Every place of the peak is tried.
func TestUnimodalMatchesBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for range 200 {
		for _, nonnegative := range []bool{false, true} {
			v := random(rng, 1+rng.IntN(12))
			best := math.Inf(1)
			for peak := range len(v) + 1 {
				u := append(minimax(v[:peak]), backwards(minimax(backwards(v[peak:])))...)
				for i := range u {
					if nonnegative {
						u[i] = max(0, u[i])
					}
				}
				best = min(best, squared(u, v))
			}
			a := column(v)
			Unimodal{Nonnegative: nonnegative}.Prox(a, 1)
			require.InDelta(t, best, squared(a.RawMatrix().Data, v), 1e-12)
		}
	}
}

// τ by bisection, also where a large common offset leaves few digits.
func TestSimplexMatchesBisection(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 300 {
		offset := []float64{0, -1e6, 1e6}[rng.IntN(3)]
		v := random(rng, 1+rng.IntN(20))
		for i := range v {
			v[i] += offset
		}
		lo, hi := offset-50, offset+50
		for range 200 {
			tau, sum := (lo+hi)/2, 0.0
			for _, x := range v {
				sum += max(0, x-tau)
			}
			if sum > 1 {
				lo = tau
			} else {
				hi = tau
			}
		}
		a := column(v)
		Simplex{ByColumn: true}.Prox(a, 1)
		for i, x := range v {
			require.InDelta(t, max(0, x-lo), a.At(i, 0), 1e-14*(10+math.Abs(offset)))
		}
	}
}

// Every pattern of zeros is tried: the one whose solution and gradient are both ≥ 0
// is optimal.
func TestSmoothNonnegativeMatchesEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range 60 {
		n := 1 + rng.IntN(8)
		step := math.Pow(10, 4*rng.Float64()-2)
		v := random(rng, n)
		h := mat.NewDense(n, n, nil)
		for i := range n {
			h.Set(i, i, 1)
		}
		for k := 0; k+2 < n; k++ {
			l := []float64{1, -2, 1}
			for i := range l {
				for j := range l {
					h.Set(k+i, k+j, h.At(k+i, k+j)+step*l[i]*l[j])
				}
			}
		}
		best := math.Inf(1)
		objective := func(x []float64) float64 {
			var hx mat.VecDense
			hx.MulVec(h, mat.NewVecDense(n, x))
			sum := 0.0
			for i := range x {
				sum += x[i] * (hx.AtVec(i)/2 - v[i])
			}
			return sum
		}
		for pattern := range 1 << n {
			var free []int
			for i := range n {
				if pattern>>i&1 == 1 {
					free = append(free, i)
				}
			}
			x := make([]float64, n)
			if k := len(free); k > 0 {
				sub, right := mat.NewDense(k, k, nil), mat.NewVecDense(k, nil)
				for p, i := range free {
					right.SetVec(p, v[i])
					for q, j := range free {
						sub.Set(p, q, h.At(i, j))
					}
				}
				var y mat.VecDense
				if y.SolveVec(sub, right) != nil {
					continue
				}
				for p, i := range free {
					x[i] = y.AtVec(p)
				}
			}
			ok := true
			for _, y := range x {
				ok = ok && y >= 0
			}
			if ok {
				best = min(best, objective(x))
			}
		}
		a := column(v)
		Smooth{Weight: 1, Nonnegative: true}.Prox(a, step)
		require.InDelta(t, best, objective(a.RawMatrix().Data), 1e-10*(1+math.Abs(best)), "n = %d, step %g", n, step)

		var want mat.VecDense
		require.NoError(t, want.SolveVec(h, mat.NewVecDense(n, v)))
		a = column(v)
		Smooth{Weight: 1}.Prox(a, step)
		require.InDeltaSlice(t, want.RawVector().Data, a.RawMatrix().Data, 1e-10)
	}
}

// All subsets of K entries are tried.
func TestL0MatchesEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for range 100 {
		v := random(rng, 1+rng.IntN(9))
		k := 1 + rng.IntN(len(v))
		for _, nonnegative := range []bool{false, true} {
			best := math.Inf(1)
			for pattern := range 1 << len(v) {
				count, sum := 0, 0.0
				for i, x := range v {
					if pattern>>i&1 == 1 {
						count++
						if nonnegative {
							x = min(0, x)
							sum += x * x
						}
					} else {
						sum += x * x
					}
				}
				if count <= k {
					best = min(best, sum)
				}
			}
			a := column(v)
			L0{K: k, Nonnegative: nonnegative}.Prox(a, 1)
			require.InDelta(t, best, squared(a.RawMatrix().Data, v), 1e-13)
		}
	}
}

// ‖V − A‖ is the least by the singular values, and axes fill up what V lacks.
func TestOrthogonalMatchesTheSVD(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for _, dims := range [][2]int{{1, 1}, {4, 2}, {5, 5}, {40, 7}} {
		for kind := range 4 {
			v := mat.NewDense(dims[0], dims[1], random(rng, dims[0]*dims[1]))
			switch kind {
			case 1: // rank one
				v.Mul(column(random(rng, dims[0])), column(random(rng, dims[1])).T())
			case 2:
				v.Zero()
			case 3: // graded over 20 orders of magnitude
				for r := range dims[1] {
					for i := range dims[0] {
						v.Set(i, r, v.At(i, r)*math.Pow(10, -20*float64(r)/float64(dims[1])))
					}
				}
			}
			a := mat.DenseCopyOf(v)
			Orthogonal{}.Prox(a, 1)
			require.Zero(t, Orthogonal{}.Value(a), "%v, kind %d", dims, kind)
			var svd mat.SVD
			require.True(t, svd.Factorize(v, mat.SVDNone))
			want := 0.0
			for _, s := range svd.Values(nil) {
				want += s
			}
			var av mat.Dense
			av.Mul(a.T(), v)
			require.InDelta(t, want, mat.Trace(&av), 1e-13*(1+want), "%v, kind %d", dims, kind)
		}
	}
}

func TestParametersAreChecked(t *testing.T) {
	for _, c := range []struct {
		c       Constraint
		message string
	}{
		{Box{Lo: 1, Hi: 0}, "between 1 and 0"},
		{Box{Lo: math.NaN()}, "NaN"},
		{L1{Weight: -2}, "weight of L1 is -2"},
		{L1{Weight: math.Inf(1)}, "+Inf"},
		{Smooth{Weight: math.NaN()}, "weight of Smooth is NaN"},
		{L0{}, "keeps 0 entries"},
		{Simplex{Sum: -1}, "sum to -1"},
		{Ball{Radius: -3}, "radius is -3"},
		{Sphere{Radius: math.NaN()}, "radius is NaN"},
		{Orthogonal{}, "5 columns of length 4"},
		{Known{Index: []int{1}}, "no Columns"},
		{Known{Index: []int{1}, Columns: mat.NewDense(3, 1, nil)}, "3×1, want 4×1"},
		{Known{Index: []int{5}, Columns: mat.NewDense(4, 1, nil)}, "column 5 of 5"},
		{Known{Index: []int{1, 1}, Columns: mat.NewDense(4, 2, nil)}, "known twice"},
	} {
		err := Check(c.c, 4, 5)
		require.ErrorIs(t, err, ErrParameter, "%+v", c.c)
		require.ErrorContains(t, err, c.message)
	}
	require.NoError(t, Check(Nonnegative{}, 4, 5))
}

// A warm operator allocates nothing.
func TestProxDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	rng := rand.New(rand.NewPCG(7, 1))
	v, a := mat.NewDense(50, 4, random(rng, 200)), mat.NewDense(50, 4, nil)
	for _, c := range []Constraint{
		Nonnegative{},
		Box{Hi: 1},
		L1{Weight: 1},
		L0{K: 3},
		L0{K: 2, ByRow: true},
		Simplex{},
		Simplex{ByColumn: true},
		Ball{},
		Sphere{},
		Smooth{Weight: 1},
		Smooth{Weight: 1, Nonnegative: true},
		Monotone{},
		Unimodal{},
		Orthogonal{},
		Known{Index: []int{1}, Columns: mat.NewDense(50, 1, nil)},
	} {
		call := func() {
			a.Copy(v)
			c.Prox(a, 0.5)
			c.Value(a)
		}
		for range 10 {
			call()
		}
		require.Less(t, testing.AllocsPerRun(50, call), 1.0, "%T", c)
	}
}

func TestUnitsHaveNames(t *testing.T) {
	require.Equal(t, "columns", L0{}.Facts().Acts.String())
	require.Equal(t, "whole", Whole.String())
}
