package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// One row for each dictionary, conditioning and algorithm, in that order;
// exchanging atoms never ends above the algorithms that it starts from.
func TestDictionary(t *testing.T) {
	racetest.Slow(t)
	const trials = 1
	var told []int
	table, err := Dictionary(t.Context(), &DictionaryOptions{Trials: trials, Rank: 4, Observe: func(done, total int) {
		require.Equal(t, 6*trials, total)
		told = append(told, done)
	}})
	require.NoError(t, err)
	require.Len(t, told, 6*trials)
	require.Equal(t, 6*trials, told[len(told)-1])
	require.Equal(t, []string{"dictionary", "ρ", "algorithm", "atoms %", "classes %", "err B", "final error", "above %", "atoms −hard", "classes −hard", "worse"}, table.Columns)
	require.Len(t, table.Rows, 2*3*5)
	i := 0
	for _, dictionary := range []string{"coherent", "incoherent"} {
		for _, rho := range []string{"1", "0.4", "0.1"} {
			var least float64
			for _, algorithm := range []string{"projection", "hard", "flexible", "swap", "auto"} {
				row := table.Rows[i]
				i++
				require.Equal(t, []string{dictionary, rho, algorithm}, row[:3])
				atoms, classes, factor, final := number(t, row[3]), number(t, row[4]), number(t, row[5]), number(t, row[6])
				require.LessOrEqual(t, atoms, classes, "a right atom is of the right class: %v", row)
				require.LessOrEqual(t, classes, 100.0)
				require.GreaterOrEqual(t, factor, 0.0)
				require.InDelta(t, 0.257, final, 0.02, "noise at 11.5 dB: %v", row) // 10^(−11.5/20)/√(1 + 10^(−1.15))
				require.LessOrEqual(t, number(t, row[7]), 100.0)
				if algorithm == "hard" {
					require.Contains(t, []string{"0.0 ± 0.0", "0.0"}, row[8])
				}
				if algorithm != "auto" {
					require.Empty(t, row[10])
					least = max(least, 0)
					if least == 0 || final < least {
						least = final
					}
					continue
				}
				require.Equal(t, "0", row[10], fmt.Sprint(row))
				require.LessOrEqual(t, final, least+1e-6)
			}
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// Equal seeds give equal tables, and a dictionary may be given.
func TestDictionaryIsSeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("three tables")
	}
	atoms, err := synth.CoherentAtoms(50, 20, 3, 1)
	require.NoError(t, err)
	table := func(seed uint64) [][]string {
		r, err := Dictionary(t.Context(), &DictionaryOptions{Atoms: atoms, Rank: 3, Trials: 1, Seed: seed})
		require.NoError(t, err)
		return r.Rows
	}
	first := table(4)
	require.Equal(t, first, table(4))
	require.NotEqual(t, first, table(5))
}

func TestDictionaryEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Dictionary(ctx, nil)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.ErrorContains(t, err, "coherent dictionary, ρ = 1, trial 0")
}
