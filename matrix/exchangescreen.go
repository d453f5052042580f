package matrix

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// screen fits the part of the data to a choice with one column exchanged.
type screen struct {
	solver linalg.NNLS
	f, h   *mat.Dense
	g      *mat.SymDense
}

// promising lists the columns to try exactly in place k, the best first.
func (w *exchange) promising(k, few int) []int {
	w.bounds(k)
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
	list = list[:min(len(list), exchangeScreen*(few/exchangeFew))]
	list = append(list, w.index[k]) // what is there, to compare with
	for len(w.screens) < par.Workers() {
		n := len(w.part)
		w.screens = append(w.screens, &screen{f: mat.NewDense(n, w.r, nil), h: mat.NewDense(n, w.r, nil), g: mat.NewSymDense(w.r, nil)})
	}
	loss := make([]float64, len(list))
	par.For(len(list), 4, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			loss[i] = w.try(w.screens[worker], k, list[i])
		}
	})
	order := all(len(list) - 1)
	slices.SortFunc(order, by(loss))
	present := loss[len(list)-1]
	var best []int
	for _, i := range order {
		if loss[i] > exchangeSlack*present || len(best) == few {
			break
		}
		best = append(best, list[i])
	}
	return best
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

// try is the squared error of the part with column j in place k, products of columns
// by their coordinates.
func (w *exchange) try(s *screen, k, j int) float64 {
	c := w.coords.RawRowView(j)
	loss := 0.0
	for i, m := range w.part {
		f := s.f.RawRowView(i)
		copy(f, w.f.RawRowView(m))
		f[k] = kernel.Dot(c, w.coords.RawRowView(m))
		copy(s.h.RawRowView(i), w.h.RawRowView(m))
		loss += w.norm[m]
	}
	s.g.CopySym(w.g)
	at := w.f.RawRowView(j)
	for q := range w.r {
		if q != k {
			s.g.SetSym(q, k, at[q])
		}
	}
	s.g.SetSym(k, k, w.norm[j])
	if s.solver.Solve(s.h, s.f, s.g) != nil {
		return w.all
	}
	return loss - kernel.Dot(s.f.RawMatrix().Data, s.h.RawMatrix().Data)
}
