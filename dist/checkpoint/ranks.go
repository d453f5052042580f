package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/tensor"
)

// Ranks saves and loads the states of a run on several ranks, all of which call its methods
// together and see the same folder: a shared file system. Every rank writes its rows of the
// split mode, the first all else. What fails on one fails on all.
type Ranks struct {
	Comm dist.Comm
	X    tensor.Partitioned // the data
}

// splitFiles are the files that all ranks have written, by the stem of their names.
type splitFiles struct {
	mode  int
	files map[string][]file
}

// Save is [Save]; the sizes of p are those of the whole.
func (r Ranks) Save(dir string, p Problem, s *cpd.State) error {
	now, folder := place(dir, s)
	if err := r.first(func() error { return begin(dir, folder) }); err != nil {
		return err
	}
	err := r.fill(folder, p, s)
	if err == nil {
		err = r.first(func() error { return commit(dir, now) })
	}
	if err != nil && r.Comm.Rank() == 0 {
		os.RemoveAll(folder)
	}
	return err
}

// fill writes the rows of every rank, and then the rest.
func (r Ranks) fill(folder string, p Problem, s *cpd.State) error {
	n, _, lo, hi := r.X.Part()
	stems := []string{"factor", "factor-scaled", "best", "best-scaled"}
	factors := [][]*mat.Dense{s.Model.Factors, s.Factors, nil, nil}
	if s.Best != nil {
		factors[2], factors[3] = s.Best.Model.Factors, s.Best.Factors
	}
	table := make([]float64, (2+len(stems))*r.Comm.Size()) // of each rank: rows, checksums
	mine := table[(2+len(stems))*r.Comm.Rank():]
	mine[0], mine[1] = float64(lo), float64(hi)
	name := func(stem string, lo, hi int) string { return fmt.Sprintf("%s%d-%d-%d.f64", stem, n, lo, hi) }
	if err := r.all(func() error {
		for k, stem := range stems {
			if factors[k] == nil {
				continue
			}
			f := file{Name: name(stem, lo, hi)}
			if err := f.write(folder, factors[k][n]); err != nil {
				return fmt.Errorf("checkpoint: %w", err)
			}
			mine[2+k] = float64(f.CRC)
		}
		return flush(folder)
	}); err != nil {
		return err
	}
	if err := r.Comm.AllReduceSum(table); err != nil {
		return err
	}
	split := &splitFiles{mode: n, files: map[string][]file{}}
	for ; len(table) > 0; table = table[2+len(stems):] {
		lo, hi := int(table[0]), int(table[1])
		for k, stem := range stems {
			split.files[stem] = append(split.files[stem], file{Name: name(stem, lo, hi), Lo: lo, Rows: hi - lo, CRC: uint32(table[2+k])})
		}
	}
	return r.first(func() error {
		if err := write(folder, p, s, split); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		return nil
	})
}

// Load is [Load] of the rows of each rank, whatever ranks have written them.
func (r Ranks) Load(dir string, p Problem) (s *cpd.State, passed error, err error) {
	var list []position
	var last string
	missing := []float64{0}
	if err := r.first(func() (err error) {
		if list, last, err = finished(dir); errors.Is(err, ErrNone) {
			missing[0], err = 1, nil
		}
		return err
	}); err != nil {
		return nil, nil, err
	}
	if err := r.Comm.Bcast(0, missing); err != nil {
		return nil, nil, err
	}
	if missing[0] > 0 {
		return nil, nil, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	n, _, lo, hi := r.X.Part()
	for k := 0; ; k++ {
		at := []float64{-1, -1}
		if k < len(list) {
			at[0], at[1] = float64(list[k].start), float64(list[k].sweep)
		}
		if err := r.Comm.Bcast(0, at); err != nil {
			return nil, nil, err
		}
		if at[0] < 0 {
			break
		}
		err := r.all(func() (err error) {
			s, err = read(filepath.Join(dir, position{int(at[0]), int(at[1])}.String()), p, &cut{n, lo, hi})
			return err
		})
		if err == nil || errors.Is(err, ErrOther) || !errors.Is(err, ErrDamaged) {
			return s, passed, err
		}
		passed = errors.Join(passed, err)
	}
	if passed == nil {
		passed = fmt.Errorf("%w: LATEST in %s names %q, which is not there", ErrDamaged, dir, last)
	}
	return nil, nil, passed
}

// first lets the first rank do something.
func (r Ranks) first(f func() error) error {
	return r.all(func() error {
		if r.Comm.Rank() > 0 {
			return nil
		}
		return f()
	})
}

// textWords is how much of an error's text goes to the other ranks, a byte a word.
const textWords = 512

// kinds are the errors that others have to tell apart.
var kinds = []error{ErrDamaged, ErrOther, ErrForeign, ErrNone}

// all lets every rank do something; the error is that of the first rank that has one.
func (r Ranks) all(f func() error) error {
	own := f()
	failed := make([]float64, r.Comm.Size())
	if own != nil {
		failed[r.Comm.Rank()] = 1
	}
	if err := r.Comm.AllReduceSum(failed); err != nil {
		return err
	}
	for rank, bad := range failed {
		if bad == 0 {
			continue
		}
		return r.tell(rank, own)
	}
	return nil
}

// tell is the error of a rank, on all of them.
func (r Ranks) tell(rank int, own error) error {
	text := make([]float64, 1+textWords)
	if r.Comm.Rank() == rank {
		for k, kind := range kinds {
			if errors.Is(own, kind) {
				text[0] = float64(k + 1)
			}
		}
		for i, b := range []byte(own.Error()) {
			if i == textWords {
				break
			}
			text[1+i] = float64(b)
		}
	}
	if err := r.Comm.Bcast(rank, text); err != nil || r.Comm.Rank() == rank {
		return errors.Join(err, own)
	}
	var b []byte
	for _, v := range text[1:] {
		if v > 0 {
			b = append(b, byte(v))
		}
	}
	if k := int(text[0]); k > 0 {
		return fmt.Errorf("rank %d: %w", rank, told{string(b), kinds[k-1]})
	}
	return fmt.Errorf("rank %d: %s", rank, b)
}

// told is the error of another rank.
type told struct {
	text string
	kind error
}

func (t told) Error() string { return t.text }
func (t told) Unwrap() error { return t.kind }
