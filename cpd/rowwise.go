package cpd

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// A Separable Updater solves for every row of a factor on its own, and so serves
// data in which every row has a Gram matrix of its own as well: the exact forms of
// [tensor.Masked] and [tensor.Observed]. What couples the rows of a factor is not
// Separable.
type Separable interface {
	Updater
	// Row is a fresh Updater for factors of a single row, 1×R.
	Row() Updater
}

// A finisher has something to do with the whole factor when all its rows are done; g is
// the Hadamard product of the Grams of the other factors.
type finisher interface {
	finish(a *mat.Dense, g *mat.SymDense)
}

// rowwise updates factors row by row, a_i from (m_i, G_i).
type rowwise struct {
	sequence tensor.RowGramer
	rank     int
	gram     []*mat.Dense  // gram[n]: G_i of every row i of mode n, I_n×R(R+1)/2, over shared storage
	solve    [][]rowSolver // solve[n][worker]; none for fixed modes

	// Of the call that is running.
	n     int
	a, m  *mat.Dense
	scale []float64 // of the columns behind G, which the sequence has not been told of
	body  func(worker, lo, hi int)
}

// rowSolver is what one worker needs.
type rowSolver struct {
	update Updater
	a, m   *mat.Dense // 1×R
	g      *mat.SymDense
	err    error
}

func newRowSolver(u Separable, rank int) rowSolver {
	return rowSolver{update: u.Row(), a: mat.NewDense(1, rank, nil), m: mat.NewDense(1, rank, nil), g: mat.NewSymDense(rank, nil)}
}

func newRowwise(sequence tensor.RowGramer, dims []int, rank int, update []Updater) (*rowwise, error) {
	s := &rowwise{sequence: sequence, rank: rank, gram: make([]*mat.Dense, len(dims)), solve: make([][]rowSolver, len(dims))}
	s.body = s.rows
	pairs, largest := rank*(rank+1)/2, 0
	for n, u := range update {
		if _, ok := u.(fixed); ok {
			continue
		}
		v, ok := u.(Separable)
		if !ok {
			name := fmt.Sprintf("%T", u)
			if named, ok := u.(fmt.Stringer); ok {
				name = named.String()
			}
			return nil, fmt.Errorf("%w: the method of mode %d (%s) does not solve row by row, as the exact form of incomplete data needs; use the imputing form, tensor.Masked itself or tensor.Observed.Imputing", ErrOptions, n, name)
		}
		largest = max(largest, dims[n])
		s.solve[n] = []rowSolver{newRowSolver(v, rank)}
	}
	storage := make([]float64, largest*pairs)
	for n, rows := range dims {
		if s.solve[n] != nil {
			s.gram[n] = mat.NewDense(rows, pairs, storage[:rows*pairs])
		}
	}
	return s, nil
}

// update overwrites factors[n], given its MTTKRP. scale multiplies the columns of
// the other factors' Khatri–Rao product, as it already does those of m. The error
// is that of the first row that has one.
func (s *rowwise) update(n int, factors []*mat.Dense, m *mat.Dense, scale []float64, u Updater) error {
	s.sequence.RowGrams(s.gram[n], factors, n)
	s.n, s.a, s.m, s.scale = n, factors[n], m, scale
	for len(s.solve[n]) < par.Workers() {
		s.solve[n] = append(s.solve[n], newRowSolver(u.(Separable), s.rank))
	}
	rows, _ := m.Dims()
	par.For(rows, max(1, (1<<17)/(4*s.rank*s.rank*s.rank+256)), s.body)
	for w := range s.solve[n] {
		if err := s.solve[n][w].err; err != nil {
			s.solve[n][w].err = nil
			return err
		}
	}
	return nil
}

// rows solves rows lo…hi.
func (s *rowwise) rows(worker, lo, hi int) {
	w := &s.solve[s.n][worker]
	a, m, g := w.a.RawRowView(0), w.m.RawRowView(0), w.g.RawSymmetric()
	for i := lo; i < hi; i++ {
		pairs, zero := s.gram[s.n].RawRowView(i), true
		for r := range s.rank {
			for q := r; q < s.rank; q++ {
				v := pairs[0] * s.scale[r] * s.scale[q]
				g.Data[r*g.Stride+q] = v
				zero = zero && v == 0
				pairs = pairs[1:]
			}
		}
		copy(a, s.a.RawRowView(i))
		copy(m, s.m.RawRowView(i))
		if zero {
			// Nothing is known of the row and every value fits alike: it becomes what
			// is allowed that is nearest to what it was, the minimiser with G = I, m = a.
			copy(m, a)
			for r := range s.rank {
				g.Data[r*g.Stride+r] = 1
			}
		}
		if err := w.update.Update(w.a, w.m, w.g); err != nil {
			w.err = fmt.Errorf("row %d: %w", i, err)
			return
		}
		copy(s.a.RawRowView(i), a)
	}
}
