package cpd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// lossFit is the objective of [Generalized]. The model is made in blocks of whole
// fibres along the last mode, which depend on the sizes alone, and the sums of the
// blocks are added in order.
type lossFit struct {
	loss   Loss
	values []float64 // X; NaN: unknown
	norm   float64   // what the data are divided by
	xx     float64   // ‖X/norm‖² of the known cells

	y        *tensor.Dense // derivatives
	sequence tensor.Sequence
	all      tensor.AllMTTKRPer // see squares
	m        []*mat.Dense       // nil for held modes
	grams

	v                 *variables // of the call that is running
	last, count, size int        // the length of a fibre, their number, and that of a block
	final             []float64  // A_{N−1}ᵀ, R×last
	sums              []lossSum  // of each block
	scratch           []lossScratch
	body              func(worker, lo, hi int)
}

// lossSum is what a block adds: losses, their magnitudes, and squared differences.
type lossSum struct{ loss, magnitude, squares float64 }

// lossScratch is what one worker needs.
type lossScratch struct {
	rows  []float64 // of the Khatri–Rao product of all factors but the last, size×R
	model []float64 // size×last
}

// lossBlock is the number of cells of a block: they and their derivatives stay in the
// second cache.
const lossBlock = 1 << 13

func newLossFit(loss Loss, values []float64, v *variables, xx, norm float64) *lossFit {
	dims := make([]int, len(v.factor))
	for n := range dims {
		dims[n] = v.rows(n)
	}
	s := &lossFit{loss: loss, values: values, norm: norm, xx: xx / norm / norm, y: tensor.NewDense(dims, nil), grams: newGrams(v)}
	s.sequence = s.y.Sequence()
	for n, a := range v.factor {
		var m *mat.Dense
		if rows, rank := a.Dims(); !v.held[n] {
			m = mat.NewDense(rows, rank, nil)
		}
		s.m = append(s.m, m)
	}
	s.all = all(s.y, s.sequence, s.m)
	s.last = dims[len(dims)-1]
	s.count = len(values) / s.last
	s.size = max(1, lossBlock/s.last)
	s.sums = make([]lossSum, par.Blocks(s.count, s.size))
	s.final = make([]float64, len(v.block(len(dims)-1)))
	s.body = s.blocks
	return s
}

// evaluate implements objective.
func (s *lossFit) evaluate(v, grad *variables) value {
	s.v = v
	_, rank := v.factor[0].Dims()
	for i := range s.last {
		for r := range rank {
			s.final[r*s.last+i] = v.block(len(v.factor) - 1)[i*rank+r]
		}
	}
	for len(s.scratch) < par.Workers() {
		s.scratch = append(s.scratch, lossScratch{make([]float64, s.size*rank), make([]float64, s.size*s.last)})
	}
	par.For(len(s.sums), 1, s.body)
	var all lossSum
	for _, b := range s.sums {
		all.loss += b.loss
		all.magnitude += b.magnitude
		all.squares += b.squares
	}
	mttkrps(s.all, s.sequence, v.factor, s.m)
	for n, m := range s.m {
		if m != nil {
			copy(grad.block(n), m.RawMatrix().Data)
		}
	}
	s.grams.set(v)
	return value{all.loss, eps * all.magnitude, math.Sqrt(all.squares / s.xx)}
}

// blocks sets the derivatives of blocks lo…hi, and their sums.
func (s *lossFit) blocks(worker, lo, hi int) {
	_, rank := s.v.factor[0].Dims()
	for b := lo; b < hi; b++ {
		first := b * s.size
		count := min(s.size, s.count-first)
		rows, model := s.scratch[worker].rows, s.scratch[worker].model[:count*s.last]
		for i := range count {
			s.row(rows[i*rank:][:rank], first+i)
		}
		clear(model)
		kernel.MulAdd(count, s.last, rank, rows, rank, s.final, s.last, model, s.last)
		s.sums[b] = s.derive(first*s.last, model)
	}
}

// row sets dst to row `at` of the Khatri–Rao product of all factors but the last.
func (s *lossFit) row(dst []float64, at int) {
	for r := range dst {
		dst[r] = 1
	}
	for n := len(s.v.factor) - 2; n >= 0; n-- {
		rows := s.v.rows(n)
		kernel.MulTo(dst, dst, s.v.block(n)[at%rows*len(dst):][:len(dst)])
		at /= rows
	}
}

// derive sets the derivatives of the cells from `at` on.
func (s *lossFit) derive(at int, model []float64) lossSum {
	x, y := s.values[at:][:len(model)], s.y.Data()[at:][:len(model)]
	var sum lossSum
	for i, m := range model {
		if math.IsNaN(x[i]) {
			y[i] = 0
			continue
		}
		cell := x[i] / s.norm
		f, slope := s.loss.At(cell, m)
		y[i] = slope
		sum.loss += f
		sum.magnitude += math.Abs(f)
		sum.squares += (cell - m) * (cell - m)
	}
	return sum
}

// model implements objective.
func (s *lossFit) model(v *variables) *tensor.Kruskal { return v.model(s.norm) }

// factors implements objective.
func (s *lossFit) factors(v *variables) []*mat.Dense { return v.atScale(s.norm) }
