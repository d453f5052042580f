package synth

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

func TestSceneIsWhatItSays(t *testing.T) {
	for seed := range uint64(10) {
		s, err := NewScene(&SceneOptions{Image: MixOptions{Rows: 8, Cols: 9, Seed: seed}})
		require.NoError(t, err)
		require.Len(t, s.Planted, 4)
		counts := make([]int, len(s.Sources))
		for r, p := range s.Planted {
			counts[p.Source]++
			lib := s.Sources[p.Source].Library
			assert.Equal(t, lib.Names[p.Index], p.Name)
			assert.Equal(t, mat.Col(nil, p.Index, lib.Spectra), mat.Col(nil, r, s.Spectra))
			assert.Equal(t, p.Index+40*p.Source, s.Index[r])
		}
		for l, n := range counts {
			assert.True(t, n >= s.Sources[l].Min && n <= s.Sources[l].Max, "seed %d: %d of library %d", seed, n, l)
		}
		var y mat.Dense
		y.Mul(s.Spectra, s.Abundances)
		assert.True(t, mat.EqualApprox(&y, s.Y, 1e-14))
		assert.Len(t, s.Wavelength, 211)
	}
}

// Counts add up to the rank within every bound, or the bounds are refused, and
// only then.
func TestCountsMeetTheBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sources []Source
		least, most := 0, 0
		sound := true
		for range rapid.IntRange(1, 4).Draw(t, "libraries") {
			atoms := rapid.IntRange(1, 5).Draw(t, "atoms")
			s := Source{
				Library: &Library{Spectra: mat.NewDense(1, atoms, nil)},
				Min:     rapid.IntRange(0, 3).Draw(t, "min"),
				Max:     rapid.IntRange(-1, 6).Draw(t, "max"),
			}
			sources = append(sources, s)
			upper := min(s.Max, atoms)
			if s.Max == -1 {
				upper = atoms
			}
			sound = sound && s.Min <= upper
			least, most = least+s.Min, most+upper
		}
		rank := rapid.IntRange(1, 12).Draw(t, "rank")
		sound = sound && least <= rank && rank <= most

		counts, err := drawCounts(random(rapid.Uint64().Draw(t, "seed"), 1), sources, rank)
		if !sound {
			require.ErrorIs(t, err, ErrOptions)
			return
		}
		require.NoError(t, err)
		sum := 0
		for l, n := range counts {
			_, atoms := sources[l].Library.Spectra.Dims()
			require.GreaterOrEqual(t, n, sources[l].Min)
			require.LessOrEqual(t, n, atoms)
			require.True(t, sources[l].Max == -1 || n <= sources[l].Max)
			sum += n
		}
		require.Equal(t, rank, sum)
	})
}

func TestSceneRejects(t *testing.T) {
	a, err := NewLibrary("a", nil, 3, nil)
	require.NoError(t, err)
	b, err := NewLibrary("b", nil, 3, &LibraryOptions{Wavelength: []float64{500, 600}})
	require.NoError(t, err)
	_, err = NewScene(&SceneOptions{Sources: []Source{{a, 0, -1}, {b, 0, -1}}})
	assert.ErrorIs(t, err, ErrShape)
	_, err = NewScene(&SceneOptions{Sources: []Source{{a, 0, -1}}, Rank: 4})
	assert.ErrorIs(t, err, ErrOptions)
	s, err := NewScene(&SceneOptions{Sources: []Source{{a, 0, -1}}, Rank: 3, Image: MixOptions{Noise: SD(-1)}})
	assert.ErrorIs(t, err, ErrOptions)
	assert.Nil(t, s)
}

// Equal seeds agree in every bit, unequal ones differ.
func TestSeedsReproduce(t *testing.T) {
	draw := func(seed uint64) []any {
		c, err := CP([]int{4, 5, 6}, 3, &CPOptions{Factor: []Factor{nil, Congruent{0.9}, NonnegCongruent{0.9}}, Noise: SNR(10), Seed: seed})
		require.NoError(t, err)
		d, err := DictionaryCP(4, &DictionaryOptions{Rho: 0.4, Noise: SNR(10), Seed: seed})
		require.NoError(t, err)
		i, err := IncoherentAtoms(5, 2, 3, nil, seed)
		require.NoError(t, err)
		s, err := NewScene(&SceneOptions{Image: MixOptions{Rows: 10, Cols: 12, Noise: SNR(30), Seed: seed}})
		require.NoError(t, err)
		u, err := NewScene(&SceneOptions{Image: MixOptions{Rows: 5, Cols: 5, Abundance: Dirichlet{0.5}, Seed: seed}})
		require.NoError(t, err)
		return []any{c, d, i, s, u}
	}
	one, again, other := draw(1), draw(1), draw(2)
	for i := range one {
		assert.Equal(t, one[i], again[i], "%T", one[i])
		assert.NotEqual(t, one[i], other[i], "%T", one[i])
	}
}
