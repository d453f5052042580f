package bench_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/internal/racetest"
)

// Every row is there, and no d- row is worse than the row that it starts from.
func TestSeparable(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(4, 4))
	x, w, h := new(mat.Dense), mat.NewDense(12, 3, nil), mat.NewDense(3, 120, nil)
	w.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, w)
	h.Apply(func(_, _ int, _ float64) float64 { return rng.ExpFloat64() }, h)
	x.Mul(w, h)
	x.Apply(func(_, _ int, v float64) float64 { return v + 0.05*rng.Float64() }, x)
	told := 0
	table, err := bench.Separable(context.Background(), x, &bench.SeparableOptions{
		Ranks: []int{3}, Samples: []int{20, 500}, Observe: func(int, int, string) { told++ },
	})
	require.NoError(t, err)
	percent := map[string]float64{}
	for _, row := range table.Rows {
		if row[3] != "" {
			v, err := strconv.ParseFloat(row[3], 64)
			require.NoError(t, err)
			percent[row[1]] = v
		}
	}
	assert.Equal(t, len(table.Rows), told)
	for _, name := range []string{"VCA", "SPA", "SNPA", "XRAY", "H2NMF", "VCA-20", "SPA-20", "FGNSR-20", "d-SPA", "d-RAND"} {
		assert.Contains(t, percent, name)
	}
	for name, v := range percent {
		if start, ok := strings.CutPrefix(name, "d-"); ok {
			assert.LessOrEqual(t, v, percent[start], name)
		}
	}
}
