package unmix

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// PolishOptions of [Polish]. The zero value, or nil, has the defaults.
type PolishOptions struct {
	// Flexible is the scheme that proposes another choice to start from. Default:
	// a growth of 1.5 and 100 sweeps, after 30 sweeps without dictionary.
	Flexible dict.Flexible
	// Tries is that of matrix.ExchangeOptions.
	Tries int
	// Observe, if not nil, is told every sweep of that scheme. Returning
	// sweep.ErrStop ends it with the best choice so far.
	Observe func(stage string, p sweep.Point) error
}

// Polished is the result of [Polish].
type Polished struct {
	Index         []int   // columns of X
	RelativeError float64 // ‖X − X(:,K)·V‖/‖X‖, V ≥ 0 exact
	Before        float64 // that of the columns given
	// Flexible is that of the columns which the flexible scheme ends at, before any
	// exchange; NaN if it was ended before it had any.
	Flexible float64
	// FlexibleIndex are these columns; nil if there are none.
	FlexibleIndex []int
}

// Polish betters a choice of columns of x (p×n) by a [matrix.Selector], with all
// columns of x as the dictionary: NMF from the columns given, whose components are
// pulled to columns little by little ([dict.Flexible]); then exchanges of single columns for
// as long as the error falls ([matrix.Exchange]), from these or, where they are better, the
// columns given. The result is never worse than the start. The scheme, which only
// proposes, fits 2048 columns at most and has 8192 at most as its dictionary; exchanges
// are with any column, and by the error over all.
//
// When ctx ends, the error comes with the best so far. Memory: a copy of X with few
// columns, two thirds of X with many.
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
	if o.Flexible == (dict.Flexible{}) {
		o.Flexible = dict.Flexible{Growth: 1.5, Sweeps: 100}
	}
	if x == nil {
		return nil, fmt.Errorf("%w: polish: X is nil", ErrShape)
	}
	dense, ok := x.(*mat.Dense)
	if !ok {
		dense = mat.DenseCopyOf(x)
	}
	s, err := newSelfDictionary(dense, index)
	if err != nil {
		return nil, err
	}
	u := columns(dense, index)
	a, err := matrix.NNLS(ctx, u, dense)
	if err != nil {
		return nil, fmt.Errorf("unmix: polish: %w", err)
	}
	r := &Polished{Index: slices.Clone(index), RelativeError: a.RelativeError, Before: a.RelativeError, Flexible: math.NaN()}
	pulled, err := s.flexible(ctx, dense, u, a.V, &o)
	if pulled != nil {
		if err := r.take(dense, s.columns(pulled.Atoms[0])); err != nil {
			return r, err
		}
	}
	if err != nil {
		return r, err
	}
	return r, r.exchange(ctx, dense, o.Tries)
}

// What the flexible scheme sees of X, which only proposes a choice, evenly spaced.
const (
	flexibleColumns = 1 << 11 // columns that it fits at most
	flexibleAtoms   = 1 << 13 // atoms at most
)

// flexible is the scheme from the columns given.
func (s *selfDictionary) flexible(ctx context.Context, x, u, v *mat.Dense, o *PolishOptions) (*dict.Result, error) {
	_, r := u.Dims()
	if _, n := x.Dims(); n > flexibleColumns {
		var part []int
		for k, step := 0, (n+flexibleColumns-1)/flexibleColumns; k < n; k += step {
			part = append(part, k)
		}
		x, v = columns(x, part), columns(v, part)
	}
	m, err := dict.Decompose(ctx, tensor.FromMatrix(x), r, []dict.Mode{{N: 0, Dict: s.dict, Distinct: true}}, &dict.Options{
		Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}}, Algorithm: o.Flexible, Observe: o.Observe,
		Init: cpd.Given{Factors: []*mat.Dense{u, mat.DenseCopyOf(v.T())}}, Stop: sweep.MaxSweeps(30),
	})
	if errors.Is(err, sweep.ErrStop) {
		return m, nil // before there was any
	}
	if err != nil {
		err = fmt.Errorf("unmix: polish: %w", err)
	}
	return m, err
}

// take takes what the flexible scheme found, if it is better.
func (r *Polished) take(x *mat.Dense, index []int) error {
	a, err := matrix.NNLS(context.Background(), columns(x, index), x)
	if err != nil {
		return fmt.Errorf("unmix: polish: %w", err)
	}
	if r.Flexible, r.FlexibleIndex = a.RelativeError, index; a.RelativeError < r.RelativeError {
		r.Index, r.RelativeError = index, a.RelativeError
	}
	return nil
}

// exchange descends from the better of the two.
func (r *Polished) exchange(ctx context.Context, x *mat.Dense, tries int) error {
	sel, stopped := matrix.Exchange(ctx, x, r.Index, &matrix.ExchangeOptions{Tries: tries})
	if sel != nil && len(sel.Residual) == 2 && sel.Residual[1] < r.RelativeError {
		a, err := matrix.NNLS(context.WithoutCancel(ctx), columns(x, sel.Index), x)
		if err != nil {
			return fmt.Errorf("unmix: polish: %w", err)
		}
		r.Index, r.RelativeError = sel.Index, a.RelativeError
	}
	if stopped != nil {
		return fmt.Errorf("unmix: polish: %w", stopped)
	}
	return nil
}

// columns are the columns of X that atoms are.
func (s *selfDictionary) columns(atoms []int) []int {
	index := make([]int, len(atoms))
	for r, j := range atoms {
		index[r] = s.column[j]
	}
	return index
}

// selfDictionary is the columns of a matrix as atoms, of very many every few; zero columns
// are left out.
type selfDictionary struct {
	dict   *dict.Dictionary
	column []int // column[j]: where atom j lies in the matrix
}

func newSelfDictionary(x *mat.Dense, index []int) (*selfDictionary, error) {
	p, n := x.Dims()
	zero := make([]bool, n)
	s := new(selfDictionary)
	for j := range zero {
		zero[j] = true
	}
	for i := range p {
		for j, v := range x.RawRowView(i) {
			if v != 0 {
				zero[j] = false
			}
		}
	}
	for j := range n {
		if !zero[j] {
			s.column = append(s.column, j)
		}
	}
	if len(index) == 0 {
		return nil, fmt.Errorf("%w: polish: no columns to start from", ErrOptions)
	}
	for k, j := range index {
		if j < 0 || j >= n || zero[j] || slices.Contains(index[:k], j) {
			return nil, fmt.Errorf("%w: polish: column %d of %d×%d data cannot be chosen: it is not there, zero, or given twice", ErrOptions, j, p, n)
		}
	}
	if step := (len(s.column) + flexibleAtoms - 1) / flexibleAtoms; step > 1 {
		var some []int
		for k := 0; k < len(s.column); k += step {
			some = append(some, s.column[k])
		}
		s.column = some
	}
	from := x
	if len(s.column) < n {
		from = columns(x, s.column)
	}
	var err error
	if s.dict, err = dict.New(from, nil, nil); err != nil {
		return nil, fmt.Errorf("unmix: polish: %w", err)
	}
	return s, nil
}
