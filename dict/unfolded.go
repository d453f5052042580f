package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// unfolded is a tensor as the matrix of its only dictionary mode, X₍ₙ₎ ≈ D(:,κ)·V.
// That forgets that a row of V is a Khatri–Rao product of columns of the other factors,
// and is convex for given atoms: it says what to begin with, both for the atoms
// and, by the best approximation of rank one of every row of V, for the other factors.
type unfolded struct {
	p *problem // of the tensor
	q *problem // of the matrix
}

// unfold is nil where there is no such matrix.
func (p *problem) unfold() (*unfolded, error) {
	x, ok := p.x.(*tensor.Dense)
	if !ok || len(p.modes) != 1 || len(p.methods) < 3 || len(x.Data()) > gatheredMost {
		return nil, nil
	}
	m := p.modes[0]
	y := x.Unfold(m.N)
	p.flat = y
	m.N = 0
	methods := []cpd.Method{cpd.LeastSquares{}, cpd.NNLS{}}
	for n, m := range p.methods {
		if p.mode(n) != nil {
			continue
		}
		switch m.(type) {
		case cpd.LeastSquares:
			methods[1] = m
		case cpd.HALS, cpd.AcceleratedHALS, cpd.NNLS:
		default: // a factor that is given, or whose start has to be of some kind
			return nil, nil
		}
	}
	q, err := newProblem(tensor.FromMatrix(y), p.rank, []Mode{m}, &Options{Methods: methods, Seed: p.seed})
	if err != nil {
		return nil, err
	}
	return &unfolded{p: p, q: q}, nil
}

// search chooses atoms for the matrix and returns them with a start for the tensor.
func (u *unfolded) search(ctx context.Context) ([]int, []*mat.Dense, error) {
	k, _, _, _, err := u.q.screen(ctx, unfoldedWork)
	if err != nil || k == nil {
		return nil, nil, err
	}
	factors, err := u.start(ctx, k)
	return k, factors, err
}

// start are factors for given atoms.
func (u *unfolded) start(ctx context.Context, k []int) ([]*mat.Dense, error) {
	c, err := u.q.refit(ctx, "", [][]int{k}, u.q.blank(), nil)
	if err != nil {
		return nil, err
	}
	m := &u.p.modes[0]
	dims := u.p.x.Dims()
	var others, sizes []int
	for n, size := range dims {
		if n != m.N {
			others, sizes = append(others, n), append(sizes, size)
		}
	}
	factors := u.p.blank()
	factors[m.N] = c.factors[0]
	for r := range k {
		columns := outerProduct(mat.Col(nil, r, c.factors[1]), sizes)
		for i, n := range others {
			if !u.p.free(n) {
				for row, v := range columns[i] {
					columns[i][row] = max(0, v)
				}
			}
			factors[n].SetCol(r, columns[i])
		}
	}
	return factors, nil
}

// outerSweeps of the power method are enough for a start.
const outerSweeps = 10

// outerProduct is a vector for every mode of a tensor in row-major order, whose product is close
// to it, by the higher-order power method from the fibres through its largest entry. The
// first vector carries the scale.
func outerProduct(x []float64, sizes []int) [][]float64 {
	largest := 0
	for at, v := range x {
		if math.Abs(v) > math.Abs(x[largest]) {
			largest = at
		}
	}
	vectors := make([][]float64, len(sizes))
	stride := 1
	for n := len(sizes) - 1; n >= 0; n-- {
		vectors[n] = make([]float64, sizes[n])
		base := largest - largest/stride%sizes[n]*stride
		for i := range vectors[n] {
			vectors[n][i] = x[base+i*stride]
		}
		if n > 0 {
			unit(vectors[n])
		}
		stride *= sizes[n]
	}
	for range outerSweeps {
		for n := len(sizes) - 1; n >= 0; n-- {
			contract(vectors, x, sizes, n)
			if n > 0 {
				unit(vectors[n])
			}
		}
	}
	return vectors
}

// contract sets vector n to the product of x with all the others.
func contract(vectors [][]float64, x []float64, sizes []int, n int) {
	clear(vectors[n])
	for at, v := range x {
		rest, i := at, 0
		for m := len(sizes) - 1; m >= 0; m-- {
			at := rest % sizes[m]
			rest /= sizes[m]
			if m == n {
				i = at
			} else {
				v *= vectors[m][at]
			}
		}
		vectors[n][i] += v
	}
}

// unit divides v by its norm, if it has one.
func unit(v []float64) {
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	if norm = math.Sqrt(norm); norm > 0 {
		for i := range v {
			v[i] /= norm
		}
	}
}
