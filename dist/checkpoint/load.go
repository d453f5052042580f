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
	text, err := os.ReadFile(filepath.Join(dir, latest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint: %w", err)
	}
	all, err := states(dir)
	if err != nil {
		return nil, nil, err
	}
	last := strings.TrimSpace(string(text))
	newest, ok := parse(last)
	if !ok {
		return nil, nil, fmt.Errorf("%w: LATEST in %s holds %.40q, which is not the name of a state", ErrDamaged, dir, last)
	}
	for _, at := range slices.Backward(all) {
		if at.compare(newest) > 0 {
			continue // written but for LATEST
		}
		s, err := read(filepath.Join(dir, at.String()), p)
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

func read(folder string, p Problem) (*cpd.State, error) {
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
	if s.Model, s.Factors, err = m.Present.read(folder, p); err != nil {
		return nil, err
	}
	if b := m.Best; b != nil {
		s.Best = &cpd.Result{Trace: b.Trace, Status: b.Status, RelativeError: b.RelativeError, Loss: b.Loss, Start: b.Start, Starts: m.Starts}
		if s.Best.Model, s.Best.Factors, err = b.read(folder, p); err != nil {
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
func (m model) read(folder string, p Problem) (k *tensor.Kruskal, scaled []*mat.Dense, err error) {
	if len(m.Files) != len(p.Dims) || len(m.Weights) != p.Rank || len(m.Scaled) != 0 && len(m.Scaled) != len(p.Dims) {
		return nil, nil, fmt.Errorf("%w: %s lists %d factors, %d of them at their own scale, and %d weights", ErrDamaged, folder, len(m.Files), len(m.Scaled), len(m.Weights))
	}
	k = &tensor.Kruskal{Weights: m.Weights}
	if k.Factors, err = readFactors(folder, p, m.Files); err != nil {
		return nil, nil, err
	}
	scaled, err = readFactors(folder, p, m.Scaled)
	return k, scaled, err
}

func readFactors(folder string, p Problem, files []file) ([]*mat.Dense, error) {
	var factors []*mat.Dense
	for n, f := range files {
		name := filepath.Join(folder, filepath.Base(f.Name))
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if want := 8 * p.Dims[n] * p.Rank; len(data) != want || f.Rows != p.Dims[n] {
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
		factors = append(factors, mat.NewDense(p.Dims[n], p.Rank, values))
	}
	return factors, nil
}
