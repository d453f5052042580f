package envi

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// written is the header as text.
func written(t require.TestingT, h *Header) string {
	var b bytes.Buffer
	require.NoError(t, WriteHeader(&b, h))
	return b.String()
}

// bare is a header without what depends on how it was written.
func bare(h *Header) Header {
	c := *h
	c.Fields, c.Warnings = nil, nil
	return c
}

const full = `ENVI
description = {
  a scene,
  of two lines}
samples = 3
lines = 2
bands = 4
header offset = 128
file type = ENVI Classification
data type = 12
interleave = bil
sensor type = AVIRIS
byte order = 1
wavelength = {0.1, 0.25, 1e-7, 2500.123456789}
fwhm = {1, 2, 3, 4}
wavelength units = Micrometers
bbl = {1, 0, 1, 1}
band names = {a (1), b {2}, c, d = e}
data ignore value = -1.23000002e+034
reflectance scale factor = 10000
map info = {UTM, 1, 1, 500000, 4000000, 30, 30, 11, North, WGS-84, units=Meters}
coordinate system string = {PROJCS["UTM_Zone_11N",GEOGCS["GCS_WGS_1984"]]}
default bands = {3, 2, 1}
acquisition time = 2013-03-17T10:00:00Z
z plot titles = {Wavelength, Value}
default bands = {1, 2, 3}
notes = {one } two
three}
`

// Every fact and every key of a header is in the header that is written from it.
func TestWriteHeaderKeepsEverything(t *testing.T) {
	h := parse(t, full)
	text := written(t, h)
	again := parse(t, text)
	want := bare(h)
	want.BandNames = []string{"a (1)", "b (2)", "c", "d = e"}
	assert.Equal(t, want, bare(again))
	assert.Empty(t, again.Warnings)
	for _, key := range []string{"sensor type", "default bands", "acquisition time", "z plot titles", "notes", "map info", "coordinate system string", "file type"} {
		assert.Equal(t, h.Value(key), again.Value(key), key)
	}
	assert.Equal(t, 1, strings.Count(text, "default bands"), "the last of a key that comes twice")
	assert.Contains(t, text, "acquisition time = 2013", "no braces where there were none")
	assert.Contains(t, text, "default bands = {1, 2, 3}")
	assert.Equal(t, text, written(t, again), "a second time changes nothing")

	h = parse(t, "ENVI\nsamples = 3\nlines = 2\nfile type = ENVI Spectral Library\ndata type = 4\nspectra names = {a,\n,b;c}\nbbl = {1,1,0}\n")
	h.SpectraNames = []string{" a,\nb ", ""}
	again = parse(t, written(t, h))
	assert.True(t, again.Library)
	assert.Equal(t, []string{"a; b", "unnamed"}, again.SpectraNames)
	assert.Equal(t, []bool{false, false, true}, again.BadBands)
}

// Numbers come back to the bit, names but for what the format cannot say.
func TestWriteHeaderRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "bands")
		value := rapid.Float64Range(-1e9, 1e9)
		ignore := value.Draw(t, "ignore")
		h := &Header{
			Samples: rapid.IntRange(1, 9).Draw(t, "samples"), Lines: rapid.IntRange(1, 9).Draw(t, "lines"), Bands: n,
			Type: rapid.SampledFrom(Types()).Draw(t, "type"), Interleave: rapid.SampledFrom([]string{"bsq", "bil", "bip"}).Draw(t, "interleave"),
			BigEndian: rapid.Bool().Draw(t, "big"), Offset: int64(rapid.IntRange(0, 99).Draw(t, "offset")),
			Wavelengths: rapid.SliceOfN(value, n, n).Draw(t, "wavelength"), FWHM: rapid.SliceOfN(value, n, n).Draw(t, "fwhm"),
			BadBands:  rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "bbl"),
			BandNames: rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9()=:.#-]( ?[A-Za-z0-9()=;:.#-]){0,8}`), n, n).Draw(t, "names"),
			Ignore:    &ignore, ScaleFactor: rapid.Float64Range(1e-9, 1e9).Draw(t, "scale"),
			Units: rapid.SampledFrom([]string{"", "Nanometers", "Unknown"}).Draw(t, "units"),
		}
		got, err := ParseHeader(strings.NewReader(written(t, h)))
		require.NoError(t, err)
		require.Empty(t, got.Warnings)
		l, err := h.Layout()
		require.NoError(t, err)
		require.Equal(t, l, got.layout())
		a, b := bare(h), bare(got)
		a.elem = b.elem
		require.Equal(t, a, b)
	})
}

// checkWritten is an error when a header that was read does not read back the same
// from what is written of it: its facts, and keys that are no facts.
func checkWritten(t *testing.T, h *Header) {
	t.Helper()
	text := written(t, h)
	again, err := ParseHeader(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v, in\n%s", err, text)
	}
	if len(again.Warnings) > 0 {
		t.Fatalf("%v, in\n%s", again.Warnings, text)
	}
	a, b := bare(h), bare(again)
	a.BandNames, a.SpectraNames = names(a.BandNames), names(a.SpectraNames)
	for _, p := range []*Header{&a, &b} { // NaN is not equal to itself
		if p.Ignore != nil && math.IsNaN(*p.Ignore) {
			p.Ignore = nil
		}
	}
	require.Equal(t, a, b, text)
	for _, f := range h.Fields {
		if f.Key != "interleave" && f.Key != "file type" && !isFact(f.Key) {
			require.Equal(t, strings.Fields(h.Value(f.Key)), strings.Fields(again.Value(f.Key)), "%q in\n%s", f.Key, text)
		}
	}
}

// isFact tells whether a key is kept as a field of Header, or not at all.
func isFact(key string) bool {
	return slices.Contains([]string{
		"samples", "lines", "bands", "header offset", "data type", "byte order", "description",
		"wavelength", "fwhm", "bbl", "wavelength units", "band names", "spectra names", "data ignore value", "reflectance scale factor",
		"map info", "coordinate system string", "file compression", "major frame offsets", "minor frame offsets",
	}, key)
}

func TestWriteHeaderRefuses(t *testing.T) {
	for _, c := range []struct {
		h    Header
		want string
	}{
		{Header{Samples: 1, Lines: 1, Type: "uint8"}, "cannot be written"},
		{Header{Samples: 1, Lines: 1, Bands: 2, Library: true, Type: "uint8"}, "1 band"},
		{Header{Samples: 1, Lines: 1, Bands: 1, Type: "int8"}, `no element type "int8"; there are uint8, int16`},
		{Header{Samples: 1, Lines: 1, Bands: 1, Type: "uint8", Interleave: "BSQ"}, "bsq, bil or bip"},
		{Header{Samples: 1 << 30, Lines: 1 << 30, Bands: 1 << 30, Type: "uint8"}, "too large"},
	} {
		require.ErrorContains(t, WriteHeader(&bytes.Buffer{}, &c.h), c.want)
	}
}

// Headers as other writers make them.
func TestParseHeaderVariants(t *testing.T) {
	h := parse(t, "ENVI\r\nSamples=3\r\nLINES = 2\r\nbands\t=\t4\r\nData Type = 4 \r\ninterleave = Bip\r\nwavelength =\r\n{1,2,\r\n; a comment\r\n3,4}\r\n")
	assert.Equal(t, []float64{1, 2, 3, 4}, h.Wavelengths)
	assert.Equal(t, "bip", h.Interleave)
	h = parse(t, "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 4\nspectra names = {a, b}\n")
	assert.True(t, h.Library, "no file type, but spectra")
	h = parse(t, "ENVI\nsamples = 3\nlines = 2\ndata type = 4\nfile type = envi  SPECTRAL LIBRARY\n")
	assert.Equal(t, []int{3, 2}, h.Dims(), "no bands in a library")
}

// A library and an image of the same name: the header says which of the two it means.
func TestOpenTakesTheDataThatFit(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		return filepath.Join(dir, name)
	}
	file("x.img", "0123456789")
	file("x.sli", "abcdef")
	h := file("x.hdr", "ENVI\nsamples = 3\nlines = 2\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 1\ninterleave = bsq\n")
	for _, name := range []string{h, filepath.Join(dir, "x"), filepath.Join(dir, "x.sli")} {
		m, err := Open(name)
		require.NoError(t, err)
		dst := make([]float64, 6)
		require.NoError(t, m.ReadSlab(t.Context(), dst, 0, 3))
		require.Equal(t, []float64{'a', 'd', 'b', 'e', 'c', 'f'}, dst, name)
		require.NoError(t, m.Close())
	}
	m, err := Open(filepath.Join(dir, "x.img")) // named, so it is what is meant
	require.NoError(t, err)
	require.NoError(t, m.Close())

	file("y.img", "abcdef")
	file("y.img.hdr", "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\n")
	m, err = Open(filepath.Join(dir, "y"))
	require.NoError(t, err)
	require.NoError(t, m.Close())
}

// A header whose sizes multiply to little more than a file holds, or wrap round, is
// refused before memory is taken, whatever the numbers.
func FuzzENVISizes(f *testing.F) {
	f.Add(uint64(3), uint64(2), uint64(4), 4, uint64(0), uint16(96))
	f.Add(uint64(1<<32), uint64(1<<32), uint64(1), 1, uint64(0), uint16(9))
	f.Add(uint64(1), uint64(1), uint64(1<<61), 5, uint64(1<<63-1), uint16(8))
	f.Fuzz(func(t *testing.T, samples, lines, bands uint64, code int, offset uint64, size uint16) {
		h, err := ParseHeader(strings.NewReader(fmt.Sprintf("ENVI\nsamples = %d\nlines = %d\nbands = %d\ndata type = %d\nheader offset = %d\n", samples, lines, bands, code, offset)))
		if err != nil {
			return
		}
		m, err := NewImage(h, bytes.NewReader(make([]byte, size)), int64(size))
		if err != nil {
			return
		}
		n := 1
		for _, d := range m.Dims {
			n *= d
		}
		if n < 1 || n > int(size) {
			t.Fatalf("%v from %d bytes", m.Dims, size)
		}
		if err := m.ReadSlab(t.Context(), make([]float64, n), 0, m.Dims[0]); err != nil {
			t.Fatal(err)
		}
	})
}
