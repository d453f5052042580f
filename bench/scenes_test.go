package bench_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/unmix"
)

func everySeventh(a *mat.Dense) *mat.Dense {
	_, cols := a.Dims()
	b := mat.NewDense(30, cols, nil)
	for i := range 30 {
		b.SetRow(i, a.RawRowView(7*i))
	}
	return b
}

// A scene mixed from known spectra, each hidden in a class of seven: those of the classes are
// found, with their shares, and pixels that unmix chooses fit no worse than those of the schemes.
func TestScenes(t *testing.T) {
	racetest.Slow(t)
	s, err := synth.NewScene(&synth.SceneOptions{Rank: 3, Image: synth.MixOptions{Rows: 9, Cols: 8, Noise: synth.SNR(30), Seed: 2}})
	require.NoError(t, err)
	known := bench.KnownScene{
		Name: "made", Image: unmix.Image{Y: s.Y, Rows: s.Rows, Cols: s.Cols}, Spectra: s.Spectra, Abundances: s.Abundances,
		Others: map[string]bench.SceneFigures{"l2 SPA": {Degrees: 1.5, RMSE: 0.5, Percent: 7}},
	}
	const bands = 30
	known.Image.Y, known.Spectra = everySeventh(s.Y), everySeventh(s.Spectra)
	for _, p := range s.Planted {
		lib := everySeventh(s.Sources[p.Source].Library.Spectra)
		_, n := lib.Dims()
		class := mat.NewDense(bands, 7, nil)
		for j := range 7 {
			class.SetCol(j, mat.Col(nil, (p.Index+j)%n, lib))
		}
		known.Classes = append(known.Classes, class)
	}
	told := 0
	table, err := bench.Scenes(context.Background(), []bench.KnownScene{known}, &bench.SceneOptions{Observe: func(int, int) { told++ }})
	require.NoError(t, err)
	require.Equal(t, told, len(table.Rows))
	value := map[string]float64{}
	for _, row := range table.Rows {
		require.Len(t, row, len(table.Columns))
		for c, name := range table.Columns[4:] {
			if v, err := strconv.ParseFloat(row[4+c], 64); err == nil {
				value[fmt.Sprintf("%s %s: %s", row[1], row[2], name)] = v
			}
		}
	}
	for _, pixels := range []string{"raw", "l2"} {
		assert.Zero(t, value[pixels+" one a class: angle °"], pixels)
		assert.Less(t, value[pixels+" one a class: aRMSE"], 0.06, pixels)
		for _, d := range []string{"d-SPA", "d-SNPA"} {
			assert.LessOrEqual(t, value[pixels+" self: error %"], value[pixels+" "+d+": error %"], pixels)
		}
		assert.LessOrEqual(t, value[pixels+" two a class: error %"], value[pixels+" one a class: error %"], pixels)
	}
	assert.Less(t, value["raw one a class: by FCLS"], 0.04)
	assert.Equal(t, []float64{1.5, 0.5, 7}, []float64{value["l2 SPA: others °"], value["l2 SPA: others aRMSE"], value["l2 SPA: others %"]})

	known.Classes = known.Classes[1:]
	_, err = bench.Scenes(context.Background(), []bench.KnownScene{known}, nil)
	require.ErrorContains(t, err, "classes")
}
