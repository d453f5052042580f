package tensor

import (
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// streamFloats bounds a block of the data, which is used twice: 1 MiB.
	streamFloats = 1 << 17
	// streamWide is how many times as many columns as rows the data have at least.
	streamWide = 4
	// streamRank is the most components: beyond, flops take the time, not reading.
	streamRank = 64
	// streamParts is the most parts of the data, whose sums are added in order.
	streamParts = 64
	// streamAhead is how many columns of a block are prefetched before they are used.
	streamAhead = 16
)

// stream reads a wide p×n matrix X once for two products,
//
//	M = Xᵀ·U  and  N = X·V,  V being made from M row by row,
//
// a block of columns of X at a time:
//
//	for blocks b of columns: M_b = X_bᵀ·U; update V_b; N += X_b·V_b
//
// M and V of a block lie component by component, R×rows, so that lanes of vectors
// are columns of X and no number of components has to be padded. While a block is
// read for N the next one is prefetched. Work: 4·p·n·R flops, 8·p·n bytes read.
type stream struct {
	x     []float64
	p, n  int
	rank  int
	rows  int // of V in a block
	parts int
	width int       // floats of the sums of a part: Nᵀ, R×p, VᵀV, and ⟨M, V⟩
	sums  []float64 // parts × width; the first are those of all when they are added up
	valid bool      // they are of the V that is

	u, v   mat.Dense // of the call that is running
	update func(rows int, a, m []float64)
	body   func(worker, lo, hi int)
	pool   sync.Pool // of *streamBlock
}

// streamBlock is V and M of a block, R×rows.
type streamBlock struct{ v, m []float64 }

// Stream implements [Streamer], for float64 and two modes, the last of which is the
// longer one by far.
func (q *denseSequence) Stream(g *mat.SymDense, factors []*mat.Dense, rows int, update func(rows int, a, m []float64)) (inner float64, ok bool) {
	if len(q.dims) != 2 {
		return 0, false
	}
	rank := checkMTTKRP(q.dims, factors[1], factors, 1)
	p, n := q.dims[0], q.dims[1]
	if q.data.f64 == nil || rank > streamRank || n < streamWide*p || n < 2*rows || p*rows > streamFloats {
		return 0, false
	}
	s := q.stream
	if s == nil || s.rank != rank || s.rows != rows {
		s = newStream(q.data.f64, p, n, rank, rows)
		q.stream = s
	}
	s.u, s.v, s.update = *factors[0], *factors[1], update
	par.For(s.parts, grain(2*p*rank*(n/s.parts)), s.body)
	s.u, s.v, s.update = mat.Dense{}, mat.Dense{}, nil
	all := s.sums[:p*rank+rank*rank+1]
	for k := 1; k < s.parts; k++ {
		kernel.Axpy(all, 1, s.sums[k*s.width:][:len(all)])
	}
	s.valid = true
	for i := range rank {
		for j := i; j < rank; j++ {
			g.SetSym(i, j, all[p*rank+i*rank+j])
		}
	}
	return all[len(all)-1], true
}

// newStream cuts the blocks into parts whose sums take no more than a sixteenth of X.
func newStream(x []float64, p, n, rank, rows int) *stream {
	s := &stream{x: x, p: p, n: n, rank: rank, rows: rows, parts: 1}
	s.width = (p*rank + rank*rank + 1 + 15) &^ 15 // two lines apart
	for k := 2; k <= min(streamParts, par.Blocks(n, rows)) && k*s.width <= p*n/16; k *= 2 {
		s.parts = k
	}
	s.sums = make([]float64, s.parts*s.width)
	s.body = s.someParts
	s.pool.New = func() any { return &streamBlock{make([]float64, rank*rows), make([]float64, rank*rows)} }
	return s
}

// someParts takes the blocks of parts lo…hi.
func (s *stream) someParts(_, lo, hi int) {
	b := s.pool.Get().(*streamBlock)
	blocks := par.Blocks(s.n, s.rows)
	for k := lo; k < hi; k++ {
		sums := s.sums[k*s.width:][:s.width]
		clear(sums)
		for at := cutAt(k, blocks, s.parts); at < cutAt(k+1, blocks, s.parts); at++ {
			s.block(b, at*s.rows, sums)
		}
	}
	s.pool.Put(b)
}

// block takes the columns of X from the first on.
func (s *stream) block(b *streamBlock, first int, sums []float64) {
	rows, rank, p := min(s.rows, s.n-first), s.rank, s.p
	x, u := s.x[first:], s.u.RawMatrix()
	clear(b.m)
	kernel.MulTAddAhead(rank, rows, p, u.Data, u.Stride, x, s.n, b.m, s.rows, streamAhead)
	v := s.v.RawMatrix()
	at := v.Data[first*v.Stride:]
	kernel.Transpose(rows, rank, b.v, s.rows, at, v.Stride)
	s.update(rows, b.v, b.m)
	kernel.Transpose(rank, rows, at, v.Stride, b.v, s.rows)
	kernel.MulBTAddAhead(rank, p, rows, b.v, s.rows, x, s.n, sums, p, s.rows)
	kernel.MulBTAddAhead(rank, rank, rows, b.v, s.rows, b.v, s.rows, sums[p*rank:], rank, 0)
	for r := range rank {
		sums[p*rank+rank*rank] += kernel.Dot(b.v[r*s.rows:][:rows], b.m[r*s.rows:][:rows])
	}
}

// product sets dst to N.
func (s *stream) product(dst *mat.Dense) {
	out := dst.RawMatrix()
	kernel.Transpose(s.rank, s.p, out.Data, out.Stride, s.sums, s.p)
}

var _ Streamer = (*denseSequence)(nil)
