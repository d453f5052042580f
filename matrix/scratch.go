package matrix

import "sync"

// spare holds scratch that calls by the thousand would leave to the garbage collector,
// which lets as much of it pile up as there are data.
var spare = sync.Pool{New: func() any { return new([]float64) }}

// borrow returns n zeros.
func borrow(n int) []float64 {
	v := *spare.Get().(*[]float64)
	if cap(v) < n {
		return make([]float64, n)
	}
	v = v[:n]
	clear(v)
	return v
}

// giveBack is for what borrow returned and nobody holds any more; nil is nothing.
func giveBack(v []float64) {
	if cap(v) > 0 {
		spare.Put(&v)
	}
}
