package matrix

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// screen is the part of the data, by components: a few sweeps of coordinate
// descent on it say how good a column is, in a hundredth of the time of an exact fit
// of all.
type screen struct {
	index  []int     // columns of X
	coords []float64 // dims×n
	f, h   []float64 // r×n: products with the columns chosen, and amounts
	norm   float64   // Σ‖x_i‖²
	trial  []screenTrial
}

// screenTrial is the scratch of one worker.
type screenTrial struct{ f, h, g []float64 }

const screenSweeps = 3

// take sets the part to the present choice.
func (w *exchange) take() {
	s, n, dims := &w.part, len(w.part.index), len(w.sigma)
	if s.coords == nil {
		s.coords, s.f, s.h = make([]float64, dims*n), make([]float64, w.r*n), make([]float64, w.r*n)
		for i, m := range s.index {
			s.norm += w.norm[m]
			for q, v := range w.coords.RawRowView(m) {
				s.coords[q*n+i] = v
			}
		}
	}
	for i, m := range s.index {
		f, h := w.f.RawRowView(m), w.h.RawRowView(m)
		for q := range w.r {
			s.f[q*n+i], s.h[q*n+i] = f[q], h[q]
		}
	}
	for len(s.trial) < par.Workers() {
		s.trial = append(s.trial, screenTrial{make([]float64, w.r*n), make([]float64, w.r*n), make([]float64, w.r*w.r)})
	}
}

// promising lists the columns to try exactly in place k, the best first.
func (w *exchange) promising(k, few, many int) []int {
	w.bounds(k)
	w.take()
	var list []int
	for j, v := range w.bound {
		if v < w.loss && !slices.Contains(w.index, j) {
			list = append(list, j)
		}
	}
	by := func(score []float64) func(a, b int) int {
		return func(a, b int) int {
			switch {
			case score[a] < score[b]:
				return -1
			case score[a] > score[b]:
				return 1
			}
			return a - b
		}
	}
	slices.SortFunc(list, by(w.bound))
	list = list[:min(len(list), many)]
	loss := make([]float64, len(list))
	par.For(len(list), 8, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			loss[i] = w.try(&w.part.trial[worker], k, list[i])
		}
	})
	order := all(len(list))
	slices.SortFunc(order, by(loss))
	order = order[:min(len(order), few)]
	for i, at := range order {
		order[i] = list[at]
	}
	return order
}

// try is about the squared error of the part with column j in place k, products of
// columns by their coordinates.
func (w *exchange) try(t *screenTrial, k, j int) float64 {
	s, n, r := &w.part, len(w.part.index), w.r
	copy(t.f, s.f)
	copy(t.h, s.h)
	row := t.f[k*n : (k+1)*n]
	clear(row)
	kernel.MulAdd(1, n, len(w.sigma), w.coords.RawRowView(j), len(w.sigma), s.coords, n, row, n)
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
	clear(t.h[k*n : (k+1)*n])
	for range screenSweeps {
		for i := range r {
			q := (k + i) % r
			if d := t.g[q*r+q]; d > 0 {
				kernel.ColumnStep(t.h[q*n:(q+1)*n], t.h, n, t.f[q*n:(q+1)*n], t.g[q*r:(q+1)*r], 1/d)
			}
		}
	}
	loss := s.norm - 2*kernel.Dot(t.f, t.h)
	for a := range r {
		for b := range r {
			loss += t.g[a*r+b] * kernel.Dot(t.h[a*n:(a+1)*n], t.h[b*n:(b+1)*n])
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
	dims := len(w.sigma)
	inverse := w.inverse(others)
	b := mat.NewDense(max(1, q), dims, nil) // coordinates of the others
	for i, o := range others {
		b.SetRow(i, w.coords.RawRowView(w.index[o]))
	}
	blocks := par.Blocks(w.x.n, columnsSPA)
	rest := make([]float64, blocks)
	par.For(blocks, 1+(1<<18)/(columnsSPA*w.r*(dims+w.r)), func(_, first, last int) {
		f, t, c := make([]float64, q), make([]float64, q), make([]float64, dims)
		for block := first; block < last; block++ {
			for j := block * columnsSPA; j < min(w.x.n, (block+1)*columnsSPA); j++ {
				row := w.f.RawRowView(j)
				for i, o := range others {
					f[i] = row[o]
				}
				outside := w.norm[j]
				copy(c, w.coords.RawRowView(j))
				for i := range f {
					t[i] = kernel.Dot(inverse[i*q:(i+1)*q], f)
					outside -= t[i] * f[i]
					kernel.Axpy(c, -t[i], b.RawRowView(i))
				}
				rest[block] += max(0, outside)
				explained := 0.0
				for i, v := range c {
					explained += v * v * w.sigma[i]
				}
				w.bound[j] = 0
				if outside > exchangeOutside*w.norm[j] {
					w.bound[j] = -explained / outside
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
