package format

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/tensor"
)

func TestSparse(t *testing.T) {
	at := folder(t, map[string]string{
		"a.tns": "1 2 1 5\n3 1 2 -1\n1 2 1 2\n", "one.tns": "1 2 3\n", "a.npy": written(t, two), "a.mtx": mtxArray,
		"c.mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 3\n", "k.tns": "ktensor\n1\n2\n1\n3\nmatrix\n2\n2 1\n1\n2\n",
	})
	a, x := open(t, at("a.tns"))
	assert.Equal(t, 3, a.Stored())
	assert.Equal(t, []float64{0, 0, 7, 0}, x[:4])
	assert.Empty(t, a.Meta.Warnings)
	s, err := a.Sparse()
	require.NoError(t, err)
	assert.Equal(t, x, s.Dense().Data())
	assert.Contains(t, a.Meta.Warnings[0], "1 of the 3 entries")
	a, x = open(t, at("c.mtx"))
	s, err = a.Sparse()
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 1, 0, 1, 0, 0, 0, 0, 1}, x)
	assert.Equal(t, x, s.Dense().Data())

	for _, name := range []string{"a.npy", "a.mtx", "k.tns"} {
		a, _ := open(t, at(name))
		assert.Equal(t, -1, a.Stored(), name)
		_, err = a.Sparse()
		require.ErrorIs(t, err, ErrKind, name)
	}
	_, x = open(t, at("k.tns"))
	assert.Equal(t, []float64{3, 6}, x)

	a, err = Reading{ZeroBased: true}.Open(at("one.tns"))
	require.NoError(t, err)
	assert.Equal(t, []int{2, 3}, a.Dims)
	require.NoError(t, a.Close())
	_, err = Reading{ZeroBased: true}.Open(at("a.npy"))
	require.ErrorContains(t, err, "are for .tns")
	require.ErrorIs(t, err, ErrKind)
}

// A few lines may stand for a tensor that fits nowhere: it is read and written as entries,
// and refused as an array.
func TestSparseOfAnySize(t *testing.T) {
	at := folder(t, map[string]string{
		"a.tns": "1 1 1 5\n2000000000 2000000000 2000000000 7\n",
		"k.tns": "ktensor\n3\n3000 3000 3000\n1\n1\n" + strings.Repeat("matrix\n2\n3000 1\n"+strings.Repeat("1 ", 3000)+"\n", 3),
		"b.tns": "2\n20000 20000\n1 1 1\n",
	})
	for _, name := range []string{"a.tns", "k.tns", "b.tns"} {
		a, err := Open(at(name))
		require.NoError(t, err)
		_, err = a.Dense()
		require.Error(t, err, name)
		require.NoError(t, a.Close())
	}
	a, err := Open(at("a.tns"))
	require.NoError(t, err)
	defer a.Close()
	x, err := a.Sparse()
	require.NoError(t, err)
	o, err := Create(at("c.tns"), &Spec{Dims: a.Dims})
	require.NoError(t, err)
	require.True(t, o.TakesSparse())
	require.NoError(t, o.WriteSparse(t.Context(), x))
	require.NoError(t, o.Close())
	b, err := os.ReadFile(at("c.tns"))
	require.NoError(t, err)
	assert.Equal(t, "# sizes 2000000000 2000000000 2000000000\n1 1 1 5\n2000000000 2000000000 2000000000 7\n", string(b))
	_, err = Create(at("c.npy"), &Spec{Dims: a.Dims})
	require.ErrorContains(t, err, "cannot be written")
}

func TestWriteSparseRefuses(t *testing.T) {
	dir := t.TempDir()
	x, err := tensor.NewSparse([]int{2, 3}, [][]int32{{0, 1}, {2, 0}}, []float64{1, math.Pi})
	require.NoError(t, err)
	o, err := Create(filepath.Join(dir, "a.npy"), &Spec{Dims: []int{2, 3}})
	require.NoError(t, err)
	require.False(t, o.TakesSparse())
	require.ErrorIs(t, o.WriteSparse(t.Context(), x), ErrKind)
	o.Discard()
	o, err = Create(filepath.Join(dir, "a.mtx"), &Spec{Dims: []int{3, 2}})
	require.NoError(t, err)
	require.ErrorContains(t, o.WriteSparse(t.Context(), x), "2×3")
	require.ErrorContains(t, o.WriteSlab(t.Context(), make([]float64, 2), 1, 2), "from its first slice")
	o.Discard()
	o, err = Create(filepath.Join(dir, "a.mtx"), &Spec{Dims: []int{2, 3}, Turn: []int{1, 0}})
	require.NoError(t, err)
	require.NoError(t, o.WriteSparse(t.Context(), x))
	require.NoError(t, o.Close())
	_, data := open(t, filepath.Join(dir, "a.mtx"))
	assert.Equal(t, []float64{0, math.Pi, 0, 0, 1, 0}, data)
	_, err = Create(filepath.Join(dir, "b.mtx"), &Spec{Dims: []int{2, 3, 4}})
	require.ErrorContains(t, err, "write .tns")
}

// A folder in the layout of splib07, and one of ECOSTRESS with different wavelengths.
func TestFolderOfSpectra(t *testing.T) {
	ecostress := func(name string, first float64) string {
		return fmt.Sprintf("Name: %s\nX Units: Wavelength (micrometers)\nY Units: Reflectance (percent)\n\n%g\t50\n2.5\t60\n", name, first)
	}
	at := folder(t, map[string]string{
		"usgs/splib07a_Wavelengths_BECK_0.2-3.0_microns.txt":    " splib07a Record=1: Wavelengths BECK\n 0.2\n 0.3\n",
		"usgs/ChapterM_Minerals/splib07a_Acmite_BECKa_AREF.txt": " splib07a Record=47: Acmite\n -1.2300000e+034\n 0.5\n",
		"usgs/ChapterV_Plants/splib07a_Aspen_BECKa_AREF.txt":    " splib07a Record=48: Aspen\n 0.25\n 0.75\n",
		"eco/a.spectrum.txt": ecostress("Albite", 0.4), "eco/b.spectrum.txt": ecostress("Gypsum", 0.4), "eco/c.spectrum.txt": ecostress("Tar", 0.5),
		"bad/a.txt": "1 2\n3\n",
	})
	a, x := open(t, at("usgs"))
	assert.Equal(t, []float64{-1.23e34, 0.25, 0.5, 0.75}, x)
	assert.Equal(t, []string{"Acmite", "Aspen"}, a.Meta.Names)
	assert.Equal(t, []float64{0.2, 0.3}, a.Meta.Wavelengths)
	assert.Equal(t, 0, a.Meta.BandMode)
	assert.Equal(t, -1.23e34, *a.Meta.Ignore)
	nm, guess := a.Meta.Nanometres()
	assert.Equal(t, []float64{200, 300}, nm)
	assert.Empty(t, guess)
	names, err := Strings(at("usgs"))
	require.NoError(t, err)
	assert.Equal(t, a.Meta.Names, names)

	_, err = Open(at("usgs#BECK"))
	require.ErrorContains(t, err, "leave out #BECK")
	names, err = Strings(at("eco#n2_2"))
	require.NoError(t, err)
	assert.Equal(t, []string{"Tar"}, names)
	_, err = Open(at("eco"))
	require.ErrorIs(t, err, ErrWhich)
	require.ErrorContains(t, err, "eco#n2: n2 (2×2 float64), n2_2 (2×1 float64)")
	a, x = open(t, at("eco#n2"))
	assert.Equal(t, []float64{50, 50, 60, 60}, x)
	assert.Equal(t, 100.0, a.Meta.ScaleFactor)
	_, err = Open(at("eco#n3"))
	require.ErrorIs(t, err, ErrNotFound)
	_, err = Open(at("bad"))
	require.ErrorContains(t, err, "bad/a.txt, line 2")
}
