package format

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/sharedtest"
)

// sharedFiles are all files of readers, tensors and libraries of the shared material, with
// each of their variables: sizes and Σᵢ (1 + i mod 97)·xᵢ over the values but NaN and
// deleted ones, i counting them with the last index fastest, as NumPy and SciPy (and for
// .tns Python's own split and float) read them; or what the refusal says. Names of NumPy
// files are patterns.
var sharedFiles = []struct {
	name, sizes string
	sum         float64
	refusal     string
}{
	{"readers/npyio/data_*_1x1_?order.npy", "1×1", 42, ""},
	{"readers/npyio/data_*_scalar_?order.npy", "1", 42, ""},
	{"readers/npyio/data_*_2x3_corder.npy", "2×3", 70, ""},
	{"readers/npyio/data_*_2x3_forder.npy", "2×3", 65, ""},
	{"readers/npyio/data_*_6x1_?order.npy", "6×1", 70, ""},
	{"readers/npyio/data_*_2x3x4_corder.npy", "2×3×4", 4600, ""},
	{"readers/mat/bad_miuint32.mat", "", 0, `dimension 0 is -2147483647`},
	{"readers/mat/bad_miutf8_array_name.mat#äray_name", "1×1", 1, ""},
	{"readers/mat/broken_utf8.mat#bad_string", "", 0, `is a char`},
	{"readers/mat/corrupted_zlib_data.mat#dates", "", 0, `is a cell`},
	{"readers/mat/corrupted_zlib_data.mat#dscodes", "", 0, `is a cell`},
	{"readers/mat/corrupted_zlib_data.mat#datagrid", "", 0, `data follow the array`},
	{"readers/mat/logical_sparse.mat#sp_log_5_4", "5×4", 24, ""},
	{"readers/mat/miuint32_for_miint32.mat#an_array", "1×10", 330, ""},
	{"readers/mat/nasty_duplicate_fieldnames.mat#Summary", "", 0, `is a struct; name a field`},
	{"readers/mat/parabola.mat#parabola", "", 0, `function handle`},
	{"readers/mat/some_functions.mat#a", "1×1", -3.8999999999999999, ""},
	{"readers/mat/some_functions.mat#b", "1×1", 52, ""},
	{"readers/mat/some_functions.mat#c", "1×1", 0, ""},
	{"readers/mat/some_functions.mat#sqr", "", 0, `function handle`},
	{"readers/mat/some_functions.mat#parabola", "", 0, `function handle`},
	{"readers/mat/some_functions.mat#nCf", "", 0, `function handle`},
	{"readers/mat/test3dmatrix_6.1_SOL2.mat#test3dmatrix", "2×3×4", 4130, ""},
	{"readers/mat/test3dmatrix_7.1_GLNX86.mat#test3dmatrix", "2×3×4", 4130, ""},
	{"readers/mat/test_empty_struct.mat#a", "", 0, `is a struct`},
	{"readers/mat/test_skip_variable.mat#first", "100×100", 60929.332963122521, ""},
	{"readers/mat/test_skip_variable.mat#second", "", 0, `is a char`},
	{"readers/mat/testcell_6.1_SOL2.mat#testcell", "", 0, `is a cell`},
	{"readers/mat/testcell_7.1_GLNX86.mat#testcell", "", 0, `is a cell`},
	{"readers/mat/testcellnest_6.1_SOL2.mat#testcellnest", "", 0, `is a cell`},
	{"readers/mat/testcellnest_7.1_GLNX86.mat#testcellnest", "", 0, `is a cell`},
	{"readers/mat/testcomplex_4.2c_SOL2.mat#testcomplex", "", 0, `complex; save real`},
	{"readers/mat/testcomplex_6.5.1_GLNX86.mat#testcomplex", "", 0, `complex; save real`},
	{"readers/mat/testcomplex_7.4_GLNX86.mat#testcomplex", "", 0, `complex; save real`},
	{"readers/mat/testdouble_6.1_SOL2.mat#testdouble", "1×9", 188.49555921538757, ""},
	{"readers/mat/testdouble_7.1_GLNX86.mat#testdouble", "1×9", 188.49555921538757, ""},
	{"readers/mat/testemptycell_5.3_SOL2.mat#testemptycell", "", 0, `is a cell`},
	{"readers/mat/testemptycell_7.1_GLNX86.mat#testemptycell", "", 0, `is a cell`},
	{"readers/mat/testfunc_7.4_GLNX86.mat#testfunc", "", 0, `function handle`},
	{"readers/mat/testhdf5_7.4_GLNX86.mat", "", 0, `level 7.3 (HDF5)`},
	{"readers/mat/testmatrix_4.2c_SOL2.mat#testmatrix", "3×5", 100, ""},
	{"readers/mat/testmatrix_6.5.1_GLNX86.mat#testmatrix", "3×5", 100, ""},
	{"readers/mat/testmatrix_7.4_GLNX86.mat#testmatrix", "3×5", 100, ""},
	{"readers/mat/testminus_6.1_SOL2.mat#testminus", "1×1", -1, ""},
	{"readers/mat/testminus_7.1_GLNX86.mat#testminus", "1×1", -1, ""},
	{"readers/mat/testmulti_4.2c_SOL2.mat#a", "3×5", 100, ""},
	{"readers/mat/testmulti_4.2c_SOL2.mat#theta", "1×9", 188.49555921538757, ""},
	{"readers/mat/testmulti_7.4_GLNX86.mat#a", "3×5", 100, ""},
	{"readers/mat/testmulti_7.4_GLNX86.mat#theta", "1×9", 188.49555921538757, ""},
	{"readers/mat/testobject_6.5.1_GLNX86.mat#testobject", "", 0, `object of class inline`},
	{"readers/mat/testobject_7.4_GLNX86.mat#testobject", "", 0, `object of class inline`},
	{"readers/mat/testonechar_6.1_SOL2.mat#testonechar", "", 0, `is a char`},
	{"readers/mat/testonechar_7.1_GLNX86.mat#testonechar", "", 0, `is a char`},
	{"readers/mat/testscalarcell_7.4_GLNX86.mat#testscalarcell", "", 0, `is a cell`},
	{"readers/mat/testsparse_4.2c_SOL2.mat#testsparse", "3×5", 100, ""},
	{"readers/mat/testsparse_6.5.1_GLNX86.mat#testsparse", "3×5", 100, ""},
	{"readers/mat/testsparse_7.4_GLNX86.mat#testsparse", "3×5", 100, ""},
	{"readers/mat/testsparsecomplex_6.1_SOL2.mat#testsparsecomplex", "", 0, `complex; save real`},
	{"readers/mat/testsparsecomplex_7.1_GLNX86.mat#testsparsecomplex", "", 0, `complex; save real`},
	{"readers/mat/testsparsefloat_7.4_GLNX86.mat#testsparsefloat", "1×6", -10.5, ""},
	{"readers/mat/teststring_6.1_SOL2.mat#teststring", "", 0, `is a char`},
	{"readers/mat/teststring_7.1_GLNX86.mat#teststring", "", 0, `is a char`},
	{"readers/mat/teststringarray_4.2c_SOL2.mat#teststringarray", "", 0, `is a char`},
	{"readers/mat/teststringarray_6.5.1_GLNX86.mat#teststringarray", "", 0, `is a char`},
	{"readers/mat/teststringarray_7.4_GLNX86.mat#teststringarray", "", 0, `is a char`},
	{"readers/mat/teststruct_6.5.1_GLNX86.mat#teststruct", "", 0, `is a struct; name a field`},
	{"readers/mat/teststruct_7.4_GLNX86.mat#teststruct", "", 0, `is a struct; name a field`},
	{"readers/mat/teststructarr_6.5.1_GLNX86.mat#teststructarr", "", 0, `is a struct; name a field`},
	{"readers/mat/teststructarr_7.4_GLNX86.mat#teststructarr", "", 0, `is a struct; name a field`},
	{"readers/mat/teststructnest_6.5.1_GLNX86.mat#teststructnest", "", 0, `is a struct; name a field`},
	{"readers/mat/teststructnest_7.4_GLNX86.mat#teststructnest", "", 0, `is a struct; name a field`},
	{"readers/mat/testunicode_7.4_GLNX86.mat#testunicode", "", 0, `is a char`},
	{"readers/mat/v4_le.mat#Options", "6×1", 15054.000001, ""},
	{"readers/mat/v5_be_hp700.mat#bar", "4×1", 67.599999999999994, ""},
	{"readers/mat/v5_be_hp700.mat#baz", "2×3", 97, ""},
	{"readers/mat/v5_be_hp700.mat#foo", "3×6", 144, ""},
	{"readers/npyio/LICENSE.npyio", "", 0, `begins with "Copyrigh"`},
	{"readers/npyio/data_float32_2x3_corder.npy.txt", "", 0, `no column of numbers`},
	{"readers/npyio/data_float32_2x3_forder.npy.txt", "", 0, `no column of numbers`},
	{"readers/npyio/data_float64_2x3x4_corder.npy.txt", "", 0, `no column of numbers`},
	{"readers/npyio/data_float64_corder.npz#arr1", "6×1", 70, ""},
	{"readers/npyio/data_float64_corder.npz#arr0", "2×3", 70, ""},
	{"readers/npyio/data_float64_corder.npz.txt", "", 0, `no column of numbers`},
	{"readers/npyio/data_float64_forder.npz#arr1", "6×1", 70, ""},
	{"readers/npyio/data_float64_forder.npz#arr0", "2×3", 65, ""},
	{"readers/npyio/data_float64_forder.npz.txt", "", 0, `no column of numbers`},
	{"readers/npyio/nans_inf.npy", "4", 0, ""},
	{"tensors/eem/claus.mat#evalme", "", 0, `is a char`},
	{"tensors/eem/claus.mat#X", "5×201×61", 337920159.40499991, ""},
	{"tensors/eem/claus.mat#y", "5×3", 0.017032836999999999, ""},
	{"tensors/eem/claus.mat#readme", "", 0, `is a char`},
	{"tensors/eem/claus.mat#ExAx", "1×61", 529480, ""},
	{"tensors/eem/claus.mat#EmAx", "1×201", 3458469, ""},
	{"tensors/eem/sugar.mat#X", "268×53×7", 335088268.264, ""},
	{"tensors/eem/sugar.mat#ExAx", "1×7", 8490, ""},
	{"tensors/eem/sugar.mat#EmAx", "1×53", 687595.5, ""},
	{"tensors/eem/sugar.mat#color", "268×1", 306338, ""},
	{"tensors/sparse/dialects/pyttb_invalid_dims.tns", "", 0, `"4 2 1" is not 2 sizes`},
	{"tensors/sparse/dialects/pyttb_invalid_type.tns", "", 0, `"list" is none of`},
	{"tensors/sparse/dialects/pyttb_ktensor.tns", "4×5×3", 1963560, ""},
	{"tensors/sparse/dialects/pyttb_matrix.tns", "4×2", 190, ""},
	{"tensors/sparse/dialects/pyttb_sptensor.tns", "5×4×3", 6228, ""},
	{"tensors/sparse/dialects/pyttb_sptensor_0_based.tns", "5×4×3", 6228, ""},
	{"tensors/sparse/dialects/pyttb_tensor.tns", "3×3×3", 5778, ""},
	{"tensors/sparse/dialects/sptensor_small.tns", "3×3×3", 110, ""},
	{"tensors/sparse/kinships.tns", "104×104×25", 522169, ""},
	{"tensors/sparse/kinships_mode12_entities.map", "", 0, `a list of 104 names`},
	{"tensors/sparse/kinships_mode3_relations.map", "", 0, `a list of 25 names`},
	{"tensors/sparse/med.tns", "2425×10816×29567", 18510162, ""},
	{"tensors/sparse/parti/3D_12031.tns", "100×80×60", 1188852, ""},
	{"tensors/sparse/parti/3d-24.tns", "6×9×10", 954, ""},
	{"tensors/sparse/parti/3d_3_8.tns", "3×3×3", 662, ""},
	{"tensors/sparse/parti/3d_4_12.tns", "4×4×4", 2407, ""},
	{"tensors/sparse/parti/3d_7.tns", "4×4×3", 844, ""},
	{"tensors/sparse/parti/3d_8.tns", "4×4×3", 1096, ""},
	{"tensors/sparse/parti/3d_dense.tns", "4×4×3", 38024, ""},
	{"tensors/sparse/parti/4d_3_16.tns", "3×3×3×3", 4027, ""},
	{"tensors/sparse/small.tns", "2×3×2", 162, ""},
	{"tensors/sparse/small4.tns", "2×2×3×3", 500, ""},
	{"tensors/sparse/small4_zeroidx.tns", "2×2×3×3", 500, ""},
	{"tensors/tensorly/COVID19_data.npy", "438×6×11", -1757.6130800206374, ""},
	{"tensors/tensorly/IL2_Response_Tensor.npy", "13×4×12×8", 33216.10639944733, ""},
	{"tensors/tensorly/Kinetic.npy", "64×12×10×60", 15006808181.33333, ""},
	{"tensors/tensorly/Kinetic_missing.npy", "64×12×10×60", 86240, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#A", "198×529", 1344764.9164, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#lib1", "198×129", 314154.16319999995, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#lib2", "198×138", 38650.131399999998, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#lib3", "198×127", 487255.49820000003, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#lib4", "198×135", 504411.68420000002, ""},
	{"libraries/bundles/spectral_library_jasperRidge.mat#material_names", "", 0, `is a cell`},
	{"libraries/bundles/spectral_library_samson.mat#A", "156×105", 119630.14978601999, ""},
	{"libraries/bundles/spectral_library_samson.mat#lib1", "156×30", 62888.09985734665, ""},
	{"libraries/bundles/spectral_library_samson.mat#lib2", "156×30", 43575.621255349499, ""},
	{"libraries/bundles/spectral_library_samson.mat#lib3", "156×45", 12316.736804564905, ""},
	{"libraries/bundles/spectral_library_samson.mat#material_names", "", 0, `is a cell`},
	{"libraries/bundles/spectral_library_urban.mat#A", "162×651", 723935.45400000003, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib1", "162×69", 50017.866999999998, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib2", "162×100", 109712.98300000001, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib3", "162×115", 68683.797999999995, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib4", "162×118", 39933.870999999999, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib5", "162×85", 124604.87099999998, ""},
	{"libraries/bundles/spectral_library_urban.mat#lib6", "162×164", 331489.79099999997, ""},
	{"libraries/bundles/spectral_library_urban.mat#material_names", "", 0, `is a cell`},
	{"libraries/emit/basic_endmember_library.csv", "5×224", 116938016.709378, ""},
	{"libraries/gamsberg/gamsberg_field_library", "2151×27", 651173.22487963433, ""},
	{"libraries/gamsberg/gamsberg_field_library.hdr", "2151×27", 651173.22487963433, ""},
	{"libraries/splib/s06av95a_envi.hdr", "224×1365", 5411263.5738576278, ""},
	{"libraries/splib/s06av95a_envi.sli", "224×1365", 5411263.5738576278, ""},
	{"libraries/splib/s07_AV95_envi.hdr", "224×3139", -1.1944424832902985e+33, ""},
	{"libraries/splib/s07_AV95_envi.sli", "224×3139", -1.1944424832902985e+33, ""},
	{"libraries/usgs1995/USGS_1995_Library.mat#names", "501×29", 46607106, ""},
	{"libraries/usgs1995/USGS_1995_Library.mat#datalib", "224×501", 3846736.8191089528, ""},
}

func TestEverySharedFileIsReadOrRefused(t *testing.T) {
	data := sharedtest.Path(t, "data")
	used := make([]bool, len(sharedFiles))
	row := func(name string) int {
		for k, c := range sharedFiles {
			if ok, _ := path.Match(c.name, name); ok {
				used[k] = true
				return k
			}
		}
		t.Errorf("no line for %s", name)
		return -1
	}
	for _, dir := range []string{"readers", "tensors", "libraries"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(data, dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(data, file)
			require.NoError(t, err)
			name = filepath.ToSlash(name)
			list, err := Variables(file)
			if err != nil {
				if k := row(name); k >= 0 {
					assert.NotEmpty(t, sharedFiles[k].refusal, name)
					assert.ErrorContains(t, err, sharedFiles[k].refusal, name)
				}
				return nil
			}
			for _, v := range list {
				name, file := name, file
				if v.Name != "" {
					name, file = name+"#"+v.Name, file+"#"+v.Name
				}
				if k := row(name); k >= 0 {
					sizes, sum, abs, err := readAll(file)
					if c := sharedFiles[k]; c.refusal != "" {
						assert.ErrorContains(t, err, c.refusal, name)
					} else if assert.NoError(t, err, name) {
						assert.Equal(t, c.sizes, sizes, name)
						assert.InDelta(t, c.sum, sum, 1e-12*abs, name) // ε·√n of both orders of adding
					}
				}
			}
			return nil
		}))
	}
	for k, u := range used {
		assert.True(t, u, "no file for the line %s", sharedFiles[k].name)
	}
}

// readAll is the sum of an array, dense or, where it cannot be, by its entries.
func readAll(name string) (sizes string, sum, abs float64, err error) {
	a, err := Open(name)
	if err != nil {
		return "", 0, 0, err
	}
	defer a.Close()
	add := func(i int, v float64) {
		if v == v && math.Abs(v) < 1e30 {
			v *= float64(1 + i%97)
			sum, abs = sum+v, abs+math.Abs(v)
		}
	}
	x, err := a.Dense()
	if err == nil {
		for i, v := range x.Data() {
			add(i, v)
		}
		return Sizes(a.Dims), sum, abs, nil
	}
	if a.Stored() < 0 || !errors.Is(err, ErrKind) {
		return "", 0, 0, err
	}
	s, err := a.Sparse()
	if err != nil {
		return "", 0, 0, err
	}
	for index, v := range s.Coordinates() {
		i := 0
		for n, k := range index {
			i = i*a.Dims[n] + k
		}
		add(i, v)
	}
	return Sizes(a.Dims), sum, abs, nil
}

// The lists of names beside a tensor are as long as its modes.
func TestNamesOfSharedTensor(t *testing.T) {
	folder := sharedtest.Path(t, "data/tensors/sparse")
	for file, want := range map[string][]string{"kinships_mode12_entities.map": {"person0", "104"}, "kinships_mode3_relations.map": {"term0", "25"}} {
		names, err := Strings(filepath.Join(folder, file))
		require.NoError(t, err)
		assert.Equal(t, want[0], names[0])
		assert.Equal(t, want[1], Sizes([]int{len(names)}))
	}
}
