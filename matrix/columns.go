package matrix

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// all is every index below n.
func all(n int) []int {
	index := make([]int, n)
	for j := range index {
		index[j] = j
	}
	return index
}

// pick is X(:,index), as given.
func (d *data) pick(index []int) *mat.Dense {
	u := mat.NewDense(d.p, max(1, len(index)), nil)
	for i := range d.p {
		row := d.row(i)
		for k, j := range index {
			u.Set(i, k, row[j])
		}
	}
	return u
}

// mean is the mean column, times the scale.
func (d *data) mean() []float64 {
	mean := make([]float64, d.p)
	par.For(d.p, 1+(1<<18)/d.n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			mean[i] = kernel.Sum(d.row(i)) * d.scale / float64(d.n)
		}
	})
	return mean
}

// gather writes the columns of index, times the scale, to the rows of dst.
func (d *data) gather(dst []float64, index []int) {
	for i := range d.p {
		row := d.row(i)
		at := i
		for _, j := range index {
			dst[at] = row[j] * d.scale
			at += d.p
		}
	}
}

// blocks calls f with blocks of at most columnsPart of the columns of index, as
// rows of length p, times the scale. Blocks are handed out in groups that depend
// on the number of columns alone; f is called in order within a group.
func (d *data) blocks(index []int, groups int, f func(group, lo int, rows []float64, n int)) {
	count := par.Blocks(len(index), columnsPart)
	groups = min(groups, count)
	each := par.Blocks(count, groups)
	grain := 1 + (1<<17)/(columnsPart*d.p*each)
	scratch := make([][]float64, par.Workers())
	par.For(par.Blocks(count, each), grain, func(worker, first, last int) {
		if scratch[worker] == nil {
			scratch[worker] = borrow(min(len(index), columnsPart) * d.p)
		}
		for group := first; group < last; group++ {
			for b := group * each; b < min(count, (group+1)*each); b++ {
				lo := b * columnsPart
				n := min(columnsPart, len(index)-lo)
				rows := scratch[worker][:n*d.p]
				d.gather(rows, index[lo:lo+n])
				f(group, lo, rows, n)
			}
		}
	})
	for _, v := range scratch {
		giveBack(v)
	}
}

// outerGroups is how many sums the outer product is cut into.
const outerGroups = 8

// outer is X(:,index)·X(:,index)ᵀ, times the square of the scale; nil is all
// columns.
func (d *data) outer(index []int) *mat.SymDense {
	if index == nil {
		index = all(d.n)
	}
	part := make([][]float64, outerGroups)
	d.blocks(index, outerGroups, func(group, _ int, rows []float64, n int) {
		if part[group] == nil {
			part[group] = make([]float64, d.p*d.p)
		}
		kernel.GramAdd(d.p, n, rows, d.p, part[group], d.p)
	})
	for _, sum := range part[1:] {
		if sum != nil {
			kernel.Axpy(part[0], 1, sum)
		}
	}
	return mat.NewSymDense(d.p, part[0])
}

// project is VᵀX, times the scale, for V p×r.
func (d *data) project(v *mat.Dense) *mat.Dense {
	_, r := v.Dims()
	y := mat.NewDense(r, d.n, nil)
	t := mat.DenseCopyOf(v.T())
	t.Scale(d.scale, t)
	w, raw := t.RawMatrix(), y.RawMatrix()
	par.For(par.Blocks(d.n, columnsSPA), 1+(1<<18)/(columnsSPA*d.p*r), func(_, first, last int) {
		for b := first; b < last; b++ {
			lo := b * columnsSPA
			n := min(d.n-lo, columnsSPA)
			kernel.MulAdd(r, n, d.p, w.Data, w.Stride, d.v[lo:], d.stride, raw.Data[lo:], raw.Stride)
		}
	})
	return y
}
