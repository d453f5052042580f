package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

func TestOutFolder(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, _ := tensorFile(t, f, nil)
	cpd := func(out string, flags ...string) []string {
		return append([]string{"cpd", x, "--rank", "1", "--out", out}, flags...)
	}
	// New, even below folders that are not there; then replaced, without leftovers.
	deep := f.path("a/b/c")
	first := succeed(t, cpd(deep)...)
	require.Contains(t, first.Files, "factor2.npy")
	matrix := f.array("m.npy", []int{2, 2}, []float64{1, 2, 3, 4})
	second := succeed(t, "cpd", matrix, "--rank", "1", "--out", deep)
	require.NotContains(t, second.Files, "factor2.npy")
	requireFiles(t, deep, second)

	// A file of the user's protects the folder.
	mine := filepath.Join(deep, "notes.txt")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o666))
	fail(t, exitUsage, cpd(deep), "notes.txt", "polyad did not write")
	require.NoError(t, os.Remove(mine))

	// A result.json of another program says nothing.
	other := f.path("other")
	require.NoError(t, os.Mkdir(other, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(other, resultFile), []byte(`{"files":["result.json"]}`), 0o666))
	fail(t, exitUsage, cpd(other), "result.json")

	fail(t, exitFailure, cpd(x), "--out")
	fail(t, exitFailure, cpd(filepath.Join(x, "below")), "--out")

	// What fails leaves no folder behind.
	fail(t, exitFailure, []string{"cpd", f.path("none.npy"), "--rank", "1", "--out", f.path("new")})
	require.NoDirExists(t, f.path("new"))
}

// A result that cannot be written is printed all the same.
func TestFinishPrintsWhatCannotBeWritten(t *testing.T) {
	var b bytes.Buffer
	a := &app{stdout: &b}
	out := &folder{dir: filepath.Join(t.TempDir(), "gone")}
	write := func() error { return out.matrix("a.npy", mat.NewDense(1, 1, nil)) }
	err := a.finish(&result{}, out, write, func(w io.Writer) error { _, err := io.WriteString(w, "the result"); return err })
	require.Error(t, err)
	require.Equal(t, "the result", b.String())
}

func TestCount(t *testing.T) {
	require.Equal(t, "1 sweep", count(1, "sweep"))
	require.Equal(t, "0 sweeps", count(0, "sweep"))
	require.Equal(t, "2 chosen spectra", count(2, "chosen spectrum"))
	require.Regexp(t, regexp.MustCompile(`(?m)^  npy \(\.npy\)$`), readable())
}
