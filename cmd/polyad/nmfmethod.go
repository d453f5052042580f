package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
)

const nmfMethodHelp = `  hals                 least squares, component by component; the default
  ahals                the same, as published (accelerated HALS)
  extrapolated         hals with momentum
  nnls                 least squares by exact updates (block principal pivoting)
  fast-gradient, admm  least squares by accelerated gradients, by splitting
  mu                   least squares by multiplicative updates: slow, for comparison
  beta                 the β-divergence of --beta, by extrapolated multiplicative updates
  sum-to-one           least squares, columns of V that sum to one
  semi                 least squares, U of any sign
  sparse               least squares and --l1 times the sum of V
  hoyer                least squares, sparsity of U and V as --sparsity-u and -v ask
  average-hoyer        the same, on average over the components
  minimum-volume       sum-to-one with U close around the data, see --volume and --sum
  archetypal           sum-to-one with U made of mixtures of columns, extremes of the data
  orthogonal           V with one entry a column: clusters
  projective           V = Uᵀ·X
  symmetric            V = Uᵀ, for similarities
  weighted             least squares with --weights
  low-rank             the same, U and V of any sign
  underapproximation   one component after the other, none above what is left
  absolute             the same by absolute values, for data with outliers above
  exact                X = U·V without error, of a small matrix, if it finds that
  tri                  X ≈ F·S·G: --rank groups of rows, --groups groups of columns`

const nmfInitHelp = `  random               uniform values; the default
  nndsvd               singular vectors; nndsvda and nndsvdar without zeros
  semi-svd             singular vectors sheared until V ≥ 0: the best there is for semi
  rank-two             of --rank 2, columns at the ends of the plane of two singular vectors
  als                  alternating least squares, clipped at zero, for five sweeps
  spa                  columns of the matrix itself, by successive projection
  furthest-sum         such columns, far from one another: what archetypal starts at
  clusters             means of groups around columns
  best                 several of these, the best after a few sweeps`

// nmfParameters are the flags that belong to some methods.
var nmfParameters = map[string][]string{"beta": {"beta"}, "l1": {"sparse"}, "sparsity-u": {"hoyer", "average-hoyer"}, "sparsity-v": {"hoyer", "average-hoyer"}, "volume": {"minimum-volume"}, "sum": {"minimum-volume"}, "weights": {"weighted", "low-rank"}, "groups": {"tri"}}

// kind is the method that the flags ask for.
func (f nmfFlags) kind(changed func(string) bool) (matrix.NMFMethod, error) {
	if f.given != nil {
		return f.given, nil
	}
	for flag, methods := range nmfParameters {
		if changed(flag) && !slices.Contains(methods, f.method) {
			return nil, usagef("--%s goes with --method %s, not %s", flag, strings.Join(methods, " or "), f.method)
		}
	}
	both := func(m cpd.Method) matrix.NMFMethod { return matrix.Squares{U: m, V: m} }
	if f.scattered && (f.method == "semi" || f.method == "low-rank") {
		return nil, usagef("--scattered is about nonnegative factors; leave it out with --method %s", f.method)
	}
	switch f.method {
	case "hals":
		return matrix.Squares{}, nil
	case "ahals":
		return matrix.AHALS{}, nil
	case "extrapolated":
		return matrix.Squares{Algorithm: cpd.Extrapolated{}}, nil
	case "nnls":
		return both(cpd.NNLS{}), nil
	case "fast-gradient":
		return both(cpd.FastGradient{}), nil
	case "admm":
		return both(cpd.ADMM{Constraint: constraint.Nonnegative{}}), nil
	case "mu":
		return both(cpd.MU{}), nil
	case "beta":
		return matrix.BetaDivergence{Beta: f.beta}, nil
	case "sum-to-one":
		return matrix.Squares{V: cpd.FCLS{}}, nil
	case "semi":
		return matrix.Squares{U: cpd.LeastSquares{}}, nil
	case "sparse":
		return matrix.Sparse{Weight: f.l1}, nil
	case "hoyer":
		return matrix.Hoyer{U: f.sparsityU, V: f.sparsityV}, nil
	case "average-hoyer":
		return matrix.AverageHoyer{U: f.sparsityU, V: f.sparsityV}, nil
	case "minimum-volume":
		sum, ok := map[string]matrix.VolumeSum{"columns-v": matrix.ColumnsOfV, "rows-v": matrix.RowsOfV, "columns-u": matrix.ColumnsOfU}[f.sum]
		if !ok {
			return nil, usagef("--sum is %q; it is columns-v, rows-v or columns-u", f.sum)
		}
		if !(f.volume > 0) || math.IsInf(f.volume, 0) {
			return nil, usagef("--volume is %g; it is a positive number", f.volume)
		}
		return matrix.MinimumVolume{Weight: f.volume, Sum: sum}, nil
	case "archetypal":
		return matrix.Archetypal{}, nil
	case "orthogonal":
		return matrix.Orthogonal{}, nil
	case "projective":
		return matrix.Projective{}, nil
	case "symmetric":
		return matrix.Symmetric{}, nil
	case "underapproximation":
		return matrix.Underapproximation{}, nil
	case "exact": // which is no NMFMethod either
		if f.init != "" && f.init != "random" || f.initFactors != "" {
			return nil, usagef("--method exact starts at random; leave out --init and --init-factors, and use --starts")
		}
		if f.scattered {
			return nil, usagef("--method exact does not look at --scattered; leave it out")
		}
		return matrix.Squares{}, nil
	case "absolute":
		return matrix.Underapproximation{Absolute: true}, nil
	case "tri": // which is no NMFMethod; these are its refusals
		switch {
		case f.groups < 1:
			return nil, usagef("--method tri needs --groups, the number of groups of columns, beside --rank, that of groups of rows")
		case f.init != "" && f.init != "random" || f.initFactors != "":
			return nil, usagef("--method tri starts at random; leave out --init and --init-factors, and use --starts")
		case f.scattered:
			return nil, usagef("--scattered is about two factors; leave it out with --method tri")
		case f.missing != "":
			return nil, usagef("--method tri takes no unknown entries; 'polyad nmf --missing' does with the methods of least squares")
		}
		return matrix.Squares{}, nil
	case "weighted", "low-rank":
		if f.weights == "" {
			return nil, usagef("--method %s needs --weights FILE", f.method)
		}
		w, err := readFactor(f.weights)
		if err != nil {
			return nil, fmt.Errorf("--weights: %w", err)
		}
		return matrix.Weighted{W: w, AnySign: f.method == "low-rank"}, nil
	}
	return nil, usagef("--method is %q; it is one of\n%s", f.method, strings.TrimSuffix(nmfMethodHelp, "\n"))
}

// givenUV are U and V of --init-factors; V may lie as --out writes it.
func (f nmfFlags) givenUV() (cpd.Init, error) {
	init, err := cpdFlags{initFactors: f.initFactors}.givenFactors(2)
	if given, ok := init.(cpd.Given); ok {
		if v := given.Factors[1]; v.RawMatrix().Rows == f.rank && v.RawMatrix().Cols != f.rank {
			given.Factors[1] = mat.DenseCopyOf(v.T())
		}
	}
	return init, err
}

// isCube says whether a file holds an array of order 3.
func isCube(name string) (bool, error) {
	file, err := format.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	return len(file.Dims) == 3, nil
}
