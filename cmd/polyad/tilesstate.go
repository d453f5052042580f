package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/unmix"
)

// stateFile is where a run that writes tile by tile keeps how far it is, in the folder of
// its results: a line for the choice of spectra, then one for every tile, written when the
// tile itself is on the disk.
const stateFile = "unmix.state"

// choice is the first line.
type choice struct {
	Version int          `json:"version"`
	Run     string       `json:"run"` // what was asked, and of which file
	Rows    int          `json:"rows"`
	Cols    int          `json:"cols"`
	Tile    int          `json:"tile_rows"`
	Atoms   []unmix.Atom `json:"atoms"`
	Spectra [][]float64  `json:"spectra"` // component by component
	Pruned  []int        `json:"pruned"`
	Result  *result      `json:"result"` // of the sample
}

// tileDone is a line of a tile.
type tileDone struct {
	Lo    int     `json:"lo"`
	Hi    int     `json:"hi"`
	Error float64 `json:"error"`
	Norm  float64 `json:"norm"`
	Sum   uint64  `json:"sum"` // checksum of its bytes
}

// line is what either is wrapped in; Sum is the checksum of Body.
type line struct {
	Sum  uint64          `json:"crc64"`
	Body json.RawMessage `json:"body"`
}

var crc = crc64.MakeTable(crc64.ECMA)

// tileFiles are the files that grow tile by tile: abundances.npy, R × pixels, and
// residual.npy, a number a pixel, both with pixel j in row j mod rows.
type tileFiles struct {
	choice
	state, abundances, residual *os.File
	done                        []tileDone
	noted                       int       // how many of them have a line
	last                        time.Time // when lines were last written
	head, small                 int64     // lengths of the headers
}

// createTiles begins the files anew.
func createTiles(dir string, c choice) (*tileFiles, error) {
	t := &tileFiles{choice: c}
	if err := t.open(dir, os.O_RDWR|os.O_CREATE|os.O_TRUNC); err != nil {
		return nil, err
	}
	if err := t.size(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	if err := t.note(c); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// resumeTiles opens the files of a run that was ended; nil if there is none. Tiles count up
// to the first that is not as it was written.
func resumeTiles(dir, run string) (*tileFiles, error) {
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	t := &tileFiles{}
	lines := bufio.NewReader(bytes.NewReader(text))
	if !readLine(lines, &t.choice) || t.Version != 1 || len(t.Spectra) == 0 || t.Tile < 1 {
		return nil, nil // it was ended before spectra were chosen
	}
	if t.Run != run {
		return nil, usagef("--resume: %s is of another run: the image or the flags differ; give those of that run, or another --out", filepath.Join(dir, stateFile))
	}
	if err := t.open(dir, os.O_RDWR); err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	var d tileDone
	for at := 0; readLine(lines, &d); at = d.Hi {
		if d.Lo != at || d.Hi <= at || d.Hi > t.Rows {
			break
		}
		if sum, err := t.sum(d.Lo, d.Hi); err != nil || sum != d.Sum {
			break
		}
		t.done = append(t.done, d)
		d = tileDone{}
	}
	// What comes after the last good line is written again.
	if err := t.state.Truncate(0); err != nil {
		return nil, errors.Join(err, t.close())
	}
	err = t.note(t.choice)
	return t, errors.Join(err, t.flush())
}

func readLine(r *bufio.Reader, v any) bool {
	text, err := r.ReadBytes('\n')
	var l line
	return err == nil && json.Unmarshal(text, &l) == nil && crc64.Checksum(l.Body, crc) == l.Sum && json.Unmarshal(l.Body, v) == nil
}

// note adds a line and waits until it is on the disk.
func (t *tileFiles) note(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text, err := json.Marshal(line{crc64.Checksum(body, crc), body})
	if err != nil {
		return err
	}
	if _, err := t.state.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if _, err := t.state.Write(append(text, '\n')); err != nil {
		return err
	}
	return t.state.Sync()
}

func (t *tileFiles) open(dir string, how int) (err error) {
	if t.state, err = os.OpenFile(filepath.Join(dir, stateFile), how, 0o666); err != nil {
		return err
	}
	return t.openArrays(dir, how)
}

// openArrays is open but for the state.
func (t *tileFiles) openArrays(dir string, how int) (err error) {
	for _, f := range []struct {
		to   **os.File
		name string
	}{{&t.abundances, "abundances.npy"}, {&t.residual, "residual.npy"}} {
		if *f.to, err = os.OpenFile(filepath.Join(dir, f.name), how, 0o666); err != nil {
			return errors.Join(err, t.close())
		}
	}
	head, small := t.headers()
	t.head, t.small = int64(len(head)), int64(len(small))
	return nil
}

// headers are those of the two arrays of float64.
func (t *tileFiles) headers() (abundances, residual []byte) {
	abundances, err1 := npy.Begin(t.dims(), "float64")
	residual, err2 := npy.Begin(t.dims()[1:], "float64")
	if err := errors.Join(err1, err2); err != nil {
		panic(err) // two modes at most, of a type that there is
	}
	return abundances, residual
}

func (t *tileFiles) dims() []int { return []int{len(t.Spectra), t.Rows * t.Cols} }

// size gives the files their headers and lengths.
func (t *tileFiles) size() error {
	pixels := int64(t.Rows) * int64(t.Cols)
	head, small := t.headers()
	_, err1 := t.abundances.WriteAt(head, 0)
	_, err2 := t.residual.WriteAt(small, 0)
	return errors.Join(err1, err2, t.abundances.Truncate(t.head+8*pixels*int64(len(t.Spectra))), t.residual.Truncate(t.small+8*pixels))
}

// next is the first row that is not done.
func (t *tileFiles) next() int {
	if len(t.done) == 0 {
		return 0
	}
	return t.done[len(t.done)-1].Hi
}

// write adds a tile: its numbers first, and when they are on the disk its line.
func (t *tileFiles) write(x *unmix.Tile) error {
	sum, err := t.put(x, 0)
	if err != nil {
		return err
	}
	t.done = append(t.done, tileDone{Lo: x.Lo, Hi: x.Hi, Error: x.Error, Norm: x.Norm, Sum: sum})
	if time.Since(t.last) < noteEvery {
		return nil
	}
	return t.flush()
}

// put writes the numbers of a tile of rows that begin at row first of the image, and says
// what their checksum is.
func (t *tileFiles) put(x *unmix.Tile, first int) (sum uint64, err error) {
	h := x.Hi - x.Lo
	run := make([]byte, 8*h)
	err = t.each(first+x.Lo, func(c, j int, f *os.File, at int64) error {
		for i := range h {
			v := 0.0
			if q := i*t.Cols + j; c < 0 {
				v = x.Residual[q]
			} else {
				v = x.Abundances.At(q, c)
			}
			binary.LittleEndian.PutUint64(run[8*i:], math.Float64bits(v))
		}
		sum = crc64.Update(sum, crc, run)
		_, err := f.WriteAt(run, at)
		return err
	})
	return sum, err
}

// noteEvery is how much work an end of the run may cost. Every tile has a piece of every
// column of the image, so that to wait for the disk after each would take longer than
// making it.
const noteEvery = 3 * time.Second

// flush notes the tiles that have no line yet, when they are on the disk.
func (t *tileFiles) flush() error {
	if err := errors.Join(t.abundances.Sync(), t.residual.Sync()); err != nil {
		return err
	}
	for ; t.noted < len(t.done); t.noted++ {
		if err := t.note(t.done[t.noted]); err != nil {
			return err
		}
	}
	t.last = time.Now()
	return nil
}

// each calls f for every column of every component, and of the residual (−1), with where
// in which file its rows from lo on begin.
func (t *tileFiles) each(lo int, f func(c, j int, file *os.File, at int64) error) error {
	for c := -1; c < len(t.Spectra); c++ {
		file, first := t.residual, t.small
		if c >= 0 {
			file, first = t.abundances, t.head+8*int64(c)*int64(t.Rows)*int64(t.Cols)
		}
		for j := range t.Cols {
			if err := f(c, j, file, first+8*(int64(j)*int64(t.Rows)+int64(lo))); err != nil {
				return err
			}
		}
	}
	return nil
}

// sum is the checksum of a tile as the files hold it.
func (t *tileFiles) sum(lo, hi int) (uint64, error) {
	run, sum := make([]byte, 8*(hi-lo)), uint64(0)
	err := t.each(lo, func(_, _ int, f *os.File, at int64) error {
		_, err := f.ReadAt(run, at)
		sum = crc64.Update(sum, crc, run)
		return err
	})
	return sum, err
}

// runs calls f with every column of every component, and of the residual (−1), between
// these rows. The slice serves again.
func (t *tileFiles) runs(lo, hi int, f func(c, j int, column []float64)) error {
	bytes, column := make([]byte, 8*(hi-lo)), make([]float64, hi-lo)
	return t.each(lo, func(c, j int, file *os.File, at int64) error {
		if _, err := file.ReadAt(bytes, at); err != nil {
			return err
		}
		for i := range column {
			column[i] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:]))
		}
		f(c, j, column)
		return nil
	})
}

// relativeError is that of all tiles.
func (t *tileFiles) relativeError() float64 {
	var rr, yy float64
	for _, d := range t.done {
		rr, yy = rr+d.Error, yy+d.Norm
	}
	return math.Sqrt(rr / yy)
}

func (t *tileFiles) close() error {
	var errs []error
	for _, f := range []*os.File{t.state, t.abundances, t.residual} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
