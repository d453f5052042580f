package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// DifferenceNoise takes half the covariance of the differences between neighbouring
// pixels for that of the noise: what neighbours share is signal. Column j of x (p×n) is the pixel in
// row j mod rows and column j div rows of an image; neighbours are above one another.
// Unlike [EstimateNoise] it sees noise that is correlated between bands, and it also takes
// edges and texture for noise, so that in a detailed scene it is high.
//
// Needs two rows and n a multiple of them. Errors: [ErrShape], [ErrNotFinite],
// [ErrSize] and that of ctx. Work: 2·p²·n flops. Results do not depend on the number of cores.
//
// Reference:
//   - Green, A.A., Berman, M., Switzer, P., Craig, M.D.: A Transformation for Ordering
//     Multispectral Data in Terms of Image Quality with Implications for Noise Removal. IEEE
//     Trans. Geosci. Remote Sens. 26(1), 65–74 (1988), section III.
func DifferenceNoise(ctx context.Context, x mat.Matrix, rows int) (*Noise, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if rows < 2 || d.n%rows != 0 {
		return nil, fmt.Errorf("%w: noise: X is %d×%d, which are no pixels in rows of an image of %d; an image has two rows or more", ErrShape, d.p, d.n, rows)
	}
	z, err := newNoise(ctx, &d)
	if err != nil {
		return nil, err
	}
	z.Covariance = d.differences(rows).outer(nil)
	pairs := float64(d.n / rows * (rows - 1))
	z.Covariance.ScaleSym(1/(2*pairs*d.scale*d.scale), z.Covariance)
	z.levels()
	return z, nil
}

// differences of every column of x from the next one, where that is in the same
// column of the image; the scale stays that of x.
func (d *data) differences(rows int) *data {
	n := d.n / rows * (rows - 1)
	y := mat.NewDense(d.p, n, nil)
	par.For(d.p, 1+(1<<18)/d.n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			from, to := d.row(i), y.RawRowView(i)
			for c := range d.n / rows {
				part := to[c*(rows-1):][:rows-1]
				copy(part, from[c*rows:])
				kernel.Axpy(part, -1, from[c*rows+1:][:rows-1])
			}
		}
	})
	return &data{dense: y, v: y.RawMatrix().Data, stride: y.RawMatrix().Stride, p: d.p, n: n, scale: d.scale}
}
