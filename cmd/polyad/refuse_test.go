package main

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestUnmixRefuses(t *testing.T) {
	k := newTask(t)
	lib := k.path(k.truth.Sources[0].Library.Name + ".npy")
	broken := mat.DenseCopyOf(k.truth.Sources[0].Library.Spectra)
	for j := range 40 {
		broken.Set(7, j, -1.23e34)
	}
	k.matrix("deleted.npy", broken)
	y := mat.DenseCopyOf(k.truth.Y)
	y.Set(2, 14, math.NaN()) // row 2, column 1 of 12 rows
	k.matrix("nanimage.npy", y)
	for j := range 108 {
		y.Set(2, j, -9999)
	}
	k.envi("ignore", y, 12, 9, "data ignore value = -9999")
	k.matrix("short.npy", k.truth.Y.Slice(0, 198, 0, 108))
	k.array("index.npy", []int{2}, []float64{0, 900})
	k.array("twice.npy", []int{2}, []float64{1, 1})
	k.array("order4.npy", []int{2, 2, 2, 2}, make([]float64, 16))
	k.array("cube.npy", []int{2, 3, 211}, make([]float64, 6*211))
	k.write("two.npz", twoMatrices)
	shifted := append([]float64(nil), k.truth.Wavelength...)
	for b := range shifted {
		shifted[b] += 4
	}
	k.envi("shifted", k.truth.Y, 12, 9, "wavelength units = Nanometers\n"+values("wavelength", shifted))
	k.text("lib.hdr", "ENVI\nsamples = 211\nlines = 1\nbands = 1\nheader offset = 0\nfile type = ENVI Spectral Library\ndata type = 5\ninterleave = bsq\nbyte order = 0\nwavelength units = Nanometers\n"+values("wavelength", k.truth.Wavelength)+"\n")
	require.NoError(t, os.WriteFile(k.path("lib.sli"), make([]byte, 211*8), 0o666))

	on := func(image string, flags ...string) []string { return append([]string{"unmix", image}, flags...) }
	with := func(flags ...string) []string { return on(k.image, append([]string{"--lib", lib}, flags...)...) }
	for _, c := range []struct {
		name  string
		code  int
		args  []string
		words []string
	}{
		{"no image", exitUsage, []string{"unmix"}, []string{"usage: polyad unmix IMAGE"}},
		{"no library", exitUsage, on(k.image, "--rank", "2"), []string{"--lib"}},
		{"no rank", exitUsage, with(), []string{"--rank is missing"}},
		{"empty bounds", exitUsage, on(k.image, "--lib", lib+":3..1", "--rank", "2"), []string{"3..1", "MIN ≤ MAX"}},
		{"scale", exitUsage, with("--rank", "2", "--scale", "nan"), []string{"--scale"}},
		{"order", exitUsage, with("--rank", "2", "--order", "x"), []string{"column or row"}},
		{"order without shape", exitUsage, with("--rank", "2", "--order", "row"), []string{"--shape"}},
		{"normalize", exitUsage, with("--rank", "2", "--normalize", "x"), []string{"none, l2 or sum"}},
		{"metric", exitUsage, with("--rank", "2", "--metric", "x"), []string{"correlation"}},
		{"prune", exitUsage, with("--rank", "2", "--prune", "91deg"), []string{"3deg"}},
		{"shape", exitUsage, with("--rank", "2", "--shape", "12x"), []string{"ROWSxCOLS"}},
		{"pixels", exitUsage, with("--rank", "2", "--shape", "12x10"), []string{"120 pixels", "211×108"}},
		{"shape of a cube", exitUsage, on(k.path("cube.npy"), "--lib", lib, "--rank", "2", "--shape", "2x3"), []string{"is a cube of 2×3×211"}},
		{"drop", exitUsage, with("--rank", "2", "--drop", "9-1"), []string{"LO-HI"}},
		{"drop nothing", exitUsage, with("--rank", "2", "--drop", "1350-1450"), []string{"covers no band", "0 to 210"}},
		{"drop all", exitFailure, with("--rank", "2", "--drop", "0-210"), []string{"every one of the 211 bands"}},
		{"order 4", exitFailure, on(k.path("order4.npy"), "--lib", lib, "--rank", "2"), []string{"2×2×2×2", "bands × pixels"}},
		{"bands", exitFailure, on(k.path("short.npy"), "--lib", lib, "--rank", "2", "--shape", "12x9"), []string{"library minerals has 211 bands, the image 198: give --bands"}},
		{"band index", exitFailure, with("--rank", "2", "--bands", k.path("index.npy")), []string{"names 2 rows", "211 bands"}},
		{"band twice", exitFailure, with("--rank", "2", "--bands", k.path("twice.npy")), []string{"holds 1 twice"}},
		{"no index", exitFailure, with("--rank", "2", "--bands", lib), []string{"no row number"}},
		{"other wavelengths", exitFailure, on(k.path("shifted.hdr"), "--lib", k.path("lib.hdr"), "--rank", "1", "--resample", "no"), []string{"has 211 bands, the image 211", "4 nm from the nearest", "leave out --resample no"}},
		{"resampling", exitUsage, with("--rank", "2", "--resample", "x"), []string{"gaussian, linear, nearest or no"}},
		{"library's scale", exitUsage, with("--rank", "2", "--lib-scale", "0"), []string{"--lib-scale is 0"}},
		{"class without classes", exitUsage, with("--rank", "2", "--class", "a:1..2"), []string{"--classes"}},
		{"class without bounds", exitUsage, with("--rank", "2", "--classes", "name", "--class", "a"), []string{"NAME:MIN..MAX"}},
		{"no such class", exitUsage, with("--rank", "2", "--classes", "name", "--class", "a:1..2"), []string{"no such class", "minerals"}},
		{"no such column", exitUsage, with("--rank", "2", "--classes", "kind"), []string{"neither name, nor a file, nor a column of library minerals"}},
		{"too few class names", exitFailure, with("--rank", "2", "--classes", k.text("kinds.csv", "kind,x\na,1\nb,2\n")), []string{"names 2, library minerals has 40 spectra"}},
		{"no image file", exitFailure, on(k.path("imag.npy"), "--lib", lib, "--rank", "2"), []string{"imag.npy", "nearest there: image.npy"}},
		{"no library file", exitFailure, on(k.image, "--lib", k.path("x.npy"), "--rank", "2"), []string{"library x", "not found"}},
		{"which", exitFailure, on(k.image, "--lib", k.path("two.npz"), "--rank", "2"), []string{"say which", "two.npz#a"}},
		{"no such variable", exitFailure, on(k.image, "--lib", k.path("two.npz#c"), "--rank", "2"), []string{"no variable c", "a (2×3"}},
		{"no variables there", exitFailure, on(k.image+"#Y", "--lib", lib, "--rank", "2"), []string{"single array", "leave out #Y"}},
		{"upper bounds", exitFailure, on(k.image, "--lib", lib+":0..1", "--rank", "2"), []string{"1 at most of 2 components"}},
		{"lower bounds", exitFailure, on(k.image, "--lib", "mine="+lib+":3..5", "--rank", "2"), []string{`"mine"`, "at least 3"}},
		{"rank", exitFailure, with("--rank", "41"), []string{"40 at most of 41"}},
		{"nothing but deleted values", exitFailure, on(k.image, "--lib", k.path("deleted.npy"), "--rank", "2"), []string{"none of the 40 spectra of library deleted", "number 0 (deleted 0), has none at band 7", "--drop"}},
		{"NaN in the image", exitFailure, on(k.path("nanimage.npy"), "--lib", lib, "--rank", "2", "--shape", "12x9"), []string{"row 2, column 1 holds NaN in band 2", "1 of 211 bands", "--drop"}},
		{"no pixel with data", exitFailure, on(k.path("ignore.hdr"), "--lib", lib, "--rank", "2"), []string{"none of the 108 pixels has data"}},
	} {
		t.Run(c.name, func(t *testing.T) { fail(t, c.code, c.args, c.words...) })
	}
}

func TestCPDRefuses(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, nil)
	data := make([]float64, 24)
	for i := range data {
		data[i] = float64(i)
	}
	data[2*4*1+4*1+3] = nan()
	f.array("nan.npy", []int{3, 2, 4}, data)
	f.array("zero.npy", []int{3, 2, 4}, make([]float64, 24))
	f.array("lib.npy", []int{5, 4}, make([]float64, 20))
	cpd := func(flags ...string) []string { return append([]string{"cpd", x, "--rank", "2"}, flags...) }
	for _, c := range []struct {
		name  string
		code  int
		args  []string
		words []string
	}{
		{"no tensor", exitUsage, []string{"cpd"}, []string{"usage: polyad cpd TENSOR"}},
		{"no rank", exitUsage, []string{"cpd", x}, []string{"--rank is missing; give the number of"}},
		{"rank", exitUsage, []string{"cpd", x, "--rank", "-3"}, []string{"--rank is -3"}},
		{"nonneg", exitUsage, cpd("--nonneg", "0,3"), []string{"0,3", "from 0 to 2"}},
		{"method", exitUsage, cpd("--method", "x"), []string{`"x" is not known`, "als, hals"}},
		{"als and nonneg", exitUsage, cpd("--method", "als", "--nonneg", "1"), []string{"mode 1 nonnegative"}},
		{"hals alone", exitUsage, cpd("--method", "hals"), []string{"--nonneg all"}},
		{"init", exitUsage, cpd("--init", "x"), []string{"random, svd or gevd"}},
		{"init factors", exitUsage, cpd("--init-factors", "a,b"), []string{"2 files for a tensor of order 3"}},
		{"two inits", exitUsage, cpd("--init-factors", "a,b,c", "--init", "svd"), []string{"leave out --init"}},
		{"given and starts", exitUsage, cpd("--init-factors", "a,b,c", "--starts", "2"), []string{"one start"}},
		{"no init factor", exitFailure, cpd("--init-factors", "a,b,c"), []string{"--init-factors, mode 0"}},
		{"init factor's size", exitFailure, cpd("--init-factors", strings.Repeat(","+f.path("lib.npy"), 3)[1:]), []string{"5×4"}},
		{"dict", exitUsage, cpd("--dict", f.path("lib.npy")), []string{"MODE:[NAME=]FILE"}},
		{"dict's mode", exitUsage, cpd("--dict", "3:"+f.path("lib.npy")), []string{"from 0 to 2"}},
		{"dict's size", exitFailure, cpd("--dict", "1:"+f.path("lib.npy")), []string{"library lib is 5×4", "mode 1 are columns of 8"}},
		{"sweeps", exitUsage, cpd("--max-sweeps", "0"), []string{"--max-sweeps is 0"}},
		{"starts", exitUsage, cpd("--starts", "0"), []string{"--starts 0"}},
		{"tol", exitUsage, cpd("--tol", "-1"), []string{"--tol is -1"}},
		{"time", exitUsage, cpd("--time-limit", "-1s"), []string{"--time-limit is -1s"}},
		{"NaN", exitFailure, []string{"cpd", f.path("nan.npy"), "--rank", "1"}, []string{"NaN", "[1 1 3]"}},
		{"missing", exitFailure, cpd("--missing", "x"), []string{"--missing (nan, or a file)", "no file x"}},
		{"mask's size", exitFailure, cpd("--missing", f.path("nan.npy")), []string{"3×2×4", "9×8×7"}},
		{"nothing known", exitFailure, []string{"cpd", f.path("nan.npy"), "--rank", "1", "--missing", f.path("zero.npy")}, []string{"every entry of the tensor is unknown"}},
		{"exact alone", exitUsage, cpd("--exact"), []string{"it needs --missing"}},
		{"tied dict", exitUsage, cpd("--dict", "0+1:"+f.path("lib.npy")), []string{"give 2 files"}},
		{"tied dict's mode", exitUsage, cpd("--dict", "0+3:"+f.path("lib.npy")), []string{"MODE+MODE"}},
		{"free alone", exitUsage, cpd("--free", "1:0..1"), []string{"about modes with --dict"}},
		{"no file", exitFailure, []string{"cpd", f.path("y.npy"), "--rank", "1"}, []string{"no file", "x.npy"}},
		{"folder", exitFailure, []string{"cpd", f.dir, "--rank", "1"}, []string{"is a folder"}},
	} {
		t.Run(c.name, func(t *testing.T) { fail(t, c.code, c.args, c.words...) })
	}
	require.Zero(t, succeed(t, "cpd", f.path("zero.npy"), "--rank", "1").RelativeError)
	require.Less(t, succeed(t, "cpd", f.path("nan.npy"), "--rank", "2", "--missing", "nan").RelativeError, 1e-2) // exactly of rank 2, in 500 slow sweeps
}
