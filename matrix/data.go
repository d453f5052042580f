package matrix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// data is a matrix as the loops here read it: by rows, checked.
type data struct {
	dense  *mat.Dense
	v      []float64
	stride int
	p, n   int
	// scale is a power of two that brings the largest magnitude into [1, 2), or
	// 1 for a zero matrix: squares of scaled entries cannot overflow.
	scale float64
	in    *split // not nil: these are some of the columns, others are with other processes
}

// newData checks x and returns it by rows, without a copy when it is a
// *mat.Dense. name is what an error calls it.
func newData(name string, x mat.Matrix) (data, error) {
	if x == nil {
		return data{}, fmt.Errorf("%w: %s is nil", ErrShape, name)
	}
	p, n := x.Dims()
	if p == 0 || n == 0 {
		return data{}, fmt.Errorf("%w: %s is %d×%d, want at least one row and column", ErrShape, name, p, n)
	}
	dense, ok := x.(*mat.Dense)
	if !ok {
		dense = mat.DenseCopyOf(x)
	}
	raw := dense.RawMatrix()
	d := data{dense: dense, v: raw.Data, stride: raw.Stride, p: p, n: n}
	largest, bad := d.largest()
	if bad >= 0 {
		i, j := bad/n, bad%n
		return data{}, fmt.Errorf("%w: %s is %g at row %d, column %d", ErrNotFinite, name, d.row(i)[j], i, j)
	}
	d.scale = scaleFor(largest)
	return d, nil
}

// scaleFor is the scale of data whose largest magnitude is given.
func scaleFor(largest float64) float64 {
	if largest == 0 {
		return 1
	}
	_, e := math.Frexp(largest)
	return math.Ldexp(1, min(1-e, 1023)) // 2^1023 leaves even the smallest entry's square representable
}

func (d *data) row(i int) []float64 { return d.v[i*d.stride : i*d.stride+d.n] }

// largest returns the largest magnitude and, if an entry is not finite, the first
// position of one, counted by rows, else −1.
func (d *data) largest() (largest float64, bad int) {
	top := make([]float64, par.Workers())
	par.For(d.p, 1+(1<<18)/d.n, func(worker, lo, hi int) {
		m := 0.0
		for i := lo; i < hi; i++ {
			m = max(m, kernel.MaxAbs(d.row(i))) // max keeps a NaN
		}
		top[worker] = max(top[worker], m)
	})
	for _, m := range top {
		largest = max(largest, m)
	}
	if !math.IsNaN(largest) {
		return largest, -1
	}
	for i := range d.p {
		for j, v := range d.row(i) {
			if !(math.Abs(v) <= math.MaxFloat64) {
				return largest, i*d.n + j
			}
		}
	}
	panic("matrix: a NaN that is nowhere")
}
