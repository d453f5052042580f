package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// klTask is a U ≥ 0 and counts X about U·V, some of whose entries are zero.
func klTask(p, r, n int, seed uint64) (u *mat.Dense, x *tensor.Dense) {
	rng := rand.New(rand.NewPCG(seed, 0))
	u = mat.NewDense(p, r, nil)
	u.Apply(func(_, _ int, _ float64) float64 {
		if rng.Float64() < 0.3 {
			return 0
		}
		return rng.ExpFloat64()
	}, u)
	x = tensor.NewDense([]int{p, n}, nil)
	for i := range x.Data() {
		x.Data()[i] = math.Floor(4 * rng.Float64() * rng.ExpFloat64())
	}
	return u, x
}

// klLoss is the definition, over rows where U is not zero.
func klLoss(u, v mat.Matrix, x *tensor.Dense) float64 {
	p, n := x.Dims()[0], x.Dims()[1]
	_, r := u.Dims()
	loss := 0.0
	for i := range p {
		for j := range n {
			fit := 0.0
			for k := range r {
				fit += u.At(i, k) * v.At(k, j)
			}
			loss += fit
			if c := x.Data()[i*n+j]; c > 0 {
				loss += c*math.Log(c/fit) - c
			}
		}
	}
	return loss
}

// The multiplicative updates never fall below the minimum, and come close to it.
func TestKLNNLSIsBelowEveryUpdate(t *testing.T) {
	for _, dims := range [][3]int{{1, 1, 1}, {9, 1, 4}, {12, 4, 20}, {40, 7, 11}, {3, 5, 6}} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			p, r, n := dims[0], dims[1], dims[2]
			u, x := klTask(p, r, n, 7)
			for i := range p {
				u.Set(i, 0, u.At(i, 0)+0.1) // no row of zeros
			}
			d, err := KLNNLS(t.Context(), u, x)
			require.NoError(t, err)
			require.InDelta(t, klLoss(u, d.V, x), d.Loss, 1e-9*(1+math.Abs(d.Loss)))
			require.LessOrEqual(t, d.Gap, 1e-8*mat.Sum(mat.NewDense(p, n, x.Data()))+1e-12)
			v := mat.NewDense(r, n, nil)
			v.Apply(func(_, _ int, _ float64) float64 { return 1 }, v)
			for range 3000 {
				multiplicative(u, v, x)
			}
			slow := klLoss(u, v, x)
			require.LessOrEqual(t, d.Loss, slow+1e-9*(1+math.Abs(slow)))
			require.InDelta(t, slow, d.Loss, 1e-3*(1+math.Abs(slow)))
			sparse := sparseOf(x)
			again, err := KLNNLS(t.Context(), u, sparse)
			require.NoError(t, err)
			require.Equal(t, d.V, again.V)
		})
	}
}

func multiplicative(u, v *mat.Dense, x *tensor.Dense) {
	p, n := x.Dims()[0], x.Dims()[1]
	var fit, num mat.Dense
	fit.Mul(u, v)
	fit.Apply(func(i, j int, f float64) float64 { return x.Data()[i*n+j] / math.Max(f, 1e-300) }, &fit)
	num.Mul(u.T(), &fit)
	v.Apply(func(k, j int, a float64) float64 {
		sum := 0.0
		for i := range p {
			sum += u.At(i, k)
		}
		return a * num.At(k, j) / math.Max(sum, 1e-300)
	}, v)
}

func sparseOf(x *tensor.Dense) *tensor.Sparse {
	n := x.Dims()[1]
	index, value := make([][]int32, 2), []float64(nil)
	for at, v := range x.Data() {
		if v != 0 {
			index[0], index[1] = append(index[0], int32(at/n)), append(index[1], int32(at%n))
			value = append(value, v)
		}
	}
	s, err := tensor.NewSparse(x.Dims(), index, value)
	if err != nil {
		panic(err)
	}
	return s
}

func TestKLNNLSOfOddData(t *testing.T) {
	u := mat.NewDense(3, 2, []float64{0, 0, 0, 2, 0, 1}) // row 0 and column 0 are zero
	d, err := KLNNLS(t.Context(), u, tensor.NewDense([]int{3, 2}, []float64{5, 0, 4, 0, 2, 0}))
	require.NoError(t, err)
	require.True(t, math.IsInf(d.Loss, 1))
	require.Equal(t, []float64{0, 0}, d.V.RawRowView(0))
	require.InDeltaSlice(t, []float64{2, 0}, d.V.RawRowView(1), 1e-12)

	square := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	for _, c := range []struct {
		u   *mat.Dense
		x   tensor.Tensor
		err error
	}{
		{square, tensor.NewDense([]int{3, 1}, nil), ErrShape},
		{square, tensor.NewDense([]int{2, 1, 1}, nil), ErrShape},
		{square, tensor.NewDense([]int{2, 1}, []float64{1, math.NaN()}), ErrNotFinite},
		{square, tensor.NewDense([]int{2, 1}, []float64{1, -1}), ErrMethod},
		{mat.NewDense(2, 1, []float64{1, -1}), tensor.NewDense([]int{2, 1}, nil), ErrMethod},
	} {
		_, err := KLNNLS(t.Context(), c.u, c.x)
		require.ErrorIs(t, err, c.err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = KLNNLS(ended, square, tensor.NewDense([]int{2, 1}, nil))
	require.ErrorIs(t, err, context.Canceled)
}

// A column that has been solved once costs no memory the next time.
func TestKLNNLSStepsDoNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	u, x := klTask(30, 4, 5, 3)
	d, err := newData("U", u)
	require.NoError(t, err)
	c, err := positiveColumns(x)
	require.NoError(t, err)
	s := newKLColumns(&d, c)
	require.NotZero(t, par.Workers())
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for j := range 5 {
			if err := s.work[0].solve(j); err != nil {
				t.Fatal(err)
			}
		}
	}))
}
