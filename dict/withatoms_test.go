package dict

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// The products with the atoms give the MTTKRP of the data, for every order, mode and scale.
func TestProductsWithAtomsGiveTheMTTKRP(t *testing.T) {
	for _, dims := range [][]int{{4, 6, 3}, {5, 1, 4}, {1, 3, 1}, {3, 4, 2, 5}, {2, 3, 2, 2, 3}} {
		for n := range dims {
			for _, physical := range []bool{false, true} {
				t.Run(fmt.Sprint(dims, n, physical), func(t *testing.T) {
					rng := newRand(4)
					var factors []*mat.Dense
					for _, size := range dims {
						factors = append(factors, drawn(rng, size, 3, false))
					}
					x := noisy(rng, 0.5, factors...)
					m := Mode{N: n, Dict: dictionary(t, drawn(rng, dims[n], 7, false)), Physical: physical}
					p, err := newProblem(x, 3, []Mode{m}, nil)
					require.NoError(t, err)
					_, err = p.unfold()
					require.NoError(t, err)
					factors[n] = m.Dict.Columns([]int{5, 0, 2}, physical)
					s := p.given(factors)
					require.IsType(t, &withAtoms{}, s)
					for mode, size := range dims {
						if mode == n {
							continue
						}
						want, got := mat.NewDense(size, 3, nil), mat.NewDense(size, 3, nil)
						x.MTTKRP(want, factors, mode)
						s.MTTKRP(got, factors, mode)
						require.True(t, mat.EqualApprox(want, got, 1e-13*mat.Norm(want, 2)), "mode %d: %v, want %v", mode, got, want)
					}
					k := tensor.NewKruskal(factors...)
					require.Equal(t, x.SquaredResidual(k), s.(tensor.Residualer).SquaredResidual(k))
					require.Equal(t, x.SquaredNorm(), s.SquaredNorm())
				})
			}
		}
	}
}

// A warm product allocates nothing.
func TestProductsWithAtomsAllocateNothing(t *testing.T) {
	racetest.Allocations(t)
	rng := newRand(6)
	factors := []*mat.Dense{drawn(rng, 6, 3, true), nil, drawn(rng, 4, 3, true)}
	m := Mode{N: 1, Dict: dictionary(t, drawn(rng, 9, 12, true))}
	factors[1] = m.Dict.Columns([]int{1, 2, 3}, false)
	p, err := newProblem(noisy(rng, 0.1, factors...), 3, []Mode{m}, nil)
	require.NoError(t, err)
	_, err = p.unfold()
	require.NoError(t, err)
	s, dst := p.given(factors), mat.NewDense(6, 3, nil)
	s.MTTKRP(dst, factors, 0)
	require.Zero(t, testing.AllocsPerRun(10, func() { s.MTTKRP(dst, factors, 0) }))
}
