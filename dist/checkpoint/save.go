package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

const (
	version  = 1
	latest   = "LATEST"
	manifest = "manifest.json"
	kept     = 2
)

// Problem is what a state is of. Two runs with equal Problems may take up each
// other's states.
type Problem struct {
	Dims    []int   `json:"dims"`
	Rank    int     `json:"rank"`
	Seed    uint64  `json:"seed"`
	Norm    float64 `json:"norm"`    // of the data, which tells most of them apart
	Options string  `json:"options"` // what else decides the course of the run, in the caller's words
}

// page is the manifest.
type page struct {
	Version int       `json:"version"`
	Problem Problem   `json:"problem"`
	Start   int       `json:"start"`
	Present model     `json:"present"`
	Best    *model    `json:"best,omitempty"`
	Starts  []cpd.Run `json:"starts,omitempty"` // of the starts before this one
}

type model struct {
	Start         int          `json:"start"`
	Weights       []float64    `json:"weights"`
	Trace         sweep.Trace  `json:"trace"`
	Status        sweep.Status `json:"status"`
	RelativeError float64      `json:"relative_error"`
	Loss          float64      `json:"loss"`
	Files         []file       `json:"files"`            // one per mode
	Scaled        []file       `json:"scaled,omitempty"` // of the factors at their own scale
}

type file struct {
	Name string `json:"name,omitempty"`
	Lo   int    `json:"lo,omitempty"` // the first row, of one of several parts
	Rows int    `json:"rows"`
	CRC  uint32 `json:"crc32"`
	// Parts, if there are any, hold the rows, each those of a rank, in order.
	Parts []file `json:"parts,omitempty"`
}

// Check makes the folder, or refuses one that holds what is not a state.
func Check(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	for _, e := range entries {
		if _, state := parse(e.Name()); !state && e.Name() != latest && !strings.HasPrefix(e.Name(), "."+latest) {
			return fmt.Errorf("%w: %s holds %s; give an empty or a new folder", ErrForeign, dir, e.Name())
		}
	}
	return nil
}

// Save adds a state to the folder, which it makes if need be, and removes those that
// are not among the newest two up to it, later ones of another run too. When it fails
// the states before it are as they were. One run at a time may save to a folder. Cost:
// the size of the factors, written and flushed.
func Save(dir string, p Problem, s *cpd.State) error {
	now, folder := place(dir, s)
	if err := begin(dir, folder); err != nil {
		return err
	}
	if err := write(folder, p, s, nil); err != nil {
		os.RemoveAll(folder)
		return fmt.Errorf("checkpoint: %w", err)
	}
	return commit(dir, now)
}

// place is where a state belongs.
func place(dir string, s *cpd.State) (now position, folder string) {
	now = position{s.Start, s.Trace.Last().Sweep}
	return now, filepath.Join(dir, now.String())
}

// begin makes an empty folder for a state.
func begin(dir, folder string) error {
	if err := Check(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil { // of a run that died while it wrote it
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := os.Mkdir(folder, 0o777); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// commit makes a state that is written the newest.
func commit(dir string, now position) error {
	if err := flush(dir); err != nil { // the name of the folder, before LATEST says it
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := replace(filepath.Join(dir, latest), []byte(now.String()+"\n")); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return prune(dir, now)
}

// write fills the folder of a state; split are the files of factors that ranks have
// written.
func write(folder string, p Problem, s *cpd.State, split *splitFiles) error {
	m := page{Version: version, Problem: p, Start: s.Start}
	m.Present = model{Start: s.Start, Weights: s.Model.Weights, Trace: s.Trace, Status: sweep.Running, RelativeError: s.Trace.Last().RelativeError}
	if err := m.Present.write(folder, "factor", s.Model.Factors, s.Factors, split); err != nil {
		return err
	}
	if b := s.Best; b != nil {
		m.Best, m.Starts = &model{Start: b.Start, Weights: b.Model.Weights, Trace: b.Trace, Status: b.Status, RelativeError: b.RelativeError, Loss: b.Loss}, b.Starts
		if err := m.Best.write(folder, "best", b.Model.Factors, b.Factors, split); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(folder, manifest), text); err != nil {
		return err
	}
	return flush(folder)
}

// write writes the factors, and those at their own scale if there are any.
func (m *model) write(folder, stem string, factors, scaled []*mat.Dense, split *splitFiles) (err error) {
	if m.Files, err = writeFactors(folder, stem, factors, split); err != nil {
		return err
	}
	m.Scaled, err = writeFactors(folder, stem+"-scaled", scaled, split)
	return err
}

func writeFactors(folder, stem string, factors []*mat.Dense, split *splitFiles) ([]file, error) {
	var files []file
	for n, a := range factors {
		f := file{Name: fmt.Sprintf("%s%d.f64", stem, n)}
		if split != nil && n == split.mode {
			f.Name, f.Parts = "", split.files[stem]
			for _, q := range f.Parts {
				f.Rows += q.Rows
			}
		} else if err := f.write(folder, a); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// write writes the rows of a and notes their number and checksum.
func (f *file) write(folder string, a *mat.Dense) error {
	f.Rows, _ = a.Dims()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, mat.DenseCopyOf(a).RawMatrix().Data); err != nil {
		return err
	}
	f.CRC = crc32.ChecksumIEEE(b.Bytes())
	return replace(filepath.Join(folder, f.Name), b.Bytes())
}

// replace writes a file under a temporary name, flushes it and renames it.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return flush(filepath.Dir(name))
}

// flush makes the names in a folder last. Systems that cannot do that say so, which
// is no failure.
func flush(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}

// prune removes all states but the newest up to now: later ones are of a run that was
// begun anew, or damaged and passed over.
func prune(dir string, now position) error {
	all, err := states(dir)
	if err != nil {
		return err
	}
	first := slices.Index(all, now) + 1 - kept
	for i, p := range all {
		if i >= first && p.compare(now) <= 0 {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, p.String())); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	return nil
}
