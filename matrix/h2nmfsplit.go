package matrix

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// cluster is a set of columns with its two leading left singular vectors.
type cluster struct {
	index  []int
	energy [2]float64 // σ₁², σ₂², times the square of the scale
	u      *mat.Dense // p×2
}

// newCluster takes the singular vectors from the smaller Gram matrix.
func newCluster(d *data, index []int) *cluster {
	c := &cluster{index: index, u: mat.NewDense(d.p, 2, nil)}
	if len(index) >= d.p {
		outer := d.positiveOuter(index)
		vals, vecs := leading(outer, min(2, d.p))
		giveBack(outer.RawSymmetric().Data)
		for k, v := range vals {
			c.energy[k] = max(0, v) // rounding can push it below zero
		}
		c.u.Slice(0, d.p, 0, len(vals)).(*mat.Dense).Copy(vecs)
		return c
	}
	rows := mat.NewDense(len(index), d.p, borrow(len(index)*d.p))
	defer giveBack(rows.RawMatrix().Data)
	d.gather(rows.RawMatrix().Data, index)
	clip(rows.RawMatrix().Data)
	g := mat.NewSymDense(len(index), nil)
	g.SymOuterK(1, rows)
	vals, vecs := leading(g, min(2, len(index)))
	for k, v := range vals {
		if !(v > 1e-15*vals[0]) {
			break
		}
		c.energy[k] = v
		col := c.u.ColView(k).(*mat.VecDense)
		col.MulVec(rows.T(), vecs.ColView(k))
		col.ScaleVec(1/math.Sqrt(v), col)
	}
	return c
}

// clip sets negative entries to zero.
func clip(v []float64) {
	for i, a := range v {
		v[i] = max(0, a)
	}
}

// positiveOuter is the outer product with negative entries set to zero.
func (d *data) positiveOuter(index []int) *mat.SymDense {
	part := make([][]float64, outerGroups)
	d.blocks(index, outerGroups, func(group, _ int, rows []float64, n int) {
		if part[group] == nil {
			part[group] = borrow(d.p * d.p)
		}
		clip(rows)
		kernel.GramAdd(d.p, n, rows, d.p, part[group], d.p)
	})
	for _, sum := range part[1:] {
		if sum != nil {
			kernel.Axpy(part[0], 1, sum)
			giveBack(sum)
		}
	}
	return mat.NewSymDense(d.p, part[0])
}

// products is X(:,C)ᵀ·U for U p×2, as 2 rows.
func (c *cluster) products(d *data, u *mat.Dense) *mat.Dense {
	f := mat.NewDense(2, len(c.index), nil)
	raw := u.RawMatrix()
	first, second := f.RawRowView(0), f.RawRowView(1)
	d.blocks(c.index, len(c.index), func(_, lo int, rows []float64, n int) {
		clip(rows)
		var t [2 * columnsPart]float64
		kernel.MulAdd(n, 2, d.p, rows, d.p, raw.Data, raw.Stride, t[:2*n], 2)
		for j := range n {
			first[lo+j], second[lo+j] = t[2*j], t[2*j+1]
		}
	})
	return f
}

// split returns the two parts; one of them is empty if there is no split.
func (c *cluster) split(d *data) (first, second []int) {
	if len(c.index) < 2 || c.energy[1] == 0 {
		return nil, nil
	}
	share := c.shares(d)
	if share == nil {
		return nil, nil
	}
	delta := h2nmfThreshold(share)
	for k, j := range c.index {
		if share[k] >= delta {
			first = append(first, j)
		} else {
			second = append(second, j)
		}
	}
	return first, second
}

// shares is the first row of V of the rank-two NMF, with columns that sum to one;
// nil if the cluster has no two directions.
func (c *cluster) shares(d *data) []float64 {
	plane := c.products(d, c.u) // S·Vᵀ of the decomposition
	pd, err := newData("plane", plane)
	if err != nil {
		return nil
	}
	spa, err := newSPAState(&pd, false)
	if err != nil {
		return nil
	}
	top := spa.largest()
	var corner []int
	for len(corner) < 2 && spa.largest() > spaStop*top {
		b := spa.choose()
		spa.project(b)
		corner = append(corner, b)
	}
	if len(corner) < 2 {
		return nil
	}
	u := new(mat.Dense)
	u.Mul(c.u, pd.pick(corner))
	clip(u.RawMatrix().Data)
	f := c.products(d, u)
	var g mat.SymDense
	g.SymOuterK(1, u.T())
	return pairShares(f.RawRowView(0), f.RawRowView(1), g.At(0, 0), g.At(0, 1), g.At(1, 1))
}

// pairShares is v₁/(v₁+v₂) for nonnegative least squares in two unknowns, f = Uᵀx
// and the Gram matrix of U given: the plain solution where it is nonnegative, else
// the better of the two columns alone.
func pairShares(f1, f2 []float64, g11, g12, g22 float64) []float64 {
	det := g11*g22 - g12*g12
	if !(g11 > 0) || !(g22 > 0) || !(det > 0) {
		return nil
	}
	share := make([]float64, len(f1))
	for j, a := range f1 {
		b := f2[j]
		v1, v2 := (g22*a-g12*b)/det, (g11*b-g12*a)/det
		if !(v1 >= 0 && v2 >= 0) {
			v1, v2 = max(0, a/g11), max(0, b/g22)
			if v1*math.Sqrt(g11) >= v2*math.Sqrt(g22) {
				v2 = 0
			} else {
				v1 = 0
			}
		}
		share[j] = v1 / (v1 + v2 + 1e-16)
	}
	return share
}

const (
	h2nmfSteps = 100   // of the grid of thresholds
	h2nmfNear  = 0.05  // half the width of the interval of the density
	h2nmfTie   = 1e-12 // difference of cosines under which columns tie; the longest is taken
)

// h2nmfThreshold is the first δ of the grid that minimises the criterion.
func h2nmfThreshold(share []float64) float64 {
	x := slices.Sorted(slices.Values(share))
	n := float64(len(x))
	atMost := func(v float64) float64 { // how many are ≤ v
		k, _ := slices.BinarySearchFunc(x, v, func(a, b float64) int {
			if a <= b {
				return -1
			}
			return 1
		})
		return float64(k)
	}
	below := func(v float64) float64 { // how many are < v
		k, _ := slices.BinarySearch(x, v)
		return float64(k)
	}
	best, least := 0.0, math.Inf(1)
	for k := range h2nmfSteps + 1 {
		delta := float64(k) * 0.01
		f := atMost(delta) / n
		lo, hi := max(0, delta-h2nmfNear), min(1, delta+h2nmfNear)
		density := (atMost(hi) - below(lo)) / n / (hi - lo)
		if v := -math.Log(f*(1-f)) + math.Exp(density); v < least {
			best, least = delta, v
		}
	}
	return best
}

// asNode is the cluster with the column that stands for it.
func (c *cluster) asNode(d *data) TreeNode {
	u := mat.Col(nil, 0, c.u)
	for i, v := range u {
		u[i] = math.Abs(v)
	}
	mean := kernel.Sum(u) / float64(d.p)
	for i := range u {
		u[i] -= mean
	}
	if size := math.Sqrt(kernel.Dot(u, u)); size > 0 {
		for i := range u {
			u[i] /= size
		}
	}
	score, length := make([]float64, len(c.index)), make([]float64, len(c.index))
	d.blocks(c.index, len(c.index), func(_, lo int, rows []float64, n int) {
		clip(rows)
		for j := range n {
			row := rows[j*d.p : (j+1)*d.p]
			length[lo+j] = kernel.Dot(row, row)
			score[lo+j] = 1 + meanRemoved(row, u) // from 0 on
		}
	})
	best := max(0, preferred(score, length, h2nmfTie))
	return TreeNode{Columns: c.index, Column: c.index[best], Sigma: math.Sqrt(c.energy[0]) / d.scale}
}

// meanRemoved is the correlation of v with u, which has no mean and unit length;
// −1 for a constant v. It changes v.
func meanRemoved(v, u []float64) float64 {
	mean := kernel.Sum(v) / float64(len(v))
	for i := range v {
		v[i] -= mean
	}
	length := kernel.Dot(v, v)
	if length == 0 {
		return -1
	}
	return kernel.Dot(v, u) / math.Sqrt(length)
}
