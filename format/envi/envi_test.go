package envi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/memtest"
)

const minimal = "ENVI\nsamples = 3\nlines = 2\nbands = 4\ndata type = 4\n"

func parse(t *testing.T, text string) *Header {
	t.Helper()
	h, err := ParseHeader(strings.NewReader(text))
	require.NoError(t, err)
	return h
}

func TestParseHeaderReadsEverything(t *testing.T) {
	h := parse(t, "ENVI\r\n"+`
; a comment, with = and {
description = {
  two
  lines}
SAMPLES = 3
Lines   = 2
bands=4
header  offset = 128
file type = ENVI Standard
data type = 12
interleave = BIL
byte order = 1
wavelength = {0.4, 0.5,
  0.6,
  0.7,}
fwhm = {.01,.01,.02,1e-2} ; four
wavelength units = Micrometers
bbl = {1,0,1,1}
band names = {
 a (1),
 b   two,
 c,
 d}
data ignore value = -1.23000002e+034
reflectance scale factor = 10000
map info = {UTM, 1, 1, 500000, 4000000, 30, 30, 11, North}
coordinate system string = {PROJCS["x"]}
`)
	assert.Equal(t, []int{2, 3, 4}, h.Dims())
	assert.Equal(t, int64(128), h.Offset)
	assert.Equal(t, "uint16", h.Type)
	assert.Equal(t, "bil", h.Interleave)
	assert.True(t, h.BigEndian)
	assert.Equal(t, "two\n  lines", h.Description)
	assert.Equal(t, []float64{.4, .5, .6, .7}, h.Wavelengths)
	assert.Equal(t, []float64{.01, .01, .02, .01}, h.FWHM)
	assert.Equal(t, "Micrometers", h.Units)
	assert.Equal(t, []bool{false, true, false, false}, h.BadBands)
	assert.Equal(t, []string{"a (1)", "b two", "c", "d"}, h.BandNames)
	assert.Equal(t, -1.23000002e34, *h.Ignore)
	assert.Equal(t, 10000.0, h.ScaleFactor)
	assert.Equal(t, "UTM, 1, 1, 500000, 4000000, 30, 30, 11, North", h.MapInfo)
	assert.Equal(t, `PROJCS["x"]`, h.CoordinateSys)
	assert.Equal(t, "ENVI Standard", h.Value("file type"))
	assert.Empty(t, h.Warnings)
	assert.Len(t, h.Fields, 18)
}

func TestParseHeaderWarns(t *testing.T) {
	h := parse(t, minimal+"wavelength = {1,2,3}\nfwhm = {1,2,x,4}\nbbl = {}\ndata ignore value = none\nreflectance scale factor = 0\nband names = {a}\n")
	assert.Nil(t, h.Wavelengths)
	assert.Nil(t, h.FWHM)
	assert.Nil(t, h.BadBands)
	assert.Nil(t, h.Ignore)
	assert.Nil(t, h.BandNames)
	assert.Len(t, h.Warnings, 7) // and the missing interleave
	assert.Contains(t, strings.Join(h.Warnings, "\n"), "line 6: wavelength: 3 values, want 4")

	h = parse(t, minimal+"interleave = bsq\nband names = {\n a, b,\n c,\n d, e,\n f}\n")
	assert.Equal(t, []string{"a, b", "c", "d, e", "f"}, h.BandNames)
}

func TestParseHeaderRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "empty"},
		{"ENVY\n", "line 1: want ENVI"},
		{"ENVI\nsamples 3\n", "line 2: want `key = value`"},
		{"ENVI\n= 3\n", "line 2"},
		{"ENVI\nlines = 2\nbands = 1\ndata type = 4\n", "no `samples = …`"},
		{"ENVI\nsamples = 2\nlines = 2\nbands = 1\n", "no `data type = …`"},
		{"ENVI\nsamples = 0\nlines = 2\nbands = 1\ndata type = 4\n", "line 2: samples = 0: want a whole number of at least 1"},
		{"ENVI\nsamples = -3\n", "line 2"},
		{"ENVI\nsamples = 3.5\n", "line 2"},
		{"ENVI\nsamples = 99999999999999999999\n", "line 2"},
		{"ENVI\nsamples = 2000000000\nlines = 2000000000\nbands = 2000000000\ndata type = 4\n", "too large"},
		{minimal + "data type = 6\n", "complex"},
		{minimal + "data type = 9\n", "complex"},
		{minimal + "data type = 7\n", "no such type"},
		{minimal + "byte order = 2\n", "byte order"},
		{minimal + "interleave = bill\n", "bsq, bil or bip"},
		{minimal + "header offset = -1\n", "header offset"},
		{minimal + "file compression = 1\n", "again without"},
		{minimal + "major frame offsets = {0, 4}\n", "again without"},
		{minimal + "file type = ENVI Spectral Library\n", "has 1"},
		{minimal + "wavelength = {1,\n2\n", "line 6: the { of \"wavelength\" is never closed"},
	} {
		_, err := ParseHeader(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want, c.text)
	}
}

// value is what the test images have at a row, column and band.
func value(i, j, b int) float64 { return float64(i*40 + j*10 + b) }

// data stores an image by the definition of the interleaves.
func data(code int, interleave string, big bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	out := []byte("offset!")
	put := func(i, j, b int) {
		v := value(i, j, b)
		switch code {
		case 1:
			out = append(out, byte(v))
		case 2, 12:
			out = order.AppendUint16(out, uint16(v))
		case 3, 13:
			out = order.AppendUint32(out, uint32(v))
		case 4:
			out = order.AppendUint32(out, math.Float32bits(float32(v)))
		case 5:
			out = order.AppendUint64(out, math.Float64bits(v))
		case 14, 15:
			out = order.AppendUint64(out, uint64(v))
		}
	}
	const lines, samples, bands = 2, 3, 4
	switch interleave {
	case "bsq":
		for b := range bands {
			for i := range lines {
				for j := range samples {
					put(i, j, b)
				}
			}
		}
	case "bil":
		for i := range lines {
			for b := range bands {
				for j := range samples {
					put(i, j, b)
				}
			}
		}
	case "bip":
		for i := range lines {
			for j := range samples {
				for b := range bands {
					put(i, j, b)
				}
			}
		}
	}
	return out
}

func TestImageReadsEveryForm(t *testing.T) {
	for code := range dataTypes {
		for _, interleave := range []string{"bsq", "bil", "bip"} {
			for order := range 2 {
				t.Run(fmt.Sprintf("%d/%s/%d", code, interleave, order), func(t *testing.T) {
					h := parse(t, fmt.Sprintf("%sdata type = %d\ninterleave = %s\nbyte order = %d\nheader offset = 7\n", minimal, code, interleave, order))
					file := data(code, interleave, order == 1)
					m, err := NewImage(h, bytes.NewReader(file), int64(len(file)))
					require.NoError(t, err)
					for _, r := range [][2]int{{0, 2}, {1, 2}, {0, 1}} {
						dst := make([]float64, (r[1]-r[0])*12)
						require.NoError(t, m.ReadSlab(t.Context(), dst, r[0], r[1]))
						for k, v := range dst {
							require.Equal(t, value(r[0]+k/12, k/4%3, k%4), v)
						}
					}
					for cut := range file {
						_, err := NewImage(h, bytes.NewReader(file[:cut]), int64(cut))
						require.Error(t, err)
					}
				})
			}
		}
	}
}

// The samples of a library are its bands, its lines the atoms.
func TestLibraryIsBandsByAtoms(t *testing.T) {
	h := parse(t, "ENVI\nsamples = 3\nlines = 2\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 1\ninterleave = bsq\nspectra names = { tree  oak ,\n water }\nwavelength = {1, 2, 3}\n")
	assert.Equal(t, []string{"tree oak", "water"}, h.SpectraNames)
	assert.Equal(t, 3, h.Channels())
	m, err := NewImage(h, bytes.NewReader([]byte{1, 2, 3, 4, 5, 6}), 6)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 2}, m.Dims)
	dst := make([]float64, 6)
	require.NoError(t, m.ReadSlab(t.Context(), dst, 0, 3))
	assert.Equal(t, []float64{1, 4, 2, 5, 3, 6}, dst)
}

func TestFindCompletesPairs(t *testing.T) {
	for _, c := range []struct {
		files []string
		names []string // each finds files 0 (header) and 1 (data)
	}{
		{[]string{"a.hdr", "a"}, []string{"a.hdr", "a"}},
		{[]string{"a.hdr", "a.img"}, []string{"a.hdr", "a.img", "a"}},
		{[]string{"a.img.hdr", "a.img"}, []string{"a.img.hdr", "a.img"}},
		{[]string{"a.HDR", "a.DAT"}, []string{"a.HDR", "a.DAT", "a"}},
		{[]string{"a.b.hdr", "a.b"}, []string{"a.b.hdr", "a.b"}},
		{[]string{"a.hdr", "a.sli"}, []string{"a.hdr", "a.sli", "a"}},
	} {
		dir := t.TempDir()
		for _, f := range c.files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, f), []byte("ENVI"), 0o600))
		}
		for _, name := range c.names {
			header, data, err := Find(filepath.Join(dir, name))
			require.NoError(t, err, name)
			assert.Equal(t, c.files, []string{filepath.Base(header), filepath.Base(data)}, name)
		}
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	_, _, err := Find(name + ".img")
	require.ErrorContains(t, err, "looked for a.hdr and a.img.hdr")
	_, _, err = Find(name + ".hdr")
	require.ErrorIs(t, err, ErrNoPartner)
	require.NoError(t, os.WriteFile(name+".hdr", []byte(minimal), 0o600))
	_, err = Open(name + ".hdr")
	require.ErrorContains(t, err, "no data beside")
	require.NoError(t, os.WriteFile(name+".img", make([]byte, 95), 0o600))
	_, err = Open(name)
	require.ErrorContains(t, err, "96 bytes")
	require.NoError(t, os.WriteFile(name+".img", make([]byte, 96), 0o600))
	m, err := Open(name)
	require.NoError(t, err)
	require.NoError(t, m.Close())
}

// A header cut anywhere is read or refused; one that claims terabytes takes
// no memory.
func TestParseHeaderSurvives(t *testing.T) {
	text := minimal + "wavelength = {1,\n2,3,4}\nband names = {a,b,c,d}\nmap info = {UTM}\n"
	for cut := range len(text) {
		_, _ = ParseHeader(strings.NewReader(text[:cut]))
	}
	assert.Less(t, memtest.Allocated(func() {
		h := parse(t, "ENVI\nsamples = 1000000\nlines = 1000000\nbands = 1000\ndata type = 1\nwavelength = {1}\nbbl={1}\nband names={1}")
		_, err := NewImage(h, bytes.NewReader(nil), 100)
		require.Error(t, err)
	}), uint64(1<<20))
}

func FuzzENVIHeader(f *testing.F) {
	f.Add(minimal + "interleave = bil\nwavelength = {1,2,\n3,4}\nbbl = {1,1,0,1}\n")
	f.Add("ENVI\nsamples = 3\nlines = 2\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 5\nspectra names = {a,\nb}\n")
	f.Add("\xef\xbb\xbfENVI\n; x\ndescription = {}} ; {\n")
	f.Fuzz(func(t *testing.T, text string) {
		var h *Header
		var err error
		got := memtest.Allocated(func() { h, err = ParseHeader(strings.NewReader(text)) })
		if most := uint64(1<<20 + 200*len(text)); got > most {
			t.Fatalf("%d bytes for a header of %d", got, len(text))
		}
		if err != nil {
			return
		}
		for _, n := range []int{len(h.Wavelengths), len(h.FWHM), len(h.BadBands)} {
			if n != 0 && n != h.Channels() {
				t.Fatalf("a list of %d for %d bands", n, h.Channels())
			}
		}
		for _, d := range h.Dims() {
			if d < 1 {
				t.Fatalf("sizes %v", h.Dims())
			}
		}
		_, _ = NewImage(h, bytes.NewReader(nil), 0)
		checkWritten(t, h)
	})
}
