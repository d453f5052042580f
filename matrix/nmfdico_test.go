package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
)

func TestNMFDicoMakesTheAuthorsIterates(t *testing.T) {
	path := func(name string) string { return sharedtest.Path(t, "ref", "dict", "dnmf_case1", name+".npy") }
	read := func(name string) *mat.Dense {
		x, _ := readNPY(t, path(name))
		return x
	}
	_, k0 := readNPY(t, path("K0"))
	_, k := readNPY(t, path("nmfdico_K"))
	got, err := matrix.NMFDico(context.Background(), read("X"), read("D"), k0, nil)
	require.NoError(t, err)
	assert.Equal(t, k, got.Last)
	assert.Equal(t, k, got.Index)
	re := mat.Col(nil, 0, read("nmfdico_re_percent"))
	require.Len(t, got.Trace, len(re))
	for i, v := range re {
		assert.InEpsilon(t, v, 100*got.Trace[i], 1e-10, "sweep %d", i)
	}
	near := func(want, got *mat.Dense) {
		var e mat.Dense
		e.Sub(want, got)
		assert.Less(t, mat.Norm(&e, 2), 1e-10*mat.Norm(want, 2))
	}
	near(read("nmfdico_U"), got.U)
	near(read("nmfdico_V"), got.LastV)
	assert.InEpsilon(t, read("nmfdico_final_percent").At(0, 0), 100*got.RelativeError, 1e-10)
}

// Noiseless mixtures of five atoms: they are found from wrong ones, and the error of
// the answer is that of its atoms.
func TestNMFDicoFindsPlantedAtoms(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	d := uniform(rng, 40, 60, 0, 1)
	d.Apply(func(_, _ int, v float64) float64 { return v * v * v }, d)
	truth := []int{3, 17, 29, 41, 58}
	u := mat.NewDense(40, 5, nil)
	for c, j := range truth {
		u.SetCol(c, mat.Col(nil, j, d))
	}
	h := uniform(rng, 5, 200, 0, 1)
	h.Apply(func(_, _ int, v float64) float64 { return max(0, v-0.5) }, h)
	var x mat.Dense
	x.Mul(u, h)
	before := mat.DenseCopyOf(&x)
	got, err := matrix.NMFDico(context.Background(), &x, d, []int{0, 1, 2, 3, 4}, nil)
	require.NoError(t, err)
	assert.True(t, mat.Equal(before, &x))
	slices.Sort(got.Index)
	assert.Equal(t, truth, got.Index)
	assert.Less(t, got.RelativeError, 1e-7)
}

func TestNMFDicoRejects(t *testing.T) {
	x, d := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	_, err := matrix.NMFDico(context.Background(), x, d, []int{2}, nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.NMFDico(context.Background(), x, d, nil, nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.NMFDico(context.Background(), x, mat.NewDense(3, 2, nil), []int{0}, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
	d.Set(0, 0, math.NaN())
	_, err = matrix.NMFDico(context.Background(), x, d, []int{0}, nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
}

// The d- rows of the tables on Urban, every fourth pixel: same atoms after the same number
// of sweeps, and an error that is the same but for how far its V converged.
func TestNMFDicoMakesTheAuthorsTable(t *testing.T) {
	if testing.Short() {
		t.Skip("a scene of 5929 pixels")
	}
	x := readMAT(t, sharedtest.Path(t, "data", "scenes", "urban", "urban_undersampled4.mat"))["M"]
	x.Scale(1e-3, x)
	for table, rows := range map[string]string{"urban_u4_r6": "d-RAND-be d-H2NMF d-FGNSR-100", "urban_u4_r8": "d-H2NMF d-SNPA"} {
		text, err := os.ReadFile(sharedtest.Path(t, "ref", "dict", table, "expected.tsv"))
		require.NoError(t, err)
		row := map[string][]string{}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			row[f[0]] = f
		}
		atoms := func(name string) []int { return indices(t, strings.ReplaceAll(row[name][5], ",", " ")) }
		for name := range strings.FieldsSeq(rows) {
			got, err := matrix.NMFDico(context.Background(), x, x, atoms(strings.TrimPrefix(name, "d-")), nil)
			require.NoError(t, err)
			assert.Equal(t, atoms(name), got.Last, name)
			assert.Equal(t, row[name][4], strconv.Itoa(len(got.Trace)), name)
			percent, err := strconv.ParseFloat(row[name][1], 64)
			require.NoError(t, err)
			assert.LessOrEqual(t, 100*got.RelativeError, percent+1e-4, name)
			assert.Greater(t, 100*got.RelativeError, percent-1e-2, name)
		}
	}
}
