package dict

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// slowProx is the proximal operator of a row from its definition: of the maximum by
// trying every number of entries that are cut, of the ℓ2 norm by bisection of the scale.
func slowProx(p RowNorm, v []float64, t float64, nonnegative bool) []float64 {
	value := func(x []float64) float64 {
		sum := t * p.of(x)
		for i := range x {
			sum += 0.5 * (x[i] - v[i]) * (x[i] - v[i])
		}
		return sum
	}
	w := slices.Clone(v)
	if nonnegative {
		for i := range w {
			w[i] = max(0, w[i])
		}
	}
	best := make([]float64, len(v))
	try := func(x []float64) {
		if value(x) < value(best) {
			best = slices.Clone(x)
		}
	}
	if p == RowL2 {
		lo, hi := 0.0, 1.0
		at := func(s float64) float64 {
			x := make([]float64, len(w))
			for i := range x {
				x[i] = s * w[i]
			}
			return value(x)
		}
		for range 200 { // of a convex function
			a, b := lo+(hi-lo)/3, hi-(hi-lo)/3
			if at(a) < at(b) {
				hi = b
			} else {
				lo = a
			}
		}
		x := make([]float64, len(w))
		for i := range x {
			x[i] = lo * w[i]
		}
		try(x)
		return best
	}
	sizes := make([]float64, len(w))
	for i := range w {
		sizes[i] = math.Abs(w[i])
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	sum := 0.0
	for n, a := range sizes {
		sum += a
		level := max(0, (sum-t)/float64(n+1))
		x := make([]float64, len(w))
		for i := range x {
			x[i] = math.Copysign(min(math.Abs(w[i]), level), w[i])
		}
		try(x)
	}
	return best
}

func TestProxOfRowsMatchesItsDefinition(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	for _, p := range []RowNorm{RowL2, RowMax} {
		for _, nonnegative := range []bool{false, true} {
			for seed := range uint64(300) {
				rng := newRand(seed)
				v := make([]float64, 1+rng.IntN(8))
				for i := range v {
					v[i] = rng.NormFloat64()
					if rng.IntN(3) == 0 {
						v[i] = math.Round(v[i]) // ties and zeros
					}
				}
				by := 3 * rng.Float64()
				want := slowProx(p, v, by, nonnegative)
				got := slices.Clone(v)
				left := p.prox(got, by, nonnegative)
				require.InDeltaSlice(t, want, got, 1e-7, "%v, %v, seed %d", p, nonnegative, seed) // thirds leave √eps
				require.Equal(t, left, p.of(got) > 0)
				require.Zero(t, testing.AllocsPerRun(2, func() { p.prox(got, by, nonnegative) }))
			}
		}
	}
}

// slowRowSparse is plain proximal gradients for as long as it takes.
func slowRowSparse(y, d *mat.Dense, lambda float64, o RowOptions) float64 {
	rows, atoms := d.Dims()
	_, n := y.Dims()
	x, e, g := mat.NewDense(atoms, n, nil), mat.NewDense(rows, n, nil), mat.NewDense(atoms, n, nil)
	norm := mat.Norm(d, 2)
	step, best := 1/(norm*norm), math.Inf(1)
	for range 6000 {
		e.Mul(d, x)
		e.Sub(y, e)
		objective := 0.5 * mat.Norm(e, 2) * mat.Norm(e, 2)
		for j := range atoms {
			objective += lambda * o.Norm.of(x.RawRowView(j))
		}
		best = min(best, objective)
		g.Mul(d.T(), e)
		g.Scale(step, g)
		x.Add(x, g)
		for j := range atoms {
			x.SetRow(j, slowProx(o.Norm, x.RawRowView(j), lambda*step, o.Nonnegative))
		}
	}
	return best
}

// The answer is the minimum, against plain proximal gradients: within the gap that is
// stated, which is small; also when it is ended early, when the gap is not. At the answer
// the optimality conditions of every row hold, and from λ_max on nothing is left.
func TestRowSparseIsOptimal(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	for _, o := range []RowOptions{{Norm: RowL2}, {Norm: RowL2, Nonnegative: true}, {Norm: RowMax}, {Norm: RowMax, Nonnegative: true}} {
		rng := newRand(3)
		d := dictionary(t, drawn(rng, 5, 7, false))
		y := drawn(rng, 5, 3, false)
		for _, share := range []float64{0.1, 0.5} {
			o.Gap, o.Steps = 1e-9, 0
			c, err := RowSparse(t.Context(), y, d, share, &o)
			require.NoError(t, err)
			half := 0.5 * mat.Norm(y, 2) * mat.Norm(y, 2)
			require.LessOrEqual(t, c.Gap, 1e-9*half)
			if o.Norm == RowMax && !racetest.Enabled { // by bisection, the slow truth of the other takes long
				least := slowRowSparse(y, d.columns(), c.Lambda, o)
				require.InDelta(t, least, c.Objective, 1e-6*half)
			}
			c.checkRows(t, y, d, o)
			for _, steps := range []int{1, 4, 20} {
				o.Steps = steps
				early, err := RowSparse(t.Context(), y, d, share, &o)
				require.NoError(t, err)
				require.LessOrEqual(t, early.Objective-early.Gap, c.Objective*(1+1e-12), "a bound that is none")
				require.GreaterOrEqual(t, early.Objective, (c.Objective-c.Gap)*(1-1e-12))
				require.LessOrEqual(t, early.Steps, steps)
			}
		}
		o.Steps = 0
		c, err := RowSparse(t.Context(), y, d, 1, &o)
		require.NoError(t, err)
		require.Empty(t, c.Rows)
		c, err = RowSparse(t.Context(), y, d, 0.99, &o)
		require.NoError(t, err)
		require.NotEmpty(t, c.Rows)
	}
}

// checkRows holds every row to its conditions: with z = D̂ᵀ(Y − D̂X), the dual norm of z_j
// (of what the sign lets count) is at most λ, and ⟨z_j, x_j⟩ = λ‖x_j‖.
func (c *RowCode) checkRows(t *testing.T, y *mat.Dense, d *Dictionary, o RowOptions) {
	t.Helper()
	var e, z mat.Dense
	e.Mul(d.columns(), c.X)
	e.Sub(y, &e)
	z.Mul(d.columns().T(), &e)
	atoms, _ := c.X.Dims()
	for j := range atoms {
		require.LessOrEqual(t, o.Norm.dual(z.RawRowView(j), o.Nonnegative), c.Lambda*(1+1e-3))
		inner := mat.Dot(z.RowView(j), c.X.RowView(j))
		require.InDelta(t, c.Lambda*o.Norm.of(c.X.RawRowView(j)), inner, 1e-3*c.Lambda)
		require.Equal(t, o.Norm.of(c.X.RawRowView(j)) > 0, slices.Contains(c.Rows, j))
		if o.Nonnegative {
			require.GreaterOrEqual(t, slices.Min(c.X.RawRowView(j)), 0.0)
		}
	}
}

// With the data as their own dictionary the rows that are left are the pure columns that
// all others are mixed from.
func TestRowSparseFindsPureColumns(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	rng := newRand(8)
	pure := drawn(rng, 12, 3, true)
	mix := mat.NewDense(3, 30, nil)
	for j := range 30 {
		for r := range 3 {
			mix.Set(r, j, rng.ExpFloat64())
		}
		if j < 3 {
			mix.SetCol(j, []float64{0, 0, 0})
			mix.Set(j, j, 1)
		}
		sum := mat.Sum(mix.ColView(j))
		for r := range 3 {
			mix.Set(r, j, mix.At(r, j)/sum)
		}
	}
	var y mat.Dense
	y.Mul(pure, mix)
	o := &RowOptions{Norm: RowMax, Nonnegative: true}
	c, err := RowSparse(t.Context(), &y, dictionary(t, &y), 1e-3, o)
	require.NoError(t, err)
	order := slices.Clone(c.Rows)
	slices.SortFunc(order, func(a, b int) int {
		return int(math.Copysign(1, RowMax.of(c.X.RawRowView(b))-RowMax.of(c.X.RawRowView(a))))
	})
	require.Equal(t, []int{0, 1, 2}, sorted(order[:3]))
}

func TestRowSparseRejects(t *testing.T) {
	d, y := dictionary(t, mat.NewDense(2, 2, []float64{1, 0, 0, 1})), mat.NewDense(2, 1, []float64{1, 2})
	for _, c := range []struct {
		y     mat.Matrix
		d     *Dictionary
		share float64
		o     *RowOptions
		want  error
	}{
		{y, nil, 0.5, nil, ErrOptions},
		{mat.NewDense(3, 1, nil), d, 0.5, nil, ErrShape},
		{mat.NewDense(2, 1, []float64{1, math.NaN()}), d, 0.5, nil, ErrOptions},
		{y, d, 0, nil, ErrOptions},
		{y, d, 1.5, nil, ErrOptions},
		{y, d, math.NaN(), nil, ErrOptions},
		{y, d, 0.5, &RowOptions{Norm: 7}, ErrOptions},
		{y, storedIn(t, mat.DenseCopyOf(y)), 0.5, nil, ErrOptions},
	} {
		_, err := RowSparse(t.Context(), c.y, c.d, c.share, c.o)
		require.ErrorIs(t, err, c.want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, err := RowSparse(ctx, y, d, 0.5, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, c.X)
	c, err = RowSparse(t.Context(), mat.NewDense(2, 1, nil), d, 0.5, nil)
	require.NoError(t, err)
	require.Empty(t, c.Rows, "of zeros")
}

// A step with the scratch made allocates nothing.
func TestRowSparseAllocatesNothing(t *testing.T) {
	racetest.Allocations(t)
	rng := newRand(2)
	s := newRowSolver(dictionary(t, drawn(rng, 20, 50, true)), drawn(rng, 20, 12, true), RowOptions{Norm: RowMax})
	s.lambda = 0.1 * s.most
	s.rest()
	require.Zero(t, testing.AllocsPerRun(5, func() { s.advance(); s.lead(0.5) }))
}

// For any number of workers the same bits.
func TestRowSparseDoesNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := newRand(4)
	d, y := dictionary(t, drawn(rng, 150, 300, true)), drawn(rng, 150, 40, true)
	var first *RowCode
	for _, workers := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(workers)
		c, err := RowSparse(t.Context(), y, d, 0.3, &RowOptions{Steps: 10})
		require.NoError(t, err)
		if first == nil {
			first = c
		}
		require.Equal(t, first, c, "%d workers", workers)
	}
}
