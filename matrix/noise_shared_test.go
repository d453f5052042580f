package matrix_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
)

// scenes are the images, as reflectances, with the counts of the reference.
func scenes(t *testing.T) map[string]*mat.Dense {
	t.Helper()
	x := map[string]*mat.Dense{"urban_u4": urbanFourth(t)}
	x["samson"] = readMAT(t, sharedtest.Path(t, "data/scenes/samson/Samson.mat"))["Y"]
	x["jasper"] = readMAT(t, sharedtest.Path(t, "data/scenes/jasper/jasperRidge2_R198.mat"))["Y"]
	x["jasper"].Scale(1./5000, x["jasper"])
	return x
}

// The counts of the authors' program, and those of another implementation of the
// published test for virtual dimensionality. (The reference has counts of that as well, of a program
// that compares eigenvalues of correlation coefficients with those of the covariance.)
func TestDimensionsMatchReferenceOnScenes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads whole scenes")
	}
	raw, err := os.ReadFile(sharedtest.Path(t, "ref/unmix/reference.json"))
	require.NoError(t, err)
	var ref struct {
		Count map[string]struct {
			HySime int     `json:"hysime"`
			Std    float64 `json:"noise_std_mean"`
		} `json:"count"`
	}
	require.NoError(t, json.Unmarshal(raw, &ref))
	// Made with numpy's eigenvalues from the formula that HFC's comment gives.
	hfc := map[string][2][]int{
		"samson": {{9, 8, 8}, {8, 8, 6}}, "jasper": {{9, 9, 7}, {10, 10, 9}}, "urban_u4": {{8, 7, 5}, {12, 8, 8}},
	}
	for name, x := range scenes(t) {
		z, err := matrix.EstimateNoise(context.Background(), x)
		require.NoError(t, err)
		assert.Equal(t, ref.Count[name].HySime, z.HySime().Dim(), name)
		mean := 0.0
		for _, v := range z.Std {
			mean += v / float64(len(z.Std))
		}
		assert.InEpsilon(t, ref.Count[name].Std, mean, 1e-6, name) // theirs has a ridge of 1e-6, not a relative one
		plain, err := z.HFC(1e-3, 1e-4, 1e-5)
		require.NoError(t, err)
		whitened, err := z.NWHFC(1e-3, 1e-4, 1e-5)
		require.NoError(t, err)
		assert.Equal(t, hfc[name], [2][]int{plain, whitened}, name)
	}
}
