package matrix_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/synth"
)

// The two pictures of a triangle whose sides hold the points: with two inner points a
// side there is a second triangle; with the corners shared, 4 + 3 + 2 points are
// enough.
func TestTwoTriangles(t *testing.T) {
	side := func(points *[][]float64, a, b int, shares ...float64) {
		for _, s := range shares {
			p := make([]float64, 3)
			p[a], p[b] = 1-s, s
			*points = append(*points, p)
		}
	}
	as := func(points [][]float64) *mat.Dense {
		v := mat.NewDense(3, len(points), nil)
		for j, p := range points {
			v.SetCol(j, p)
		}
		return v
	}
	u := mat.NewDense(4, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1})

	var six [][]float64
	side(&six, 0, 1, 1./3, 2./3)
	side(&six, 1, 2, 1./3, 2./3)
	side(&six, 2, 0, 1./3, 2./3)
	c, err := matrix.CertifySparse(t.Context(), u, as(six), 2)
	require.NoError(t, err)
	require.False(t, c.Certified)
	require.Equal(t, 4, c.Needed)
	for _, f := range c.Facets {
		require.Equal(t, 2, f.Points)
		require.Equal(t, 2, f.Spread)
	}
	require.Contains(t, c.Because, "hyperplane without component 0 lie 2 points")

	var nine [][]float64
	side(&nine, 0, 1, 0, 0.3, 0.6, 1) // both corners
	side(&nine, 1, 2, 0.2, 0.7, 1)    // and the third
	side(&nine, 2, 0, 0.4, 0.8)
	c, err = matrix.CertifySparse(t.Context(), u, as(nine), 2)
	require.NoError(t, err)
	require.True(t, c.Certified, c.Because)
	for _, f := range c.Facets {
		require.Equal(t, 4, f.Points)
	}
	nine[8] = nine[7] // a point twice is one
	c, err = matrix.CertifySparse(t.Context(), u, as(nine), 2)
	require.NoError(t, err)
	require.False(t, c.Certified)
}

// Drawn problems that just meet the theorem are certified, with one point less on the
// hyperplanes they are not.
func TestCertificateMeetsAndMisses(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct{ rank, k int }{{2, 1}, {3, 1}, {3, 2}, {4, 1}, {4, 2}, {4, 3}, {5, 3}, {5, 4}} {
		needed := c.rank*(c.rank-2)/(c.rank-c.k) + 1
		for seed := range uint64(3) {
			p, err := synth.SparseComponents(c.rank, c.k, &synth.SparseOptions{Seed: seed})
			require.NoError(t, err, "%v", c)
			cert, err := matrix.CertifySparse(t.Context(), p.U, p.V, c.k)
			require.NoError(t, err)
			require.Equal(t, needed, cert.Needed)
			require.True(t, cert.Certified, "%v: %s", c, cert.Because)
			_, n := p.V.Dims()
			less, err := matrix.CertifySparse(t.Context(), p.U, p.V.Slice(0, c.rank, 0, n-1), c.k)
			require.NoError(t, err)
			if c.k == c.rank-1 { // every point is needed
				require.False(t, less.Certified, "%v", c)
			}
			if needed > 1 {
				miss, err := synth.SparseComponents(c.rank, c.k, &synth.SparseOptions{Facet: needed - 1, Seed: seed})
				require.NoError(t, err)
				cert, err = matrix.CertifySparse(t.Context(), miss.U, miss.V, c.k)
				require.NoError(t, err)
				require.Equal(t, cert.Certified, bruteForce(miss.V, needed), "%v", c)
			}
		}
	}
}

// bruteForce looks at every set of needed points on every hyperplane and every R−1 of
// each, by determinants.
func bruteForce(v *mat.Dense, needed int) bool {
	r, n := v.Dims()
	for without := range r {
		var on [][]float64
		for j := range n {
			if v.At(without, j) == 0 {
				var p []float64
				for i := range r {
					if i != without {
						p = append(p, v.At(i, j))
					}
				}
				on = append(on, p)
			}
		}
		found := false
		subsets(len(on), needed, func(set []int) {
			general := true
			subsets(needed, r-1, func(of []int) {
				a := mat.NewDense(r-1, r-1, nil)
				for c, q := range of {
					a.SetCol(c, on[set[q]])
				}
				if d := mat.Det(a); d*d < 1e-20 {
					general = false
				}
			})
			found = found || general
		})
		if !found {
			return false
		}
	}
	return true
}

// subsets calls f with every k of n.
func subsets(n, k int, f func([]int)) {
	set := make([]int, 0, k)
	var add func(from int)
	add = func(from int) {
		if len(set) == k {
			f(set)
			return
		}
		for i := from; i < n; i++ {
			set = append(set, i)
			add(i + 1)
			set = set[:len(set)-1]
		}
	}
	add(0)
}

func TestCertifySparseRefuses(t *testing.T) {
	u, v := mat.NewDense(4, 3, nil), mat.NewDense(3, 5, nil)
	_, err := matrix.CertifySparse(t.Context(), u, v, 3)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.CertifySparse(t.Context(), u, v.Slice(0, 2, 0, 5), 1)
	require.ErrorIs(t, err, matrix.ErrShape)
	c, err := matrix.CertifySparse(t.Context(), u, v, 2)
	require.NoError(t, err)
	require.Contains(t, c.Because, "dependent")
	v.Set(0, 1, 1)
	v.Set(1, 1, 1)
	c, err = matrix.CertifySparse(t.Context(), u, v, 1)
	require.NoError(t, err)
	require.Contains(t, c.Because, "column 1 of V has 2 entries")
}
