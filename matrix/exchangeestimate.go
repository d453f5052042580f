package matrix

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// estimate foretells what a column does in a place, with the others Q fitted without
// it: where x_i = Q·v_i + r_i, and S holds the columns of Q in use, x_j takes off
//
//	max(0, x_jᵀr_i)² / ‖P⊥x_j‖²,  P⊥ the projection off the span of S,
//
// of the squared error. That is exact as long as S stays what it is: one product
// foretells what a fit of r unknowns would give.
type estimate struct {
	index  []int      // columns of the small sketch
	f, h   *mat.Dense // m×q: their products with Q, and amounts
	g      *mat.SymDense
	solver linalg.NNLS
	used   []uint64  // S, of every column
	order  []int     // columns by S
	left   []float64 // dims×m: the residuals, in that order
	sets   []estimateSet
	worker []estimateScratch
}

// estimateSet is the columns lo to hi of one S.
type estimateSet struct {
	lo, hi  int
	members []int     // places among the others
	inverse []float64 // of the Cholesky factor of their Gram matrix, row by row
	stride  int
}

type estimateScratch struct{ of, f, c, norm, inside, t []float64 }

const (
	estimateColumns = 128  // of the small sketch, at most
	estimateBlock   = 128  // columns tried that are taken together
	estimateNear    = 1e-3 // share of ‖x_j‖² outside the span that is needed
)

// take fits the columns by all places but one.
func (e *estimate) take(w *exchange, others []int) error {
	s, q := &w.small, len(others)
	if e.f == nil {
		for i, step := 0, par.Blocks(len(s.products), estimateColumns); i < len(s.products); i += step {
			e.index = append(e.index, i)
		}
		m := len(e.index)
		e.f, e.h, e.g = mat.NewDense(m, q, nil), mat.NewDense(m, q, nil), mat.NewSymDense(q, nil)
		e.used, e.order, e.left = make([]uint64, m), make([]int, m), make([]float64, m*len(w.sigma))
	}
	for b, o := range others {
		for a, p := range others[:b+1] {
			e.g.SetSym(a, b, w.g.At(p, o))
		}
		for i, at := range e.index {
			e.f.Set(i, b, s.f.At(at, o))
			e.h.Set(i, b, s.h.At(at, o))
		}
	}
	if err := e.solver.Solve(e.h, e.f, e.g); err != nil {
		return fmt.Errorf("matrix: exchange: %w", err)
	}
	for i := range e.used {
		e.used[i], e.order[i] = 0, i
		for a, v := range e.h.RawRowView(i) {
			if v > 0 {
				e.used[i] |= 1 << a // of the first 64: more are taken as not in use
			}
		}
	}
	slices.SortStableFunc(e.order, func(a, b int) int { return cmp.Compare(e.used[a], e.used[b]) })
	m := len(e.index)
	for t := range w.sigma {
		row, from := e.left[t*m:(t+1)*m], s.coords.RawRowView(t)
		for c, i := range e.order {
			sum := from[e.index[i]]
			for a, v := range e.h.RawRowView(i) {
				if v > 0 {
					sum -= v * w.coords.At(t, w.index[others[a]])
				}
			}
			row[c] = sum
		}
	}
	e.group()
	return nil
}

// group lists the sets, with what ‖P⊥x_j‖² is made by.
func (e *estimate) group() {
	e.sets = e.sets[:0]
	for lo, hi := 0, 0; lo < len(e.order); lo = hi {
		used := e.used[e.order[lo]]
		for hi = lo; hi < len(e.order) && e.used[e.order[hi]] == used; hi++ {
		}
		set := estimateSet{lo: lo, hi: hi}
		for a := range e.g.SymmetricDim() {
			if used>>a&1 == 1 {
				set.members = append(set.members, a)
			}
		}
		set.factor(e.g)
		e.sets = append(e.sets, set)
	}
}

// factor inverts the Cholesky factor; a member in the span of others is left out.
func (s *estimateSet) factor(g *mat.SymDense) {
	kept := s.members[:0]
	n := len(s.members)
	rows := make([]float64, 0, n*n)
	for _, a := range s.members {
		k := len(kept)
		row := make([]float64, n)
		row[k] = 1
		left := g.At(a, a)
		for i := range k {
			dot := 0.0
			for j, b := range kept[:i+1] {
				dot += rows[i*n+j] * g.At(a, b)
			}
			left -= dot * dot
			for j := range i + 1 {
				row[j] -= dot * rows[i*n+j]
			}
		}
		if !(left > 1e-12*g.At(a, a)) {
			continue
		}
		for j := range k + 1 {
			row[j] /= math.Sqrt(left)
		}
		kept, rows = append(kept, a), append(rows, row...)
	}
	s.members, s.inverse, s.stride = kept, rows, n
}

// gains writes what the columns of list take off.
func (e *estimate) gains(w *exchange, others, list []int, gain []float64) {
	m, dims, q := len(e.index), len(w.sigma), len(others)
	for len(e.worker) < par.Workers() {
		e.worker = append(e.worker, estimateScratch{
			of: make([]float64, dims*estimateBlock), f: make([]float64, q*estimateBlock), c: make([]float64, m*estimateBlock),
			norm: make([]float64, estimateBlock), inside: make([]float64, estimateBlock), t: make([]float64, estimateBlock),
		})
	}
	par.For(par.Blocks(len(list), estimateBlock), 1, func(worker, first, last int) {
		for b := first; b < last; b++ {
			lo := b * estimateBlock
			hi := min(len(list), lo+estimateBlock)
			e.block(w, &e.worker[worker], others, list[lo:hi], gain[lo:hi])
		}
	})
}

func (e *estimate) block(w *exchange, s *estimateScratch, others, list []int, gain []float64) {
	m, dims, n := len(e.index), len(w.sigma), len(list)
	for t := range dims {
		row, to := w.coords.RawRowView(t), s.of[t*n:(t+1)*n]
		for i, j := range list {
			to[i] = row[j]
		}
	}
	for i, j := range list {
		f := w.f.RawRowView(j)
		s.norm[i] = w.norm[j]
		for a, o := range others {
			s.f[a*n+i] = f[o]
		}
	}
	clear(s.c[:m*n])
	kernel.MulTAdd(m, n, dims, e.left, m, s.of, n, s.c, n)
	clear(gain)
	for i := range e.sets {
		set := &e.sets[i]
		inside, t := s.inside[:n], s.t[:n] // the share of x_j in the span, squared
		clear(inside)
		for a := range set.members {
			clear(t)
			for b, o := range set.members[:a+1] {
				kernel.Axpy(t, set.inverse[a*set.stride+b], s.f[o*n:(o+1)*n])
			}
			kernel.AddMul(inside, t, t)
		}
		clear(t)
		for c := set.lo; c < set.hi; c++ {
			addPositiveSquares(t, s.c[c*n:(c+1)*n])
		}
		for i, v := range t {
			norm := s.norm[i]
			if !(norm > 0) {
				continue
			}
			outside := norm - inside[i]
			if outside < estimateNear*norm {
				outside = estimateNear * norm
			}
			gain[i] += v / outside
		}
	}
}

// addPositiveSquares adds max(0, a_i)² to dst.
func addPositiveSquares(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		v := a[i]
		v = 0.5 * (v + math.Abs(v)) // no branch that is taken at random
		dst[i] += v * v
	}
}
