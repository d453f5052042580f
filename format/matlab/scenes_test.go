package matlab

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/memtest"
	"github.com/polyad/polyad/internal/sharedtest"
)

// The dense arrays of real files: sizes, stored type, sum and weighted sum
// Σ (i mod 97 + 1)·xᵢ over the numbers that are not NaN, and how many are NaN.
// The sums were formed by an independent decoder in Python with exact
// summation.
func TestRealFiles(t *testing.T) {
	for _, c := range []struct {
		file, name    string
		stored        string
		dims          []int
		sum, weighted float64
		nan           int
	}{
		{"scenes/jasper/jasperRidge2_R198.mat", "Y", "uint16", []int{198, 10000}, 2364404028, 115733089549, 0},
		{"scenes/jasper/jasperRidge2_R198.mat", "SlectBands", "uint8", []int{198, 1}, 21454, 1179755, 0},
		{"scenes/jasper/jasperRidge2_R198.mat", "Region.xStart", "", []int{1, 1}, 269, 269, 0},
		{"scenes/jasper/JasperRidge2_end4.mat", "M", "double", []int{198, 4}, 214.02559468902865, 10908.100533892382, 0},
		{"scenes/jasper/JasperRidge2_end4.mat", "A", "double", []int{4, 10000}, 10000, 489691.39450806961, 0},
		{"scenes/samson/Samson.mat", "Y", "double", []int{156, 9025}, 234604.54564907277, 11495450.30385164, 0},
		{"scenes/samson/Samson.mat", "GT", "double", []int{3, 156}, 219.29865481489259, 10714.517702583913, 0},
		{"scenes/samson/Samson.mat", "S_GT", "double", []int{95, 95, 3}, 9025, 443332.31552152347, 0},
		{"scenes/urban/Urban_Ref.mat", "References", "uint16", []int{6, 162}, 213437, 10530159, 0},
		{"scenes/urban/urban.mat", "W1", "double", []int{4, 162}, 113.2053894888158, 5474.2203856383521, 0},
		{"scenes/urban/urban_undersampled4.mat", "M", "uint16", []int{162, 5929}, 160016805, 7837771469, 0},
		{"libraries/bundles/spectral_library_jasperRidge.mat", "A", "double", []int{198, 529}, 27438.3194, 1346705.443, 0},
		{"libraries/bundles/spectral_library_jasperRidge.mat", "lib1", "double", []int{198, 129}, 6410.1538, 315555.6384, 0},
		{"libraries/bundles/spectral_library_jasperRidge.mat", "lib4", "double", []int{198, 135}, 10296.7668, 504808.4934, 0},
		{"libraries/bundles/spectral_library_samson.mat", "A", "double", []int{156, 105}, 2426.8437945791725, 118041.37945791727, 0},
		{"libraries/bundles/spectral_library_urban.mat", "A", "double", []int{162, 651}, 14781.598, 724067.632, 0},
		{"libraries/bundles/spectral_library_urban.mat", "lib6", "double", []int{162, 164}, 6763.291, 331694.67, 0},
		{"libraries/usgs1995/USGS_1995_Library.mat", "datalib", "double", []int{224, 501}, -1.9680000250678524e+35, -1.6236000206809783e+37, 0},
		{"libraries/usgs1995/USGS_1995_Library.mat", "names", "uint8", []int{501, 29}, 950551, 46454878, 0},
		{"tensors/eem/claus.mat", "X", "double", []int{5, 201, 61}, 6896373.007, 337916957.553, 0},
		{"tensors/eem/claus.mat", "y", "double", []int{5, 3}, 0.001580269, 0.021324445, 0},
		{"tensors/eem/sugar.mat", "X", "double", []int{268, 53, 7}, 6838008.366, 335161575.82, 4288},
		{"audio/piano_Mary.mat", "X", "double", []int{129, 586}, 27433.116319073863, 1331745.5566780735, 0},
		{"raman/RamanSMCR.mat", "W", "double", []int{2478, 5}, 3491535.5667100321, 169127309.46335211, 0},
	} {
		t.Run(c.file+"#"+c.name, func(t *testing.T) {
			f, err := openFile(t, sharedtest.Path(t, "data/"+c.file))
			require.NoError(t, err)
			for _, v := range f.Variables() {
				require.NoError(t, v.Err)
				if v.Name == c.name {
					assert.Equal(t, ClassDouble, v.Class)
					assert.Equal(t, c.stored, v.Stored)
				}
			}
			s, err := f.Numeric(c.name)
			require.NoError(t, err)
			require.Equal(t, c.dims, s.Dims)
			x, err := all(s, 1000)
			require.NoError(t, err)
			var sum, weighted, size float64
			nan := 0
			for i, v := range x {
				if math.IsNaN(v) {
					nan++
					continue
				}
				w := float64(i%97 + 1)
				sum += v
				weighted += w * v
				size += w * math.Abs(v)
			}
			// Plain summation of n terms errs by at most n·eps·Σ|terms|.
			tol := float64(len(x)) * 0x1p-52 * size
			assert.InDelta(t, c.sum, sum, tol)
			assert.InDelta(t, c.weighted, weighted, tol)
			assert.Equal(t, c.nan, nan)
		})
	}
}

func TestRealNames(t *testing.T) {
	for _, c := range []struct {
		file, name string
		want       []string
	}{
		{"scenes/jasper/JasperRidge2_end4.mat", "cood", []string{"1-tree", "2-water", "3-dirt", "4-road"}},
		{"libraries/bundles/spectral_library_jasperRidge.mat", "material_names", []string{"Tree", "Water", "Dirt", "Road"}},
		{"libraries/bundles/spectral_library_samson.mat", "material_names", []string{"Soil", "Tree", "Water"}},
		{"libraries/bundles/spectral_library_urban.mat", "material_names", []string{"Asphalt", "Grass", "Tree", "Roof", "Metal", "Dirt"}},
		{"tensors/eem/claus.mat", "readme", []string{"1.Column Trp in M", "2.Column Tyr in M", "3.Column Phe in M"}},
	} {
		f, err := openFile(t, sharedtest.Path(t, "data/"+c.file))
		require.NoError(t, err)
		v, err := f.Value(c.name)
		require.NoError(t, err)
		got, err := Names(v)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	f, err := openFile(t, sharedtest.Path(t, "data/libraries/usgs1995/USGS_1995_Library.mat"))
	require.NoError(t, err)
	v, err := f.Value("names")
	require.NoError(t, err)
	names, err := Names(v)
	require.NoError(t, err)
	require.Len(t, names, 501) // the first three name the columns before the spectra
	assert.Equal(t, "Wavelengths in microns 224c", names[0])
	assert.Equal(t, []string{"Acmite NMNH133746", "Actinolite HS116.3B", "Actinolite HS22.3B"}, names[3:6])
}

// Listing a file of megabytes takes some kilobytes of memory.
func TestRealFileListsCheaply(t *testing.T) {
	path := sharedtest.Path(t, "data/scenes/samson/Samson.mat")
	got := memtest.Allocated(func() {
		_, err := openFile(t, path)
		require.NoError(t, err)
	})
	assert.Less(t, got, uint64(128<<10))
}
