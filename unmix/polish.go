package unmix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// PolishOptions of [Polish]. The zero value, or nil, has the defaults.
type PolishOptions struct {
	// Starts are tried besides the columns given. Default: dict.Flexible{}, from
	// these columns.
	Starts []dict.Algorithm
	// Stop ends the exchanges. Default: sweep.DefaultStop.
	Stop sweep.Stop
	// Seed drives every random choice.
	Seed uint64
	// Observe is that of dict.Options.
	Observe func(stage string, p sweep.Point) error
}

// Polished is the result of [Polish].
type Polished struct {
	Index         []int   // columns of X, the one of largest total amount first
	RelativeError float64 // ‖X − X(:,K)·V‖/‖X‖, V ≥ 0 exact
	Before        float64 // that of the columns given
	Algorithm     string  // where the exchanges started: given, or one of Starts
	Swaps         int
	Status        sweep.Status
}

// Polish betters a choice of columns of x (p×n) by a [matrix.Selector], with all
// columns of x as the dictionary: NMF from the columns given, pulled to columns
// little by little ([dict.Flexible]), and exchanges of single columns for as long
// as the error falls ([dict.Swap]). The result is never worse than the start.
//
// When ctx ends, the error comes with the best so far.
//
// References:
//   - Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical polyadic
//     decomposition. IEEE Trans. Signal Process. 66(7), 1876–1889 (2018), the
//     rows d-SPA to d-FGNSR of its tables.
func Polish(ctx context.Context, x mat.Matrix, index []int, opts *PolishOptions) (*Polished, error) {
	var o PolishOptions
	if opts != nil {
		o = *opts
	}
	if o.Starts == nil {
		o.Starts = []dict.Algorithm{dict.Flexible{}}
	}
	s, err := newSelfDictionary(x, index)
	if err != nil {
		return nil, err
	}
	u := columnsOf(x, index)
	a, err := matrix.NNLS(ctx, u, x)
	if err != nil {
		return nil, fmt.Errorf("unmix: polish: %w", err)
	}
	dense, ok := x.(*mat.Dense)
	if !ok {
		dense = mat.DenseCopyOf(x)
	}
	starts := append([]dict.Algorithm{dict.Given{Atoms: [][]int{s.start}}}, o.Starts...)
	m, err := dict.Decompose(ctx, tensor.FromMatrix(dense), len(index), []dict.Mode{{N: 0, Dict: s.dict, Distinct: true}}, &dict.Options{
		Methods:   []cpd.Method{cpd.NNLS{}, cpd.NNLS{}},
		Algorithm: dict.Swap{Starts: starts},
		Init:      cpd.Given{Factors: []*mat.Dense{u, mat.DenseCopyOf(a.V.T())}},
		Stop:      o.Stop, Seed: o.Seed, Observe: o.Observe,
	})
	if m == nil {
		return nil, err
	}
	r := &Polished{Before: a.RelativeError, RelativeError: m.RelativeError, Algorithm: m.Algorithm, Swaps: m.Swaps, Status: m.Status}
	for _, j := range m.Atoms[0] {
		r.Index = append(r.Index, s.column[j])
	}
	return r, err
}

// selfDictionary is the columns of a matrix as atoms; zero columns are left out.
type selfDictionary struct {
	dict   *dict.Dictionary
	column []int // column[j]: where atom j lies in the matrix
	start  []int // the atoms of the columns given
}

func newSelfDictionary(x mat.Matrix, index []int) (*selfDictionary, error) {
	if x == nil {
		return nil, fmt.Errorf("%w: polish: X is nil", ErrShape)
	}
	p, n := x.Dims()
	atom := make([]int, n)
	s := new(selfDictionary)
	for j := range n {
		atom[j] = -1
		for i := range p {
			if x.At(i, j) != 0 {
				atom[j] = len(s.column)
				s.column = append(s.column, j)
				break
			}
		}
	}
	if len(index) == 0 {
		return nil, fmt.Errorf("%w: polish: no columns to start from", ErrOptions)
	}
	for _, j := range index {
		if j < 0 || j >= n || atom[j] < 0 {
			return nil, fmt.Errorf("%w: polish: column %d of %d×%d data cannot be chosen: it is not there, or zero", ErrOptions, j, p, n)
		}
		s.start = append(s.start, atom[j])
	}
	from := x
	if len(s.column) < n {
		from = columnsOf(x, s.column)
	}
	var err error
	if s.dict, err = dict.New(from, nil, nil); err != nil {
		return nil, fmt.Errorf("unmix: polish: %w", err)
	}
	return s, nil
}

func columnsOf(x mat.Matrix, index []int) *mat.Dense {
	p, _ := x.Dims()
	u := mat.NewDense(p, len(index), nil)
	for i := range p {
		for k, j := range index {
			u.Set(i, k, x.At(i, j))
		}
	}
	return u
}
