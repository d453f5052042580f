package tensor

// A Gatherer is a dense tensor that is kept elsewhere, or otherwise, than as a [Dense], and
// that can be had as one.
type Gatherer interface {
	Tensor
	// Holds says whether the memory that is allowed holds that many entries twice, beside
	// what it holds now.
	Holds(entries int) bool
	// Gather is a copy of all entries.
	Gather() (*Dense, error)
}

// Holds implements [Gatherer].
func (*Dense32) Holds(int) bool { return true }

// Gather implements [Gatherer].
func (x *Dense32) Gather() (*Dense, error) {
	y := NewDense(x.dims, nil)
	values{f32: x.data}.copyTo(y.data, 0)
	return y, nil
}

// Holds implements [Gatherer].
func (x *Tiled) Holds(entries int) bool { return int64(entries) <= x.spare/16 }

// Gather implements [Gatherer] in one pass.
func (x *Tiled) Gather() (*Dense, error) {
	y := NewDense(x.dims, nil)
	strides := make([]int, len(x.dims)) // of the modes as they are stored
	stride := 1
	for n := len(x.dims) - 1; n >= 0; n-- {
		strides[x.place[n]] = stride
		stride *= x.dims[n]
	}
	last := len(x.stored) - 1
	if !x.pass(func(s *slab) {
		index := make([]int, len(x.stored))
		to := s.lo * strides[0]
		for from := 0; from < size(s.dims); from += s.dims[last] {
			for i := range s.dims[last] {
				y.data[to+i*strides[last]] = s.data.value(from+i) * x.by
			}
			for k := last - 1; k >= 0; k-- { // the next run of the last index
				index[k]++
				to += strides[k]
				if index[k] < s.dims[k] || k == 0 {
					break
				}
				to -= index[k] * strides[k]
				index[k] = 0
			}
		}
	}) {
		return nil, x.Err()
	}
	return y, nil
}

var (
	_ Gatherer = (*Dense32)(nil)
	_ Gatherer = (*Tiled)(nil)
)
