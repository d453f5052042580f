package format

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format/envi"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
)

// everything is what an ENVI header can say, for a cube of 3×2×4.
func everything() Meta {
	ignore := -99.0
	return Meta{
		Names: []string{"blue", "green", "red (R)", "nir"}, BandMode: 2,
		Wavelengths: []float64{450.25, 550, 650.125, 850}, FWHM: []float64{10, 11.5, 12, 20}, Units: "Nanometers",
		BadBands: []bool{false, true, false, false}, Ignore: &ignore, ScaleFactor: 10000,
		MapInfo:       "UTM, 1, 1, 500000, 4000000, 30, 30, 11, North, WGS-84, units=Meters",
		CoordinateSys: `PROJCS["WGS_1984_UTM_Zone_11N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-117.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`,
		Raw: []KeyValue{
			{Key: "samples", Value: "77"},
			{Key: "description", Value: "a scene", List: true},
			{Key: "interleave", Value: "BIL"},
			{Key: "sensor type", Value: "AVIRIS"},
			{Key: "default bands", Value: "3, 2, 1", List: true},
		},
	}
}

// cube has values of every sign that int16 holds, one of them the mark for no data.
func cube() []float64 {
	data := make([]float64, 24)
	for i := range data {
		data[i] = float64(i*37%101 - 20)
	}
	data[7] = -99
	return data
}

// What a header says survives being written, for an image and for a library.
func TestENVIKeepsMetadata(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.img")
	o := write(t, name, &Spec{Dims: []int{3, 2, 4}, Type: "int16", BigEndian: true, Meta: everything()}, cube(), 2)
	require.Empty(t, o.Lost)
	require.Equal(t, []string{strings.TrimSuffix(name, ".img") + ".hdr", name}, o.Files)
	a, x := open(t, name)
	require.Equal(t, cube(), x)
	value := func(m Meta, key string) (text string) {
		for _, r := range m.Raw {
			if r.Key == key {
				text = r.Value
			}
		}
		return text
	}
	require.Equal(t, []string{"bil", "2", "AVIRIS", "3, 2, 1", "a scene"}, []string{
		value(a.Meta, "interleave"), value(a.Meta, "samples"), value(a.Meta, "sensor type"), value(a.Meta, "default bands"), value(a.Meta, "description"),
	})
	want := everything()
	want.Raw, a.Meta.Raw = nil, nil
	require.Equal(t, want, a.Meta)

	m := everything()
	m.BandMode, m.Names, m.MapInfo, m.CoordinateSys = 0, []string{"tree", "soil"}, "", ""
	name = filepath.Join(t.TempDir(), "lib.hdr")
	write(t, name, &Spec{Dims: []int{4, 2}, Meta: m}, wholes(8), 3)
	a, x = open(t, strings.TrimSuffix(name, ".hdr"))
	require.FileExists(t, strings.TrimSuffix(name, "hdr")+"sli")
	require.Equal(t, wholes(8), x)
	m.Raw, a.Meta.Raw = nil, nil
	require.Equal(t, m, a.Meta)

	// A table of spectra in rows becomes the same library, one of spectra in columns too.
	table := filepath.Join(t.TempDir(), "rows.csv")
	require.NoError(t, os.WriteFile(table, []byte("name,0.45,0.55,0.65,0.85\ntree,0,2,4,6\nsoil,1,3,5,7\n"), 0o600))
	rows, y := open(t, table)
	name = filepath.Join(t.TempDir(), "rows.sli")
	o = write(t, name, &Spec{Dims: rows.Dims, Meta: rows.Meta}, y, 1)
	require.Equal(t, []int{4, 2}, o.Dims)
	a, x = open(t, name)
	require.Equal(t, wholes(8), x)
	require.Equal(t, []string{"tree", "soil"}, a.Meta.Names)
	require.Equal(t, []float64{0.45, 0.55, 0.65, 0.85}, a.Meta.Wavelengths)
	back := filepath.Join(t.TempDir(), "back.csv")
	a.Meta.Units = "µm"
	write(t, back, &Spec{Dims: a.Dims, Meta: a.Meta}, x, 3)
	b, z := open(t, back)
	require.Equal(t, x, z)
	require.Equal(t, a.Meta.Wavelengths, b.Meta.Wavelengths)
	require.Equal(t, []any{a.Meta.Names, "µm", 0}, []any{b.Meta.Names, b.Meta.Units, b.Meta.BandMode})

	o = write(t, filepath.Join(t.TempDir(), "x.npy"), &Spec{Dims: []int{3, 2, 4}, Meta: everything()}, cube(), 3)
	require.Equal(t, []string{"names", "wavelengths", "widths of the bands", "marks of bad bands", "the value for no data", "the reflectance scale factor of 10000", "map info", "the coordinate system"}, o.Lost)
}

// Wavelengths in every unit, and those that only names of bands hold.
func TestNanometres(t *testing.T) {
	for _, c := range []struct {
		units      string
		w, want    []float64
		fwhm       []float64
		width      []float64
		guess, nil string
	}{
		{units: "Nanometers", w: []float64{400, 500}, want: []float64{400, 500}, fwhm: []float64{5, 6}, width: []float64{5, 6}},
		{units: " um ", w: []float64{0.5}, want: []float64{500}, fwhm: []float64{0.01}, width: []float64{10}},
		{units: "µm", w: []float64{2}, want: []float64{2000}},
		{units: "Wavenumber", w: []float64{20000, 5000}, want: []float64{500, 2000}, fwhm: []float64{40, 40}, width: []float64{1, 16}},
		{units: "cm-1", w: []float64{1000}, want: []float64{10000}},
		{units: "Angstroms", w: []float64{4000}, want: []float64{400}},
		{units: "GHz", w: []float64{299792.458}, want: []float64{1000e0 * 1e3 / 1e3}},
		{units: "Unknown", w: []float64{426.8, 2324}, want: []float64{426.8, 2324}, guess: "Nanometers"},
		{units: "", w: []float64{0.38, 2.5}, want: []float64{380, 2500}, guess: "Micrometers"},
		{units: "", w: []float64{1, 500}, nil: "neither"},
		{units: "Index", w: []float64{400, 500}, nil: "numbers of bands"},
		{units: "Wavenumber", w: []float64{0, 500}, nil: "no wavelength"},
	} {
		m := Meta{Wavelengths: c.w, Units: c.units, FWHM: c.fwhm}
		nm, guess := m.Nanometres()
		require.Equal(t, c.guess, guess, c.units)
		require.Equal(t, c.nil != "", nm == nil, c.units)
		if nm != nil {
			require.InDeltaSlice(t, c.want, nm, 1e-6, c.units)
		}
		if c.width != nil {
			require.InDeltaSlice(t, c.width, m.WidthNanometres(), 1e-9, c.units)
		}
	}
	for _, c := range []struct {
		names []string
		want  []float64
		unit  string
	}{
		{[]string{"399.37 Nanometers", "409 Nanometers"}, []float64{399.37, 409}, "Nanometers"},
		{[]string{"Band 1 (0.45 um)", "Band 2 (0.55 um)"}, []float64{0.45, 0.55}, "Micrometers"},
		{[]string{"Resize (Band 1:x) (426.82)", "Resize (Band 2:x) (436.99)"}, []float64{426.82, 436.99}, ""},
		{[]string{"450nm"}, []float64{450}, "Nanometers"},
		{[]string{"1200 cm-1", "1.3e3 cm-1"}, []float64{1200, 1300}, "Wavenumber"},
		{[]string{"PC (1)", "PC (2)"}, nil, ""},
		{[]string{"1", "2"}, nil, ""},
		{[]string{"450 nm", "0.5 um"}, nil, ""},
		{[]string{"450 nm", "other"}, nil, ""},
		{[]string{"450 apples"}, nil, ""},
		{nil, nil, ""},
	} {
		w, unit := fromNames(c.names)
		require.Equal(t, c.want, w, "%q", c.names)
		require.Equal(t, c.unit, unit, "%q", c.names)
	}
}

// Every ENVI file of the shared material is read, under each of its names, with these
// sizes, facts and wavelengths, and is written again and read back the same; or refused.
func TestENVISharedFiles(t *testing.T) {
	racetest.Slow(t)
	data := sharedtest.Path(t, "data")
	type expected struct {
		name, typ   string
		dims        []int
		first, last float64 // nm
		guess       string
		refusal     string
	}
	table := []expected{
		{name: "envi/emit/emit20250324t221005_jpl_unmix_ex", typ: "float32", dims: []int{10, 10, 285}, first: 381.0055927, last: 2492.9238809, guess: "Nanometers"},
		{name: "envi/gamsberg/cubus_gamsberg_subset", typ: "float32", dims: []int{25, 10, 189}, first: 426.820007, last: 2324.909912, guess: "Nanometers"},
		{name: "libraries/gamsberg/gamsberg_field_library", typ: "float64", dims: []int{2151, 27}, first: 350, last: 2500},
		{name: "libraries/splib/s06av95a_envi", typ: "float64", dims: []int{224, 1365}, first: 383.15, last: 2508.2},
		{name: "libraries/splib/s07_AV95_envi", typ: "float32", dims: []int{224, 3139}, first: 383.15, last: 2508.2},
	}
	for typ, name := range map[string]string{"Byte": "uint8", "Float32": "float32", "Int16": "int16", "UInt16": "uint16", "CFloat32": "complex"} {
		for _, interleave := range []string{"bil", "bip", "bsq"} {
			e := expected{name: "envi/gdal/jasper7x9_" + typ + "_" + interleave, typ: name, dims: []int{7, 9, 198}, first: 399.37, last: 2457.24}
			if name == "complex" {
				e.refusal = "complex numbers; save the magnitude"
			}
			table = append(table, e)
		}
	}
	for _, form := range []string{"float32_bil", "float32_bip", "float32_bsq", "float64_bsq", "int16_bil", "int16_bip", "int16_bsq", "uint16_bip", "complex64_bil"} {
		for _, order := range []string{"_bo0", "_bo1"} {
			typ, _, _ := strings.Cut(form, "_")
			e := expected{name: "envi/spy/jasper7x9_" + form + order, typ: typ, dims: []int{7, 9, 198}, first: 399.37, last: 2457.24}
			if typ == "complex64" {
				e.refusal = "complex numbers; save the magnitude"
			}
			table = append(table, e)
		}
	}
	headers := 0
	for _, folder := range []string{"envi/*", "libraries/*"} {
		found, err := filepath.Glob(filepath.Join(data, folder, "*.hdr"))
		require.NoError(t, err)
		headers += len(found)
	}
	require.Len(t, table, headers, "every header has its line")
	dir := t.TempDir()
	for i, e := range table {
		base := filepath.Join(data, e.name)
		header, file, err := envi.Find(base)
		require.NoError(t, err, e.name)
		require.Equal(t, base+".hdr", header)
		for _, name := range []string{base, header, file} {
			a, err := Open(name)
			if e.refusal != "" {
				require.ErrorContains(t, err, e.refusal)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, []any{"envi", e.typ, e.dims}, []any{a.Format, a.Type, a.Dims}, name)
			nm, guess := a.Meta.Nanometres()
			require.Equal(t, e.guess, guess, name)
			require.InDelta(t, e.first, nm[0], 1e-5, name)
			require.InDelta(t, e.last, nm[len(nm)-1], 1e-5, name)
			require.NoError(t, a.Close())
		}
		if e.refusal != "" {
			continue
		}
		a, x := open(t, base)
		again := filepath.Join(dir, fmt.Sprint(i, ".hdr"))
		o := write(t, again, &Spec{Dims: a.Dims, Type: a.Type, Meta: a.Meta}, x, (a.Dims[0]+1)/2)
		require.Empty(t, o.Lost)
		b, y := open(t, again)
		require.True(t, same(x, y), e.name)
		require.Equal(t, a.Dims, b.Dims)
		a.Meta.Raw, b.Meta.Raw, a.Meta.Warnings, b.Meta.Warnings = nil, nil, nil, nil
		a.Meta.Names = tidy(a.Meta.Names)
		require.Equal(t, a.Meta, b.Meta, e.name)
	}
}

// tidy is what the writer makes of names: commas cannot stand in a list.
func tidy(names []string) []string {
	var out []string
	for _, s := range names {
		out = append(out, strings.ReplaceAll(s, ",", ";"))
	}
	return out
}

// same says whether the bits are equal, NaN included.
func same(x, y []float64) bool {
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if math.Float64bits(x[i]) != math.Float64bits(y[i]) {
			return false
		}
	}
	return true
}

// program is another one that reads ENVI files, or the test is skipped.
func program(t *testing.T, name string, probe ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil && len(probe) > 0 {
		err = exec.Command(path, probe...).Run()
	}
	if err != nil {
		t.Skipf("%s %s does not run here", name, strings.Join(probe, " "))
	}
	return path
}

const readBySpectral = `
import glob, json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from spectral.io import envi
out = {}
for h in sorted(glob.glob(sys.argv[1] + "/*.hdr")):
    m = envi.open(h)
    e = dict(wavelength=m.bands.centers, fwhm=m.bands.bandwidths, unit=m.bands.band_unit, meta=m.metadata)
    if hasattr(m, "spectra"):
        e.update(data=m.spectra.T.astype(float).ravel().tolist(), names=m.names)
    else:
        e["data"] = m.open_memmap(interleave="bip").astype(float).ravel().tolist()
    out[h] = e
json.dump(out, sys.stdout)
`

// Spectral Python reads every type, interleave and byte order as it was written, and a
// library, with all that their headers say.
func TestSpectralPythonReadsENVI(t *testing.T) {
	racetest.Slow(t)
	if testing.Short() {
		t.Skip("runs another program")
	}
	python := program(t, "/usr/bin/python3", "-c", "import spectral, numpy")
	dir := t.TempDir()
	type file struct {
		data []float64
		typ  string
	}
	files := map[string]file{}
	for i, typ := range enviTypes {
		data := cube()
		m := everything()
		if strings.HasPrefix(typ, "u") {
			m.Ignore = nil
			for i := range data {
				data[i] = math.Abs(data[i])
			}
		}
		for k, big := range []bool{false, true} { // with 9 types every interleave meets both
			interleave := []string{"bsq", "bil", "bip"}[(i+k)%3]
			o := write(t, filepath.Join(dir, fmt.Sprintf("%s_%s_%t.img", typ, interleave, big)), &Spec{Dims: []int{3, 2, 4}, Type: typ, Interleave: interleave, BigEndian: big, Meta: m}, data, 2)
			files[o.Files[0]] = file{data, typ}
		}
	}
	m := everything()
	m.BandMode, m.Names = 0, []string{"tree", "soil"}
	o := write(t, filepath.Join(dir, "lib.sli"), &Spec{Dims: []int{4, 2}, Type: "float32", Meta: m}, wholes(8), 3)
	files[o.Files[0]] = file{wholes(8), "library"}

	text, err := exec.Command(python, "-c", readBySpectral, dir).Output()
	require.NoError(t, err)
	var read map[string]struct {
		Data, Wavelength, FWHM []float64
		Unit                   string
		Names                  []string
		Meta                   map[string]any
	}
	require.NoError(t, json.Unmarshal(text, &read))
	require.Len(t, read, len(files))
	for name, f := range files {
		got := read[name]
		assert.Equal(t, f.data, got.Data, name)
		assert.Equal(t, m.Wavelengths, got.Wavelength, name)
		assert.Equal(t, m.FWHM, got.FWHM, name)
		assert.Equal(t, "Nanometers", got.Unit)
		assert.Equal(t, []string{"1", "0", "1", "1"}, texts(got.Meta["bbl"]), name)
		assert.Equal(t, "10000", got.Meta["reflectance scale factor"])
		assert.Equal(t, "AVIRIS", got.Meta["sensor type"])
		assert.Equal(t, []any{"3", "2", "1"}, got.Meta["default bands"])
		assert.Equal(t, m.MapInfo, strings.Join(texts(got.Meta["map info"]), ", "), name)
		assert.Equal(t, m.CoordinateSys, strings.Join(texts(got.Meta["coordinate system string"]), ","), name)
		if f.typ == "library" {
			assert.Equal(t, m.Names, got.Names)
		} else {
			assert.Equal(t, everything().Names, texts(got.Meta["band names"]))
		}
	}
}

func texts(list any) (out []string) {
	if s, ok := list.(string); ok {
		return []string{s}
	}
	all, _ := list.([]any)
	for _, v := range all {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// GDAL sees the place on the map, the value for no data and the bands of an image, and
// rewrites its values unchanged.
func TestGDALReadsENVI(t *testing.T) {
	racetest.Slow(t)
	if testing.Short() {
		t.Skip("runs another program")
	}
	info, translate := program(t, "gdalinfo", "--version"), program(t, "gdal_translate", "--version")
	dir := t.TempDir()
	name, again := filepath.Join(dir, "a.img"), filepath.Join(dir, "again.img")
	write(t, name, &Spec{Dims: []int{3, 2, 4}, Type: "int16", BigEndian: true, Meta: everything()}, cube(), 2)
	out, err := exec.Command(translate, "-q", "-of", "ENVI", "-ot", "Float64", "-co", "INTERLEAVE=BIP", name, again).CombinedOutput()
	require.NoError(t, err, string(out))
	a, x := open(t, again)
	require.Equal(t, []any{"float64", []int{3, 2, 4}}, []any{a.Type, a.Dims})
	require.Equal(t, cube(), x)
	require.Equal(t, everything().Wavelengths, a.Meta.Wavelengths)
	out, err = exec.Command(info, "-json", "-mdd", "ENVI", name).Output()
	require.NoError(t, err)
	var got struct {
		GeoTransform     []float64
		CoordinateSystem struct{ Wkt string }
		Metadata         map[string]map[string]string
		Bands            []struct {
			Type, Description string
			NoDataValue       float64
			Metadata          map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal(out, &got))
	require.Equal(t, []float64{500000, 30, 0, 4000000, 0, -30}, got.GeoTransform)
	require.Contains(t, got.CoordinateSystem.Wkt, "Transverse Mercator")
	require.Contains(t, got.CoordinateSystem.Wkt, "-117")
	e := got.Metadata["ENVI"]
	require.Equal(t, []string{"{1, 0, 1, 1}", "10000", "AVIRIS", "{10, 11.5, 12, 20}"}, []string{
		strings.Join(strings.Fields(e["bbl"]), " "), e["reflectance_scale_factor"], e["sensor_type"], strings.Join(strings.Fields(e["fwhm"]), " "),
	})
	for b, band := range got.Bands {
		require.Equal(t, []any{"Int16", -99.0}, []any{band.Type, band.NoDataValue})
		require.Contains(t, band.Description, everything().Names[b])
		require.Equal(t, fmt.Sprint(everything().Wavelengths[b]), band.Metadata[""]["wavelength"])
	}
}
