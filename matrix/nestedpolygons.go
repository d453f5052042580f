package matrix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Restricted is what [RestrictedRank] finds.
type Restricted struct {
	// Rank is the restricted nonnegative rank, 0 of a zero matrix.
	Rank int
	// U (p×Rank) has columns in the space of those of X, V is Rank×n; X = U·V.
	U, V          *mat.Dense
	RelativeError float64 // ‖X − U·V‖/‖X‖, recomputed
	// Inner, Between and Outer are the corners of the nested polygons of a matrix of rank 3, in
	// order: the hull of the columns, the polygon whose corners are the columns of U, and all
	// nonnegative vectors of that plane. Nil for lower ranks.
	Inner, Between, Outer [][2]float64
}

// RestrictedOptions of [RestrictedRank]. nil is the zero value.
type RestrictedOptions struct {
	// Zero is the share of the largest entry up to which an entry of X, of either sign, counts
	// as zero. Default: 1e-12; negative: none.
	Zero float64
	// Tol is how far, relative to the size of the polygons, a corner of the inner one may lie
	// outside of the one between. Default: 1e-9.
	Tol float64
}

// RestrictedRank is the least number r of columns of a U ≥ 0 with
//
//	X = U·V,  U ≥ 0 (p×r),  V ≥ 0 (r×n),  rank(U) = rank(X),
//
// the restricted nonnegative rank, for X of rank at most 3, with that U and V. The nonnegative rank,
// for which the columns of U may leave the space of those of X, is at most that of X and that of
// Xᵀ; up to rank 2 all of them are the rank.
//
// Rank 2: columns of the sum one lie on a line, and U is the two at its ends. Rank 3: they lie in a
// plane, in which nonnegative vectors are a polygon Q that holds the hull P of the columns, and U is a
// polygon with the fewest corners between the two. One has its corners on the boundary of Q and all
// sides but one along supporting lines of P: from a corner v the next one, f(v), is where the line
// from v that has P to its left leaves Q. r corners are enough if for some v the r-th iterate has gone
// all the way round. Greedy steps from anywhere take at most one corner more than the least; whether
// one can be spared is decided exactly: between the finitely many v at which an iterate meets a corner
// of Q or the line of a side of P the iterate is a Möbius transformation of v's place on its side, and
// where it gains most is known in closed form.
//
// Singular values up to 1e-12·max(p, n) of the largest are rounding. A rank is found, by Zero and Tol,
// of a matrix that is near X by rounding; one corner less would leave a part of P outside even within
// Tol. Work: an SVD and O(p·n·r·(p + n)). Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries
// below zero, [ErrRank] for a rank above 3, where the problem is NP-hard, or for a P that is lost in the
// rounding of a far larger Q, and [ErrOptions].
//
// References:
//   - Aggarwal, A., Booth, H., O'Rourke, J., Suri, S., Yap, C.K.: Finding minimal convex nested
//     polygons. Inf. Comput. 83(1), 98–110 (1989).
//   - Gillis, N., Glineur, F.: On the geometric interpretation of the nonnegative rank. Linear
//     Algebra Appl. 437(11), 2685–2712 (2012).
func RestrictedRank(x mat.Matrix, opts *RestrictedOptions) (*Restricted, error) {
	o := RestrictedOptions{}
	if opts != nil {
		o = *opts
	}
	if !(o.Tol >= 0 && o.Tol < 0.1) {
		return nil, fmt.Errorf("%w: a tolerance of %g; want one from 0 to 0.1", ErrOptions, o.Tol)
	}
	if o.Tol == 0 {
		o.Tol = 1e-9
	}
	s, err := newDistinct(x, o.Zero)
	if err != nil {
		return nil, err
	}
	res, err := s.restricted(o.Tol)
	if err != nil {
		return nil, err
	}
	res.U, res.V = s.whole(res.U, res.V)
	res.RelativeError = misfit(x, res.U, res.V)
	return res, nil
}

// restrictedRankTol is the relative size of a singular value that is rounding, before the number of
// rows or columns.
const restrictedRankTol = 1e-12

// restricted is RestrictedRank for Y, with its factors.
func (s *distinct) restricted(tol float64) (*Restricted, error) {
	p, n := s.x.Dims()
	if s.zero() {
		return &Restricted{U: mat.NewDense(p, 1, nil), V: mat.NewDense(1, n, nil)}, nil
	}
	mean, basis, y := plane(s.x)
	switch _, dim := basis.Dims(); dim {
	case 0:
		v := mat.NewDense(1, n, nil)
		v.Apply(func(_, _ int, _ float64) float64 { return 1 }, v)
		return &Restricted{Rank: 1, U: mat.DenseCopyOf(s.x.Slice(0, p, 0, 1)), V: v}, nil
	case 1:
		return s.segment(y), nil
	case 2:
		return s.polygon(mean, basis, y, tol)
	default:
		return nil, fmt.Errorf("%w: X has rank %d; the restricted nonnegative rank is computed up to rank 3, and NP-hard to find beyond", ErrRank, dim+1)
	}
}

// plane is where the columns of x, of the sum one, lie: mean + basis·y_j, y of unit spread along every
// direction.
func plane(x *mat.Dense) (mean []float64, basis, y *mat.Dense) {
	p, n := x.Dims()
	mean = make([]float64, p)
	for i := range p {
		for _, v := range x.RawRowView(i) {
			mean[i] += v / float64(n)
		}
	}
	c := mat.DenseCopyOf(x)
	c.Apply(func(i, _ int, v float64) float64 { return v - mean[i] }, c)
	var svd mat.SVD
	if !svd.Factorize(c, mat.SVDThin) {
		panic("matrix: no convergence of the singular values of a finite matrix")
	}
	s, dim := svd.Values(nil), 0
	floor := float64(max(p, n)) * restrictedRankTol * mat.Norm(x, 2)
	for dim < len(s) && s[dim] > floor {
		dim++
	}
	if dim == 0 {
		return mean, new(mat.Dense), nil
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	basis = mat.DenseCopyOf(u.Slice(0, p, 0, dim))
	y = mat.DenseCopyOf(v.Slice(0, n, 0, dim).T())
	spread := math.Sqrt(float64(n))
	for k := range dim {
		scaleColumn(basis, k, s[k]/spread)
		scaleRow(y, k, spread)
	}
	return mean, basis, y
}

// segment is the factorisation of rank 2: the columns at the ends.
func (s *distinct) segment(y *mat.Dense) *Restricted {
	p, n := s.x.Dims()
	place := y.RawRowView(0)
	lo, hi := 0, 0
	for j, t := range place {
		if t < place[lo] {
			lo = j
		}
		if t > place[hi] {
			hi = j
		}
	}
	u, v := mat.NewDense(p, 2, nil), mat.NewDense(2, n, nil)
	u.SetCol(0, mat.Col(nil, lo, s.x))
	u.SetCol(1, mat.Col(nil, hi, s.x))
	for j, t := range place {
		share := (t - place[lo]) / (place[hi] - place[lo])
		v.Set(0, j, 1-share)
		v.Set(1, j, share)
	}
	return &Restricted{Rank: 2, U: u, V: v}
}

// polygon is the factorisation of rank 3.
func (s *distinct) polygon(mean []float64, basis, y *mat.Dense, tol float64) (*Restricted, error) {
	p, n := s.x.Dims()
	points := make([]point, n)
	for j := range points {
		points[j] = point{y.At(0, j), y.At(1, j)}
	}
	// mean + basis·y ≥ 0 is 1 ≥ ⟨q, y⟩ with q = −basis/mean: the sides of Q are the corners of the
	// hull of the q.
	var dual []point
	for i := range p {
		dual = append(dual, point{-basis.At(i, 0) / mean[i], -basis.At(i, 1) / mean[i]})
	}
	np := newNested(convexHull(points), polar(convexHull(dual)))
	corners := np.solve(tol)
	if len(corners) < 3 { // the outer one is so large that the inner one is rounding beside it
		switch {
		case len(np.inner) == 3:
			corners = np.inner
		case len(np.outer) == 3:
			corners = np.outer
		default:
			return nil, fmt.Errorf("%w: X has rank 3, and rounding hides how its columns lie among the nonnegative vectors of their plane; scale rows of X to one size", ErrRank)
		}
	}
	r := len(corners)
	res := &Restricted{Rank: r, U: mat.NewDense(p, r, nil), V: mat.NewDense(r, n, nil), Inner: plain(np.inner), Between: plain(corners), Outer: plain(np.outer)}
	for k, c := range corners {
		for i := range p {
			res.U.Set(i, k, max(0, mean[i]+basis.At(i, 0)*c.x+basis.At(i, 1)*c.y)) // rounding can push it below zero
		}
	}
	for j, at := range points {
		mixed(corners, at, func(k int, share float64) { res.V.Set(k, j, share) })
	}
	return res, nil
}

func plain(points []point) [][2]float64 {
	out := make([][2]float64, len(points))
	for i, p := range points {
		out[i] = [2]float64{p.x, p.y}
	}
	return out
}

// mixed tells the shares of three corners of a convex polygon that mix to a point in it.
func mixed(corners []point, at point, tell func(k int, share float64)) {
	best, second, share := math.Inf(-1), 1, [3]float64{}
	for k := 1; k+1 < len(corners); k++ {
		a, b, c := corners[0], corners[k], corners[k+1]
		area := cross(b.minus(a), c.minus(a))
		if area == 0 {
			continue
		}
		of := [3]float64{cross(b.minus(at), c.minus(at)) / area, cross(c.minus(at), a.minus(at)) / area, cross(a.minus(at), b.minus(at)) / area}
		if least := min(of[0], of[1], of[2]); least > best {
			best, second, share = least, k, of
		}
	}
	sum := 0.0
	for i := range share {
		share[i] = max(0, share[i]) // rounding, or within the tolerance
		sum += share[i]
	}
	for i, k := range [3]int{0, second, second + 1} {
		tell(k, share[i]/sum)
	}
}
