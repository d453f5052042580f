package splib

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/memtest"
)

// column is a file of one column below a first line.
func column(head string, values ...float64) *fstest.MapFile {
	var b strings.Builder
	b.WriteString(head + "\r\n")
	for _, v := range values {
		fmt.Fprintf(&b, "  %.7e\r\n", v)
	}
	return &fstest.MapFile{Data: []byte(b.String())}
}

// ecostress is a file as that library has them.
func ecostress(name, sample, units string, pairs ...float64) *fstest.MapFile {
	var b strings.Builder
	fmt.Fprintf(&b, "Name: %s\nType: mineral\nSample No.: %s\nDescription: at 9: 30, with: colons\nX Units: Wavelength (micrometers)\nY Units: %s\nNumber of X Values: %d\nAdditional Information: x.ancillary.txt\n\n", name, sample, units, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%g\t%g\n", pairs[i], pairs[i+1])
	}
	b.WriteString("\n\n")
	return &fstest.MapFile{Data: []byte(b.String())}
}

// The layout of splib07: chapters, wavelengths of several instruments above them, error
// bars beside them.
func TestReadUSGS(t *testing.T) {
	const top = "usgs/ASCIIdata_splib07a/"
	fsys := fstest.MapFS{
		top + "splib07a_Wavelengths_BECK_Beckman_0.2-3.0_microns.txt":                             column(" splib07a Record=1: Wavelengths BECK", 0.2, 0.3, 0.4),
		top + "splib07a_Wavelengths_ASD_0.35-2.5_microns_4_ch.txt":                                column(" splib07a Record=2: Wavelengths ASD", 0.35, 1, 2, 2.5),
		top + "splib07a_Wavelengths_NIC4_Nicolet_1.12-216microns.txt":                             column(" splib07a Record=3: Wavelengths NIC4", 1, 2, 3),
		top + "splib07a_Bandpass_(FWHM)_BECK.txt":                                                 column("widths", 1, 1, 1),
		top + "ChapterM_Minerals/splib07a_Acmite_NMNH133746_Pyroxene_BECKa_AREF.txt":              column(" splib07a Record=47: Acmite NMNH133746 Pyroxene  BECKa AREF", -1.23e34, 0.5, 0.25),
		top + "ChapterM_Minerals/splib07a_Albite_HS66.3B_ASDFRb_AREF.txt":                         column(" splib07a Record=50: Albite HS66.3B ASDFRb AREF", 1, 2, 3, 4),
		top + "ChapterM_Minerals/errorbars/splib07a_errorbars_for_Albite_HS66.3B_ASDFRb_AREF.txt": column(" errorbars", 1, 1, 1, 1),
		top + "ChapterV_Vegetation/splib07a_Aspen_Leaf-A_DW92-2_BECKa_AREF.txt":                   column(" splib07a Record=60: Aspen Leaf", 7, 8, 9),
		top + "ChapterV_Vegetation/HTMLmetadata/about.html":                                       {Data: []byte("<p>")},
	}
	f, err := Read(fsys, "usgs/ASCIIdata_splib07a")
	require.NoError(t, err)
	require.Empty(t, f.Warnings)
	require.Len(t, f.Grids, 2)
	g := f.Grids[0]
	assert.Equal(t, &Grid{
		Name: "BECK", Bands: 3, Wavelengths: []float64{0.2, 0.3, 0.4}, Units: "micrometers",
		Spectra: []string{"Acmite NMNH133746 Pyroxene BECKa AREF", "Aspen Leaf"},
		Files:   []string{"splib07a_Acmite_NMNH133746_Pyroxene_BECKa_AREF.txt", "splib07a_Aspen_Leaf-A_DW92-2_BECKa_AREF.txt"},
		Values:  [][]float64{{-1.23e34, 0.5, 0.25}, {7, 8, 9}}, axis: "splib07a_Wavelengths_BECK_Beckman_0.2-3.0_microns.txt",
	}, g)
	assert.Equal(t, "ASD", f.Grids[1].Name)
	assert.Equal(t, []float64{0.35, 1, 2, 2.5}, f.Grids[1].Wavelengths)

	f, err = Read(fsys, top+"ChapterV_Vegetation") // the wavelengths are above it
	require.NoError(t, err)
	require.Len(t, f.Grids, 1)
	assert.Equal(t, g.Wavelengths, f.Grids[0].Wavelengths)

	fsys[top+"ChapterV_Vegetation/splib07a_Odd.txt"] = column("odd", 1, 2, 3)
	_, err = Read(fsys, top+"ChapterV_Vegetation") // BECK or NIC4?
	require.ErrorContains(t, err, "splib07a_Odd.txt has 3 values, and so have")
	fsys[top+"ChapterV_Vegetation/splib07a_Odd.txt"] = column("odd", 1, 2, 3, 4, 5)
	f, err = Read(fsys, top+"ChapterV_Vegetation")
	require.NoError(t, err)
	assert.Contains(t, f.Warnings[0], "no file of 5 wavelengths for splib07a_Odd.txt")
	assert.Equal(t, "n5", f.Grids[1].Name)
}

func TestReadECOSTRESS(t *testing.T) {
	fsys := fstest.MapFS{
		"e/mineral.albite.1.spectrum.txt":  ecostress("Albite", "TS-6A", "Reflectance (percent)", 0.4, 41, 0.5, 42),
		"e/mineral.albite.2.spectrum.txt":  ecostress("Albite", "TS-6A", "Reflectance (percent)", 0.4, 43, 0.5, 44),
		"e/mineral.gypsum.3.spectrum.txt":  ecostress("Gypsum", "None", "Reflectance (percent)", 0.4, 45, 0.5, 46),
		"e/mineral.quartz.4.spectrum.txt":  ecostress("Quartz", "q", "Reflectance (percent)", 14, 45, 0.5, 46, 0.4, 3),
		"e/manmade.tar.5.spectrum.txt":     ecostress("Tar", "q", "Reflectance (fraction)", 0.4, 0.1, 0.5, 0.2),
		"e/mineral.albite.1.ancillary.txt": {Data: []byte("1 2\n3 x\n")},
		"e/notes.txt":                      {Data: []byte("nothing\nof 3 numbers\n")},
		"plain/a.txt":                      {Data: []byte("400,0.5\n410,0.25\n")},
		"plain/b.asc":                      {Data: []byte("wavelength;value\n400;1\n410;2")},
	}
	f, err := Read(fsys, "e")
	require.NoError(t, err)
	assert.Equal(t, []string{"e/notes.txt: no column of numbers: left out"}, f.Warnings)
	require.Len(t, f.Grids, 3)
	assert.Equal(t, []string{"Tar q"}, f.Grids[0].Spectra)
	g := f.Grids[1]
	assert.Equal(t, []string{"Albite TS-6A (mineral.albite.1.spectrum.txt)", "Albite TS-6A (mineral.albite.2.spectrum.txt)", "Gypsum"}, g.Spectra)
	assert.Equal(t, [][]float64{{41, 42}, {43, 44}, {45, 46}}, g.Values)
	assert.Equal(t, "micrometers", g.Units)
	assert.True(t, g.Percent)
	assert.Equal(t, []float64{14, 0.5, 0.4}, f.Grids[2].Wavelengths)
	assert.Equal(t, []string{"n2", "n2_2", "n3"}, []string{f.Grids[0].Name, g.Name, f.Grids[2].Name})

	f, err = Read(fsys, "plain")
	require.NoError(t, err)
	require.Len(t, f.Grids, 1)
	assert.Equal(t, []string{"a", "b"}, f.Grids[0].Spectra)
	assert.Equal(t, [][]float64{{0.5, 0.25}, {1, 2}}, f.Grids[0].Values)
}

// Spectra belong together when all their wavelengths are the same.
func TestReadTellsGridsApart(t *testing.T) {
	f, err := Read(fstest.MapFS{
		"d/a.txt": {Data: []byte("1 5\n2 6\n3 7\n")}, "d/b.txt": {Data: []byte("1 5\n2.5 6\n3 7\n")}, "d/c.txt": {Data: []byte("1 8\n2 6\n3 7\n")},
	}, "d")
	require.NoError(t, err)
	require.Len(t, f.Grids, 2)
	assert.Equal(t, []string{"a", "c"}, f.Grids[0].Spectra)
	assert.Equal(t, []string{"b"}, f.Grids[1].Spectra)
}

func TestReadRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"":               "no .txt or .asc file",
		"words\n":        "no .txt or .asc file",
		"1 2 3\n":        "d/a.txt, line 1: 3 columns",
		"head\n1 2\n3\n": `line 3: "3" is not 2 numbers`,
		"1\n2\nend\n":    `line 3: "end" is not 1 numbers`,
		"1\n2\nnan\n":    `"nan" is not 1 numbers`,
		"1 2\n1 inf\n":   `is not 2 numbers`,
	} {
		_, err := Read(fstest.MapFS{"d/a.txt": {Data: []byte(content)}}, "d")
		require.ErrorIs(t, err, ErrFormat, content)
		require.ErrorContains(t, err, want, content)
	}
	_, err := Read(fstest.MapFS{"d/a.txt": {Data: make([]byte, maxFile+1)}}, "d")
	require.ErrorContains(t, err, "more than 16 MB")
	_, err = Read(fstest.MapFS{"d/1/2/3/4/5/a.txt": {Data: []byte("1\n")}}, "d")
	require.ErrorContains(t, err, "deep")
	_, err = Read(fstest.MapFS{}, "none")
	require.Error(t, err)
}

// No file makes Read panic or take much more memory than it has bytes.
func FuzzRead(f *testing.F) {
	f.Add("a Record=3: b c\n1\n2\n", "x_Wavelengths_A.txt")
	f.Add("Name: a\nX Units: (nm)\nY Units: percent\n1 2\n3 4\n", "b.txt")
	f.Add("1;2\n\n3,4", ".txt")
	f.Fuzz(func(t *testing.T, content, name string) {
		fsys := fstest.MapFS{"d/a.txt": {Data: []byte(content)}, "d/b_wavelengths.txt": {Data: []byte("1\n2\n")}, "d/b.txt": {Data: []byte("2\n3\n")}}
		if name = strings.ReplaceAll(name, "/", "_"); name != "" && name != "." && name != ".." {
			fsys["d/"+name] = &fstest.MapFile{Data: []byte(content)}
		}
		var x *Folder
		var err error
		got := memtest.Allocated(func() { x, err = Read(fsys, "d") })
		if most := uint64(4<<20 + 500*len(content)); got > most {
			t.Fatalf("%d bytes for a file of %d", got, len(content))
		}
		if err != nil {
			return
		}
		for _, g := range x.Grids {
			if len(g.Spectra) != len(g.Values) || g.Wavelengths != nil && len(g.Wavelengths) != g.Bands {
				t.Fatal("lengths")
			}
			for _, v := range g.Values {
				if len(v) != g.Bands {
					t.Fatal("values")
				}
			}
		}
	})
}
