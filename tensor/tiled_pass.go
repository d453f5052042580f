package tensor

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// slab is a part of the tiled mode in memory: a dense array of sizes dims, the entries
// lo ≤ i < hi of the first index.
type slab struct {
	lo, hi int
	dims   []int
	data   values
	err    error
}

// dense is the slab as a tensor of its own.
func (s *slab) dense() denseTensor {
	if s.data.f32 != nil {
		return NewDense32(s.dims, s.data.f32)
	}
	return NewDense(s.dims, s.data.f64)
}

// denseTensor is what Dense and Dense32 have in common.
type denseTensor interface {
	Tensor
	Residualer
	SliceResidualer
	Measurer
	NonFiniter
}

// readers is the number of parts of a slab that are read at once: one request at a time
// leaves disks idle.
const readers = 4

// pass calls f with every slab in order, while the next one is read. It says false when
// the data could not be read, now or before.
func (x *Tiled) pass(f func(s *slab)) bool {
	x.lock.Lock()
	defer x.lock.Unlock()
	if x.Err() != nil {
		return false
	}
	x.passes.Add(1)
	x.makeRoom()
	free, full, stop := make(chan *slab, 2), make(chan *slab, 2), make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() { x.readAll(free, full, stop) })
	defer ended.Wait() // the rooms are the next pass's
	defer close(stop)  // f may panic
	free <- &x.room[0]
	free <- &x.room[1]
	for lo := 0; lo < x.stored[0]; lo += x.rows {
		s := <-full
		if s.err != nil {
			err := fmt.Errorf("tensor: reading entries %d to %d of mode %d: %w", s.lo, s.hi-1, x.order[0], s.err)
			x.failed.Store(&err)
			return false
		}
		f(s)
		free <- s
	}
	return true
}

// makeRoom makes the slabs' memory when it is first needed.
func (x *Tiled) makeRoom() {
	for k := range x.room {
		s := &x.room[k]
		if s.dims != nil || k > 0 && x.rows >= x.stored[0] {
			continue
		}
		s.dims = append([]int(nil), x.stored...)
		if x.single != nil {
			s.data.f32 = hugePages(make([]float32, x.rows*x.slice))
		} else {
			s.data.f64 = hugePages(make([]float64, x.rows*x.slice))
		}
	}
}

// readAll reads the slabs in order into the rooms that are free, until one fails.
func (x *Tiled) readAll(free <-chan *slab, full chan<- *slab, stop <-chan struct{}) {
	for lo := 0; lo < x.stored[0]; lo += x.rows {
		select {
		case s := <-free:
			x.read(s, lo, min(lo+x.rows, x.stored[0]))
			full <- s // there are as many places as rooms
			if s.err != nil {
				return
			}
		case <-stop:
			return
		}
	}
}

// read fills a room, some parts of it at once.
func (x *Tiled) read(s *slab, lo, hi int) {
	s.lo, s.hi, s.dims[0] = lo, hi, hi-lo
	n := (hi - lo) * x.slice
	if x.single != nil {
		s.data.f32 = s.data.f32[:n]
	} else {
		s.data.f64 = s.data.f64[:n]
	}
	var parts sync.WaitGroup
	var failed [readers]error
	for p := range readers {
		from, to := lo+cutAt(p, hi-lo, readers), lo+cutAt(p+1, hi-lo, readers)
		if from == to {
			continue
		}
		parts.Go(func() {
			at, end := (from-lo)*x.slice, (to-lo)*x.slice
			if x.single != nil {
				failed[p] = x.single.ReadSlab32(s.data.f32[at:end], from, to)
			} else {
				failed[p] = x.source.ReadSlab(s.data.f64[at:end], from, to)
			}
		})
	}
	parts.Wait()
	s.err = nil
	for _, err := range failed {
		if err != nil {
			s.err = err
			return
		}
	}
}

// turned are the factors in the order of the slabs; n, if not negative, is one that is
// not there.
func (x *Tiled) turned(factors []*mat.Dense, n int) []*mat.Dense {
	list := make([]*mat.Dense, len(factors))
	for k, m := range x.order {
		if m != n {
			list[k] = factors[m]
		}
	}
	return list
}

// rowsOf are rows lo…hi of a, over its storage.
func rowsOf(a *mat.Dense, lo, hi int) *mat.Dense {
	raw := a.RawMatrix()
	v := new(mat.Dense)
	v.SetRawMatrix(blas64.General{Rows: hi - lo, Cols: raw.Cols, Stride: raw.Stride, Data: raw.Data[lo*raw.Stride : (hi-1)*raw.Stride+raw.Cols]})
	return v
}
