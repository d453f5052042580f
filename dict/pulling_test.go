package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// λ grows where columns are far from their atoms, and several sweeps' worth at once,
// wherever they are, when atoms come back that had been left.
func TestCyclesMakeLambdaGrowFaster(t *testing.T) {
	a := newPulling(1.1, 0.01, 0)
	far, close := &pull{lambda: 1, ratio: 0.04}, &pull{lambda: 1, ratio: 0.005}
	require.True(t, a.grow([]*pull{far, close}, false))
	require.InDelta(t, 1.1, far.lambda, 1e-15)
	require.Equal(t, 1.0, close.lambda)
	far.ratio = near
	require.False(t, a.grow([]*pull{far, close}, true))
	require.InDelta(t, 1.1*1.4641, far.lambda, 1e-12)
	require.InDelta(t, 1.4641, close.lambda, 1e-12)
}

// The choice of least error is not forgotten, however long ago it was, nor are its
// factors when the same choice comes again with a larger error.
func TestRememberKeepsTheBest(t *testing.T) {
	var visited []visit
	factors := []*mat.Dense{mat.NewDense(1, 1, nil)}
	for k := range 20 {
		factors[0].Set(0, 0, float64(k))
		err := 2.0
		if k == 3 {
			err = 1
		}
		visited = remember(visited, visit{atoms: [][]int{{k}}, err: err}, factors)
	}
	require.Len(t, visited, remembered)
	require.Equal(t, [][]int{{3}}, visited[0].atoms)
	require.Equal(t, 3.0, visited[0].factors[0].At(0, 0))
	for i, v := range visited[1:] {
		require.Equal(t, [][]int{{15 + i}}, v.atoms)
		require.Equal(t, float64(15+i), v.factors[0].At(0, 0))
	}
	visited = remember(visited, visit{atoms: [][]int{{3}}, err: 1.5}, factors)
	last := visited[remembered-1]
	require.Equal(t, [][]int{{3}}, last.atoms)
	require.Equal(t, 1.0, last.err)
	require.Equal(t, 3.0, last.factors[0].At(0, 0))
}

// A schedule refuses what its program did not know, and ends with a model when it is
// told to.
func TestScheduleRejects(t *testing.T) {
	x, modes, o := hasty(t)
	o.Algorithm = Hard{Schedule: PublishedMPALS}
	r, err := Decompose(t.Context(), x, 4, modes, &o)
	require.NoError(t, err)
	requireAllowed(t, modes[0], r.Atoms[1])
	o.Methods = []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.FCLS{}}
	_, err = Decompose(t.Context(), x, 4, modes, &o)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "leave Schedule empty")
}
