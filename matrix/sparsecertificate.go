package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Facet is what a [SparseCertificate] says of one hyperplane, that spanned by all
// components but one.
type Facet struct {
	Without int // the component that is left out
	// Points is the number of columns of X on the hyperplane: those whose entry of V
	// for the component is zero. A point on several hyperplanes counts for each.
	Points int
	// Spread is the size of the set found among them of which every R−1 are
	// independent; the search ends at the number needed.
	Spread int
}

// SparseCertificate says whether a factorisation X = U·V with at most k entries in
// every column of V is the only one, up to order and scale of the components.
type SparseCertificate struct {
	// Needed is the number of points that the theorem asks for on each hyperplane,
	// ⌊R(R−2)/(R−k)⌋ + 1.
	Needed int
	Facets []Facet
	// Certified: the conditions hold, there is no other. Otherwise it is undecided:
	// the conditions are sufficient, not necessary.
	Certified bool
	// Because says which condition fails, or that all hold.
	Because string
}

// spreadTrials bounds the search for independent points on one hyperplane, in
// determinants.
const spreadTrials = 1 << 20

// CertifySparse checks the conditions of [CG19] on X = U·V (U p×R, V R×n, entries
// of V that count as zero being zero): every column of V has at most k entries, 1 ≤ k
// < R; U and V have rank R; and on every hyperplane spanned by R−1 columns of U lie
// ⌊R(R−2)/(R−k)⌋ + 1 points of which every R−1 are independent. Then U and V are
// unique up to order and scale. The theorem is about data without noise: of a fit
// to noisy data the certificate is about its model U·V. For some R and k no data can meet
// it: 2 of 6 components in a column leave room for 6 points in general position on a
// hyperplane, and 7 are needed.
//
// Work: up to C(Needed, R−1) determinants of size R−1 for each hyperplane where the
// points are in general position, and a bounded search where they are not.
// Errors: [ErrShape], [ErrNotFinite], [ErrRank], and that of ctx.
//
// Reference: Cohen, J.E., Gillis, N.: Identifiability of complete dictionary
// learning. SIAM J. Math. Data Sci. 1(3), 518–536 (2019).
func CertifySparse(ctx context.Context, u, v mat.Matrix, k int) (*SparseCertificate, error) {
	ud, err := newData("U", u)
	if err != nil {
		return nil, err
	}
	vd, err := newData("V", v)
	if err != nil {
		return nil, err
	}
	r := ud.n
	if vd.p != r {
		return nil, fmt.Errorf("%w: U is %d×%d, V is %d×%d", ErrShape, ud.p, r, vd.p, vd.n)
	}
	if k < 1 || k >= r {
		return nil, fmt.Errorf("%w: at most %d of %d components in a column; the theorem is about 1 to %d", ErrRank, k, r, r-1)
	}
	c := &SparseCertificate{Needed: r*(r-2)/(r-k) + 1}
	columns := unitColumns(&vd)
	for j, column := range columns {
		used := 0
		for _, x := range column {
			if x != 0 {
				used++
			}
		}
		if used > k {
			c.Because = fmt.Sprintf("column %d of V has %d entries that are not zero, more than %d", j, used, k)
			return c, nil
		}
	}
	if s := smallestSingular(ud.dense); s < dependent {
		c.Because = fmt.Sprintf("the columns of U are dependent: smallest singular value %.1e at unit length", s)
		return c, nil
	}
	for without := range r {
		c.Facets = append(c.Facets, facet(ctx, columns, without, c.Needed))
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("matrix: stopped after %d of %d hyperplanes: %w", without, r, err)
		}
	}
	for _, f := range c.Facets {
		if f.Spread < c.Needed {
			c.Because = fmt.Sprintf("on the hyperplane without component %d lie %d points, and of %d among them every %d were found to be independent; %d are needed", f.Without, f.Points, f.Spread, r-1, c.Needed)
			return c, nil
		}
	}
	c.Certified = true
	c.Because = fmt.Sprintf("on each of the %d hyperplanes there are %d points of which every %d are independent", r, c.Needed, r-1)
	return c, nil
}

// dependent is the smallest singular value, of columns at unit length, that counts as zero.
const dependent = 1e-8

// unitColumns are the columns at unit length, zero ones as they are.
func unitColumns(d *data) [][]float64 {
	columns := make([][]float64, d.n)
	for j := range columns {
		column := make([]float64, d.p)
		norm := 0.0
		for i := range column {
			column[i] = d.row(i)[j] * d.scale
			norm = math.Hypot(norm, column[i])
		}
		if norm > 0 {
			for i := range column {
				column[i] /= norm
			}
		}
		columns[j] = column
	}
	return columns
}

// smallestSingular is that of a with its columns at unit length; 0 where there are
// fewer rows than columns or a column is zero.
func smallestSingular(a *mat.Dense) float64 {
	p, r := a.Dims()
	if p < r {
		return 0
	}
	unit := mat.DenseCopyOf(a)
	for j := range r {
		col := unit.ColView(j)
		norm := mat.Norm(col, 2)
		if norm == 0 {
			return 0
		}
		for i := range p {
			unit.Set(i, j, unit.At(i, j)/norm)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(unit, mat.SVDNone) {
		return 0
	}
	return svd.Values(nil)[r-1]
}

// facet looks for needed points on the hyperplane without one component of which
// every R−1 are independent.
func facet(ctx context.Context, columns [][]float64, without, needed int) Facet {
	f := Facet{Without: without}
	var points [][]float64
	for _, column := range columns {
		zero := true
		for _, x := range column {
			zero = zero && x == 0
		}
		if zero || column[without] != 0 {
			continue
		}
		f.Points++
		point := append(append([]float64(nil), column[:without]...), column[without+1:]...)
		points = append(points, point)
	}
	s := spread{ctx: ctx, points: points, needed: needed, left: spreadTrials, dim: len(columns[0]) - 1}
	s.grow(0)
	f.Spread = s.most
	return f
}

// spread searches a set of points of which every dim are independent, by
// depth first search in the order of the points.
type spread struct {
	points      [][]float64
	ctx         context.Context
	dim, needed int
	chosen      []int
	most, left  int
}

// grow adds points from the i-th on; it says whether there are enough.
func (s *spread) grow(i int) bool {
	s.most = max(s.most, len(s.chosen))
	if s.most >= s.needed {
		return true
	}
	for ; i < len(s.points) && s.left > 0; i++ {
		if len(s.chosen)+len(s.points)-i <= s.most {
			return false // what is left cannot be more
		}
		if !s.joins(i) {
			continue
		}
		s.chosen = append(s.chosen, i)
		if s.grow(i + 1) {
			return true
		}
		s.chosen = s.chosen[:len(s.chosen)-1]
	}
	return false
}

// joins says whether every dim of the chosen points and point i are independent,
// those without i being so already.
func (s *spread) joins(i int) bool {
	size := min(s.dim, len(s.chosen)+1)
	pick := make([]int, 0, size)
	var try func(from int) bool
	try = func(from int) bool {
		if s.left <= 0 || s.ctx.Err() != nil {
			return false
		}
		if len(pick) == size-1 {
			s.left--
			return s.independent(append(pick, i))
		}
		for k := from; k < len(s.chosen); k++ {
			pick = append(pick, s.chosen[k])
			ok := try(k + 1)
			pick = pick[:len(pick)-1]
			if !ok {
				return false
			}
		}
		return true
	}
	return try(0)
}

func (s *spread) independent(set []int) bool {
	a := mat.NewDense(s.dim, len(set), nil)
	for c, j := range set {
		a.SetCol(c, s.points[j])
	}
	return smallestSingular(a) >= dependent
}
