package main

import (
	"encoding/json"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
)

// Means and single spectra of regions and labels, with names and wavelengths; what is made
// is a library that unmix reads.
func TestLibraryFromPixels(t *testing.T) {
	f := newFiles(t)
	y := mat.NewDense(3, 6, nil) // 2 rows, 3 columns
	for j := range 6 {
		y.SetCol(j, []float64{1 + float64(j), 4 + float64(j*j), 2})
	}
	y.Set(0, 5, math.NaN())
	y.Set(1, 5, math.NaN())
	y.Set(2, 5, math.NaN())
	image := f.envi("scene", y, 2, 3, "wavelength units = Micrometers\nwavelength = {0.4, 0.5, 0.6}\nfwhm = {0.01, 0.02, 0.03}\n")
	make := func(args ...string) (*format.Array, *mat.Dense, *makeResult) {
		code, text, errs := call(t.Context(), append([]string{"library", image, "--json", "--force"}, args...)...)
		require.Equal(t, exitDone, code, errs)
		r := &makeResult{}
		require.NoError(t, json.Unmarshal([]byte(text), r))
		a, err := format.Open(r.Made[0])
		require.NoError(t, err)
		defer a.Close()
		m, err := a.Matrix()
		require.NoError(t, err)
		return a, m, r
	}
	// Row 0 holds pixels 0, 2, 4, row 1 pixels 1, 3, 5.
	a, m, r := make("--out", f.path("lib.hdr"), "--region", "0:2,0=left", "--region", "1,1:3=rest", "--region", "1,0=left", "--region", "0,2=rest")
	require.Equal(t, []string{"left", "rest"}, a.Meta.Names)
	require.Equal(t, []float64{0.4, 0.5, 0.6}, a.Meta.Wavelengths)
	require.Equal(t, []float64{0.01, 0.02, 0.03}, a.Meta.FWHM)
	require.Equal(t, "Micrometers", a.Meta.Units)
	require.Equal(t, []float64{1.5, 4.5, 4.5, 16.5, 2, 2}, m.RawMatrix().Data)
	require.Equal(t, []string{f.path("lib.hdr"), f.path("lib.sli")}, r.Made)
	require.Equal(t, 2, r.Groups[1].Pixels)
	succeed(t, "unmix", image, "--lib", f.path("lib.hdr"), "--rank", "2")

	f.write("labels", writeBytes([]byte{2, 0, 1, 2, 0, 1}))
	labels := f.text("labels.hdr", "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\ninterleave = bsq\nfile type = ENVI Classification\nclasses = 3\nclass names = {Unclassified, water, tree}\n")
	a, m, _ = make("--out", f.path("lib.sli"), "--labels", labels, "--drop", "450-550")
	require.Equal(t, []string{"water", "tree"}, a.Meta.Names)
	require.Equal(t, []float64{0.4, 0.6}, a.Meta.Wavelengths)
	require.Equal(t, []float64{5, 1.5, 2, 2}, m.RawMatrix().Data) // pixel 4 of its two; pixels 0 and 1
}

func TestLibraryRefuses(t *testing.T) {
	f := newFiles(t)
	image := f.array("scene.npy", []int{2, 3, 2}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	matrix := f.array("matrix.npy", []int{2, 6}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	out := []string{"--out", f.path("x.sli")}
	in := func(args ...string) []string { return append(append([]string{"library"}, args...), out...) }
	for _, c := range []struct {
		name string
		code int
		args []string
		word string
	}{
		{"no out", exitUsage, []string{"library", image, "--region", "0,0=a"}, "--out is missing"},
		{"neither", exitUsage, in(image), "give --labels FILE, or --region"},
		{"both", exitUsage, in(image, "--labels", image, "--region", "0,0=a"), "give --labels FILE, or --region"},
		{"names", exitUsage, in(image, "--names", image, "--region", "0,0=a"), "regions have theirs"},
		{"region", exitUsage, in(image, "--region", "0:1=a"), "R0:R1,C0:C1=NAME"},
		{"empty region", exitUsage, in(image, "--region", "1:1,0=a"), "1:1 is empty"},
		{"outside", exitUsage, in(image, "--region", "0:3,0=a"), "rows 0 to 1"},
		{"matrix", exitUsage, in(matrix, "--region", "0,0=a"), "--shape ROWSxCOLS"},
		{"labels' size", exitFailure, in(image, "--labels", f.array("l.npy", []int{3, 2}, make([]float64, 6))), "is 3×2; the image has 2 rows × 3 columns"},
		{"no labels", exitFailure, in(image, "--labels", f.array("z.npy", []int{2, 3}, make([]float64, 6))), "no label above 0"},
		{"no label", exitFailure, in(image, "--labels", f.array("h.npy", []int{2, 3}, []float64{0.5, 0, 0, 0, 0, 0})), "holds 0.5 in row 0, column 0"},
		{"ending", exitUsage, []string{"library", image, "--region", "0,0=a", "--out", f.path("x.foo")}, "foo"},
	} {
		t.Run(c.name, func(t *testing.T) { fail(t, c.code, c.args, c.word) })
	}
	require.NoFileExists(t, f.path("x.sli"))
	code, _, _ := call(t.Context(), in(image, "--region", "0,0=a", "--all")...)
	require.Equal(t, exitDone, code)
	fail(t, exitFailure, in(image, "--region", "0,0=a"), "--force replaces it")
}

func writeBytes(b []byte) func(w io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(b); return err }
}
