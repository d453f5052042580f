package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format"
)

// convert runs convert, which must succeed, and opens what it wrote.
func (f files) convert(in, out string, flags ...string) (*format.Array, []float64, *convertResult) {
	f.t.Helper()
	code, text, errs := call(f.t.Context(), append([]string{"convert", in, out, "--json"}, flags...)...)
	require.Equal(f.t, exitDone, code, errs)
	r := &convertResult{}
	require.NoError(f.t, json.Unmarshal([]byte(text), r))
	a, err := format.Open(out)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { a.Close() })
	x, err := a.Dense()
	require.NoError(f.t, err)
	require.Equal(f.t, r.Dims, a.Dims)
	require.Equal(f.t, r.Type, a.Type)
	return a, x.Data(), r
}

// From each format to the next and back, in slabs of a few values, an array stays what
// it was.
func TestConvertRoundTrips(t *testing.T) {
	slab, pass := slabValues, slabOfPass
	t.Cleanup(func() { slabValues, slabOfPass = slab, pass })
	slabValues, slabOfPass = 13, 26
	f := newFiles(t)
	data := make([]float64, 5*4*3)
	for i := range data {
		data[i] = float64(i) / 8
	}
	cube := f.array("a.npy", []int{5, 4, 3}, data)
	for _, out := range []string{"b.bil", "c.mat", "d.bsq", "e.npy", "f.bip", "g.mat#cube", "h.hdr"} {
		a, x, _ := f.convert(cube, f.path(out))
		require.Equal(t, []int{5, 4, 3}, a.Dims)
		require.Equal(t, data, x, out)
		cube = f.path(out)
	}
	table := f.text("t.csv", "name,400,410,450\nclay,1,2,3\nsoil,4,5,6\n")
	_, x, _ := f.convert(table, f.path("l.sli"))
	require.Equal(t, []float64{1, 4, 2, 5, 3, 6}, x)
	a, x, _ := f.convert(f.path("l.hdr"), f.path("u.csv"))
	require.Equal(t, []float64{1, 4, 2, 5, 3, 6}, x)
	require.Equal(t, []string{"clay", "soil"}, a.Meta.Names)
	a, x, _ = f.convert(f.path("u.csv"), f.path("v.csv"), "--transpose")
	require.Equal(t, []float64{1, 2, 3, 4, 5, 6}, x)
	require.Equal(t, []float64{400, 410, 450}, a.Meta.Wavelengths)
	require.Equal(t, []string{"clay", "soil"}, a.Meta.RowNames)
}

// A matrix of bands × pixels becomes a cube in either order of pixels, and bands that
// come first go last.
func TestConvertTurns(t *testing.T) {
	f := newFiles(t)
	const rows, cols, bands = 2, 3, 4
	value := func(r, c, b int) float64 { return float64(100*r + 10*c + b) }
	var column, row, first, want []float64
	for b := range bands {
		for c := range cols {
			for r := range rows {
				column = append(column, value(r, c, b))
			}
		}
		for r := range rows {
			for c := range cols {
				row, first = append(row, value(r, c, b)), append(first, value(r, c, b))
			}
		}
	}
	for r := range rows {
		for c := range cols {
			for b := range bands {
				want = append(want, value(r, c, b))
			}
		}
	}
	for _, c := range []struct {
		dims  []int
		data  []float64
		flags []string
	}{
		{[]int{bands, rows * cols}, column, []string{"--shape", "2x3"}},
		{[]int{bands, rows * cols}, row, []string{"--shape", "2x3", "--order", "row"}},
		{[]int{bands, rows, cols}, first, []string{"--bands-first"}},
	} {
		in := f.array("in.npy", c.dims, c.data)
		for _, out := range []string{"o.npy", "o.bsq", "p.bil", "q.mat"} {
			a, x, _ := f.convert(in, f.path(out), append(c.flags, "--force")...)
			require.Equal(t, []int{rows, cols, bands}, a.Dims)
			require.Equal(t, want, x, "%v %s", c.flags, out)
		}
	}
}

// The scale is taken off the values but not the marks for no data, and not told again.
func TestConvertApplyScale(t *testing.T) {
	f := newFiles(t)
	f.text("s.hdr", "ENVI\nsamples = 2\nlines = 1\nbands = 2\ndata type = 1\ninterleave = bip\nreflectance scale factor = 10\ndata ignore value = 0\nmap info = {UTM, 1, 1, 0, 0, 1, 1}\nbbl = {1, 0}\nwavelength units = um\nwavelength = {0.4, 0.5}\nsensor type = mine\n")
	f.text("s.img", "\x0a\x00\x05\x64")
	a, x, r := f.convert(f.path("s.img"), f.path("t.img"), "--apply-scale")
	require.Equal(t, []float64{1, 0, 0.5, 10}, x)
	require.Equal(t, "float32", a.Type)
	require.Equal(t, 10.0, r.Scaled)
	require.Zero(t, a.Meta.ScaleFactor)
	require.Equal(t, "UTM, 1, 1, 0, 0, 1, 1", a.Meta.MapInfo)
	require.Equal(t, []bool{false, true}, a.Meta.BadBands)
	require.Equal(t, []string{f.path("t.hdr"), f.path("t.img")}, r.Made)

	a, x, r = f.convert(f.path("s"), f.path("u.npy"), "--out", f.path("result"))
	require.Equal(t, []float64{10, 0, 5, 100}, x)
	require.Equal(t, "uint8", a.Type)
	require.Contains(t, r.Warnings[0], "no place for wavelengths, marks of bad bands, the value for no data, the reflectance scale factor of 10, map info")
	require.FileExists(t, f.path("result/result.json"))
	fail(t, exitUsage, []string{"convert", f.path("u.npy"), f.path("w.npy"), "--apply-scale"}, "gives no reflectance scale factor")
}

func TestConvertRefuses(t *testing.T) {
	f := newFiles(t)
	cube := f.array("cube.npy", []int{2, 3, 4}, make([]float64, 24))
	half := f.array("half.npy", []int{1, 2}, []float64{0.5, 1})
	empty := f.array("empty.npy", []int{3, 0}, nil)
	f.convert(cube, f.path("a.img"))
	before, err := os.ReadDir(f.dir)
	require.NoError(t, err)
	for _, c := range []struct {
		code  int
		args  []string
		words []string
	}{
		{exitUsage, []string{cube}, []string{"usage: polyad convert IN OUT"}},
		{exitFailure, []string{f.path("none.npy"), f.path("b.npy")}, []string{"no file"}},
		{exitFailure, []string{empty, f.path("b.npy")}, []string{"nothing in it", "3×0"}},
		{exitUsage, []string{cube, f.path("b")}, []string{"no ending that says what to write", "envi (.hdr"}},
		{exitUsage, []string{cube, f.path("b"), "--to", "tiff"}, []string{`no format "tiff"`}},
		{exitFailure, []string{cube, f.path("a.hdr")}, []string{"exists", "--force replaces it"}},
		{exitUsage, []string{cube, cube, "--force"}, []string{"would be written over"}},
		{exitUsage, []string{f.path("a.hdr"), f.path("a.img"), "--force"}, []string{"would be written over"}},
		{exitFailure, []string{f.path("a.hdr"), f.path("a.bil"), "--force"}, []string{"a.img lies beside a.hdr", "choose another name"}},
		{exitFailure, []string{cube, f.path("b.csv")}, []string{"no table"}},
		{exitFailure, []string{half, f.path("b.npy"), "--type", "int16"}, []string{"0.5 at [0 0] does not fit in int16", "float32"}},
		{exitFailure, []string{half, f.path("b.npy"), "--type", "int12"}, []string{`no element type "int12"`}},
		{exitUsage, []string{cube, f.path("b.npy"), "--shape", "2x3"}, []string{"cube.npy is 2×3×4"}},
		{exitUsage, []string{half, f.path("b.npy"), "--shape", "2x3"}, []string{"bands × 6 pixels"}},
		{exitUsage, []string{half, f.path("b.npy"), "--bands-first"}, []string{"is for cubes"}},
		{exitUsage, []string{f.path("a.hdr"), f.path("b.npy"), "--bands-first"}, []string{"its last size, 4, is that of the bands"}},
		{exitUsage, []string{cube, f.path("b.npy"), "--transpose"}, []string{"is for matrices"}},
		{exitUsage, []string{cube, f.path("b.npy"), "--transpose", "--bands-first"}, []string{"give one of"}},
		{exitUsage, []string{cube, f.path("b.npy"), "--order", "row"}, []string{"needs --shape"}},
		{exitUsage, []string{cube, f.path("b.npy"), "--order", "x"}, []string{"column or row"}},
		{exitUsage, []string{cube, f.path("b.npy"), "--interleave", "bil"}, []string{"are for ENVI files"}},
	} {
		fail(t, c.code, append([]string{"convert"}, c.args...), c.words...)
		after, err := os.ReadDir(f.dir)
		require.NoError(t, err)
		require.Len(t, after, len(before), "%v leaves files", c.args)
	}
}

// An interrupted copy leaves no file, under any name.
func TestConvertInterrupted(t *testing.T) {
	slab := slabOfPass
	t.Cleanup(func() { slabOfPass = slab })
	slabOfPass = 1
	f := newFiles(t)
	in := f.array("in.npy", []int{200000, 2}, make([]float64, 400000))
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, interrupt)
	code, out, errs := call(ctx, "convert", in, f.path("out.bil"), "--shape", "1x2")
	require.Equal(t, exitFailure, code)
	require.Empty(t, out)
	require.Contains(t, errs, "interrupted; nothing is written")
	left, err := filepath.Glob(f.path("*"))
	require.NoError(t, err)
	hidden, err := filepath.Glob(f.path(".*"))
	require.NoError(t, err)
	require.Equal(t, []string{in}, append(left, hidden...))
}
