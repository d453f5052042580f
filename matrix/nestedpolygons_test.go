package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// hexagons is a matrix of rank 3 whose nested polygons are regular hexagons, a times as large; of
// infinite a both are the same.
func hexagons(a float64) *mat.Dense {
	first := []float64{1, a, 2*a - 1, 2*a - 1, a, 1}
	if math.IsInf(a, 1) {
		first = []float64{0, 1, 2, 2, 1, 0}
	}
	return circulant(first)
}

// circulant has every row one step to the right of the one above.
func circulant(first []float64) *mat.Dense {
	n := len(first)
	x := mat.NewDense(n, n, nil)
	x.Apply(func(i, j int, _ float64) float64 { return first[((j-i)%n+n)%n] }, x)
	return x
}

// distances is the matrix of (i − j)².
func distances(n int) *mat.Dense {
	x := mat.NewDense(n, n, nil)
	x.Apply(func(i, j int, _ float64) float64 { return float64((i - j) * (i - j)) }, x)
	return x
}

// regular is the slack matrix of the regular n-gon.
func regular(n int) *mat.Dense {
	x := mat.NewDense(n, n, nil)
	angle := math.Pi / float64(n)
	x.Apply(func(i, j int, _ float64) float64 { return math.Cos(angle) - math.Cos(float64(2*(i-j)+1)*angle) }, x)
	return x
}

func TestRestrictedRankOfKnownMatrices(t *testing.T) {
	for _, c := range []struct {
		name string
		x    *mat.Dense
		want int
	}{
		{"hexagons 1.5", hexagons(1.5), 3},
		{"hexagons 2", hexagons(2), 3}, // one triangle alone fits
		{"hexagons 2.001", hexagons(2.001), 4},
		{"hexagons 3", hexagons(3), 4}, // one quadrilateral alone, up to turns
		{"hexagons 3.001", hexagons(3.001), 5},
		{"equal hexagons", hexagons(math.Inf(1)), 6},
		{"distances of 5", distances(5), 5},
		{"distances of 12", distances(12), 12},
		{"regular octagon", regular(8), 8},
		{"regular 15-gon", regular(15), 15},
		{"thomas", thomas(), 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, x := range []mat.Matrix{c.x, c.x.T()} { // all of these are like their transposes
				r, err := matrix.RestrictedRank(x, nil)
				require.NoError(t, err)
				require.Equal(t, c.want, r.Rank)
				requireNested(t, x, r)
			}
		})
	}
}

// requireNested checks that r has what makes it a restricted factorisation of x.
func requireNested(t *testing.T, x mat.Matrix, r *matrix.Restricted) {
	t.Helper()
	var p mat.Dense
	p.Mul(r.U, r.V)
	require.True(t, mat.EqualApprox(x, &p, 1e-9*mat.Max(x)), "U·V is not X")
	require.Less(t, r.RelativeError, 1e-9)
	require.GreaterOrEqual(t, mat.Min(r.U), 0.0)
	require.GreaterOrEqual(t, mat.Min(r.V), 0.0)
	_, k := r.U.Dims()
	require.Equal(t, max(1, r.Rank), k)
	var both mat.Dense // U is in the space of X
	both.Augment(mat.DenseCopyOf(x), r.U)
	require.Equal(t, rankOf(x), rankOf(&both))
}

func rankOf(x mat.Matrix) int {
	var svd mat.SVD
	svd.Factorize(x, mat.SVDNone)
	return svd.Rank(1e-9)
}

// slacks is the matrix of polygons Q = {y: ⟨q, y⟩ ≤ 1 for all q} and P, the hull of points.
func slacks(q, points [][2]float64) *mat.Dense {
	x := mat.NewDense(len(q), len(points), nil)
	x.Apply(func(i, j int, _ float64) float64 { return 1 - q[i][0]*points[j][0] - q[i][1]*points[j][1] }, x)
	return x
}

// The least over many starts of greedy steps, by lines and half planes gone through one by one, is
// never below the rank, and U and V show that it is not too low.
func TestRestrictedRankMatchesSampledPolygons(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(9, 4))
	spread := map[int]int{}
	for trial := range 60 {
		q, points := make([][2]float64, 4+rng.IntN(6)), make([][2]float64, 3+rng.IntN(8))
		for i := range q {
			sin, cos := math.Sincos(2 * math.Pi * (float64(i) + 0.6*rng.Float64()) / float64(len(q)))
			q[i] = [2]float64{cos, sin}
		}
		near := 0.6 + 0.4*rng.Float64()
		for j := range points {
			sin, cos := math.Sincos(2 * math.Pi * (float64(j) + 0.6*rng.Float64()) / float64(len(points)))
			far := math.Inf(1)
			for _, h := range q {
				if d := h[0]*cos + h[1]*sin; d > 0 {
					far = min(far, 1/d)
				}
			}
			far *= near * (1 - 0.1*rng.Float64())
			points[j] = [2]float64{far * cos, far * sin}
		}
		x := slacks(q, points)
		r, err := matrix.RestrictedRank(x, nil)
		require.NoError(t, err)
		requireNested(t, x, r)
		require.Equal(t, sampledPolygon(q, points), r.Rank, "trial %d", trial)
		spread[r.Rank]++
	}
	require.Greater(t, len(spread), 2, "all of the same rank: %v", spread)
}

// Regular polygons, the inner one turned and a share of the way out to the outer one: all but touching,
// where lines from one corner to the next are of a millionth of the size, and with corners above each
// other but for rounding.
func TestRestrictedRankOfRegularPolygons(t *testing.T) {
	circle := func(n int, turned float64) [][2]float64 {
		c := make([][2]float64, n)
		for i := range c {
			sin, cos := math.Sincos(2 * math.Pi * (float64(i) + turned) / float64(n))
			c[i] = [2]float64{cos, sin}
		}
		return c
	}
	for _, c := range []struct {
		outer, inner  int
		turned, share float64
		want          int
	}{
		{4, 3, 0.5, 0.999999, 3},
		{8, 3, 0, 0.999999, 3},
		{8, 4, 0, 0.999999, 4},
		{8, 4, 0.5, 0.999999, 4},
		{3, 8, 0, 0.9, 3},
		{3, 8, 0, 0.7, 3},
	} {
		q, points := circle(c.outer, 0), circle(c.inner, c.turned)
		for j, d := range points {
			at := exit(q, [2]float64{}, d)
			points[j] = [2]float64{c.share * at[0], c.share * at[1]}
		}
		x := slacks(q, points)
		r, err := matrix.RestrictedRank(x, nil)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Rank, "%+v", c)
		requireNested(t, x, r)
	}
}

func sampledPolygon(q, points [][2]float64) int {
	best := math.MaxInt
	for k := range 1000 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 1000)
		v := exit(q, [2]float64{}, [2]float64{cos, sin})
		turned, steps := 0.0, 0
		for turned < 2*math.Pi-1e-9 {
			var d [2]float64
			for _, p := range points {
				e := [2]float64{p[0] - v[0], p[1] - v[1]}
				if d == [2]float64{} || d[0]*e[1]-d[1]*e[0] < 0 {
					d = e
				}
			}
			w := exit(q, v, d)
			turned += math.Mod(math.Atan2(w[1], w[0])-math.Atan2(v[1], v[0])+2*math.Pi, 2*math.Pi)
			v = w
			steps++
		}
		best = min(best, steps)
	}
	return best
}

// exit is where the ray from v along d leaves Q.
func exit(q [][2]float64, v, d [2]float64) [2]float64 {
	far := math.Inf(1)
	for _, h := range q {
		if along := h[0]*d[0] + h[1]*d[1]; along > 1e-12 {
			far = min(far, (1-h[0]*v[0]-h[1]*v[1])/along)
		}
	}
	return [2]float64{v[0] + far*d[0], v[1] + far*d[1]}
}

func TestRestrictedRankOfLowRanks(t *testing.T) {
	x := mat.NewDense(3, 4, []float64{0, 1, 2, 0, 0, 2, 4, 0, 0, 0, 0, 0})
	r, err := matrix.RestrictedRank(x, nil)
	require.NoError(t, err)
	require.Equal(t, 1, r.Rank)
	requireNested(t, x, r)
	require.Nil(t, r.Outer)
	var two mat.Dense
	two.Mul(mat.NewDense(5, 2, []float64{1, 3, 2, 2, 0, 1, 5, 0, 1e8, 1e-8}), mat.NewDense(2, 6, []float64{3, 1, 0, 4, 1, 1, 0, 1, 2, 1, 1, 7}))
	r, err = matrix.RestrictedRank(&two, nil)
	require.NoError(t, err)
	require.Equal(t, 2, r.Rank)
	requireNested(t, &two, r)
	r, err = matrix.RestrictedRank(mat.NewDense(2, 3, nil), nil)
	require.NoError(t, err)
	require.Zero(t, r.Rank)
	// Scales of rows and columns do not matter, nor copies of them, and what is rounding below zero is zero.
	scaled := mat.NewDense(8, 9, nil)
	scaled.Apply(func(i, j int, _ float64) float64 {
		return math.Ldexp(regular(8).At(i, min(j, 7))*float64(1+i), 3*i-2*j)
	}, scaled)
	r, err = matrix.RestrictedRank(scaled, &matrix.RestrictedOptions{Zero: 1e-15})
	require.NoError(t, err)
	require.Equal(t, 8, r.Rank)
}

// Beside all nonnegative vectors of their plane, these columns are a point but for rounding.
func TestRestrictedRankBesideFarLargerPolygon(t *testing.T) {
	x := mat.NewDense(5, 5, []float64{
		98797.51827738644, 0.010902455437475434, 0.00025772293982224915, 0, 0,
		10146.382528329254, 0.001119668644470483, 2.6467826108954528e-05, 0, 0,
		309268.30099791556, 0.034128224358701074, 0.0008067564562019842, 0, 0,
		1.2100168359179795e+06, 0.1335271863322737, 0, 0.06424844711302018, 0,
		0, 1.332293612102545e-07, 0, 0, 0,
	})
	r, err := matrix.NonnegativeRank(t.Context(), x, &matrix.NonnegativeRankOptions{Zero: -1, Attempts: -1})
	require.NoError(t, err)
	require.Equal(t, [2]int{3, 3}, [2]int{r.Lower, r.Upper})
	requireFactors(t, x, r.U, r.V, 3, 1e-12)
}

func TestRestrictedRankRefuses(t *testing.T) {
	_, err := matrix.RestrictedRank(disjoint(2), nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	require.ErrorContains(t, err, "rank 4")
	_, err = matrix.RestrictedRank(mat.NewDense(1, 2, []float64{1, -1}), nil)
	require.ErrorIs(t, err, matrix.ErrMethod)
	require.ErrorContains(t, err, "row 0, column 1")
	_, err = matrix.RestrictedRank(mat.NewDense(1, 1, []float64{math.NaN()}), nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	_, err = matrix.RestrictedRank(thomas(), &matrix.RestrictedOptions{Zero: 1})
	require.ErrorIs(t, err, matrix.ErrOptions)
	_, err = matrix.RestrictedRank(thomas(), &matrix.RestrictedOptions{Tol: -1})
	require.ErrorIs(t, err, matrix.ErrOptions)
}
