package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/unmix"
)

// call runs a command line.
func call(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// succeed runs a command line with --json that must end with exit code 0.
func succeed(t *testing.T, args ...string) *result {
	t.Helper()
	code, out, errs := call(t.Context(), append(args, "--json")...)
	require.Equal(t, exitDone, code, "%v\n%s", args, errs)
	r := &result{}
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(r), out)
	_, err := d.Token()
	require.ErrorIs(t, err, io.EOF, "more than one JSON object: %s", out)
	return r
}

// fail runs a command line that must end with this exit code, without a result,
// and say these words.
func fail(t *testing.T, code int, args []string, words ...string) {
	t.Helper()
	got, out, errs := call(t.Context(), args...)
	require.Equal(t, code, got, "%v\n%s", args, errs)
	require.Empty(t, out)
	require.Contains(t, errs, "polyad: ")
	for _, w := range words {
		require.Contains(t, errs, w, "%v", args)
	}
}

// files makes input in a folder of its own.
type files struct {
	t   *testing.T
	dir string
}

func newFiles(t *testing.T) files { return files{t, t.TempDir()} }

func (f files) path(name string) string { return filepath.Join(f.dir, name) }

func (f files) write(name string, write func(w io.Writer) error) string {
	f.t.Helper()
	require.NoError(f.t, format.WriteFile(f.path(name), write))
	return f.path(name)
}

func (f files) text(name, text string) string {
	return f.write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func (f files) array(name string, dims []int, data []float64) string {
	return f.write(name, func(w io.Writer) error { return npy.Write(w, dims, data) })
}

func (f files) matrix(name string, a mat.Matrix) string {
	rows, cols := a.Dims()
	return f.array(name, []int{rows, cols}, mat.DenseCopyOf(a).RawMatrix().Data)
}

// envi writes a cube, bands × pixels with pixel j in row j mod rows, as float32
// bsq with a header; returned is the header's name.
func (f files) envi(name string, y *mat.Dense, rows, cols int, header string) string {
	bands, _ := y.Dims()
	f.write(name+".img", func(w io.Writer) error {
		for b := range bands {
			for r := range rows {
				for c := range cols {
					if err := binary.Write(w, binary.LittleEndian, float32(y.At(b, c*rows+r))); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return f.text(name+".hdr", fmt.Sprintf("ENVI\nsamples = %d\nlines = %d\nbands = %d\nheader offset = 0\nfile type = ENVI Standard\ndata type = 4\ninterleave = bsq\nbyte order = 0\n%s\n", cols, rows, bands, header))
}

// values writes numbers as a header of ENVI has them.
func values(key string, v []float64) string {
	return key + " = {" + strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]") + "}"
}

// task is a generated scene in files: image.npy (bands × pixels) and one .npy a library.
type task struct {
	files
	truth     *synth.Scene
	image     string
	shape     []string
	libraries []string // --lib NAME=FILE:MIN..MAX …
}

func newTask(t *testing.T) *task {
	t.Helper()
	s, err := synth.NewScene(&synth.SceneOptions{Image: synth.MixOptions{Rows: 12, Cols: 9, Noise: synth.SNR(40), Seed: 5}})
	require.NoError(t, err)
	k := &task{files: newFiles(t), truth: s, shape: []string{"--shape", "12x9", "--rank", fmt.Sprint(len(s.Planted))}}
	k.image = k.matrix("image.npy", s.Y)
	for _, src := range s.Sources {
		name := k.matrix(src.Library.Name+".npy", src.Library.Spectra)
		k.libraries = append(k.libraries, "--lib", fmt.Sprintf("%s=%s:%d..%d", src.Library.Name, name, src.Min, src.Max))
	}
	return k
}

// unmix runs unmix on an image with the libraries of the task.
func (k *task) unmix(image string, flags ...string) *result {
	k.t.Helper()
	return succeed(k.t, append(append([]string{"unmix", image}, k.libraries...), flags...)...)
}

// requireFound wants the planted spectra, and the error that the noise explains.
func (k *task) requireFound(r *result) {
	k.t.Helper()
	found := 0
	for _, a := range r.Atoms {
		for _, p := range k.truth.Planted {
			if k.truth.Sources[p.Source].Library.Name == a.Library && p.Index == a.Index {
				found++
			}
		}
	}
	require.Equal(k.t, len(k.truth.Planted), found, "%v, planted %v", r.Atoms, k.truth.Planted)
	require.InDelta(k.t, 0.01, r.RelativeError, 0.001)
}

// readMatrix reads a result file.
func readMatrix(t *testing.T, name string) *mat.Dense {
	t.Helper()
	a, err := format.Open(name)
	require.NoError(t, err)
	defer a.Close()
	m, err := a.Matrix()
	require.NoError(t, err)
	return m
}

// requireFiles wants the folder to hold what the result says, and nothing else.
func requireFiles(t *testing.T, dir string, r *result) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.ElementsMatch(t, names, r.Files)
	var written result
	text, err := os.ReadFile(filepath.Join(dir, resultFile))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &written))
	require.Equal(t, r, &written)
}

// relativeError is ‖Y − E·A‖/‖Y‖.
func relativeError(y, e, a mat.Matrix) float64 {
	var model, rest mat.Dense
	model.Mul(e, a)
	rest.Sub(y, &model)
	return mat.Norm(&rest, 2) / mat.Norm(y, 2)
}

// shared is a file of the shared material, with the variable that may stand behind
// it; the test is skipped without it.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	file, variable, found := strings.Cut(filepath.Join(parts...), "#")
	file = sharedtest.Path(t, "data", file)
	if !found {
		return file
	}
	return file + "#" + variable
}

// twoMatrices writes an archive of a (2×3) and b (3×2).
func twoMatrices(w io.Writer) error {
	v := []float64{1, 2, 3, 4, 5, 6}
	return npy.WriteArchive(w, []npy.Variable{{Name: "a", Dims: []int{2, 3}, Data: v}, {Name: "b", Dims: []int{3, 2}, Data: v}})
}

// sortBy orders indices by the values they point to.
func sortBy(index []int, v []float64) {
	slices.SortStableFunc(index, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
}

// image is the frame of an image without pixels.
func image(rows, cols int) unmix.Image { return unmix.Image{Rows: rows, Cols: cols} }

func nan() float64 { return math.NaN() }

var point = sweep.Point{Sweep: 3, RelativeError: 0.25, Elapsed: 2 * time.Second}
