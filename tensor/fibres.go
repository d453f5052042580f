package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// A Fibrous tensor can be read in single fibres and entries.
type Fibrous interface {
	// FibresTo sets row k of dst, S×I_n, to the fibre of mode n at the indices
	// index[m][k] of the other modes. index[n] is not read.
	FibresTo(dst *mat.Dense, index [][]int32, n int)
	// EntriesTo sets dst[k] to the entry at (index[0][k], …, index[N−1][k]).
	EntriesTo(dst []float64, index [][]int32)
}

// FibresTo implements [Fibrous].
func (x *Dense) FibresTo(dst *mat.Dense, index [][]int32, n int) {
	fibresTo(dst, x.dims, values{f64: x.data}, index, n)
}

// EntriesTo implements [Fibrous].
func (x *Dense) EntriesTo(dst []float64, index [][]int32) {
	for k := range dst {
		dst[k] = x.data[offsetAt(x.dims, index, k, -1)]
	}
}

// FibresTo implements [Fibrous].
func (x *Dense32) FibresTo(dst *mat.Dense, index [][]int32, n int) {
	fibresTo(dst, x.dims, values{f32: x.data}, index, n)
}

// EntriesTo implements [Fibrous].
func (x *Dense32) EntriesTo(dst []float64, index [][]int32) {
	for k := range dst {
		dst[k] = float64(x.data[offsetAt(x.dims, index, k, -1)])
	}
}

func fibresTo(dst *mat.Dense, dims []int, data values, index [][]int32, n int) {
	raw := dst.RawMatrix()
	if raw.Cols != dims[n] {
		panic(fmt.Sprintf("tensor: FibresTo: destination is %d×%d, mode %d has size %d", raw.Rows, raw.Cols, n, dims[n]))
	}
	stride := 1
	for _, d := range dims[n+1:] {
		stride *= d
	}
	par.For(raw.Rows, max(1, (1<<14)/dims[n]), func(_, lo, hi int) {
		for k := lo; k < hi; k++ {
			row, at := raw.Data[k*raw.Stride:][:raw.Cols], offsetAt(dims, index, k, n)
			if data.f32 != nil {
				for i := range row {
					row[i] = float64(data.f32[at+i*stride])
				}
				continue
			}
			for i := range row {
				row[i] = data.f64[at+i*stride]
			}
		}
	})
}

// offsetAt is where the entry of index[m][k] lies, with 0 for mode n.
func offsetAt(dims []int, index [][]int32, k, n int) int {
	at := 0
	for m, d := range dims {
		at *= d
		if m != n {
			at += int(index[m][k])
		}
	}
	return at
}

var (
	_ Fibrous = (*Dense)(nil)
	_ Fibrous = (*Dense32)(nil)
)
