package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// tiledFacts is what one pass says of the data: it is made once.
type tiledFacts struct {
	norm, least, most float64
	bad               []int // the first entry that is not finite, nil if there is none
}

// survey reads the data through when they are first asked about.
func (x *Tiled) survey() *tiledFacts {
	x.once.Do(func() {
		f := &x.facts
		f.least, f.most = math.Inf(1), math.Inf(-1)
		ok := x.pass(func(s *slab) {
			d := s.dense()
			norm := d.SquaredNorm()
			f.norm += norm
			if f.bad == nil && (math.IsNaN(norm) || math.IsInf(norm, 0)) {
				if at, found := d.NonFinite(); found {
					at[0] += s.lo
					f.bad = make([]int, len(at))
					for k, n := range x.order {
						f.bad[n] = at[k]
					}
				}
			}
			least, most := s.data.extremes(s.dims)
			f.least, f.most = min(f.least, least), max(f.most, most)
		})
		f.norm, f.least, f.most = x.squares(f.norm, ok), f.least*x.by, f.most*x.by
		if x.by < 0 {
			f.least, f.most = f.most, f.least
		}
	})
	return &x.facts
}

// extremes are the least and the largest entry.
func (v values) extremes(dims []int) (least, most float64) {
	n := size(dims)
	ends := make([][2]float64, par.Blocks(n, normBlock))
	par.For(len(ends), 8, func(_, lo, hi int) {
		for b := lo; b < hi; b++ {
			from, to := b*normBlock, min(n, (b+1)*normBlock)
			if v.f32 != nil {
				ends[b] = endsOf(v.f32[from:to])
			} else {
				ends[b] = endsOf(v.f64[from:to])
			}
		}
	})
	least, most = math.Inf(1), math.Inf(-1)
	for _, e := range ends {
		least, most = min(least, e[0]), max(most, e[1])
	}
	return least, most
}

// endsOf leaves NaN out: it is no number to compare with.
func endsOf[T float32 | float64](v []T) [2]float64 {
	least, most := v[0], v[0]
	for _, e := range v {
		if e < least {
			least = e
		}
		if e > most {
			most = e
		}
	}
	return [2]float64{float64(least), float64(most)}
}

// squares is a sum of squares of entries as they are stored at the scale of the tensor.
func (x *Tiled) squares(sum float64, ok bool) float64 {
	if !ok {
		return math.NaN()
	}
	return sum * x.by * x.by
}

// SquaredNorm implements [Tensor]. The first call takes a pass, as it does of MaxAbs and
// NonFinite, which have it in common.
func (x *Tiled) SquaredNorm() float64 {
	if norm := x.survey().norm; x.Err() == nil {
		return norm
	}
	return math.NaN()
}

// MaxAbs implements [Measurer].
func (x *Tiled) MaxAbs() float64 {
	f := x.survey()
	return max(math.Abs(f.least), math.Abs(f.most))
}

// Least is the smallest entry.
func (x *Tiled) Least() float64 { return x.survey().least }

// NonFinite implements [NonFiniter]: the first such entry in the order of the slabs.
func (x *Tiled) NonFinite() (index []int, ok bool) {
	bad := x.survey().bad
	return append([]int(nil), bad...), bad != nil
}

// FibresTo implements [Fibrous] in one pass, however many fibres there are.
func (x *Tiled) FibresTo(dst *mat.Dense, index [][]int32, n int) {
	raw := dst.RawMatrix()
	if raw.Cols != x.dims[n] {
		panic(fmt.Sprintf("tensor: FibresTo: destination is %d×%d, mode %d has size %d", raw.Rows, raw.Cols, n, x.dims[n]))
	}
	list, k := x.turnedIndex(index), x.place[n]
	stride := 1
	for _, d := range x.stored[k+1:] {
		stride *= d
	}
	ok := x.pass(func(s *slab) {
		first := 0
		if k == 0 {
			first = s.lo
		}
		par.For(raw.Rows, max(1, (1<<14)/s.dims[k]), func(_, lo, hi int) {
			for f := lo; f < hi; f++ {
				at, ok := s.at(list, f, k)
				if !ok {
					continue
				}
				row := raw.Data[f*raw.Stride+first:][:s.dims[k]]
				for i := range row {
					row[i] = s.data.value(at+i*stride) * x.by
				}
			}
		})
	})
	if !ok {
		dst.Zero()
	}
}

// EntriesTo implements [Fibrous] in one pass.
func (x *Tiled) EntriesTo(dst []float64, index [][]int32) {
	list := x.turnedIndex(index)
	ok := x.pass(func(s *slab) {
		for e := range dst {
			if at, ok := s.at(list, e, -1); ok {
				dst[e] = s.data.value(at) * x.by
			}
		}
	})
	if !ok {
		clear(dst)
	}
}

// Grams implements [SomeGramer]: rows of the tiled mode are not in memory together, and are
// read in up to 32 passes.
func (x *Tiled) Grams(n int) bool { return x.together(n) || GramFibresInPasses(x, n) > 0 }

// together says whether rows of mode n are in memory together.
func (x *Tiled) together(n int) bool { return x.place[n] > 0 || x.rows >= x.stored[0] }

// UnfoldingGram implements [SomeGramer] in one pass, the sum of those of the slabs; of the
// tiled mode by [GramByFibres].
func (x *Tiled) UnfoldingGram(dst *mat.SymDense, n int) {
	if !x.Grams(n) || dst.SymmetricDim() != x.dims[n] {
		panic(fmt.Sprintf("tensor: UnfoldingGram: destination has order %d, mode %d has size %d; mode %d is the tiled one", dst.SymmetricDim(), n, x.dims[n], x.order[0]))
	}
	if !x.together(n) {
		GramByFibres(dst, x, x.dims, n, GramFibresInPasses(x, n))
		if x.Err() != nil {
			dst.Zero()
		}
		return
	}
	part := mat.NewSymDense(x.dims[n], nil)
	dst.Zero()
	ok := x.pass(func(s *slab) {
		denseGram(part, s.dims, s.data, x.place[n])
		dst.AddSym(dst, part)
	})
	dst.ScaleSym(x.by*x.by, dst)
	if !ok {
		dst.Zero()
	}
}

// turnedIndex are the indices in the order of the slabs.
func (x *Tiled) turnedIndex(index [][]int32) [][]int32 {
	list := make([][]int32, len(index))
	for k, n := range x.order {
		list[k] = index[n]
	}
	return list
}

// at is where the entry of index[m][f] lies in the slab, with 0 for mode k; false if it
// is in another one.
func (s *slab) at(index [][]int32, f, k int) (int, bool) {
	at := 0
	for m, d := range s.dims {
		at *= d
		if m == k {
			continue
		}
		i := int(index[m][f])
		if m == 0 {
			if i -= s.lo; i < 0 || i >= d {
				return 0, false
			}
		}
		at += i
	}
	return at, true
}

// value is entry `at`.
func (v values) value(at int) float64 {
	if v.f32 != nil {
		return float64(v.f32[at])
	}
	return v.f64[at]
}

var (
	_ NonFiniter = (*Tiled)(nil)
	_ Measurer   = (*Tiled)(nil)
	_ Fibrous    = (*Tiled)(nil)
	_ SomeGramer = (*Tiled)(nil)
)
