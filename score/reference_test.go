package score

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
)

func readCSV(t *testing.T, name string) *mat.Dense {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	a := mat.NewDense(len(records), len(records[0]), nil)
	for i, record := range records {
		for j, field := range record {
			v, err := strconv.ParseFloat(field, 64)
			require.NoError(t, err)
			a.Set(i, j, v)
		}
	}
	return a
}

// The figures were computed with numpy and scipy on the same files; arccos of a
// cosine near 1 costs the angles about eps/angle ≈ 1e-14 there.
func TestMetricsMatchReference(t *testing.T) {
	dir := sharedtest.Path(t, "ref", "unmix")
	raw, err := os.ReadFile(filepath.Join(dir, "reference.json"))
	require.NoError(t, err)
	var ref struct {
		Metrics struct {
			Match []int     `json:"match"`
			SAD   []float64 `json:"SAD_rad"`
			RMSE  float64   `json:"aRMSE_overall"`
			RMSEs []float64 `json:"aRMSE_per_endmember"`
			SRE   float64   `json:"SRE_dB"`
		} `json:"metrics"`
	}
	require.NoError(t, json.Unmarshal(raw, &ref))
	want := ref.Metrics

	m, err := MatchSpectra(readCSV(t, filepath.Join(dir, "jasper_E.csv")), readCSV(t, filepath.Join(dir, "metric_E_est.csv")))
	require.NoError(t, err)
	assert.Equal(t, want.Match, m.Col)
	assert.InDeltaSlice(t, want.SAD, m.Angle, 1e-13)

	truth := readCSV(t, filepath.Join(dir, "jasper_A_fcls.csv"))
	estimate := SelectRows(readCSV(t, filepath.Join(dir, "metric_A_est.csv")), m.Col)
	assert.InDelta(t, want.RMSE, AbundanceRMSE(truth, estimate), 1e-14)
	assert.InDeltaSlice(t, want.RMSEs, AbundanceRMSEs(truth, estimate), 1e-14)
	assert.InDelta(t, want.SRE, SRE(truth, estimate), 1e-12)
}
