package format

import (
	"context"

	"github.com/polyad/polyad/tensor"
)

// partWords is how much of an array is read at a time where only some of each slab is
// wanted: 32 MiB.
const partWords = 4 << 20

// Part reads the rows lo…hi−1 of mode n, as one of several processes does that share the
// array. It takes the memory of these rows and, where n is not 0, 32 MiB or a slab of the
// first mode. The bytes that are read are those of the rows if n is 0, else all.
func (a *Array) Part(n, lo, hi int) (*tensor.Dense, error) {
	if _, err := a.count(); err != nil {
		return nil, err
	}
	dims := append([]int(nil), a.Dims...)
	dims[n] = hi - lo
	data := make([]float64, product(dims))
	if n == 0 {
		if err := a.ReadSlab(context.Background(), data, lo, hi); err != nil {
			return nil, err
		}
		return tensor.NewDense(dims, data), nil
	}
	// A slab of the first mode is outer × I_n × inner.
	outer, inner := product(dims[1:n]), product(dims[n+1:])
	slab := outer * a.Dims[n] * inner
	rows := max(1, partWords/slab)
	buf, to := make([]float64, min(rows, a.Dims[0])*slab), data
	for first := 0; first < a.Dims[0]; first += rows {
		last := min(first+rows, a.Dims[0])
		from := buf[:(last-first)*slab]
		if err := a.ReadSlab(context.Background(), from, first, last); err != nil {
			return nil, err
		}
		for range (last - first) * outer {
			k := copy(to, from[lo*inner:hi*inner])
			from, to = from[a.Dims[n]*inner:], to[k:]
		}
	}
	return tensor.NewDense(dims, data), nil
}

func product(dims []int) int {
	p := 1
	for _, d := range dims {
		p *= d
	}
	return p
}
