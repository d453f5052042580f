package dict

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Coder finds supports for a mixed sparse coding problem. Those of this package
// are TrickOMP, HOMP, BlockFISTA, MixedFISTA, Homotopy and Exchange. Whatever way
// it goes, its answer is the exact minimiser on the supports that it ends with.
type Coder interface {
	// Name is the coder's name in results.
	Name() string
	// code leaves c refined on the supports that it found. With an error c
	// holds sound supports as well, if it does not hold none.
	code(ctx context.Context, c *coding) error
}

// CodeOptions of [SparseCode]. The zero value, or nil, leaves the signs of the
// coefficients free and uses Exchange{}.
type CodeOptions struct {
	// Coder finds the supports. Default: Exchange{}.
	Coder Coder
	// Nonnegative asks for S ≥ 0.
	Nonnegative bool
}

// Combination is a sum of atoms, Σ_i Weights[i]·d_(Atoms[i]), of the atoms as they
// were given.
type Combination struct {
	Atoms   []int // ascending
	Weights []float64
}

// Code is the answer of [SparseCode].
type Code struct {
	Columns       []Combination // column r of S
	Cost          float64       // ½‖Y − D·S·Bᵀ‖², from the residual itself
	RelativeError float64       // ‖Y − D·S·Bᵀ‖/‖Y‖; 0 if Y is zero
	Coder         string        // which coder the supports come from
}

// SparseCode solves a mixed sparse coding problem: Y, I×J, is made of R mixed
// columns, known mixtures B, J×R, and every column is a combination of at most k
// atoms of D, I×d,
//
//	min_S ½‖Y − D·S·Bᵀ‖²  subject to  ‖s_r‖₀ ≤ k,
//
// and S ≥ 0 if asked. Only M = Y·B and G = BᵀB are used of Y and B. Finding the
// supports is NP-hard; the answer is the exact minimiser on its supports.
//
// It fails with [ErrShape] when sizes do not fit, with [ErrBounds] unless
// 1 ≤ k ≤ min(I, d), and with [ErrOptions] when Y or B holds a NaN or an infinity.
// When ctx ends, the error comes with the best code so far, if there is one.
//
// References:
//   - [C22] Cohen, J.E.: Dictionary-based low-rank approximations and the mixed
//     sparse coding problem. Front. Appl. Math. Stat. 8 (2022).
func SparseCode(ctx context.Context, y, b mat.Matrix, d *Dictionary, k int, opts *CodeOptions) (*Code, error) {
	var o CodeOptions
	if opts != nil {
		o = *opts
	}
	if o.Coder == nil {
		o.Coder = Exchange{}
	}
	if d == nil {
		return nil, fmt.Errorf("%w: no dictionary", ErrOptions)
	}
	if err := d.inMemory("sparse coding"); err != nil {
		return nil, err
	}
	rows, cols := y.Dims()
	size, rank := b.Dims()
	if length, _ := d.Dims(); length != rows {
		return nil, fmt.Errorf("%w: atoms have length %d, the data have %d rows", ErrShape, length, rows)
	}
	if size != cols || rank == 0 {
		return nil, fmt.Errorf("%w: mixtures are %d×%d for data of %d×%d, want %d×R", ErrShape, size, rank, rows, cols, cols)
	}
	if err := checkSparsity(d, k); err != nil {
		return nil, err
	}
	if err := checkFinite("the data", y); err != nil {
		return nil, err
	}
	if err := checkFinite("the mixtures", b); err != nil {
		return nil, err
	}
	c := newCoding(d, rank, k, o.Nonnegative)
	m, g := mat.NewDense(rows, rank, nil), mat.NewSymDense(rank, nil)
	m.Mul(y, b)
	g.SymOuterK(1, mat.DenseCopyOf(b).T())
	c.begin(m, g)
	err := o.Coder.code(ctx, c)
	if err != nil && len(c.list) == 0 {
		return nil, err
	}
	return c.result(y, b, o.Coder.Name()), err
}

// checkSparsity refuses numbers of atoms per component that cannot be. More atoms
// than an atom is long always depend on one another.
func checkSparsity(d *Dictionary, k int) error {
	rows, atoms := d.Dims()
	if most := min(rows, atoms); k < 1 || k > most {
		return fmt.Errorf("%w: %d atoms per component; with %d atoms of length %d it is 1 to %d", ErrBounds, k, atoms, rows, most)
	}
	return nil
}

func checkFinite(what string, a mat.Matrix) error {
	rows, cols := a.Dims()
	for i := range rows {
		for j := range cols {
			if v := a.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: %s hold %g in row %d, column %d; replace or drop it", ErrOptions, what, v, i, j)
			}
		}
	}
	return nil
}

// result is what the caller of SparseCode sees.
func (c *coding) result(y, b mat.Matrix, coder string) *Code {
	rest := mat.DenseCopyOf(y)
	var model mat.Dense
	model.Mul(c.a, b.T())
	rest.Sub(rest, &model)
	norm := mat.Norm(rest, 2)
	code := &Code{Columns: c.columns(), Cost: norm * norm / 2, Coder: coder}
	if whole := mat.Norm(y, 2); whole > 0 {
		code.RelativeError = norm / whole
	}
	return code
}

// columns are the present columns of S, for the atoms as they were given.
func (c *coding) columns() []Combination {
	columns := make([]Combination, c.rank)
	for i, s := range c.list {
		columns[s.r].Atoms = append(columns[s.r].Atoms, s.j)
		columns[s.r].Weights = append(columns[s.r].Weights, c.weight[i]/c.dict.norms[s.j])
	}
	return columns
}
