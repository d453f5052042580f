package tensor

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// Slabs are the entries of an array that stays where it is, such as a file.
type Slabs interface {
	// Dims are the sizes as the entries lie, those of an index of the first mode
	// together and the last index fastest.
	Dims() []int
	// ReadSlab fills dst with the entries lo ≤ i < hi of the first mode. It is called
	// from several goroutines at once, and gives the same numbers every time.
	ReadSlab(dst []float64, lo, hi int) error
}

// Slabs32 are [Slabs] whose entries are float32 without loss: half the memory and
// traffic.
type Slabs32 interface {
	Slabs
	ReadSlab32(dst []float32, lo, hi int) error
}

// TiledOptions of [NewTiled]. Nil has the defaults.
type TiledOptions struct {
	// Order says which mode of the tensor index k of the slabs is, Order[k]: files have
	// their indices nested in many ways, and are read as they lie. Default: k itself.
	Order []int
	// Scale divides the entries. Default: 1.
	Scale float64
	// Memory bounds, in bytes, what is held of the data and of partial products.
	// Factors and what solvers keep come on top. Default: 1 GiB.
	Memory int64
	// Unit is how many rows of the factor of the tiled mode are settled together, where
	// updates slab by slab are to be those of the whole factor to the last step: slabs are
	// of multiples of that many slices, and [RowStreamer] refuses where fewer fit.
	// Default: 1.
	Unit int
}

// Tiled is a dense tensor that is not in memory. Whatever is asked of it is one pass
// over the data, slab after slab of one mode, the tiled one: one slab is worked on by all
// cores while the next one is read.
//
// MTTKRPs of the tiled mode are done slab by slab; those of other modes, norms and
// residuals are sums over slabs, in order. So bits depend on the shapes, on Memory, which
// decides how thick slabs are, and not on the number of workers. A [Sequence] takes one
// pass a sweep where it may, see [RowStreamer].
//
// The first read that fails makes that result and all that follow zeros, norms and
// residuals NaN, and is kept for Err. Calls from several goroutines take turns.
type Tiled struct {
	source Slabs
	single Slabs32 // not nil when slabs are float32
	dims   []int   // of the tensor
	stored []int   // of the slabs: stored[k] = dims[order[k]]
	order  []int
	place  []int // the inverse of order
	rows   int   // of a slab
	thin   bool  // a slab has fewer rows than are settled together
	slice  int   // Π stored[1:]
	by     float64
	spare  int64 // bytes for partial products

	lock   sync.Mutex // of a pass
	room   [2]slab
	passes atomic.Int64
	failed atomic.Pointer[error]

	once  sync.Once
	facts tiledFacts
}

// ErrMemory reports that the memory allowed does not hold what is needed at least.
var ErrMemory = errors.New("tensor: too little memory")

const (
	tiledMemory = 1 << 30
	// Two slabs take slabShare sixteenths of the memory each, partial products half of
	// it at most; the rest is for sums and copies of parts.
	slabShare = 3
)

// NewTiled is the tensor whose entries s holds. It fails, wrapping [ErrMemory], when two
// slices of the tiled mode do not fit into the memory allowed.
func NewTiled(s Slabs, opts *TiledOptions) (*Tiled, error) {
	var o TiledOptions
	if opts != nil {
		o = *opts
	}
	if o.Memory <= 0 {
		o.Memory = tiledMemory
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if math.IsNaN(1/o.Scale) || math.IsInf(1/o.Scale, 0) || math.IsInf(o.Scale, 0) {
		return nil, fmt.Errorf("tensor: NewTiled: entries cannot be divided by %g", o.Scale)
	}
	stored := append([]int(nil), s.Dims()...)
	count := size(stored)
	x := &Tiled{source: s, stored: stored, order: o.Order, by: 1 / o.Scale, slice: count / stored[0]}
	x.single, _ = s.(Slabs32)
	if x.order == nil {
		for k := range stored {
			x.order = append(x.order, k)
		}
	}
	if err := x.turn(); err != nil {
		return nil, err
	}
	bytes := int64(x.slice) * 8
	if x.single != nil {
		bytes = int64(x.slice) * 4
	}
	each := o.Memory * slabShare / 16
	x.rows = int(min(int64(stored[0]), each/bytes))
	if x.rows == 0 {
		return nil, fmt.Errorf("%w: a slice of mode %d of a tensor of sizes %v takes %d bytes, and two of them %d/8 of the memory; allow at least %d bytes", ErrMemory, x.order[0], x.dims, bytes, slabShare, bytes*16/slabShare+16)
	}
	if x.rows < stored[0] && o.Unit > 1 {
		x.thin = x.rows < o.Unit
		x.rows = max(x.rows/o.Unit*o.Unit, min(x.rows, o.Unit))
	}
	x.spare = o.Memory / 2
	return x, nil
}

// turn fills in the sizes as the tensor has them.
func (x *Tiled) turn() error {
	x.dims, x.place = make([]int, len(x.stored)), make([]int, len(x.stored))
	if len(x.order) != len(x.stored) {
		return fmt.Errorf("tensor: NewTiled: an order of %d modes for slabs of sizes %v", len(x.order), x.stored)
	}
	for k, n := range x.order {
		if n < 0 || n >= len(x.dims) || x.dims[n] != 0 {
			return fmt.Errorf("tensor: NewTiled: order %v is none of the modes of sizes %v", x.order, x.stored)
		}
		x.dims[n], x.place[n] = x.stored[k], k
	}
	return nil
}

// Dims implements [Tensor].
func (x *Tiled) Dims() []int { return x.dims }

// TiledMode is the mode along which slabs follow one another.
func (x *Tiled) TiledMode() int { return x.order[0] }

// Passes is the number of passes over the data that were begun.
func (x *Tiled) Passes() int { return int(x.passes.Load()) }

// Err implements [Failer].
func (x *Tiled) Err() error {
	if e := x.failed.Load(); e != nil {
		return *e
	}
	return nil
}

// A Failer is a tensor whose data may turn out not to be readable. Err is the first
// failure: what was computed since then is wrong. Solvers ask after every sweep.
type Failer interface{ Err() error }

// Err is the failure of x where it is a [Failer].
func Err(x Tensor) error {
	if f, ok := x.(Failer); ok {
		return f.Err()
	}
	return nil
}

var (
	_ Tensor = (*Tiled)(nil)
	_ Failer = (*Tiled)(nil)
)
