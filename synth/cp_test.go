package synth

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestCPIsTheSumOfItsTerms(t *testing.T) {
	p, err := CP([]int{3, 2, 4}, 2, &CPOptions{Factor: []Factor{Normal{}, nil, HalfNormal{}}, Seed: 1})
	require.NoError(t, err)
	f := p.Truth.Factors
	for i := range 3 {
		for j := range 2 {
			for k := range 4 {
				var want float64
				for r := range 2 {
					want += f[0].At(i, r) * f[1].At(j, r) * f[2].At(k, r)
				}
				assert.InDelta(t, want, p.X.At(i, j, k), 1e-14)
			}
		}
	}
}

func TestFactorRanges(t *testing.T) {
	p, err := CP([]int{500, 500}, 4, &CPOptions{Factor: []Factor{nil, HalfNormal{}}})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, mat.Min(p.Truth.Factors[0]), 0.0)
	assert.Less(t, mat.Max(p.Truth.Factors[0]), 1.0)
	// Means 1/2 and √(2/π), five deviations of the mean of 2000 entries.
	assert.InDelta(t, 0.5, mat.Sum(p.Truth.Factors[0])/2000, 5*math.Sqrt(1.0/12/2000))
	assert.GreaterOrEqual(t, mat.Min(p.Truth.Factors[1]), 0.0)
	assert.InDelta(t, math.Sqrt(2/math.Pi), mat.Sum(p.Truth.Factors[1])/2000, 5*math.Sqrt((1-2/math.Pi)/2000))
}

// A = Q·S gives AᵀA = (1 − c)I + c·11ᵀ.
func TestCongruenceIsExact(t *testing.T) {
	for _, rank := range []int{1, 2, 5} {
		for _, rows := range []int{rank, rank + 3, 40} {
			for _, f := range []Factor{
				Congruent{},
				Congruent{0.5},
				Congruent{0.99},
				Congruent{-0.2},
				NonnegCongruent{},
				NonnegCongruent{0.5},
				NonnegCongruent{0.99},
			} {
				t.Run(fmt.Sprintf("%T%v/%d×%d", f, f, rows, rank), func(t *testing.T) {
					var cos float64
					switch f := f.(type) {
					case Congruent:
						cos = f.Cos
					case NonnegCongruent:
						cos = f.Cos
					}
					a, err := f.Draw(random(3, streamFactor), rows, rank)
					require.NoError(t, err)
					var g mat.Dense
					g.Mul(a.T(), a)
					for r := range rank {
						for q := range rank {
							want := cos
							if r == q {
								want = 1
							}
							assert.InDelta(t, want, g.At(r, q), 1e-14*float64(rows+10))
						}
					}
					if _, ok := f.(NonnegCongruent); ok {
						assert.GreaterOrEqual(t, mat.Min(a), 0.0)
					}
				})
			}
		}
	}
}

func TestCPRejects(t *testing.T) {
	for name, c := range map[string]struct {
		dims []int
		rank int
		opts CPOptions
		want error
	}{
		"no modes":           {nil, 2, CPOptions{}, ErrShape},
		"empty mode":         {[]int{3, 0}, 2, CPOptions{}, ErrShape},
		"rank 0":             {[]int{3, 3}, 0, CPOptions{}, ErrOptions},
		"too many factors":   {[]int{3}, 1, CPOptions{Factor: []Factor{nil, nil}}, ErrOptions},
		"congruence 1":       {[]int{3, 3}, 2, CPOptions{Factor: []Factor{Congruent{1}}}, ErrOptions},
		"congruence too low": {[]int{3, 3}, 3, CPOptions{Factor: []Factor{Congruent{-0.5}}}, ErrOptions},
		"congruence NaN":     {[]int{3, 3}, 2, CPOptions{Factor: []Factor{NonnegCongruent{math.NaN()}}}, ErrOptions},
		"negative":           {[]int{3, 3}, 2, CPOptions{Factor: []Factor{NonnegCongruent{-0.1}}}, ErrOptions},
		"too few rows":       {[]int{2, 3}, 3, CPOptions{Factor: []Factor{Congruent{0.5}}}, ErrShape},
		"no room for parts":  {[]int{2, 3}, 3, CPOptions{Factor: []Factor{NonnegCongruent{0.5}}}, ErrShape},
	} {
		_, err := CP(c.dims, c.rank, &c.opts)
		assert.ErrorIs(t, err, c.want, name)
	}
}
