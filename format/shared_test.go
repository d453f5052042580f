package format

import (
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/sharedtest"
)

func open(t *testing.T, name string) (*Array, []float64) {
	t.Helper()
	a, err := Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { a.Close() })
	x, err := a.Dense()
	require.NoError(t, err)
	require.Equal(t, a.Dims, x.Dims())
	return a, x.Data()
}

// What Open says of the shared files, and the first value and the sum of all
// (NaN left out) where another program printed them or the file says so.
func TestOpenSharedFiles(t *testing.T) {
	data := sharedtest.Path(t, "data")
	for _, c := range []struct {
		name, format string
		dims         []int
		typ          string
		nan          int
		check        func(t *testing.T, a *Array, x []float64)
	}{
		{name: "libraries/emit/basic_endmember_library.csv", format: "csv", dims: []int{5, 224}, typ: "float64", check: func(t *testing.T, a *Array, _ []float64) {
			assert.Len(t, a.Meta.RowNames, 5)
			assert.Equal(t, "Class", a.Meta.Text[0].Title)
			assert.Equal(t, 1, a.Meta.BandMode)
			assert.Equal(t, []float64{365.92981, 375.593994}, a.Meta.Wavelengths[:2])
			back := 0
			for i := range 223 {
				if a.Meta.Wavelengths[i+1] < a.Meta.Wavelengths[i] {
					back++
				}
			}
			assert.Positive(t, back, "the file's wavelengths are not monotone")
		}},
		{name: "libraries/gamsberg/gamsberg_field_library", format: "envi", dims: []int{2151, 27}, typ: "float64", check: func(t *testing.T, a *Array, x []float64) {
			assert.Equal(t, "16_03_12_2_C1_mica_shist", a.Meta.Names[0])
			assert.Equal(t, []float64{350, 2500}, []float64{a.Meta.Wavelengths[0], a.Meta.Wavelengths[2150]})
			assert.Equal(t, []any{0, "Nanometers", 1.0}, []any{a.Meta.BandMode, a.Meta.Units, a.Meta.ScaleFactor})
			low, high := extent(x)
			assert.GreaterOrEqual(t, low, 0.0)
			assert.InDelta(t, 0.586, high, 5e-4) // DATA.md: 0..0.586
		}},
		{name: "libraries/splib/s06av95a_envi.sli", format: "envi", dims: []int{224, 1365}, typ: "float64", check: func(t *testing.T, a *Array, x []float64) {
			assert.Equal(t, "Acmite NMNH133746 Pyroxene s06av95a=a", a.Meta.Names[0])
			assert.Equal(t, 591, complete(x, 224, 1365)) // DATA.md
		}},
		{name: "libraries/splib/s07_AV95_envi.hdr", format: "envi", dims: []int{224, 3139}, typ: "float32", check: func(t *testing.T, a *Array, x []float64) {
			assert.Equal(t, 1060, complete(x, 224, 3139)) // DATA.md
			assert.Equal(t, -1.23000002e34, *a.Meta.Ignore)
			for b := range 224 { // atoms 0 and 1 are wavelength and resolution
				require.InDelta(t, a.Meta.Wavelengths[b], x[b*3139], 1e-5)
				require.InDelta(t, a.Meta.FWHM[b], x[b*3139+1], 1e-5)
			}
		}},
		{name: "envi/gamsberg/cubus_gamsberg_subset", format: "envi", dims: []int{25, 10, 189}, typ: "float32", check: func(t *testing.T, a *Array, _ []float64) {
			assert.Equal(t, "Unknown", a.Meta.Units)
			assert.InDelta(t, 426.82, a.Meta.Wavelengths[0], 1e-5)
			assert.Equal(t, "Resize (Band 2:resampled_clipped_2013317) (436.989990)", a.Meta.Names[1])
		}},
		{name: "envi/emit/emit20250324t221005_jpl_unmix_ex.hdr", format: "envi", dims: []int{10, 10, 285}, typ: "float32", check: func(t *testing.T, a *Array, x []float64) {
			assert.Equal(t, -9999.0, *a.Meta.Ignore)
			assert.InDelta(t, 8.415, a.Meta.FWHM[0], 1e-9)
			bad := 0
			for _, b := range a.Meta.BadBands {
				if b {
					bad++
				}
			}
			assert.Equal(t, 41, bad) // zeros of bbl in the header
			_, want := open(t, filepath.Join(data, "../ref/unmix/emit_decoded_rowmajor_pixels_by_bands.csv"))
			require.Len(t, x, len(want))
			for i := range want { // printed with nine digits
				if d := math.Abs(want[i] - x[i]); d > 1e-9*math.Max(1, math.Abs(want[i])) {
					t.Fatalf("value %d is %v, want %v", i, x[i], want[i])
				}
			}
		}},
		{name: "tensors/tensorly/COVID19_data.npy", format: "npy", dims: []int{438, 6, 11}, typ: "float64"},
		{name: "tensors/tensorly/IL2_Response_Tensor.npy", format: "npy", dims: []int{13, 4, 12, 8}, typ: "float64", nan: 192},
		{name: "tensors/tensorly/Kinetic.npy", format: "npy", dims: []int{64, 12, 10, 60}, typ: "float64"},
		{name: "tensors/tensorly/Kinetic_missing.npy", format: "npy", dims: []int{64, 12, 10, 60}, typ: "bool"},
		{name: "audio/attack_dict_piano_AkPnBcht_beta_1_stftAD_True_intensity_M.npy", format: "npy", dims: []int{4097, 88}, typ: "float64"},
		{name: "readers/npyio/nans_inf.npy", format: "npy", dims: []int{4}, typ: "float64", nan: 1, check: func(t *testing.T, _ *Array, x []float64) {
			assert.Equal(t, []float64{math.Inf(-1), 0, math.Inf(1)}, x[1:])
		}},
		{name: "readers/npyio/data_float64_corder.npz#arr1", format: "npz", dims: []int{6, 1}, typ: "float64", check: func(t *testing.T, _ *Array, x []float64) {
			assert.Equal(t, []float64{0, 1, 2, 3, 4, 5}, x)
		}},
		{name: "readers/npyio/data_float64_2x3x4_corder.npy", format: "npy", dims: []int{2, 3, 4}, typ: "float64", check: func(t *testing.T, _ *Array, x []float64) {
			for i, v := range x {
				require.Equal(t, float64(i), v)
			}
		}},
		{name: "readers/mat/test3dmatrix_7.1_GLNX86.mat", format: "matlab", dims: []int{2, 3, 4}, typ: "uint8", check: func(t *testing.T, _ *Array, x []float64) {
			assert.Equal(t, []float64{1, 7, 13, 19, 3, 9}, x[:6]) // reshape(1:24, [2 3 4])
		}},
		{name: "readers/mat/testmatrix_4.2c_SOL2.mat", format: "matlab", dims: []int{3, 5}, typ: "float64"},
		{name: "scenes/jasper/jasperRidge2_R198.mat", format: "matlab", dims: []int{198, 10000}, typ: "uint16"},
		{name: "scenes/samson/Samson.mat#S_GT", format: "matlab", dims: []int{95, 95, 3}, typ: "float64", check: func(t *testing.T, _ *Array, x []float64) {
			for p := 0; p < len(x); p += 3 { // abundances sum to one
				if s := x[p] + x[p+1] + x[p+2]; math.Abs(s-1) > 1e-9 {
					t.Fatalf("pixel %d sums to %v", p/3, s)
				}
			}
		}},
		{name: "tensors/eem/claus.mat#X", format: "matlab", dims: []int{5, 201, 61}, typ: "float64"},
		{name: "tensors/eem/sugar.mat", format: "matlab", dims: []int{268, 53, 7}, typ: "float64", nan: 4288},
		{name: "libraries/bundles/spectral_library_urban.mat#A", format: "matlab", dims: []int{162, 651}, typ: "float64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, x := open(t, filepath.Join(data, c.name))
			assert.Equal(t, c.format, a.Format)
			assert.Equal(t, c.dims, a.Dims)
			assert.Equal(t, c.typ, a.Type)
			assert.Empty(t, a.Meta.Warnings)
			nan := 0
			for _, v := range x {
				if math.IsNaN(v) {
					nan++
				}
			}
			assert.Equal(t, c.nan, nan)
			if c.check != nil {
				c.check(t, a, x)
			}
		})
	}
}

func extent(x []float64) (low, high float64) {
	low, high = x[0], x[0]
	for _, v := range x {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// complete counts the atoms without a deleted value (−1.23e34).
func complete(x []float64, bands, atoms int) int {
	n := 0
	for j := range atoms {
		whole := true
		for b := range bands {
			whole = whole && x[b*atoms+j] > -1e33
		}
		if whole {
			n++
		}
	}
	return n
}

// Every spelling of one crop of Jasper Ridge, written by two other programs,
// is the crop of the scene as MATLAB stored it.
func TestENVIFilesAgreeWithScene(t *testing.T) {
	data := sharedtest.Path(t, "data")
	_, y := open(t, filepath.Join(data, "scenes/jasper/jasperRidge2_R198.mat#Y"))
	var want []float64
	for i := range 7 { // lines 40…46, samples 10…18; pixel j is row j mod 100, column j div 100
		for j := range 9 {
			for b := range 198 {
				want = append(want, y[b*10000+(10+j)*100+40+i])
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(data, "envi/*/jasper7x9_*"))
	require.NoError(t, err)
	require.Len(t, files, 66)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if strings.Contains(strings.ToLower(name), "complex") || strings.Contains(name, "CFloat") {
				_, err := Open(name)
				require.ErrorContains(t, err, "complex numbers; save")
				return
			}
			a, x := open(t, name)
			require.Equal(t, []int{7, 9, 198}, a.Dims)
			if strings.Contains(name, "spy") {
				require.Len(t, a.Meta.Wavelengths, 198)
			}
			if strings.Contains(name, "Byte") { // scaled to 0 … 255
				var xy, yy float64
				for i, v := range want {
					xy, yy = xy+x[i]*v, yy+v*v
				}
				for i, v := range want {
					if math.Abs(xy/yy*v-x[i]) > 1 {
						t.Fatalf("value %d is %v, want %v", i, x[i], xy/yy*v)
					}
				}
				return
			}
			require.True(t, slices.Equal(want, x))
			row := make([]float64, 2*9*198)
			require.NoError(t, a.ReadSlab(t.Context(), row, 3, 5))
			require.True(t, slices.Equal(want[3*9*198:5*9*198], row))
		})
	}
}

// Files of every NumPy type and order hold 0 … 5, or 42.
func TestNPYFilesOfEveryType(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedtest.Path(t, "data"), "readers/npyio/data_*order.npy"))
	require.NoError(t, err)
	require.Len(t, files, 81)
	for _, name := range files {
		base := filepath.Base(name)
		a, x := open(t, name)
		require.Equal(t, strings.Split(base, "_")[1], a.Type)
		switch {
		case strings.Contains(base, "2x3x4"):
		case strings.Contains(base, "1x1"), strings.Contains(base, "scalar"):
			require.Equal(t, []float64{42}, x, base)
		case strings.Contains(base, "2x3_forder"):
			require.Equal(t, []float64{0, 2, 4, 1, 3, 5}, x, base)
		default:
			require.Equal(t, []float64{0, 1, 2, 3, 4, 5}, x, base)
		}
	}
}

func TestStringsOfSharedFiles(t *testing.T) {
	data := sharedtest.Path(t, "data")
	names, err := Strings(filepath.Join(data, "libraries/usgs1995/USGS_1995_Library.mat#names"))
	require.NoError(t, err)
	require.Len(t, names, 501) // character codes; the first three are not spectra
	names, err = Strings(filepath.Join(data, "scenes/jasper/JasperRidge2_end4.mat#cood"))
	require.NoError(t, err)
	require.Len(t, names, 4)
	names, err = Strings(filepath.Join(data, "libraries/bundles/spectral_library_samson.mat#material_names"))
	require.NoError(t, err)
	require.Len(t, names, 3)
	names, err = Strings(filepath.Join(data, "libraries/emit/basic_endmember_library.csv"))
	require.NoError(t, err)
	require.Len(t, names, 5)
	_, err = Strings(filepath.Join(data, "scenes/samson/Samson.mat#GT"))
	require.ErrorIs(t, err, ErrKind)
}

// Every shared file is read or refused with a reason; none panics.
func TestOpenSurvivesAllSharedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all shared files")
	}
	data := sharedtest.Path(t, "data")
	require.NoError(t, filepath.WalkDir(data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		list, err := Variables(name)
		if err != nil {
			return nil
		}
		for _, v := range list {
			a, err := Open(strings.TrimSuffix(name+"#"+v.Name, "#"))
			if err != nil {
				assert.False(t, v.Numeric && v.Err == nil, "%s#%s: %v", name, v.Name, err)
				continue
			}
			_, _ = a.Dense()
			require.NoError(t, a.Close())
		}
		return nil
	}))
}
