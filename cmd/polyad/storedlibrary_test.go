package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// Libraries that stay in their files give the answers of libraries in memory: on their
// side, with rows taken, as atoms of a mode, and with a picture of what is chosen.
func TestLibrariesMayStayInTheirFiles(t *testing.T) {
	k := newTask(t)
	args := append(k.shape, "--out")
	want := k.unmix(k.image, append(args, k.path("memory"))...)
	cpd := []string{"cpd", k.image, "--rank", "4", "--dict", "0:" + k.path("minerals.npy"), "--dict", "0:" + k.path("cover.npy"), "--nonneg", "all"}
	model := succeed(t, cpd...)

	defer func(n int64) { storedFrom = n }(storedFrom)
	storedFrom = 0
	got := k.unmix(k.image, append(args, k.path("stored"))...)
	require.Len(t, got.Files, len(want.Files))
	require.Len(t, got.Atoms, len(want.Atoms))
	for c, at := range got.Atoms {
		require.Equal(t, want.Atoms[c].Index, at.Index)
		require.Equal(t, want.Atoms[c].Library, at.Library)
	}
	require.Equal(t, want.RelativeError, got.RelativeError)
	requireSameAbundances(t, readMatrix(t, k.path("memory/abundances.npy")), k.path("stored"), 0)
	require.True(t, mat.Equal(readMatrix(t, k.path("memory/spectra.npy")), readMatrix(t, k.path("stored/spectra.npy"))))

	require.Equal(t, model.RelativeError, succeed(t, cpd...).RelativeError)

	minerals := readMatrix(t, k.path("minerals.npy"))
	lib, err := (&app{}).readLibrary(librarySpec{name: "m", file: k.matrix("turned.npy", minerals.T()), max: -1})
	require.NoError(t, err)
	require.Nil(t, lib.Atoms)
	lib.turn()
	lib.take([]int{3, 0, 5})
	d, err := lib.dictionary()
	require.NoError(t, err)
	_, spectra := minerals.Dims()
	index := make([]int, spectra)
	for j := range index {
		index[j] = j
	}
	require.True(t, mat.Equal(pick(minerals, []int{3, 0, 5}), d.Columns(index, true)))

	minerals.Set(2, 1, -1.23e34)
	lib, err = (&app{}).readLibrary(librarySpec{name: "m", file: k.matrix("deleted.npy", minerals), max: -1})
	require.NoError(t, err)
	require.ErrorContains(t, lib.whole(), "spectrum 1 of library m (atom 1) has no value in band 2")
}
