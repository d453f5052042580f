package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// readTable reads a CSV file, a map from column to cell for every line.
func readTable(t *testing.T, name string) (lines []map[string]string) {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	cells, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	for _, row := range cells[1:] {
		line := map[string]string{}
		for k, v := range row {
			line[cells[0][k]] = v
		}
		lines = append(lines, line)
	}
	return lines
}

func requireNumber(t *testing.T, want float64, text string) {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err, text)
	require.InDelta(t, want, v, 1e-9*(1+math.Abs(want)))
}

func TestUnmixWritesTables(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	out := k.path("out")
	r := k.unmix(k.located(), append(k.shape[2:], "--out", out, "--trust")...)
	a := readMatrix(t, filepath.Join(out, "abundances.npy"))
	_, pixels := a.Dims()
	lines := readTable(t, filepath.Join(out, "table.csv"))
	require.Len(t, lines, r.Rank)
	for c, line := range lines {
		require.Len(t, line, len(tableColumns))
		require.Equal(t, r.Atoms[c].Name, line["atom"])
		require.Equal(t, r.Atoms[c].Library, line["library"])
		requireNumber(t, float64(r.Atoms[c].Index), line["index"])
		mean, least, most, present := share(a, c)
		requireNumber(t, mean, line["mean"])
		requireNumber(t, least, line["min"])
		requireNumber(t, most, line["max"])
		requireNumber(t, present, line["over_5_percent"])
		requireNumber(t, mean*float64(pixels)*600, line["area_m2"]) // a pixel is 20 m × 30 m
		trust := r.Trust.Spectra[c]
		require.Equal(t, trust.Rival, line["rival"])
		require.Equal(t, trust.Verdict, line["verdict"])
		requireNumber(t, *trust.Angle, line["angle_degrees"])
		requireNumber(t, *trust.Removed, line["loss_rise_removed"])
		requireNumber(t, *trust.Swapped, line["loss_rise_swapped"])
	}
	lines = readTable(t, filepath.Join(out, "libraries.csv"))
	require.Len(t, lines, len(k.truth.Sources))
	require.Len(t, r.Sums, len(lines))
	for l, line := range lines {
		require.Equal(t, k.truth.Sources[l].Library.Name, line["library"])
		total := 0.0
		for c, at := range r.Atoms {
			if at.Library == line["library"] {
				total += mat.Sum(a.RowView(c))
			}
		}
		requireNumber(t, total/float64(pixels), line["mean"])
		require.InDelta(t, total*600, *r.Sums[l].Area, 1e-6*total)
	}
}

func TestPixelArea(t *testing.T) {
	for info, want := range map[string]float64{
		"UTM, 1, 1, 500000, 4100000, 20, 30, 11, North, WGS-84, units=Meters":       600,
		"{UTM, 1.0, 1.0, 5e5, 4.1e6, 1.5e1, 1.5e1, 11, South, WGS-84}":              225,
		"State Plane, 1, 1, 5, 5, 10, 10, 403, NAD83, units=Feet":                   100 * 0.3048 * 0.3048,
		"Geographic Lat/Lon, 1, 1, -117, 37, 0.0002, 0.0002, WGS-84, units=Degrees": 0,
		"Geographic Lat/Lon, 1, 1, -117, 37, 0.0002, 0.0002, WGS-84":                0,
		"Arbitrary, 1, 1, 0, 0, 1, 1, 0, North":                                     0,
		"UTM, 1, 1, 500000, 4100000, x, 30, 11, North, WGS-84, units=Meters":        0,
		"UTM, 1, 1": 0,
		"":          0,
		"UTM, 1, 1, 500000, 4100000, 20, 30, 11, North, WGS-84, units=Meters, rot=3": 600,
	} {
		require.InDelta(t, want, pixelArea(info), 1e-12, info)
	}
}
