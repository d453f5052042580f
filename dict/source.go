package dict

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// A Source holds atoms that are not in memory, such as the columns of a file.
type Source interface {
	// Dims are the length of an atom and the number of atoms.
	Dims() (rows, atoms int)
	// ReadColumns sets dst, rows×n by rows, to atoms first … first+n−1. It may be
	// called from several goroutines, and must give the same numbers every time.
	ReadColumns(dst []float64, first, n int) error
}

// NewStored is [New] for atoms that stay where they are: they are read in blocks, as often
// as they are asked for, so that the dictionary may be larger than memory. It keeps
// two numbers of every atom, and each worker a block of at most a few megabytes. Whatever
// looks at all atoms reads the source once a pass; what it finds has the same bits as
// with the atoms in memory. Components of several atoms ([Mode.PerComponent],
// [SparseCode], [Gradient]) need them there and refuse.
//
// A read that fails later makes its atoms zeros and is kept for [Dictionary.Err];
// [Decompose] and [Examine] end with it.
func NewStored(s Source, names []string, axis []float64) (*Dictionary, error) {
	rows, atoms := s.Dims()
	d := &Dictionary{stored: &stored{source: s}}
	if err := d.describe(rows, atoms, names, axis); err != nil {
		return nil, err
	}
	return d, d.measure()
}

// stored is a source and what has become of it.
type stored struct {
	source Source
	lock   sync.Mutex
	err    error
}

// Err is the first failure to read atoms that are not in memory, if there was one.
func (d *Dictionary) Err() error {
	if d.stored == nil {
		return nil
	}
	d.stored.lock.Lock()
	defer d.stored.lock.Unlock()
	return d.stored.err
}

// inMemory refuses a dictionary that is not, for what works on all atoms at once.
func (d *Dictionary) inMemory(what string) error {
	if d.stored == nil {
		return nil
	}
	return fmt.Errorf("%w: %s needs the atoms in memory; choose some first and take their Subset", ErrOptions, what)
}

// readable is the first failure to read the data or atoms of a mode.
func (p *problem) readable() error {
	if err := tensor.Err(p.x); err != nil {
		return fmt.Errorf("dict: %w: %w", cpd.ErrRead, err)
	}
	for i := range p.modes {
		if err := p.modes[i].Dict.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stored) read(dst []float64, first, n int) {
	err := s.source.ReadColumns(dst, first, n)
	if err == nil {
		return
	}
	clear(dst)
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.err == nil {
		s.err = fmt.Errorf("dict: reading atoms %d to %d: %w", first, first+n-1, err)
	}
}

// block is atoms first … first+n−1 by rows, which are stride apart, read into *room
// unless they are in memory.
func (d *Dictionary) block(room *[]float64, first, n int) (data []float64, stride int) {
	if d.stored == nil {
		m := d.atoms.RawMatrix()
		return m.Data[first:], m.Stride
	}
	if size := n * d.rows; len(*room) < size {
		*room = make([]float64, size)
	}
	data = (*room)[:n*d.rows]
	d.stored.read(data, first, n)
	return data, n
}

// inBlocks calls f on blocks of atoms, the same for any number of workers, with the atoms
// by rows. Atoms are read along rows: down the columns every number is in a page of its
// own. Those in a source are read in blocks that are worth a reading.
func (d *Dictionary) inBlocks(f func(lo, hi int, data []float64, stride int)) {
	size := normBlock
	if d.stored != nil {
		size = blockMost
	}
	par.For(par.Blocks(d.count, size), 1, func(_, first, last int) {
		var room []float64
		for b := first; b < last; b++ {
			lo, hi := b*size, min(d.count, (b+1)*size)
			data, stride := d.block(&room, lo, hi-lo)
			for at := lo; at < hi; at += normBlock {
				f(at, min(hi, at+normBlock), data[at-lo:], stride)
			}
		}
	})
}

// readColumns sets columns of dst, as many as there are indices, to these atoms as they
// are in the source, runs of neighbours at once.
func (s *stored) readColumns(dst *mat.Dense, index []int) {
	rows, _ := dst.Dims()
	var room []float64
	for r := 0; r < len(index); {
		if index[r] < 0 { // no atom
			r++
			continue
		}
		n := 1
		for r+n < len(index) && index[r+n] == index[r]+n {
			n++
		}
		if len(room) < rows*n {
			room = make([]float64, rows*n)
		}
		s.read(room[:rows*n], index[r], n)
		for i := range rows {
			copy(dst.RawRowView(i)[r:r+n], room[i*n:][:n])
		}
		r += n
	}
}
