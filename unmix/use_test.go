package unmix

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// Classes of one library are libraries of one matrix: the bounds hold for each, the indices
// are those of the matrix, and what is not used may hold anything.
func TestLibrariesOfSomeSpectra(t *testing.T) {
	racetest.Slow(t)
	_, img, p := scene(t, 1, synth.SNR(40))
	lib := p.Libraries[0]
	_, d := lib.Dims()
	atoms := mat.DenseCopyOf(lib.Atoms)
	var even, odd []int
	for j := 1; j < d; j++ {
		if j%2 == 0 {
			even = append(even, j)
		} else {
			odd = append(odd, j)
		}
	}
	atoms.Set(3, 0, math.NaN())
	a, b := lib, lib
	a.Atoms, a.Name, a.Use, a.Min, a.Max = atoms, "even", even, 1, 1
	b.Atoms, b.Name, b.Use, b.Min, b.Max = atoms, "odd", odd, 2, 2
	q := &Problem{Libraries: []Library{a, b}, Rank: 3}
	r, err := Solve(t.Context(), img, q)
	require.NoError(t, err)
	used := []int{0, 0}
	for c, at := range r.Atoms {
		require.Contains(t, q.Libraries[at.Library].Use, at.Index)
		require.Equal(t, lib.Names[at.Index], at.Name)
		require.Equal(t, mat.Col(nil, at.Index, atoms), mat.Col(nil, c, r.Spectra))
		used[at.Library]++
	}
	require.Equal(t, []int{1, 2}, used)

	for _, use := range [][]int{{}, {2, 2}, {d}, {-1}} {
		q.Libraries[0].Use = use
		_, err := Solve(t.Context(), img, q)
		require.ErrorIs(t, err, ErrOptions, "%v", use)
	}
	q.Libraries[0].Use, q.Libraries[0].Names = even, lib.Names[1:]
	_, err = Solve(t.Context(), img, q)
	require.ErrorIs(t, err, ErrShape)
	q.Libraries[0] = Library{Use: even, Source: stored{atoms}, Max: -1}
	_, err = Solve(t.Context(), img, q)
	require.ErrorIs(t, err, ErrOptions)
}

type stored struct{ *mat.Dense }

func (s stored) ReadColumns(dst []float64, first, n int) error {
	rows, _ := s.Dims()
	for b := range rows {
		copy(dst[b*n:][:n], s.RawRowView(b)[first:])
	}
	return nil
}

// What pruning merged is told with the numbers of the library as it was given: every
// spectrum left out is within the angle of the one it went to, and of none kept before that.
func TestMergesAreKept(t *testing.T) {
	racetest.Slow(t)
	_, img, p := scene(t, 2, synth.SNR(40))
	p.Prune, p.Self = 0.2, assign.Bound{Max: -1}
	p.Libraries[0].Use = nil
	for j := 2; j < 30; j++ {
		p.Libraries[0].Use = append(p.Libraries[0].Use, j)
	}
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	merged := make([]int, len(p.Libraries)+1)
	for _, m := range r.Merges {
		atoms := img.Y
		if m.Library < len(p.Libraries) {
			atoms = p.Libraries[m.Library].Atoms
			require.Equal(t, p.Libraries[m.Library].Names[m.Kept], m.Name)
		}
		merged[m.Library] += len(m.Merged)
		for _, j := range m.Merged {
			require.Less(t, angleOf(atoms, j, m.Kept), p.Prune)
			require.Greater(t, j, m.Kept)
			for _, other := range r.Merges {
				if other.Library == m.Library && other.Kept < m.Kept {
					require.GreaterOrEqual(t, angleOf(atoms, j, other.Kept), p.Prune-1e-7)
				}
			}
		}
		if m.Library == 0 {
			require.Contains(t, p.Libraries[0].Use, m.Kept)
		}
	}
	require.Equal(t, r.Pruned, merged)
	require.Positive(t, merged[0])
	require.Positive(t, slices.Max(merged[len(p.Libraries):]))
}

func angleOf(a *mat.Dense, i, j int) float64 {
	u, v := a.ColView(i), a.ColView(j)
	return math.Acos(min(1, mat.Dot(u, v)/mat.Norm(u, 2)/mat.Norm(v, 2)))
}

// Prune and Merge agree.
func TestMergeIsPrune(t *testing.T) {
	_, _, p := scene(t, 2, synth.SNR(40))
	d, err := dict.New(p.Libraries[0].Atoms, nil, nil)
	require.NoError(t, err)
	kept, into := d.Merge(0.2)
	require.Equal(t, d.Prune(0.2), kept)
	for j, k := range into {
		require.Contains(t, kept, k)
		require.Equal(t, slices.Contains(kept, j), j == k)
	}
}
