package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// A Compressor can multiply every mode by the transpose of a matrix,
//
//	C = X ×₀ U₀ᵀ ×₁ U₁ᵀ … ×_{N−1} U_{N−1}ᵀ,
//
// U_n of I_n×J_n; a nil U_n stands for the identity. With orthonormal columns C is
// the core of X in their span.
type Compressor interface {
	Compress(u []*mat.Dense) *Dense
}

// compressParts is the most parts of mode 0 whose contributions are summed apart:
// they bound the extra memory, and being fixed fix the order of the sums.
const compressParts = 8

// Compress implements [Compressor]. X is read once, a slice of mode 0 at a time:
// its other modes are contracted from the last one on, while it is in the cache,
// then it is spread over C. Work about 2·ΠI·J_{N−1} flops and as much as the
// smaller products take; extra memory C and ΠI/(I₀·I_{N−1})·J_{N−1} floats for each
// of up to eight parts.
func (x *Dense) Compress(u []*mat.Dense) *Dense {
	return denseCompress(x.dims, values{f64: x.data}, u)
}

// Compress implements [Compressor], as [Dense.Compress].
func (x *Dense32) Compress(u []*mat.Dense) *Dense {
	return denseCompress(x.dims, values{f32: x.data}, u)
}

// coreSizes are the sizes of C. It panics when u does not fit.
func coreSizes(dims []int, u []*mat.Dense) []int {
	if len(u) != len(dims) {
		panic(fmt.Sprintf("tensor: Compress: %d matrices for a tensor of order %d", len(u), len(dims)))
	}
	sizes := append([]int(nil), dims...)
	for n, a := range u {
		if a == nil {
			continue
		}
		r, c := a.Dims()
		if r != dims[n] {
			panic(fmt.Sprintf("tensor: Compress: matrix %d is %d×%d, mode %d has size %d", n, r, c, n, dims[n]))
		}
		sizes[n] = c
	}
	return sizes
}

func denseCompress(dims []int, data values, u []*mat.Dense) *Dense {
	core := NewDense(coreSizes(dims, u), nil)
	slice, rest := size(dims)/dims[0], len(core.data)/core.dims[0]
	parts := min(compressParts, dims[0])
	sums := make([]float64, (parts-1)*len(core.data))
	par.For(parts, 1, func(_, lo, hi int) {
		var c contraction
		for p := lo; p < hi; p++ {
			sum := core.data
			if p > 0 {
				sum = sums[(p-1)*len(core.data):][:len(core.data)]
			}
			for i := p * dims[0] / parts; i < (p+1)*dims[0]/parts; i++ {
				spread(sum, rest, u[0], i, c.slice(dims[1:], data, i*slice, u[1:]))
			}
		}
	})
	for p := 1; p < parts; p++ {
		kernel.Axpy(core.data, 1, sums[(p-1)*len(core.data):][:len(core.data)])
	}
	return core
}

// spread adds what row i of the first matrix makes of a contracted slice to the core.
func spread(sum []float64, rest int, u *mat.Dense, i int, slice []float64) {
	if u == nil {
		kernel.Axpy(sum[i*rest:][:rest], 1, slice)
		return
	}
	for j, v := range u.RawRowView(i) {
		kernel.Axpy(sum[j*rest:][:rest], v, slice)
	}
}

// contraction holds the two buffers between which the products of a slice go to and
// fro.
type contraction struct{ from, to []float64 }

// slice contracts every mode of the slice of sizes dims that begins at entry `at`.
func (c *contraction) slice(dims []int, data values, at int, u []*mat.Dense) []float64 {
	count := size(append([]int{1}, dims...))
	n := len(dims) - 1
	if n < 0 || u[n] == nil {
		c.from = grow(c.from, count)
		data.copyTo(c.from, at)
	} else {
		a := u[n].RawMatrix()
		left := count / dims[n]
		c.from = grow(c.from, left*a.Cols)
		clear(c.from)
		data.mulAdd(left, a.Cols, dims[n], at, dims[n], a.Data, a.Stride, c.from, a.Cols)
		count = left * a.Cols
	}
	right := 1
	if n >= 0 {
		right = count / size(append([]int{1}, dims[:n]...))
	}
	for n--; n >= 0; n-- {
		if u[n] == nil {
			right *= dims[n]
			continue
		}
		a := u[n].RawMatrix()
		left := count / (dims[n] * right)
		c.to = grow(c.to, left*a.Cols*right)
		clear(c.to)
		for l := range left {
			kernel.MulTAdd(a.Cols, right, dims[n], a.Data, a.Stride, c.from[l*dims[n]*right:], right, c.to[l*a.Cols*right:], right)
		}
		c.from, c.to = c.to, c.from
		count = left * a.Cols * right
		right *= a.Cols
	}
	return c.from[:count]
}

// copyTo copies entries from `at` on.
func (v values) copyTo(dst []float64, at int) {
	if v.f32 == nil {
		copy(dst, v.f64[at:])
		return
	}
	for i, e := range v.f32[at:][:len(dst)] {
		dst[i] = float64(e)
	}
}

// Compress implements [Compressor]. Entries are in lexicographic order, so that
// those of a fibre, a slice and so on are neighbours: a tree of partial sums
//
//	t(i₀…i_{n−1}) = Σ_{i_n} U_n[i_n,:] ∘ t(i₀…i_n),  t(i₀…i_{N−1}) = x,
//
// is summed from its leaves. Work 2·J_{N−1} flops an entry, J_{N−1}·J_{N−2} a fibre
// that holds any, and so on; extra memory a few cores.
func (x *Sparse) Compress(u []*mat.Dense) *Dense {
	core := NewDense(coreSizes(x.dims, u), nil)
	parts := x.compressParts()
	sums := make([][]float64, len(parts)-1)
	par.For(len(sums), 1, func(_, lo, hi int) {
		for p := lo; p < hi; p++ {
			t := sparseTree{x: x, u: u, level: make([][]float64, len(x.dims)+1)}
			count := 1
			for n := len(x.dims); n >= 0; n-- {
				t.level[n] = make([]float64, count)
				if n > 0 {
					count *= core.dims[n-1]
				}
			}
			t.sum(0, parts[p], parts[p+1])
			sums[p] = t.level[0]
		}
	})
	for _, s := range sums {
		kernel.Axpy(core.data, 1, s)
	}
	return core
}

// compressParts cuts the entries into at most so many parts of nearly equal numbers
// at slices of mode 0.
func (x *Sparse) compressParts() []int {
	cuts := []int{0}
	for p := 1; p < compressParts; p++ {
		at := cutAt(p, len(x.value), compressParts)
		for at > cuts[len(cuts)-1] && x.index[0][at] == x.index[0][at-1] {
			at--
		}
		if at > cuts[len(cuts)-1] {
			cuts = append(cuts, at)
		}
	}
	if len(x.value) > 0 {
		cuts = append(cuts, len(x.value))
	}
	return cuts
}

// sparseTree sums one part; level[n] is t of the present i₀…i_{n−1}.
type sparseTree struct {
	x     *Sparse
	u     []*mat.Dense
	level [][]float64
}

// sum sets level[n] from entries lo to hi, which share their first n indices.
func (t *sparseTree) sum(n, lo, hi int) {
	if n == len(t.x.dims) {
		t.level[n][0] = t.x.value[lo]
		return
	}
	clear(t.level[n])
	index, rest := t.x.index[n], len(t.level[n+1])
	for lo < hi {
		end := lo + 1
		for end < hi && index[end] == index[lo] {
			end++
		}
		t.sum(n+1, lo, end)
		spread(t.level[n], rest, t.u[n], int(index[lo]), t.level[n+1])
		lo = end
	}
}

var (
	_ Compressor = (*Dense)(nil)
	_ Compressor = (*Dense32)(nil)
	_ Compressor = (*Sparse)(nil)
)
