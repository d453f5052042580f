package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/unmix"
)

// knownScenes are scenes whose endmembers were published, by the names under which their
// files go round, with what others reach on them: programs of the methods' authors and
// [CG18b].
var knownScenes = []struct {
	name, image, truth, spectra, abundances, classes string
	turned                                           bool // endmembers are rows, abundances a cube
	rows, cols                                       int
	scale                                            float64
	others                                           map[string]bench.SceneFigures
}{
	{
		"Samson", "Samson.mat#Y", "Samson.mat", "GT", "S_GT", "spectral_library_samson.mat", true, 95, 95, 1, map[string]bench.SceneFigures{
			"raw VCA": {RMSE: 0.272}, "raw d-SPA": {Degrees: 23}, "raw one library": {RMSE: 0.314},
			"raw one a class": {RMSE: 0.186, Percent: 3.13}, "raw two a class": {Percent: 2.69},
			"l2 VCA": {Degrees: 4.7, RMSE: 0.077}, "l2 SPA": {Degrees: 3.7}, "l2 d-SPA": {Degrees: 2.8},
		},
	},
	{
		"Jasper", "jasperRidge2_R198.mat#Y", "JasperRidge2_end4.mat", "M", "A", "spectral_library_jasperRidge.mat", false, 100, 100, 5000, map[string]bench.SceneFigures{
			"raw VCA": {Degrees: 24.0}, "raw SPA": {Degrees: 18.5}, "raw d-SNPA": {Degrees: 6.8}, "raw one library": {RMSE: 0.291},
			"raw one a class": {RMSE: 0.133, Percent: 4.96}, "raw two a class": {RMSE: 0.123, Percent: 3.47},
		},
	},
}

func (a *app) benchScenesCommand() *cobra.Command {
	return verb("scenes FOLDER", "Angles and abundances on scenes whose endmembers were published",
		`scenes unmixes Samson and Jasper Ridge, pixels as they are (raw) and of unit norm
(l2), without a library (VCA, SPA, SNPA; d-: the published scheme from these; self:
--self of unmix) and with libraries of their classes, and prints the mean
angle to the published endmembers, the RMSE of abundances and the relative error; beside
each what others reach, where that is known. Abundances are shares of a pixel, by FCLS in
a column of its own. The fit controls the relative error and nothing else.

The files are looked for in FOLDER and below it, by name: Samson.mat and
spectral_library_samson.mat; jasperRidge2_R198.mat, JasperRidge2_end4.mat and
spectral_library_jasperRidge.mat. A scene without its files is left out.`,
		"  polyad bench scenes data",
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.benchScenes(ctx, args[0]) })
}

func (a *app) benchScenes(ctx context.Context, folder string) error {
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	files := map[string]string{}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[d.Name()] = path
		}
		return err
	})
	if err != nil {
		return err
	}
	var scenes []bench.KnownScene
	for i := range knownScenes {
		k := &knownScenes[i]
		image, variable, _ := strings.Cut(k.image, "#")
		need := []string{image, k.truth, k.classes}
		missing := slices.DeleteFunc(need, func(name string) bool { return files[name] != "" })
		if len(missing) > 0 {
			a.warn("%s is left out: %s not found in %s", k.name, strings.Join(slices.Compact(missing), ", "), folder)
			continue
		}
		s, err := a.knownScene(i, files[image]+"#"+variable, files[k.truth], files[k.classes])
		if err != nil {
			return err
		}
		scenes = append(scenes, *s)
	}
	if len(scenes) == 0 {
		return fmt.Errorf("%s holds the files of no known scene; 'polyad help bench scenes' names them", folder)
	}
	table, err := bench.Scenes(ctx, scenes, &bench.SceneOptions{Seed: a.common.seed, Observe: a.trials()})
	if err := a.settleTable(err, table); err != nil {
		return err
	}
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error { return out.write("table.txt", text) }
	return a.finish(&tableResult{Verb: "bench scenes", Seed: a.common.seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}

// knownScene reads a scene.
func (a *app) knownScene(i int, image, truth, classes string) (*bench.KnownScene, error) {
	k := &knownScenes[i]
	s := &bench.KnownScene{Name: k.name, Others: k.others}
	var err error
	read := func(name string) *mat.Dense {
		if err != nil {
			return nil
		}
		var m *mat.Dense
		m, err = readCubeOrMatrix(name)
		return m
	}
	y := read(image)
	s.Spectra, s.Abundances = read(truth+"#"+k.spectra), read(truth+"#"+k.abundances)
	if err != nil {
		return nil, err
	}
	y.Scale(1/k.scale, y)
	s.Image = unmix.Image{Y: y, Rows: k.rows, Cols: k.cols}
	if k.turned {
		s.Spectra = mat.DenseCopyOf(s.Spectra.T())
	}
	bands, r := s.Spectra.Dims()
	var libraries []*mat.Dense
	middle := mat.NewDense(bands, r, nil)
	for c := range r {
		lib := read(fmt.Sprintf("%s#lib%d", classes, c+1))
		if err != nil {
			return nil, err
		}
		b, n := lib.Dims()
		if b != bands {
			return nil, fmt.Errorf("%s#lib%d has %d bands, %s %d", classes, c+1, b, truth, bands)
		}
		for i := range bands {
			middle.Set(i, c, mat.Sum(lib.RowView(i))/float64(n))
		}
		libraries = append(libraries, lib)
	}
	// Classes and endmembers are not in one order in every pair of files.
	m, err := score.MatchSpectra(s.Spectra, middle)
	if err != nil {
		return nil, err
	}
	for _, c := range m.Col {
		s.Classes = append(s.Classes, libraries[c])
	}
	return s, nil
}

// readCubeOrMatrix reads a matrix, or a cube rows × columns × n as n × pixels.
func readCubeOrMatrix(name string) (*mat.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if len(file.Dims) != 3 {
		return file.Matrix()
	}
	x, err := file.Dense()
	if err != nil {
		return nil, err
	}
	return pixels(x.Data(), file.Dims), nil
}
