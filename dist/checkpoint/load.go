package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// Load reads the newest state that can be read, and says whether an even newer one
// was passed over as damaged. Errors: [ErrNone], [ErrOther] naming what differs,
// [ErrDamaged] when no state can be read.
func Load(dir string, p Problem) (s *cpd.State, passed error, err error) {
	all, last, err := finished(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, at := range all {
		s, err := read(filepath.Join(dir, at.String()), p, nil)
		if err == nil || errors.Is(err, ErrOther) {
			return s, passed, err
		}
		passed = errors.Join(passed, err)
	}
	if passed == nil {
		passed = fmt.Errorf("%w: LATEST in %s names %q, which is not there", ErrDamaged, dir, last)
	}
	return nil, nil, passed
}

// finished are the states up to the one that LATEST names, the newest first.
func finished(dir string) (list []position, last string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, latest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("%w in %s", ErrNone, dir)
	}
	if err != nil {
		return nil, "", fmt.Errorf("checkpoint: %w", err)
	}
	all, err := states(dir)
	if err != nil {
		return nil, "", err
	}
	last = strings.TrimSpace(string(text))
	newest, ok := parse(last)
	if !ok {
		return nil, "", fmt.Errorf("%w: LATEST in %s holds %.40q, which is not the name of a state", ErrDamaged, dir, last)
	}
	for _, at := range slices.Backward(all) {
		if at.compare(newest) <= 0 { // later ones are written but for LATEST
			list = append(list, at)
		}
	}
	return list, last, nil
}

// A cut is the rows of a mode that are wanted.
type cut struct{ mode, lo, hi int }

// rows are those of factor n that are wanted.
func (c *cut) rows(n, size int) (lo, hi int) {
	if c == nil || n != c.mode {
		return 0, size
	}
	return c.lo, c.hi
}

// read reads a state; of the mode of c, if that is not nil, only its rows.
func read(folder string, p Problem, c *cut) (*cpd.State, error) {
	text, err := os.ReadFile(filepath.Join(folder, manifest))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var m page
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, filepath.Join(folder, manifest), err)
	}
	if m.Version != version {
		return nil, fmt.Errorf("%w: %s has version %d, this program reads %d", ErrOther, folder, m.Version, version)
	}
	if err := m.Problem.differs(p, folder); err != nil {
		return nil, err
	}
	s := &cpd.State{Start: m.Start, Trace: m.Present.Trace}
	if s.Model, s.Factors, err = m.Present.read(folder, p, c); err != nil {
		return nil, err
	}
	if b := m.Best; b != nil {
		s.Best = &cpd.Result{Trace: b.Trace, Status: b.Status, RelativeError: b.RelativeError, Loss: b.Loss, Start: b.Start, Starts: m.Starts}
		if s.Best.Model, s.Best.Factors, err = b.read(folder, p, c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// sameNorm is how far apart norms of the same data may be: another machine adds up in
// another order.
const sameNorm = 1e-12

// differs names the first thing in which two problems differ.
func (m Problem) differs(p Problem, folder string) error {
	a, b := reflect.ValueOf(m), reflect.ValueOf(p)
	for i := range a.NumField() {
		v, w := a.Field(i).Interface(), b.Field(i).Interface()
		if a.Type().Field(i).Name == "Norm" && math.Abs(m.Norm-p.Norm) <= sameNorm*m.Norm {
			continue
		}
		if !reflect.DeepEqual(v, w) {
			return fmt.Errorf("%w: %s was made with %s %v, this run has %v", ErrOther, folder, strings.ToLower(a.Type().Field(i).Name), v, w)
		}
	}
	return nil
}

// read reads the factors, whose sizes the problem knows, and those at their own scale.
func (m model) read(folder string, p Problem, c *cut) (k *tensor.Kruskal, scaled []*mat.Dense, err error) {
	if len(m.Files) != len(p.Dims) || len(m.Weights) != p.Rank || len(m.Scaled) != 0 && len(m.Scaled) != len(p.Dims) {
		return nil, nil, fmt.Errorf("%w: %s lists %d factors, %d of them at their own scale, and %d weights", ErrDamaged, folder, len(m.Files), len(m.Scaled), len(m.Weights))
	}
	k = &tensor.Kruskal{Weights: m.Weights}
	if k.Factors, err = readFactors(folder, p, m.Files, c); err != nil {
		return nil, nil, err
	}
	scaled, err = readFactors(folder, p, m.Scaled, c)
	return k, scaled, err
}

func readFactors(folder string, p Problem, files []file, c *cut) ([]*mat.Dense, error) {
	var factors []*mat.Dense
	for n, f := range files {
		lo, hi := c.rows(n, p.Dims[n])
		values, err := f.read(folder, p.Dims[n], p.Rank, lo, hi)
		if err != nil {
			return nil, err
		}
		factors = append(factors, mat.NewDense(hi-lo, p.Rank, values))
	}
	return factors, nil
}

// read reads rows lo…hi−1 of a factor of size rows.
func (f file) read(folder string, size, rank, lo, hi int) ([]float64, error) {
	if len(f.Parts) == 0 {
		values, err := f.readAll(folder, size, rank)
		if err != nil {
			return nil, err
		}
		return slices.Clip(values[lo*rank : hi*rank]), nil
	}
	var values []float64
	at := 0
	for _, part := range f.Parts {
		if part.Lo != at || part.Rows < 1 || part.Rows > size-at {
			return nil, fmt.Errorf("%w: %s lists %d rows from %d on, where those from %d of %d belong", ErrDamaged, folder, part.Rows, part.Lo, at, size)
		}
		from, to := max(lo, at), min(hi, at+part.Rows)
		if from < to {
			rows, err := part.readAll(folder, part.Rows, rank)
			if err != nil {
				return nil, err
			}
			values = append(values, rows[(from-at)*rank:(to-at)*rank]...)
		}
		at += part.Rows
	}
	if at != size {
		return nil, fmt.Errorf("%w: %s lists %d rows of %d", ErrDamaged, folder, at, size)
	}
	return values, nil
}

// readAll reads a file, which has to hold that many rows.
func (f file) readAll(folder string, rows, rank int) ([]float64, error) {
	name := filepath.Join(folder, filepath.Base(f.Name))
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if want := 8 * rows * rank; len(data) != want || f.Rows != rows {
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d", ErrDamaged, name, len(data), want)
	}
	if got := crc32.ChecksumIEEE(data); got != f.CRC {
		return nil, fmt.Errorf("%w: %s has checksum %08x, its manifest says %08x", ErrDamaged, name, got, f.CRC)
	}
	values := make([]float64, len(data)/8)
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, values); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%w: %s holds %g at %d", ErrDamaged, name, v, i)
		}
	}
	return values, nil
}
