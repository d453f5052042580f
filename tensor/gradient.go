package tensor

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// An AllMTTKRPer computes the MTTKRPs of all modes with the same factors at a
// smaller cost than one after the other: what a gradient of ½‖X − X̂‖² needs,
//
//	∂/∂A_n = A_n·G_n − M_n,  G_n the Hadamard product of the other Grams.
type AllMTTKRPer interface {
	// MTTKRPs sets dst[n], I_n×R, to the MTTKRP of mode n for every n. No dst may
	// share memory with another or with a factor. The factors are left alone.
	MTTKRPs(dst, factors []*mat.Dense)
}

// MTTKRPs sets dst[n] to the MTTKRP of mode n of x for every n, by x's own
// [AllMTTKRPer] where it has one and mode after mode otherwise.
func MTTKRPs(dst []*mat.Dense, x Tensor, factors []*mat.Dense) {
	if a, ok := x.(AllMTTKRPer); ok {
		a.MTTKRPs(dst, factors)
		return
	}
	checkMTTKRPs(x.Dims(), dst, factors)
	for n, m := range dst {
		x.MTTKRP(m, factors, n)
	}
}

// checkMTTKRPs panics unless dst and factors fit dims, and returns R.
func checkMTTKRPs(dims []int, dst, factors []*mat.Dense) int {
	if len(dst) != len(dims) {
		panic(fmt.Sprintf("tensor: MTTKRPs: %d destinations for a tensor of order %d", len(dst), len(dims)))
	}
	rank := -1
	for n, m := range dst {
		if m == nil {
			panic(fmt.Sprintf("tensor: MTTKRPs: destination %d is nil, want %d rows", n, dims[n]))
		}
		r := checkMTTKRP(dims, m, factors, n)
		if rank >= 0 && r != rank {
			panic(fmt.Sprintf("tensor: MTTKRPs: destination %d has %d columns, destination 0 has %d", n, r, rank))
		}
		rank = r
	}
	return rank
}

// MTTKRPs implements [AllMTTKRPer] with one read of the tensor. The modes are split
// at s as in a dimension tree and X is seen as a matrix, Π_{m<s} I_m × Π_{m≥s} I_m. While
// a block of it is in the cache both products are taken,
//
//	P += X·(⊙_{m≥s} A_m)  and  Q += Xᵀ·(⊙_{m<s} A_m),
//
// and from P and Q, which are a small fraction of the tensor, all modes. Work:
// 4·ΠI·R flops at any order, over all cores, in parts of the columns whose sums are
// added in a fixed order. Memory: P of every part and Q, together at most an eighth
// of the tensor or 2 MiB; where they would take more the modes are taken one after
// the other.
func (x *Dense) MTTKRPs(dst, factors []*mat.Dense) {
	denseMTTKRPs(dst, x.dims, values{f64: x.data}, factors)
}

// MTTKRPs implements [AllMTTKRPer], as [Dense.MTTKRPs].
func (x *Dense32) MTTKRPs(dst, factors []*mat.Dense) {
	denseMTTKRPs(dst, x.dims, values{f32: x.data}, factors)
}

func denseMTTKRPs(dst []*mat.Dense, dims []int, data values, factors []*mat.Dense) {
	rank := checkMTTKRPs(dims, dst, factors)
	j := gradients.Get().(*gradient)
	defer j.put()
	if !j.begin(dims, data, factors, rank) {
		for n, m := range dst {
			denseMTTKRP(m, dims, data, factors, n)
		}
		return
	}
	par.For(j.parts, grain(2*j.rows*j.cols*rank/j.parts), j.body)
	for b := 1; b < j.parts; b++ {
		kernel.Axpy(j.p[:j.width], 1, j.p[b*j.width:][:j.width])
	}
	t := getJob(values{}, rank)
	for n, m := range dst {
		if n < j.at {
			t.take(m, j.p[:j.rows*rank], dims[:j.at], factors[:j.at], n)
		} else {
			t.take(m, j.q, dims[j.at:], factors[j.at:], n-j.at)
		}
	}
	t.put()
}

const (
	// blockRows and blockCols are the block that both products are taken of: 256 KiB.
	blockRows, blockCols = 64, 512
)

// gradient is the state of one call, pooled with its bound method.
type gradient struct {
	data       values // rows × cols
	factors    []*mat.Dense
	rank       int
	at         int // the split
	rows, cols int
	parts      int       // of the columns
	width      int       // floats of P of a part
	p, q       []float64 // parts × width; cols × R
	k          []float64 // rows × R: the product of the first factors
	body       func(worker, lo, hi int)
}

var gradients = sync.Pool{New: func() any {
	j := new(gradient)
	j.body = j.someParts
	return j
}}

// put gives the state back, without what belongs to the caller.
func (j *gradient) put() {
	j.data, j.factors = values{}, nil
	gradients.Put(j)
}

// begin chooses the split with the smallest P and Q; it says false where there is
// none that fits the memory, and with a tensor of order 1.
func (j *gradient) begin(dims []int, data values, factors []*mat.Dense, rank int) bool {
	if len(dims) < 2 {
		return false
	}
	n := size(dims)
	j.data, j.factors, j.rank = data, factors, rank
	best := -1
	for s, rows := 1, 1; s < len(dims); s++ {
		rows *= dims[s-1]
		if best < 0 || rows+n/rows < best {
			best, j.at, j.rows, j.cols = rows+n/rows, s, rows, n/rows
		}
	}
	j.width = (j.rows*rank + 15) &^ 15
	j.parts = 1
	fits := func(parts int) bool { return mayKeep((parts+1)*j.rows+j.cols, rank, n) }
	if !fits(1) {
		return false
	}
	for p := 2; p <= mostParts && p*64 <= j.cols && p*partWork <= n*rank && fits(p); p *= 2 {
		j.parts = p
	}
	j.p = grow(j.p, j.parts*j.width)
	j.q = grow(j.q, j.cols*rank)
	j.k = grow(j.k, j.rows*rank)
	s := getScratch(factors[:j.at], nil, 1, rank)
	s.over.block(j.k, j.rows)
	s.put()
	return true
}

func (j *gradient) someParts(_, lo, hi int) {
	for b := lo; b < hi; b++ {
		from, to := cutAt(b, j.cols, j.parts)&^7, cutAt(b+1, j.cols, j.parts)&^7
		if b == j.parts-1 {
			to = j.cols
		}
		j.part(j.p[b*j.width:][:j.width], from, to)
	}
}

// part sets p to P summed over columns from…to, and those rows of Q.
func (j *gradient) part(p []float64, from, to int) {
	r := j.rank
	s := getScratch(j.factors[j.at:], nil, min(blockCols, max(1, to-from)), r)
	defer s.put()
	clear(p)
	clear(j.q[from*r : to*r])
	s.over.seek(from)
	for c := from; c < to; c += s.size {
		k := min(s.size, to-c)
		s.fill(k)
		for i := 0; i < j.rows; i += blockRows {
			m := min(blockRows, j.rows-i)
			j.data.mulAdd(m, r, k, i*j.cols+c, j.cols, s.block, r, p[i*r:], r)
			j.data.mulTAdd(k, r, m, i*j.cols+c, j.cols, j.k[i*r:], r, j.q[c*r:], r)
		}
	}
}

var (
	_ AllMTTKRPer = (*Dense)(nil)
	_ AllMTTKRPer = (*Dense32)(nil)
)
