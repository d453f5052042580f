package main

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
)

// nmfFile is a nonnegative matrix of rank 3 in a file, 12 × 30, positive.
func nmfFile(f files) (string, *mat.Dense) {
	rng := rand.New(rand.NewPCG(5, 5))
	draw := func(r, c int) *mat.Dense {
		a := mat.NewDense(r, c, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return max(0, rng.Float64()-0.3) }, a)
		return a
	}
	var x mat.Dense
	x.Mul(draw(12, 3), draw(3, 30))
	x.Apply(func(_, _ int, v float64) float64 { return v + 1e-3*(1+rng.Float64()) }, &x)
	return f.matrix("x.npy", &x), &x
}

func TestNMFMethods(t *testing.T) {
	f := newFiles(t)
	x, data := nmfFile(f)
	weights := f.matrix("w.npy", data)
	for _, c := range []struct {
		flags string
		most  float64
	}{
		{"", 0.02},
		{"--method ahals", 0.02},
		{"--method extrapolated", 0.02},
		{"--method nnls --init nndsvd", 0.02},
		{"--method fast-gradient --init nndsvda", 0.02},
		{"--method admm --init nndsvdar", 0.02},
		{"--method mu --starts 3 --max-sweeps 2000", 0.05},
		{"--method beta --beta 1", 0.05},
		{"--method beta --beta 0 --starts 2", 0.2},
		{"--method sum-to-one --init spa", 0.5},
		{"--method semi", 0.02},
		{"--method semi --init semi-svd --max-sweeps 1", 0.002},
		{"--method sparse --l1 0.01", 0.05},
		{"--method hoyer --sparsity-u 0.4", 0.5},
		{"--method average-hoyer --sparsity-u 0.4", 0.5},
		{"--method minimum-volume --volume 0.01 --init spa", 0.5},
		{"--method minimum-volume --sum columns-u --volume 0.01", 0.05},
		{"--method archetypal", 0.7},
		{"--method orthogonal --starts 3", 0.7},
		{"--method projective", 0.3},
		{"--method weighted --weights " + weights, 0.05},
		{"--method low-rank --weights " + weights, 0.05},
		{"--method underapproximation", 0.6},
		{"--method absolute", 0.6},
		{"--init clusters", 0.02},
		{"--init als", 0.02},
		{"--init best", 0.02},
	} {
		r := succeed(t, append([]string{"nmf", x, "--rank", "3"}, strings.Fields(c.flags)...)...)
		require.Equal(t, "nmf", r.Verb)
		require.Less(t, r.RelativeError, c.most, c.flags)
		require.Len(t, r.Weights, 3)
	}
	symmetric := mat.NewDense(12, 12, nil)
	symmetric.Mul(data, data.T())
	require.Less(t, succeed(t, "nmf", f.matrix("s.npy", symmetric), "--rank", "3", "--method", "symmetric").RelativeError, 0.05)
}

func TestNMFWritesFactors(t *testing.T) {
	f := newFiles(t)
	x, data := nmfFile(f)
	out := filepath.Join(t.TempDir(), "out")
	r := succeed(t, "nmf", x, "--rank", "3", "--shape", "6x5", "--out", out, "--trace")
	require.Equal(t, []string{"U.npy", "V.npy", "maps.png", "residual.png", "spectra.png", "convergence.png", "report.html", "result.json"}, r.Files)
	require.Len(t, r.Trace, r.Sweeps)
	read := func(name string) *mat.Dense {
		file, err := format.Open(filepath.Join(out, name))
		require.NoError(t, err)
		defer file.Close()
		m, err := file.Matrix()
		require.NoError(t, err)
		return mat.DenseCopyOf(m)
	}
	var e mat.Dense
	e.Mul(read("U.npy"), read("V.npy"))
	e.Sub(&e, data)
	require.InDelta(t, mat.Norm(&e, 2)/mat.Norm(data, 2), r.RelativeError, 1e-9)

	start := filepath.Join(out, "U.npy") + "," + f.matrix("vt.npy", read("V.npy").T())
	again := succeed(t, "nmf", x, "--rank", "3", "--init-factors", start, "--max-sweeps", "1")
	require.LessOrEqual(t, again.RelativeError, r.RelativeError+1e-9)

	cube := mat.DenseCopyOf(data.T()) // rows × columns × bands
	c := succeed(t, "nmf", f.array("cube.npy", []int{5, 6, 12}, cube.RawMatrix().Data), "--rank", "3", "--scale", "10", "--drop", "0-1")
	require.Less(t, c.RelativeError, 0.02)
}

func TestNMFFitsWhatIsKnown(t *testing.T) {
	f := newFiles(t)
	_, data := nmfFile(f)
	for i := range 12 {
		data.Set(i, 2*i, math.NaN())
	}
	r := succeed(t, "nmf", f.matrix("gaps.npy", data), "--rank", "3", "--missing", "nan")
	require.Less(t, r.RelativeError, 0.02)
}

func TestNMFRefuses(t *testing.T) {
	f := newFiles(t)
	x, data := nmfFile(f)
	on := func(flags ...string) []string { return append([]string{"nmf", x, "--rank", "2"}, flags...) }
	fail(t, exitUsage, []string{"nmf", x}, "--rank is missing; give the number of")
	fail(t, exitUsage, on("--method", "x"), "it is one of", "minimum-volume")
	fail(t, exitUsage, on("--init", "x"), "nndsvd")
	fail(t, exitUsage, on("--beta", "0"), "--beta goes with --method beta")
	fail(t, exitUsage, on("--scale", "0"), "--scale")
	fail(t, exitUsage, on("--method", "minimum-volume", "--volume", "-1"), "--volume is -1; it is a positive number")
	fail(t, exitUsage, on("--order", "x"), "column or row")
	fail(t, exitUsage, on("--drop", "0-1"), "give --shape")
	fail(t, exitUsage, on("--shape", "2x2"), "4 pixels")
	fail(t, exitUsage, on("--shape", "6x5", "--missing", "nan"), "not for images")
	fail(t, exitUsage, on("--method", "weighted"), "--weights FILE")
	fail(t, exitUsage, on("--init-factors", "a,b", "--starts", "2"), "one start")
	fail(t, exitFailure, on("--method", "symmetric"), "polyad: shape mismatch: X is 12×30, --method symmetric needs as many rows as columns")
	fail(t, exitFailure, on("--method", "archetypal", "--missing", "nan"), "--method archetypal needs a dense matrix with every entry known; leave out --missing\n")
	fail(t, exitFailure, on("--method", "hoyer", "--sparsity-u", "2"), "want 0 to 1")
	fail(t, exitFailure, on("--method", "sparse", "--l1", "-1"), "≥ 0")
	fail(t, exitFailure, on("--method", "ahals", "--missing", "nan"), "use least squares")
	fail(t, exitUsage, []string{"nmf", f.array("o.npy", []int{2, 2, 2, 2}, make([]float64, 16)), "--rank", "2"}, "of order 4")
	data.Set(1, 2, math.NaN())
	fail(t, exitFailure, []string{"nmf", f.matrix("nan.npy", data), "--rank", "2"}, "[1 2]", "--missing nan")
	data.Set(1, 2, -1)
	fail(t, exitFailure, []string{"nmf", f.matrix("neg.npy", data), "--rank", "2", "--method", "beta"}, "row 1, column 2")
}

// Groups of rows and of columns: three factors on disk that multiply to the data.
func TestNMFTri(t *testing.T) {
	f := newFiles(t)
	x, data := nmfFile(f)
	out := f.path("tri")
	r := succeed(t, "nmf", x, "--rank", "3", "--method", "tri", "--groups", "4", "--starts", "2", "--max-sweeps", "300", "--out", out)
	require.Less(t, r.RelativeError, 0.05)
	read := func(name string) *mat.Dense {
		file, err := format.Open(filepath.Join(out, name))
		require.NoError(t, err)
		defer file.Close()
		m, err := file.Matrix()
		require.NoError(t, err)
		return m
	}
	var fs, e mat.Dense
	fs.Mul(read("F.npy"), read("S.npy"))
	e.Mul(&fs, read("G.npy"))
	e.Sub(&e, data)
	require.InDelta(t, r.RelativeError, mat.Norm(&e, 2)/mat.Norm(data, 2), 1e-6)
	_, text, _ := call(t.Context(), "nmf", x, "--rank", "2", "--method", "tri", "--groups", "2", "--max-sweeps", "5")
	require.Contains(t, text, "2 groups of rows and 2 of columns")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "exact", "--missing", "nan"}, "every entry known")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "exact", "--init", "spa"}, "starts at random")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "minimum-volume", "--sum", "all"}, "columns-v, rows-v or columns-u")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--init", "rank-two"}, "--init rank-two is for --rank 2, not 3")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "tri"}, "--groups")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--groups", "2"}, "--groups goes with --method tri")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "tri", "--groups", "2", "--init", "spa"}, "starts at random")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "3", "--method", "tri", "--groups", "2", "--missing", "nan"}, "unknown entries")
}

// The first factor and the second are unit vectors among others: separable both ways.
func TestNMFScattered(t *testing.T) {
	f := newFiles(t)
	x := f.matrix("x.npy", mat.NewDense(3, 4, []float64{1, 0, 1, 2, 0, 1, 1, 1, 1, 1, 2, 3}))
	r := succeed(t, "nmf", x, "--rank", "2", "--scattered", "--method", "nnls", "--max-sweeps", "500", "--tol", "1e-14")
	require.Len(t, r.Scattered, 2)
	require.Equal(t, "V", r.Scattered[0].Factor)
	require.Equal(t, "holds", r.Scattered[0].Verdict, r.Scattered[0].Because)
	_, text, _ := call(t.Context(), "nmf", x, "--rank", "2", "--scattered", "--method", "nnls", "--max-sweeps", "500", "--tol", "1e-14")
	require.Contains(t, text, "the only nonnegative factorisation")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "2", "--scattered", "--method", "semi"}, "nonnegative factors")
	fail(t, exitUsage, []string{"nmf", x, "--rank", "2", "--scattered", "--method", "tri", "--groups", "2"}, "two factors")
}

// What nonnegative factors cannot do for the data is said, and where they say nothing.
func TestNMFWarns(t *testing.T) {
	f := newFiles(t)
	_, data := nmfFile(f)
	data.Set(1, 2, -20)
	below := f.matrix("below.npy", data)
	warnings := func(flags ...string) string {
		return strings.Join(succeed(t, append([]string{"nmf", below}, flags...)...).Warnings, "\n")
	}
	require.Contains(t, warnings("--rank", "3"), "1 entry is negative, the least -20: no nonnegative model has a relative error below")
	require.Empty(t, warnings("--rank", "3", "--method", "semi"))
	require.Contains(t, warnings("--rank", "12", "--method", "semi", "--max-sweeps", "3"), "no less than the smaller side of the 12×30 matrix: single rows explain it as well")
}

// V may be given as --out writes it.
func TestNMFStartsAtItsResult(t *testing.T) {
	f := newFiles(t)
	x, _ := nmfFile(f)
	out := f.path("out")
	first := succeed(t, "nmf", x, "--rank", "3", "--out", out)
	again := succeed(t, "nmf", x, "--rank", "3", "--init-factors", out+"/U.npy,"+out+"/V.npy", "--max-sweeps", "1")
	require.LessOrEqual(t, again.RelativeError, first.RelativeError*(1+1e-9))
}

// What archetypes start at has a name.
func TestNMFStartsFarApart(t *testing.T) {
	f := newFiles(t)
	x, _ := nmfFile(f)
	arch := []string{"nmf", x, "--rank", "3", "--method", "archetypal"}
	require.Equal(t, succeed(t, arch...).RelativeError, succeed(t, append(arch, "--init", "furthest-sum")...).RelativeError)
}

// Archetypes tell of which columns they are mixtures.
func TestArchetypesTellTheirColumns(t *testing.T) {
	f := newFiles(t)
	x, data := nmfFile(f)
	out := filepath.Join(t.TempDir(), "out")
	code, text, errs := call(t.Context(), "nmf", x, "--rank", "3", "--method", "archetypal", "--out", out)
	require.Equal(t, exitDone, code, errs)
	require.Regexp(t, `a mixture of columns\n(.*\n)+.* \d+ \(\d+ %\)`, text)
	var u mat.Dense
	u.Mul(data, readMatrix(t, filepath.Join(out, "C.npy")).T())
	require.True(t, mat.EqualApprox(&u, readMatrix(t, filepath.Join(out, "U.npy")), 1e-10))
}
