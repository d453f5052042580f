package tensor

import (
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// MTTKRP implements [Tensor]. With X seen as left × I_n × right,
//
//	M[i,:] = Σ_l L[l,:] ∗ Σ_q X[l,i,q]·Q[q,:],
//
// L and Q the Khatri–Rao products of the factors before and behind mode n. Blocks
// of rows of L and Q are made as they are needed, and X is read where it lies.
// Work: 2·ΠI·R flops, over all cores, in parts whose sums are added in an order
// that depends on the shapes alone. Extra memory: the sums of those parts, at most
// a sixteenth of X, and 256 KiB for every worker.
func (x *Dense) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	denseMTTKRP(dst, x.dims, values{f64: x.data}, factors, n)
}

// denseMTTKRP is the MTTKRP of a tensor with every entry in memory.
func denseMTTKRP(dst *mat.Dense, dims []int, data values, factors []*mat.Dense, n int) {
	j := getJob(data, checkMTTKRP(dims, dst, factors, n))
	j.left, j.in, j.right = split(dims, n)
	j.before, j.behind = factors[:n], factors[n+1:]
	out := dst.RawMatrix()
	if in := j.in * j.right; j.left > 1 && j.right > 1 && j.right < shortRight && in <= innerFloats/j.rank && j.left >= 16*j.right {
		// Contract the modes before n first: long sums into a small P, I_n × right.
		right := j.right
		j.inner = grow(j.inner, in*j.rank)
		j.in, j.right, j.behind = in, 1, nil
		j.into(j.inner, j.rank)
		j.multiply()
		j.data, j.left, j.in, j.right = values{f64: j.inner}, 1, in/right, right
		j.before, j.behind = nil, factors[n+1:]
		j.into(out.Data, out.Stride)
		j.contract()
	} else {
		j.into(out.Data, out.Stride)
		j.multiply()
	}
	j.put()
}

const (
	// shortRight is the number of columns behind a mode under which its sums over
	// them are too short to be worth a product of their own.
	shortRight = 64
	// innerFloats bounds the P that is made then: 128 KiB.
	innerFloats = 1 << 14
	// mostParts is the most parts that the sums of a product are cut into, and
	// leastParts the number under which the rows of the result are split instead.
	mostParts, leastParts = 32, 8
	// partWork is the least number of multiplications in a part.
	partWork = 1 << 18
)

// mttkrp is one product X·(⊙ factors), or what of it is taken from a partial
// product. It is pooled with its bound methods, so that a warm call allocates
// nothing.
type mttkrp struct {
	data            values // X, left × in × right
	left, in, right int
	rank            int
	before, behind  []*mat.Dense // the factors of L and of Q
	out             []float64    // in × rank
	stride          int

	way   func(j *mttkrp, p part)
	units int           // what the way's sums run over, cut into parts
	parts int           // how many
	width int           // floats of the sums of a part
	sums  []float64     // parts × width
	inner []float64     // what denseMTTKRP contracts first
	pair  [2]*mat.Dense // the factors of a partial product of two modes

	rowsBody, partBody, finishBody, contractBody, slabBody func(worker, lo, hi int)
}

// A part is rows lo…hi of the result summed over units from…to, into out.
type part struct {
	lo, hi, from, to int
	out              []float64
	stride           int
}

var jobs = sync.Pool{New: func() any {
	j := new(mttkrp)
	j.rowsBody, j.partBody, j.finishBody, j.contractBody, j.slabBody = j.someRows, j.someParts, j.finish, j.contractRows, j.slabs
	return j
}}

func getJob(data values, rank int) *mttkrp {
	j := jobs.Get().(*mttkrp)
	j.data, j.rank = data, rank
	return j
}

// put gives the job back, without what belongs to the caller.
func (j *mttkrp) put() {
	j.data, j.before, j.behind, j.out = values{}, nil, nil, nil
	jobs.Put(j)
}

// into says where the result goes.
func (j *mttkrp) into(out []float64, stride int) { j.out, j.stride = out, stride }

// multiply sets out to the product. The way, and whether its sums are cut into
// parts or the rows of the result are split, depends on the shapes alone.
func (j *mttkrp) multiply() {
	least := 1
	switch {
	case j.left == 1:
		j.way, j.units, least = (*mttkrp).first, j.right, 256
	case j.right == 1:
		j.way, j.units, least = (*mttkrp).last, j.left, 64
	default:
		j.way, j.units = (*mttkrp).middle, j.left
	}
	j.cut(least)
	work := j.left * j.in * j.right * j.rank
	if j.parts == 1 {
		par.For(j.in, grain(work/j.in), j.rowsBody)
		return
	}
	par.For(j.parts, grain(work/j.parts), j.partBody)
	par.For(j.in, grain(j.parts*j.rank), j.finishBody)
}

// cut chooses the number of parts, each of at least `least` units, whose sums
// take no more than a sixteenth of the tensor.
func (j *mttkrp) cut(least int) {
	size := j.left * j.in * j.right
	j.width = (j.in*j.rank + 15) &^ 15 // two lines apart
	j.parts = 1
	for p := 2; p <= mostParts && p*least <= j.units && p*j.width <= size/16 && p*partWork <= size*j.rank; p *= 2 {
		j.parts = p
	}
	if j.parts < leastParts {
		j.parts = 1
		return
	}
	j.sums = grow(j.sums, j.parts*j.width)
}

func (j *mttkrp) someRows(_, lo, hi int) {
	j.way(j, part{lo, hi, 0, j.units, j.out[lo*j.stride:], j.stride})
	others := j.others()
	if len(others) == 0 {
		return
	}
	s := getScratch(nil, others, 1, j.rank)
	kernel.MulRows(hi-lo, j.rank, j.out[lo*j.stride:], j.stride, s.weight.next(), j.out[lo*j.stride:], j.stride)
	s.put()
}

func (j *mttkrp) someParts(_, lo, hi int) {
	for b := lo; b < hi; b++ {
		from, to := cutAt(b, j.units, j.parts), cutAt(b+1, j.units, j.parts)
		if j.left == 1 { // whole lines
			from = from &^ 7
			if b < j.parts-1 {
				to = to &^ 7
			}
		}
		j.way(j, part{0, j.in, from, to, j.sums[b*j.width:], j.rank})
	}
}

// cutAt is where part b of n units begins, ⌊b·n/parts⌋; b·n may exceed an int of 32
// bits.
func cutAt(b, n, parts int) int { return int(int64(b) * int64(n) / int64(parts)) }

// finish adds up rows lo…hi of the parts, in order.
func (j *mttkrp) finish(_, lo, hi int) {
	n := (hi - lo) * j.rank
	sum := j.sums[lo*j.rank:][:n]
	for b := 1; b < j.parts; b++ {
		kernel.Axpy(sum, 1, j.sums[b*j.width+lo*j.rank:][:n])
	}
	s := getScratch(nil, j.others(), 1, j.rank)
	kernel.MulRows(hi-lo, j.rank, j.out[lo*j.stride:], j.stride, s.weight.next(), sum, j.rank)
	s.put()
}

// others are the factors of modes of size 1 on the side over which there is
// nothing to sum; none in a middle mode, whose sums are weighed already.
func (j *mttkrp) others() []*mat.Dense {
	switch {
	case j.left == 1:
		return j.before
	case j.right == 1:
		return j.behind
	}
	return nil
}
