package cpd

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The columns of the table in the package's documentation.
var (
	methodKinds = []string{"free", "≥ 0", "box", "others", "Fixed"}
	dataKinds   = []string{"Dense", "Dense32", "Sparse", "Tucker", "Masked", "Masked.Exact", "Observed", "Observed.Imputing"}
)

// tabled are the rows.
var tabled = []Algorithm{Alternating{}, Extrapolated{}, GaussNewton{}, LBFGS{}, ConjugateGradient{}, ProjectedQuasiNewton{}, Generalized{}, Compressed{}, Sampled{}}

// tableCase is a method for mode 0, and what its factor is to be.
type tableCase struct {
	kind   string
	method func(truth *mat.Dense) Method
	is     constraint.Constraint // nil: anything
}

func tableCases() []tableCase {
	given := func(m Method) func(*mat.Dense) Method { return func(*mat.Dense) Method { return m } }
	first := func(a *mat.Dense) *mat.Dense { rows, _ := a.Dims(); return mat.DenseCopyOf(a.Slice(0, rows, 0, 1)) }
	all := []tableCase{
		{"free", given(LeastSquares{}), nil},
		{"others", given(FCLS{}), constraint.Simplex{}},
		{"others", given(KSparse{K: 1}), constraint.L0{K: 1, ByRow: true, Nonnegative: true}},
		{"others", given(Orthogonal{}), constraint.Orthogonal{}},
		{"others", given(Smooth{Weight: 1e-4}), nil},
		{"others", func(a *mat.Dense) Method { return FixedColumns{Index: []int{0}, Columns: first(a)} }, nil},
		{"Fixed", given(Fixed{}), nil},
	}
	for _, m := range []Method{HALS{}, AcceleratedHALS{}, NNLS{}, MU{}} {
		all = append(all, tableCase{"≥ 0", given(m), constraint.Nonnegative{}})
	}
	for _, solver := range []func(c constraint.Constraint) Method{
		func(c constraint.Constraint) Method { return ADMM{Constraint: c} },
		func(c constraint.Constraint) Method { return FastGradient{Constraint: c} },
	} {
		all = append(all,
			tableCase{"≥ 0", given(solver(constraint.Nonnegative{})), constraint.Nonnegative{}},
			tableCase{"box", given(solver(constraint.Box{Lo: 0.1, Hi: 0.8})), constraint.Box{Lo: 0.1, Hi: 0.8}},
			tableCase{"others", func(a *mat.Dense) Method {
				return solver(constraint.Known{Index: []int{0}, Columns: first(a)})
			}, nil})
		for _, c := range []constraint.Constraint{
			constraint.L1{Weight: 1e-4},
			constraint.L0{K: 3},
			constraint.L0{K: 1, ByRow: true},
			constraint.Simplex{},
			constraint.Simplex{ByColumn: true},
			constraint.Ball{},
			constraint.Sphere{},
			constraint.Smooth{Weight: 1e-4},
			constraint.Monotone{},
			constraint.Unimodal{},
			constraint.Orthogonal{},
		} {
			all = append(all, tableCase{"others", given(solver(c)), c})
		}
	}
	return all
}

// tableData is x as every kind of data.
func tableData(x *tensor.Dense) map[string]tensor.Tensor {
	basis := make([]*mat.Dense, len(x.Dims()))
	basis[1] = orthonormal(drawn(newRand(5), x.Dims()[1], x.Dims()[1], false))
	known := masked(x, 6, 0.8)
	observed := observe(x, 6, 0.8)
	return map[string]tensor.Tensor{
		"Dense": x, "Dense32": halves(x), "Sparse": sparseOf(x), "Tucker": tensor.NewTucker(x.Compress(basis), basis),
		"Masked": known, "Masked.Exact": known.Exact(), "Observed": observed, "Observed.Imputing": observed.Imputing(),
	}
}

// Every algorithm with every method and every kind of data fits a planted model under
// its constraint, or refuses before any work and says what to use. What works is what the
// table in the package's documentation says.
func TestDocumentedTable(t *testing.T) {
	racetest.Skip(t, "minutes; TestAlgorithmsAndData runs algorithms and data, and TestRaceOfEveryAlgorithm starts side by side")
	dims := []int{6, 5, 4}
	works := map[string]bool{} // by algorithm and method or data
	type outcome struct {
		algorithm, kind, data, what string
		separable, works            bool
	}
	var all []outcome
	for k, c := range tableCases() {
		rng := newRand(uint64(300 + k))
		truth := drawnFactors(rng, dims, 2, true)
		if c.is != nil {
			c.is.Prox(truth[0], 1e-6)
		}
		x := tensor.NewKruskal(truth...).Dense()
		method := c.method(truth[0])
		start := drawnFactors(rng, dims, 2, true)
		for n, a := range start { // near the truth: it is not the search that is tested
			a.Scale(0.3, a)
			a.Add(a, truth[n])
		}
		if c.kind == "Fixed" {
			start[0] = truth[0]
		}
		for kind, y := range tableData(x) {
			for _, a := range tabled {
				name := strings.TrimPrefix(fmt.Sprintf("%T", a), "cpd.")
				what := fmt.Sprintf("%s, %s, %s", name, describe(method), kind)
				swept := false
				r, err := Decompose(t.Context(), y, 2, &Options{
					Algorithm: a, Methods: []Method{method}, Init: Given{start},
					Stop:    sweep.Any(sweep.Target(1e-4), sweep.MaxSweeps(60)),
					Observe: func(int, sweep.Point) error { swept = true; return nil },
				})
				all = append(all, outcome{name, c.kind, kind, what, FactsOf(method).Separable || c.kind == "Fixed", err == nil})
				if err != nil {
					require.ErrorIs(t, err, ErrOptions, what)
					require.Nil(t, r, what)
					require.False(t, swept, what)
					message := err.Error()
					require.Contains(t, message, "use ", what)
					require.True(t, strings.Contains(message, name) || strings.Contains(message, "exact form"), "%s: %s", what, message)
					require.True(t, strings.Contains(message, fmt.Sprintf("%T", y)) || strings.Contains(strings.ToLower(message), strings.ToLower(strings.TrimPrefix(describe(method), "cpd."))), "%s: %s", what, message)
					continue
				}
				tableFit(t, r, c, FactsOf(method).Convex, what)
			}
		}
	}
	set := func(key string, ok bool) {
		was, seen := works[key]
		works[key] = ok && (was || !seen)
	}
	for _, o := range all {
		if o.data == "Dense" {
			set(o.algorithm+"/"+o.kind, o.works)
		}
		if o.kind == "free" {
			set(o.algorithm+"/"+o.data, o.works)
		}
	}
	for _, o := range all {
		exact := o.data == "Masked.Exact" || o.data == "Observed"
		require.Equal(t, works[o.algorithm+"/"+o.kind] && works[o.algorithm+"/"+o.data] && (!exact || o.separable), o.works, "%s: a cell is to work where its pairs do", o.what)
	}
	raw, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, columns := range [][]string{methodKinds, dataKinds} {
		want := documentedRow("algorithm", columns)
		for _, a := range tabled {
			name := strings.TrimPrefix(fmt.Sprintf("%T", a), "cpd.")
			var cells []string
			for _, c := range columns {
				cells = append(cells, map[bool]string{true: "yes", false: "no"}[works[name+"/"+c]])
			}
			for i := range cells {
				cells[i] += strings.Repeat(" ", len([]rune(columns[i]))-len(cells[i]))
			}
			want += documentedRow(name, cells)
		}
		require.Contains(t, string(raw), want, "doc.go is to hold\n%s", want)
	}
}

func documentedRow(name string, cells []string) string {
	return strings.TrimRight(fmt.Sprintf("//\t%-21s %s", name, strings.Join(cells, "  ")), " ") + "\n"
}

// tableFit wants a run that fell, fits, and meets the constraint.
func tableFit(t *testing.T, r *Result, c tableCase, convex bool, what string) {
	t.Helper()
	require.Less(t, r.RelativeError, map[bool]float64{true: 0.05, false: 0.15}[convex], what) // other sets have local minima
	require.LessOrEqual(t, r.RelativeError, r.Trace[0].RelativeError+1e-3, what)
	if c.is != nil {
		a := r.Model.Factors[0]
		if r.Factors != nil {
			a = r.Factors[0]
		}
		require.False(t, math.IsInf(c.is.Value(a), 1), "%s: outside of its constraint\n%v", what, mat.Formatted(a))
	}
}
