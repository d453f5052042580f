package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/npy"
)

// resultFile lists the files that polyad wrote into a folder; it is written last.
const resultFile = "result.json"

// reportFile is the page.
const reportFile = "report.html"

// folder collects the result files of a run.
type folder struct {
	dir   string
	old   []string // files of an earlier run, by its result.json
	files []string
}

// openFolder makes the folder of --out, or checks that what it holds was written
// by polyad; either way it can be written to. An empty name means no folder.
func (a *app) openFolder(dir string) (*folder, error) {
	if dir == "" {
		return nil, nil
	}
	f := &folder{dir: dir}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
		a.made = dir
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	var before struct {
		Verb  string
		Files []string
	}
	if text, err := os.ReadFile(filepath.Join(dir, resultFile)); err == nil && json.Unmarshal(text, &before) == nil && before.Verb != "" {
		f.old = before.Files
		if before.Verb != unfinishedVerb && !strings.HasPrefix(strings.Join(a.args, " "), before.Verb) {
			a.warn("--out %s held the result of polyad %s, which is replaced", dir, before.Verb)
		}
	}
	for _, e := range entries {
		if unfinished(e.Name(), f.old) {
			f.old = append(f.old, e.Name())
		}
		if !slices.Contains(f.old, e.Name()) {
			return nil, usagef("--out %s holds %s, which polyad did not write; give an empty or a new folder", dir, e.Name())
		}
	}
	probe, err := os.CreateTemp(dir, ".polyad") // better now than after the search
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	probe.Close()
	return f, os.Remove(probe.Name())
}

// unfinished says whether a file is the temporary one of a result file.
func unfinished(name string, files []string) bool {
	return slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(name, "."+f+".") })
}

// write adds a file. Before the first one is touched, and with every one more,
// result.json becomes a note of which files are polyad's, so that a run that dies
// leaves neither the result of an earlier run beside files of its own nor a
// folder that the next run does not know.
func (f *folder) write(name string, write func(w io.Writer) error) error {
	if name != resultFile {
		if err := f.claim(name); err != nil {
			return err
		}
	}
	if err := format.WriteFile(filepath.Join(f.dir, name), write); err != nil {
		return err
	}
	f.files = append(f.files, name)
	return nil
}

// claim notes that a file is polyad's, before it is there.
func (f *folder) claim(names ...string) error {
	note := map[string]any{"verb": unfinishedVerb, "status": "unfinished", "files": append(append(append([]string{resultFile}, names...), f.files...), f.old...)}
	return format.WriteFile(filepath.Join(f.dir, resultFile), func(w io.Writer) error { return encode(w, note) })
}

// unfinishedVerb stands in the result.json of a run that has not come to its end.
const unfinishedVerb = "unfinished"

// matrix adds a matrix as .npy.
func (f *folder) matrix(name string, a *mat.Dense) error {
	rows, cols := a.Dims()
	return f.write(name, func(w io.Writer) error {
		return npy.Write(w, []int{rows, cols}, mat.DenseCopyOf(a).RawMatrix().Data)
	})
}

// close writes result.json and removes what an earlier run left that this one
// did not write.
func (f *folder) close(r outcome) error {
	r.last().Files = append(append([]string{}, f.files...), resultFile)
	if err := f.write(resultFile, func(w io.Writer) error { return encode(w, r) }); err != nil {
		return err
	}
	for _, name := range f.old {
		if !slices.Contains(f.files, name) {
			os.Remove(filepath.Join(f.dir, filepath.Base(name)))
		}
	}
	return nil
}

// tell says where the report is, if there is one.
func (f *folder) tell(w io.Writer) error {
	if f == nil {
		return nil
	}
	_, err := fmt.Fprintf(w, "report: %s\n", filepath.Join(f.dir, reportFile))
	return err
}

// short is a data file without its folder, for titles.
func short(name string) string {
	path, variable, ok := strings.Cut(name, "#")
	if ok {
		variable = "#" + variable
	}
	return filepath.Base(path) + variable
}
