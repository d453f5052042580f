package tensor

import "gonum.org/v1/gonum/mat"

// Sequence implements [Sequencer] by a dimension tree. A partial product is the
// tensor contracted with the factors of some modes; the MTTKRP of every other mode
// follows from it at a small fraction of the work, for as long as those factors
// stay.
//
// Of order 3, the partial product is that of the one mode whose factor changed
// last,
//
//	P[i,k,:] = Σ_j X[i,j,k]·A[j,:]  (here mode 1),
//
// and serves the two updates that follow. The modes take turns, so that two
// sweeps in mode order read the tensor three times, 3·ΠI·R flops a sweep.
//
// Of a higher order, the modes are split at s into 0…s−1 and s…N−1, and the tensor
// is seen as a matrix of Π_{m<s} I_m rows and Π_{m≥s} I_m columns. Contracted with the
// factors of one half it leaves a partial product for the modes of the other,
//
//	P = X·(⊙_{m≥s} A_m)  and  Q = Xᵀ·(⊙_{m<s} A_m).
//
// P stays valid while the factors of modes ≥ s do, so that a sweep in mode order
// reads the tensor twice at any order, 4·ΠI·R flops. The split is the one with the
// smallest partial products. A tensor of order 3 whose one mode leaves too large
// a partial product is split in this way as well.
//
// Partial products take at most an eighth of the tensor's memory, or 2 MiB. Where
// they would take more, the sequence falls back on independent MTTKRPs.
//
// References:
//   - Phan, A.-H., Tichavský, P., Cichocki, A.: Fast alternating LS algorithms
//     for high order CANDECOMP/PARAFAC tensor factorizations. IEEE Trans. Signal
//     Process. 61(19), 4834–4846 (2013).
//   - Ma, L., Solomonik, E.: Efficient parallel CP decomposition with pairwise
//     perturbation and multi-sweep dimension tree. IPDPS, 412–421 (2021).
func (x *Dense) Sequence() Sequence {
	return newDenseSequence(x.dims, values{f64: x.data})
}

// spareFloats is what partial products may take of any tensor: 2 MiB.
const spareFloats = 1 << 18

// mayKeep says whether partial products of so many rows of R values are small enough
// beside a tensor of n entries. It divides, since their size may exceed an int.
func mayKeep(rows, rank, n int) bool { return rows <= max(n/8, spareFloats)/rank }

func newDenseSequence(dims []int, data values) *denseSequence {
	n := size(dims)
	q := &denseSequence{dims: dims, data: data, size: n, at: 1, changed: len(dims) - 1}
	q.rows, q.cols, q.least = dims[0], n/dims[0], dims[0]
	for s, rows := 2, dims[0]; s < len(dims); s++ {
		rows *= dims[s-1]
		if rows+n/rows < q.rows+q.cols {
			q.at, q.rows, q.cols = s, rows, n/rows
		}
	}
	for _, d := range dims {
		q.least = min(q.least, d)
	}
	return q
}

// denseSequence is the dimension tree of a tensor with every entry in memory.
type denseSequence struct {
	dims       []int
	data       values
	size       int // Π dims
	least      int // min dims
	at         int // the split s; the first half has the modes below it
	rows, cols int // Π I of the halves

	first, second partial
	single        partial
	mode          int // the one that single is contracted over
	changed       int // the mode whose factor changed last

	stream *stream // nil before the first call of Stream
}

// partial is the tensor contracted with the factors of some modes.
type partial struct {
	v     []float64 // (Π I of the other modes) × R
	rank  int
	valid bool
}

// Updated implements [Sequence].
func (q *denseSequence) Updated(n int) {
	if n < q.at {
		q.second.valid = false
	} else {
		q.first.valid = false
	}
	if n == q.mode {
		q.single.valid = false
	}
	if q.stream != nil && n == 1 {
		q.stream.valid = false
	}
	q.changed = n
}

// MTTKRP implements [Sequence].
func (q *denseSequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(q.dims, dst, factors, n)
	switch {
	case n == 0 && q.stream != nil && q.stream.valid && q.stream.rank == rank:
		q.stream.product(dst)
	case len(q.dims) == 3 && q.least >= 4*rank && mayKeep(q.size/q.least, rank, q.size):
		q.fromSingle(dst, factors, n, rank)
	case len(q.dims) >= 3 && mayKeep(q.rows+q.cols, rank, q.size):
		q.fromHalf(dst, factors, n, rank)
	default:
		denseMTTKRP(dst, q.dims, q.data, factors, n)
	}
}

// fromHalf takes the product from that of the other half.
func (q *denseSequence) fromHalf(dst *mat.Dense, factors []*mat.Dense, n, rank int) {
	lo, hi, p := 0, q.at, &q.first
	if n >= q.at {
		lo, hi, p = q.at, len(q.dims), &q.second
	}
	j := getJob(q.data, rank)
	if !p.valid || p.rank != rank {
		p.rank, p.valid = rank, true
		if n < q.at {
			p.v = grow(p.v, q.rows*rank)
			j.left, j.in, j.right = 1, q.rows, q.cols
			j.before, j.behind = nil, factors[q.at:]
		} else {
			p.v = grow(p.v, q.cols*rank)
			j.left, j.in, j.right = q.rows, q.cols, 1
			j.before, j.behind = factors[:q.at], nil
		}
		j.into(p.v, rank)
		j.multiply()
	}
	j.take(dst, p.v, q.dims[lo:hi], factors[lo:hi], n-lo)
	j.put()
}

// fromSingle takes the product from the tensor contracted over one mode other
// than n: the one whose factor will stay the longest, if none is at hand.
func (q *denseSequence) fromSingle(dst *mat.Dense, factors []*mat.Dense, n, rank int) {
	j := getJob(q.data, rank)
	p := &q.single
	if !p.valid || p.rank != rank || q.mode == n {
		q.mode = q.changed
		if q.mode == n {
			q.mode = (n + 2) % 3
		}
		p.rank, p.valid = rank, true
		p.v = grow(p.v, q.size/q.least*rank)
		j.left, j.in, j.right = split(q.dims, q.mode)
		j.before = factors[q.mode : q.mode+1]
		j.into(p.v, rank)
		j.contractMode()
	}
	var dims [2]int
	a, b := 0, 1 // the two modes that P has
	if q.mode == 0 {
		a = 1
	}
	if q.mode != 2 {
		b = 2
	}
	dims[0], dims[1] = q.dims[a], q.dims[b]
	at := 0
	if n == b {
		at = 1
	}
	j.pair[0], j.pair[1] = factors[a], factors[b]
	j.take(dst, p.v, dims[:], j.pair[:], at)
	j.pair = [2]*mat.Dense{}
	j.put()
}

// take sets dst to what mode n of dims has of the partial product v.
func (j *mttkrp) take(dst *mat.Dense, v []float64, dims []int, factors []*mat.Dense, n int) {
	out := dst.RawMatrix()
	j.data = values{f64: v}
	j.left, j.in, j.right = split(dims, n)
	j.before, j.behind = factors[:n], factors[n+1:]
	j.into(out.Data, out.Stride)
	j.contract()
}

var (
	_ Sequencer = (*Dense)(nil)
	_ Sequencer = (*Dense32)(nil)
)
