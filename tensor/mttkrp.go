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
// L and Q the Khatri–Rao products of the factors before and behind mode n. Rows
// of L and blocks of Q are made as they are needed, and X is read where it lies:
// the extra memory is a block of 128 KiB for every worker and, for modes that
// are neither first nor last, another M. Work 2·ΠI·R flops, split over
// the rows of M: every row is summed in one order, whatever the workers.
func (x *Dense) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	denseMTTKRP(dst, x.dims, values{f64: x.data}, factors, n)
}

// denseMTTKRP is the MTTKRP of a tensor with every entry in memory.
func denseMTTKRP(dst *mat.Dense, dims []int, data values, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(dims, dst, factors, n)
	left, in, right := split(dims, n)
	out := dst.RawMatrix()
	job := jobs.Get().(*mttkrp)
	job.data, job.left, job.in, job.right, job.rank = data, left, in, right, rank
	job.before, job.behind = factors[:n], factors[n+1:]
	job.out, job.stride = out.Data, out.Stride
	body := job.inner
	if right == 1 && left > 1 {
		body = job.last
	}
	par.For(in, grain(left*right*rank), body)
	job.data, job.before, job.behind, job.out = values{}, nil, nil, nil
	jobs.Put(job)
}

// mttkrp is one call, or one half of a dimension tree: rows of the result are
// Σ_l L[l,:] ∗ Σ_q X[l,i,q]·Q[q,:]. It is pooled with its bound methods, so that a
// warm call allocates nothing.
type mttkrp struct {
	data            values // X, left × in × right
	left, in, right int
	rank            int
	before, behind  []*mat.Dense // the factors of L and of Q
	out             []float64    // in × rank
	stride          int

	inner, last, reduce func(worker, lo, hi int)
}

var jobs = sync.Pool{New: func() any {
	j := new(mttkrp)
	j.inner, j.last, j.reduce = j.innerRows, j.lastRows, j.reduceRows
	return j
}}

func (j *mttkrp) clear(lo, hi int) {
	for i := lo; i < hi; i++ {
		clear(j.out[i*j.stride:][:j.rank])
	}
}

// lastRows sets rows lo…hi of the result for a mode with nothing behind it (but
// modes of size 1): Q ∗ Σ_l X[l,i]·L[l,:], a block of rows of L at a time.
func (j *mttkrp) lastRows(_, lo, hi int) {
	s := getScratch(j.before, j.behind, j.left, j.rank)
	defer s.put()
	j.clear(lo, hi)
	weight := s.weight.next()
	for l := 0; l < j.left; l += s.size {
		k := min(s.size, j.left-l)
		s.fill(k)
		for i := range k {
			kernel.MulTo(s.block[i*j.rank:][:j.rank], s.block[i*j.rank:][:j.rank], weight)
		}
		j.data.mulTAdd(hi-lo, j.rank, k, l*j.in+lo, j.in, s.block, j.rank, j.out[lo*j.stride:], j.stride)
	}
}

// innerRows sets rows lo…hi of the result, a block of rows of Q at a time. With a
// single row of L the products go straight into the result; the row is
// multiplied into Q.
func (j *mttkrp) innerRows(_, lo, hi int) {
	if len(j.before) == 0 && len(j.behind) == 1 { // Q is the factor itself
		q := j.behind[0].RawMatrix()
		j.clear(lo, hi)
		j.data.mulAdd(hi-lo, j.rank, j.right, lo*j.right, j.right, q.Data, q.Stride, j.out[lo*j.stride:], j.stride)
		return
	}
	s := getScratch(j.behind, j.before, j.right, j.rank)
	defer s.put()
	if j.left > 1 {
		s.part = grow(s.part, (hi-lo)*j.rank)
	}
	j.clear(lo, hi)
	for q := 0; q < j.right; q += s.size {
		k := min(s.size, j.right-q)
		s.fill(k)
		if j.left == 1 {
			weight := s.weight.next()
			if len(j.before) > 0 {
				for i := range k {
					kernel.MulTo(s.block[i*j.rank:][:j.rank], s.block[i*j.rank:][:j.rank], weight)
				}
			}
			j.data.mulAdd(hi-lo, j.rank, k, lo*j.right+q, j.right, s.block, j.rank, j.out[lo*j.stride:], j.stride)
			continue
		}
		for l := range j.left {
			clear(s.part)
			j.data.mulAdd(hi-lo, j.rank, k, (l*j.in+lo)*j.right+q, j.right, s.block, j.rank, s.part, j.rank)
			kernel.AddMulRows(hi-lo, j.rank, j.out[lo*j.stride:], j.stride, s.weight.next(), s.part, j.rank)
		}
	}
}

// reduceRows is innerRows for a partial product, whose entries are rows of R
// values: Σ_l L[l,:] ∗ Σ_q X[l,i,q,:] ∗ Q[q,:].
func (j *mttkrp) reduceRows(_, lo, hi int) {
	s := getScratch(j.behind, j.before, j.right, j.rank)
	defer s.put()
	s.part = grow(s.part, j.rank)
	j.clear(lo, hi)
	for q := 0; q < j.right; q += s.size {
		k := min(s.size, j.right-q)
		s.fill(k)
		for l := range j.left {
			weight := s.weight.next()
			for i := lo; i < hi; i++ {
				rows := j.data.f64[((l*j.in+i)*j.right+q)*j.rank:]
				clear(s.part)
				for r := range k {
					kernel.AddMul(s.part, s.block[r*j.rank:][:j.rank], rows[r*j.rank:][:j.rank])
				}
				kernel.AddMul(j.out[i*j.stride:][:j.rank], weight, s.part)
			}
		}
	}
}
