// Package selecttest tests the promises of a matrix.Selector.
package selecttest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// Check tests the promises of a method that finds pure columns: those of [CheckForm]
// and that it finds K from X = W·[I, H]·Π with W ≥ 0 of full rank and the columns of
// H on the simplex, in noiseless data, where K is unique.
func Check(t *testing.T, s matrix.Selector) {
	t.Helper()
	CheckForm(t, s)
	t.Run("recovers separable data", func(t *testing.T) { recovers(t, s) })
}

// CheckForm tests that s, which may be a clustering or a heuristic,
//
//   - returns distinct indices of columns, at most r of them, r on data of that rank;
//   - finds the same set in s·X, for any s > 0, and the same columns when the
//     columns of X are permuted, X separable;
//   - does not change X, and reads any mat.Matrix;
//   - refuses empty data, data with a NaN or an infinity, r < 1 and r > n, with
//     the errors of package matrix;
//   - returns early with the error of a context that has ended.
//
// Order of choice is not compared: a method that draws at random keeps to a
// set, not to an order.
func CheckForm(t *testing.T, s matrix.Selector) {
	t.Helper()
	t.Run("keeps to the range", func(t *testing.T) { ranges(t, s) })
	t.Run("scales and permutes", func(t *testing.T) { symmetries(t, s) })
	t.Run("refuses", func(t *testing.T) { refuses(t, s) })
	t.Run("hears the context", func(t *testing.T) { hears(t, s) })
}

type shape struct{ p, n, r int }

var shapes = []shape{{3, 4, 1}, {5, 12, 2}, {8, 40, 5}, {30, 60, 10}, {6, 6, 6}}

// separable returns X = W·[I, H]·Π and the sorted K of its pure columns. The
// other columns keep away from the vertices, so that K is the only answer.
func separable(c shape, seed uint64) (*mat.Dense, []int) {
	rng := rand.New(rand.NewPCG(seed, uint64(c.p*1000+c.n)))
	w := mat.NewDense(c.p, c.r, nil)
	for i := range c.p {
		for j := range c.r {
			w.Set(i, j, 0.1+rng.Float64())
		}
	}
	h := mat.NewDense(c.r, c.n, nil)
	place := rng.Perm(c.n)
	for j := range c.n {
		if j < c.r {
			h.Set(j, place[j], 1)
			continue
		}
		col, sum := make([]float64, c.r), 0.0
		for r := range col {
			col[r] = 0.2 + rng.ExpFloat64()
			sum += col[r]
		}
		size := 0.9 - 0.3*rng.Float64() // with one component, all that is apart
		for r, v := range col {
			h.Set(r, place[j], size*v/sum)
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	k := slices.Clone(place[:c.r])
	slices.Sort(k)
	return x, k
}

func choose(t *testing.T, s matrix.Selector, x mat.Matrix, r int) []int {
	t.Helper()
	sel, err := s.Select(context.Background(), x, r)
	if err != nil {
		t.Fatalf("Select(r=%d): %v", r, err)
	}
	if sel.Residual != nil && len(sel.Residual) != len(sel.Index)+1 {
		t.Errorf("Select(r=%d): %d residuals for %d indices, want one more", r, len(sel.Residual), len(sel.Index))
	}
	k := slices.Clone(sel.Index)
	slices.Sort(k)
	return k
}

func recovers(t *testing.T, s matrix.Selector) {
	for _, c := range shapes {
		for seed := range uint64(5) {
			x, want := separable(c, seed)
			if got := choose(t, s, x, c.r); !slices.Equal(got, want) {
				t.Errorf("shape %+v, seed %d: got %v, want %v", c, seed, got, want)
			}
		}
	}
}

// ranges asks for more columns than the data have rank, and for columns of
// data without any structure.
func ranges(t *testing.T, s matrix.Selector) {
	rng := rand.New(rand.NewPCG(3, 3))
	noise := mat.NewDense(7, 9, nil)
	for i := range 7 {
		for j := range 9 {
			noise.Set(i, j, rng.Float64())
		}
	}
	rank2, _ := separable(shape{8, 20, 2}, 1)
	for _, x := range []*mat.Dense{noise, rank2, mat.NewDense(4, 5, nil), mat.NewDense(1, 1, []float64{2})} {
		_, n := x.Dims()
		for r := 1; r <= n; r++ {
			k := choose(t, s, x, r)
			if len(k) > r || len(slices.Compact(slices.Clone(k))) != len(k) || (len(k) > 0 && (k[0] < 0 || k[len(k)-1] >= n)) {
				t.Errorf("%d of %d columns: got %v, want distinct indices in range", r, n, k)
			}
		}
	}
}

func symmetries(t *testing.T, s matrix.Selector) {
	for _, c := range shapes {
		x, _ := separable(c, 77)
		before := mat.DenseCopyOf(x)
		want := choose(t, s, x, c.r)
		if len(want) != c.r {
			t.Errorf("shape %+v: got %v, want %d columns", c, want, c.r)
		}
		if !mat.Equal(x, before) {
			t.Fatalf("shape %+v: the data changed", c)
		}
		if got := choose(t, s, mat.DenseCopyOf(x.T()).T(), c.r); !slices.Equal(got, want) {
			t.Errorf("shape %+v, as a transpose: got %v, want %v", c, got, want)
		}
		for _, scale := range []float64{1e-6, 0.3, 1e6} {
			y := mat.DenseCopyOf(x)
			y.Scale(scale, y)
			if got := choose(t, s, y, c.r); !slices.Equal(got, want) {
				t.Errorf("shape %+v, data times %g: got %v, want %v", c, scale, got, want)
			}
		}
		perm := rand.New(rand.NewPCG(5, 5)).Perm(c.n)
		y := mat.NewDense(c.p, c.n, nil)
		for j, from := range perm {
			for i := range c.p {
				y.Set(i, j, x.At(i, from))
			}
		}
		got := choose(t, s, y, c.r)
		for k, j := range got {
			got[k] = perm[j]
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("shape %+v, columns permuted: got %v, want %v", c, got, want)
		}
	}
}

func refuses(t *testing.T, s matrix.Selector) {
	good, _ := separable(shape{5, 12, 2}, 0)
	with := func(v float64) *mat.Dense {
		x := mat.DenseCopyOf(good)
		x.Set(3, 7, v)
		return x
	}
	for _, c := range []struct {
		name string
		x    mat.Matrix
		r    int
		want error
	}{
		{"nil", nil, 1, matrix.ErrShape},
		{"empty data", new(mat.Dense), 1, matrix.ErrShape},
		{"NaN", with(math.NaN()), 2, matrix.ErrNotFinite},
		{"+Inf", with(math.Inf(1)), 2, matrix.ErrNotFinite},
		{"−Inf", with(math.Inf(-1)), 2, matrix.ErrNotFinite},
		{"no columns", good, 0, matrix.ErrRank},
		{"negative", good, -1, matrix.ErrRank},
		{"more columns than there are", good, 13, matrix.ErrRank},
	} {
		if _, err := s.Select(context.Background(), c.x, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", c.name, err, c.want)
		}
	}
}

func hears(t *testing.T, s matrix.Selector) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, _ := separable(shape{8, 40, 5}, 0)
	if _, err := s.Select(ctx, x, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}
