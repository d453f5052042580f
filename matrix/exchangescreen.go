package matrix

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// screen is a part of the sketch, by components: a few sweeps of coordinate
// descent on it say how good a column is, in a hundredth of the time of an exact fit
// of all.
type screen struct {
	index  []int     // columns of the sketch
	coords []float64 // dims×n
	f, h   []float64 // r×n: products with the columns chosen, and amounts
	norm   float64   // Σ‖x_i‖²
	trial  []screenTrial
}

// screenTrial is the scratch of one worker.
type screenTrial struct{ of, f, h, g []float64 }

const (
	screenSweeps = 3
	screenBlock  = 8 // columns whose products are taken together
)

// take sets the part to the present choice.
func (w *exchange) take() {
	s, n, dims := &w.part, len(w.part.index), len(w.sigma)
	w.sketch.take(w)
	if s.coords == nil {
		s.coords, s.f, s.h = make([]float64, dims*n), make([]float64, w.r*n), make([]float64, w.r*n)
		for i, m := range s.index {
			s.norm += w.norm[m*w.sketch.step]
			for q := range dims {
				s.coords[q*n+i] = w.sketch.coords.At(q, m)
			}
		}
	}
	for i, m := range s.index {
		f, h := w.sketch.f.RawRowView(m), w.sketch.h.RawRowView(m)
		for q := range w.r {
			s.f[q*n+i], s.h[q*n+i] = f[q], h[q]
		}
	}
	for len(s.trial) < par.Workers() {
		s.trial = append(s.trial, screenTrial{
			make([]float64, screenBlock*dims), make([]float64, screenBlock*n), make([]float64, w.r*n), make([]float64, w.r*w.r),
		})
	}
}

// promising lists the columns to try in place k, the best first.
func (w *exchange) promising(k, few, many int) []int {
	w.bounds(k)
	w.take()
	list := lowest(w.bound, many, func(j int) bool { return w.bound[j] < w.loss && !slices.Contains(w.index, j) })
	loss := make([]float64, len(list))
	par.For(par.Blocks(len(list), screenBlock), 1, func(worker, first, last int) {
		lo, hi := first*screenBlock, min(len(list), last*screenBlock)
		for ; lo < hi; lo += screenBlock {
			end := min(hi, lo+screenBlock)
			w.try(&w.part.trial[worker], k, list[lo:end], loss[lo:end])
		}
	})
	order := lowest(loss, few, func(int) bool { return true })
	for i, at := range order {
		order[i] = list[at]
	}
	return order
}

// lowest lists the positions of the lowest values that may be taken, at most so many,
// in ascending order, the first of equal ones first.
func lowest(v []float64, most int, may func(j int) bool) (list []int) {
	for j, x := range v {
		full := len(list) == most
		if full && !(x < v[list[most-1]]) || !may(j) {
			continue
		}
		if !full {
			list = append(list, j)
		}
		i := len(list) - 1
		for ; i > 0 && x < v[list[i-1]]; i-- {
			list[i] = list[i-1]
		}
		list[i] = j
	}
	return list
}

// try writes to loss about the squared error of the part with each column of list in
// place k, products of columns by their coordinates.
func (w *exchange) try(t *screenTrial, k int, list []int, loss []float64) {
	s, n, r, dims := &w.part, len(w.part.index), w.r, len(w.sigma)
	for i, j := range list {
		for q := range dims {
			t.of[i*dims+q] = w.coords.At(q, j)
		}
	}
	clear(t.f)
	kernel.MulAdd(len(list), n, dims, t.of, dims, s.coords, n, t.f, n)
	for i, j := range list {
		at := w.f.RawRowView(j)
		for a := range r {
			for b := range r {
				t.g[a*r+b] = w.g.At(a, b)
			}
		}
		for q := range r {
			t.g[q*r+k], t.g[k*r+q] = at[q], at[q]
		}
		t.g[k*r+k] = w.norm[j]
		loss[i] = w.descendPart(t, k, t.f[i*n:(i+1)*n])
	}
}

// descendPart is the squared error of the part after a few sweeps, with products row
// for place k.
func (w *exchange) descendPart(t *screenTrial, k int, row []float64) float64 {
	s, n, r := &w.part, len(w.part.index), w.r
	products := func(q int) []float64 {
		if q == k {
			return row
		}
		return s.f[q*n : (q+1)*n]
	}
	copy(t.h, s.h)
	clear(t.h[k*n : (k+1)*n])
	for range screenSweeps {
		for i := range r {
			q := (k + i) % r
			if d := t.g[q*r+q]; d > 0 {
				kernel.ColumnStep(t.h[q*n:(q+1)*n], t.h, n, products(q), t.g[q*r:(q+1)*r], 1/d)
			}
		}
	}
	loss := s.norm
	for a := range r {
		h := t.h[a*n : (a+1)*n]
		loss += t.g[a*r+a]*kernel.Dot(h, h) - 2*kernel.Dot(products(a), h)
		for b := range a {
			loss += 2 * t.g[a*r+b] * kernel.Dot(h, t.h[b*n:(b+1)*n])
		}
	}
	return loss
}

// bounds writes to bound what is left with V free when each column is in place k:
// with Q the others and P⊥ the projection off their span,
//
//	‖P⊥X‖² − ‖Xᵀ·P⊥x_j‖²/‖P⊥x_j‖²,
//
// X in the numerator by its leading directions. A column in the span of Q gets ‖P⊥X‖².
func (w *exchange) bounds(k int) {
	q := w.r - 1
	var others []int
	for i := range w.r {
		if i != k {
			others = append(others, i)
		}
	}
	inverse := w.inverse(others)
	square := make([]float64, q*q) // QᵀXXᵀQ
	for i, a := range others {
		for j, b := range others {
			square[i*q+j] = w.cross.At(b, w.index[a])
		}
	}
	blocks := par.Blocks(w.x.n, columnsSPA)
	rest := make([]float64, blocks)
	par.For(blocks, 1+(1<<18)/(columnsSPA*w.r*w.r), func(_, first, last int) {
		scratch := make([]float64, (w.r+2*q)*columnsSPA)
		f, t, s := scratch[:w.r*columnsSPA], scratch[w.r*columnsSPA:(w.r+q)*columnsSPA], scratch[(w.r+q)*columnsSPA:]
		for block := first; block < last; block++ {
			lo := block * columnsSPA
			n := min(w.x.n-lo, columnsSPA)
			kernel.Transpose(n, w.r, f, n, w.f.RawMatrix().Data[lo*w.r:], w.r)
			if k < q {
				copy(f[k*n:q*n], f[(k+1)*n:])
			}
			clear(t)
			kernel.MulAdd(q, n, q, inverse, q, f, n, t, n) // (QᵀQ)⁻¹QᵀX
			clear(s)
			kernel.MulAdd(q, n, q, square, q, t, n, s, n)
			outside, explained := make([]float64, n), w.bound[lo:lo+n]
			copy(outside, w.norm[lo:])
			copy(explained, w.own[lo:]) // of X − Q·t
			for i, o := range others {
				cross, f, t, s := w.cross.RawRowView(o)[lo:lo+n], f[i*n:(i+1)*n], t[i*n:(i+1)*n], s[i*n:(i+1)*n]
				for j, v := range t {
					outside[j] -= v * f[j]
					explained[j] += v * (s[j] - 2*cross[j])
				}
			}
			for j, v := range outside {
				rest[block] += max(0, v)
				if v > exchangeOutside*w.norm[lo+j] {
					explained[j] = -explained[j] / v
				} else {
					explained[j] = 0
				}
			}
		}
	})
	left := 0.0
	for _, v := range rest {
		left += v
	}
	for j := range w.bound {
		w.bound[j] += left
	}
}

// inverse is that of the Gram matrix of some places, a pseudo-inverse where they
// depend on each other.
func (w *exchange) inverse(places []int) []float64 {
	q := len(places)
	if q == 0 {
		return nil
	}
	g, id := mat.NewSymDense(q, nil), mat.NewDense(q, q, nil)
	for i, a := range places {
		id.Set(i, i, 1)
		for j, b := range places {
			g.SetSym(i, j, w.g.At(a, b))
		}
	}
	var ls linalg.LS
	if err := ls.Solve(id, id, g); err != nil {
		return make([]float64, q*q) // of no use as a score, and harmless
	}
	return id.RawMatrix().Data
}
