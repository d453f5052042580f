package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Scattered is what [SufficientlyScattered] finds.
type Scattered struct {
	// Holds, Fails: the columns are sufficiently scattered, or are not. Neither: undecided.
	Holds, Fails bool
	// Because says which condition decided, or why none did.
	Because string
	// Witness of what fails is an x of length R with Hᵀx ≥ 0 and eᵀx ≤ ‖x‖ that is no
	// multiple of a unit vector, so that the columns lie on one side of a plane that cuts the
	// cone they should hold, or touches it where only coordinate planes may. It is nil
	// where what is missing is told by zeros of H.
	Witness []float64
	// Rays is the number of extreme rays of {x: Hᵀx ≥ 0} that were found, if they were.
	Rays int
}

// ScatteredOptions of [SufficientlyScattered]. nil is the zero value.
type ScatteredOptions struct {
	// Rays is the most extreme rays that are held at a time. Default: 5000, some seconds.
	Rays int
	// Zero is the share of the largest entry of its column up to which an entry of H is taken for
	// zero. Default: 1e-12.
	Zero float64
}

// SufficientlyScattered says whether the columns of h ≥ 0 (R×n) are sufficiently scattered:
//
//	SSC1  {x: eᵀx ≥ √(R−1)·‖x‖} ⊆ cone(H),
//	SSC2  SSC1 is tight only where it has to be: {x: Hᵀx ≥ 0} meets the boundary of
//	      {x: eᵀx ≥ ‖x‖} in multiples of unit vectors alone.
//
// With rank(U) = R it makes a minimum-volume X = U·H unique ([MinimumVolume]), and where Uᵀ
// has it too, any nonnegative factorisation X = U·H, up to order and scale. Scales of
// columns do not matter, those of rows do. Zeros count: of a fit they are those of the model.
//
// Looked at, in this order: the rank; R−1 independent columns that are zero in a row, for
// every row, without which SSC1 fails; unit vectors among the columns, with all of which the
// data are separable and it holds; e − e_k in cone(H), for every k, necessary, by [NNLS]. What is left is
// decided by the extreme rays x of the dual cone {x: Hᵀx ≥ 0}: with all eᵀx > ‖x‖ but those of the unit
// vectors it holds, with one eᵀx ≤ ‖x‖ it fails. They are found by the double description method;
// deciding is NP-hard, and where they are too many, or a difference is within rounding, the answer is
// that it is undecided.
//
// Work: 2·n·R² flops and some passes over H for each of R projections; the rays, of which there are
// dozens for R = 4 and may be more than 10⁴ for R = 8, times n·R, and their pairs.
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], and
// that of ctx.
//
// References:
//   - Huang, K., Sidiropoulos, N.D., Swami, A.: Non-negative matrix factorization revisited:
//     uniqueness and algorithm for symmetric decomposition. IEEE Trans. Signal Process.
//     62(1), 211–224 (2014).
//   - Gillis, N.: Nonnegative Matrix Factorization, sec. 4.2.3. SIAM (2020).
//   - Fukuda, K., Prodon, A.: Double description method revisited. Combinatorics and
//     Computer Science, LNCS 1120 (1996).
func SufficientlyScattered(ctx context.Context, h mat.Matrix, opts *ScatteredOptions) (*Scattered, error) {
	o := ScatteredOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Rays < 0 || !(o.Zero >= 0 && o.Zero < 1) {
		return nil, fmt.Errorf("%w: %d rays, zero up to %g", ErrOptions, o.Rays, o.Zero)
	}
	o.Rays = orDefault(o.Rays, 5000)
	if o.Zero == 0 {
		o.Zero = 1e-12
	}
	d, err := newData("H", h)
	if err != nil {
		return nil, err
	}
	columns, err := distinctColumns(&d, o.Zero)
	if err != nil {
		return nil, err
	}
	r := d.p
	if r == 1 {
		if len(columns) == 0 {
			return &Scattered{Fails: true, Because: "H is zero"}, nil
		}
		return &Scattered{Holds: true, Because: "one row has nothing to be scattered in"}, nil
	}
	if res := byZeros(columns, r); res != nil {
		return res, nil
	}
	if res, err := byMidpoints(ctx, columns, r); res != nil || err != nil {
		return res, err
	}
	rays, complete, err := dualRays(ctx, columns, r, o.Rays)
	if err != nil {
		return nil, err
	}
	if !complete {
		return &Scattered{Because: fmt.Sprintf("all necessary conditions hold that were looked at, but the dual cone has more than %d extreme rays", o.Rays)}, nil
	}
	return byRays(rays), nil
}

// scatteredTol is how near, for an x of unit norm, eᵀx and ‖x‖ count as equal.
const scatteredTol = 1e-8

// distinctColumns are the columns that are not zero, of unit sum, each direction once.
func distinctColumns(d *data, zero float64) ([][]float64, error) {
	var columns [][]float64
	seen := map[string]bool{}
	key := make([]byte, 0, 16*d.p)
	for j := range d.n {
		c := make([]float64, d.p)
		top := 0.0
		for i := range c {
			v := d.row(i)[j]
			if v < 0 {
				return nil, fmt.Errorf("%w: scattering is of H ≥ 0; it is %g at row %d, column %d", ErrMethod, v, i, j)
			}
			c[i] = v * d.scale
			top = max(top, c[i])
		}
		if top == 0 {
			continue
		}
		sum := 0.0
		for i, v := range c {
			if v <= zero*top {
				c[i] = 0
			}
			sum += c[i]
		}
		key = key[:0]
		for i := range c {
			c[i] /= sum
			key = fmt.Appendf(key, "%.12f ", c[i])
		}
		if !seen[string(key)] {
			seen[string(key)] = true
			columns = append(columns, c)
		}
	}
	return columns, nil
}

// byZeros decides by rank and zeros: what fails, or that all unit vectors are there.
func byZeros(columns [][]float64, r int) *Scattered {
	if len(columns) < r || independentSet(columns, r, nil) < r {
		return &Scattered{Fails: true, Because: fmt.Sprintf("the rank of H is below %d", r)}
	}
	pure := make([]bool, r)
	for _, c := range columns {
		for i, v := range c {
			pure[i] = pure[i] || v == 1
		}
	}
	all := true
	for k := range r {
		all = all && pure[k]
		var on [][]float64
		for _, c := range columns {
			if c[k] == 0 {
				on = append(on, c)
			}
		}
		if rank := independentSet(on, r, nil); rank < r-1 {
			return &Scattered{Fails: true, Because: fmt.Sprintf("the columns that are zero in row %d are %d different ones of rank %d, and %d independent ones are needed", k, len(on), rank, r-1)}
		}
	}
	if all {
		return &Scattered{Holds: true, Because: "every unit vector is a column, up to scale: the data are separable"}
	}
	return nil
}

// independentSet is the rank of the columns, and appends to set, unless it is nil, the first
// ones that have it.
func independentSet(columns [][]float64, r int, set *[]int) int {
	var basis [][]float64
	for j, c := range columns {
		if len(basis) == r {
			break
		}
		left := append([]float64(nil), c...)
		for range 2 { // twice is enough
			for _, b := range basis {
				subtract(left, b)
			}
		}
		if size := normalize(left); size > 1e-9 {
			basis = append(basis, left)
			if set != nil {
				*set = append(*set, j)
			}
		}
	}
	return len(basis)
}

// subtract takes the part along the unit vector b out of v.
func subtract(v, b []float64) {
	along := 0.0
	for i := range v {
		along += v[i] * b[i]
	}
	for i := range v {
		v[i] -= along * b[i]
	}
}

// byMidpoints looks for e − e_k, which SSC1 asks for, outside cone(H).
func byMidpoints(ctx context.Context, columns [][]float64, r int) (*Scattered, error) {
	point := mat.NewDense(r, 1, nil)
	for k := range r {
		for i := range r {
			point.Set(i, 0, 1)
		}
		point.Set(k, 0, 0)
		x, err := outside(ctx, columns, point)
		if err != nil {
			return nil, err
		}
		if x != nil {
			return &Scattered{Fails: true, Witness: x, Because: fmt.Sprintf("e − e_%d is not in the cone of the columns, as it is of the ball cone that they should hold", k)}, nil
		}
	}
	return nil, nil
}

// outside is an x of unit norm with cᵀx ≥ 0 for all columns c and ⟨x, point⟩ < 0, or nil where the
// point is in their cone: what its projection on the cone leaves, turned round. Columns join the few
// that the projection is made of as long as one is on the far side.
func outside(ctx context.Context, columns [][]float64, point *mat.Dense) ([]float64, error) {
	r := len(columns[0])
	var use []int
	x := mat.Col(nil, 0, point)
	for range 100 * r {
		if normalize(x) < 1e-7 {
			return nil, nil
		}
		join, far := -1, 1e-10
		for j, c := range columns {
			if v := kernel.Dot(c, x); v > far {
				join, far = j, v
			}
		}
		if join < 0 {
			for i := range x {
				x[i] = -x[i]
			}
			return x, nil
		}
		use = append(use, join)
		h := mat.NewDense(r, len(use), nil)
		for at, j := range use {
			h.SetCol(at, columns[j])
		}
		fit, err := NNLS(ctx, h, point)
		if err != nil {
			return nil, err
		}
		var left mat.Dense
		left.Mul(h, fit.V)
		left.Sub(point, &left)
		mat.Col(x, 0, &left)
		kept := use[:0]
		for at, j := range use {
			if fit.V.At(at, 0) > 0 {
				kept = append(kept, j)
			}
		}
		use = kept
	}
	return nil, nil // rounding: it decides nothing
}

// byRays decides by all extreme rays, of unit norm.
func byRays(rays [][]float64) *Scattered {
	res := &Scattered{Rays: len(rays)}
	least, at := math.Inf(1), -1
	for i, x := range rays {
		sum, top := 0.0, 0.0
		for _, v := range x {
			sum += v
			top = max(top, v)
		}
		if top > 1-scatteredTol*scatteredTol { // a unit vector: ‖x − e_k‖² = 2 − 2·x_k
			continue
		}
		if sum-1 < least {
			least, at = sum-1, i
		}
	}
	switch {
	case least > scatteredTol:
		res.Holds, res.Because = true, fmt.Sprintf("all %d extreme rays of the dual cone but unit vectors lie within the ball cone", len(rays))
	case least < -scatteredTol:
		res.Fails, res.Witness = true, rays[at]
		res.Because = fmt.Sprintf("an extreme ray of the dual cone has eᵀx = %.6g·‖x‖, below ‖x‖", 1+least)
	default:
		res.Witness = rays[at]
		res.Because = "SSC1 holds to rounding, but an extreme ray of the dual cone touches the boundary of the ball cone elsewhere than at a unit vector"
	}
	return res
}
