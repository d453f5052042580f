package tensor

import (
	"fmt"
	"sync"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// residual is ‖Ω∗(X − X̂)‖², entry by entry. cells holds X at the known cells and,
// at the unknown ones, what does not matter; with impute they are set to X̂. The
// model is made in blocks of whole fibres along the last mode, which depend on
// the sizes alone, and the sums of the blocks are added in order.
func (x *Masked) residual(k *Kruskal, cells []float64, impute bool) float64 {
	fits := len(k.Factors) == len(x.x.dims)
	for n, a := range k.Factors {
		fits = fits && a.RawMatrix().Rows == x.x.dims[n]
	}
	if !fits {
		panic(fmt.Sprintf("tensor: Masked: model of sizes %v, tensor of sizes %v", k.Dims(), x.x.dims))
	}
	j := residuals.Get().(*residualJob)
	j.x, j.k, j.cells, j.impute = x, k, cells, impute
	order, rank := len(x.x.dims), k.Rank()
	j.last = x.x.dims[order-1]
	j.count = len(cells) / j.last
	j.size = max(1, blockFloats/j.last)

	final := k.Factors[order-1].RawMatrix()
	j.final = grow(j.final, rank*j.last)
	for i := range j.last {
		for r, v := range final.Data[i*final.Stride:][:rank] {
			j.final[r*j.last+i] = v
		}
	}
	j.sums = grow(j.sums, par.Blocks(j.count, j.size))
	par.For(len(j.sums), grain(min(j.size, j.count)*j.last*(rank+1)), j.body)
	var s float64
	for _, v := range j.sums {
		s += v
	}
	j.x, j.k, j.cells = nil, nil, nil
	residuals.Put(j)
	return s
}

// residualJob is one call of residual, pooled so that a warm call allocates
// nothing.
type residualJob struct {
	x      *Masked
	k      *Kruskal
	cells  []float64
	impute bool

	last, count, size int       // the length of a fibre, their number, and that of a block
	final             []float64 // A_{N−1}ᵀ, R×last
	sums              []float64 // of each block
	body              func(worker, lo, hi int)
}

var residuals = sync.Pool{New: func() any {
	j := new(residualJob)
	j.body = j.blocks
	return j
}}

// blocks does blocks lo…hi.
func (j *residualJob) blocks(_, lo, hi int) {
	rank, n := j.k.Rank(), len(j.k.Factors)-1
	s := getScratch(j.k.Factors[:n], nil, j.count, rank)
	defer s.put()
	s.block = grow(s.block, j.size*rank)
	s.part = grow(s.part, j.size*j.last)
	for b := lo; b < hi; b++ {
		first := b * j.size
		count := min(j.size, j.count-first)
		if n > 0 {
			s.over.seek(first)
		}
		for i := range count {
			kernel.MulTo(s.block[i*rank:][:rank], j.k.Weights, s.over.next()[:rank])
		}
		model := s.part[:count*j.last]
		clear(model)
		kernel.MulAdd(count, j.last, rank, s.block, rank, j.final, j.last, model, j.last)
		j.sums[b] = j.difference(first*j.last, model)
	}
}

// difference is the sum of squares at the known cells of a block that begins with
// cell `at`. The unknown ones are made equal on both sides, so that they add
// nothing and the sum needs no mask.
func (j *residualJob) difference(at int, model []float64) float64 {
	cells := j.cells[at:][:len(model)]
	if j.impute {
		j.x.eachUnknown(at, at+len(model), func(i int) { cells[i] = model[i] })
	} else {
		j.x.eachUnknown(at, at+len(model), func(i int) { model[i] = cells[i] })
	}
	var s0, s1 float64
	i := 0
	for ; i+2 <= len(model); i += 2 {
		d0, d1 := cells[i]-model[i], cells[i+1]-model[i+1]
		s0 += d0 * d0
		s1 += d1 * d1
	}
	for ; i < len(model); i++ {
		d := cells[i] - model[i]
		s0 += d * d
	}
	return s0 + s1
}
