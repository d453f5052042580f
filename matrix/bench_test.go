package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// readBench reads NAME.npy from the folder that POLYAD_BENCH names, which
// bench/peers/solves.py writes, so that other programs get the same data. It is nil
// when there is none.
func readBench(b *testing.B, name string) *mat.Dense {
	b.Helper()
	dir := os.Getenv("POLYAD_BENCH")
	if dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(dir, name+".npy"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	require.NoError(b, err)
	defer f.Close()
	dims, data, err := npy.Read(f)
	require.NoError(b, err)
	return mat.NewDense(dims[0], dims[1], data)
}

// atSize is n, or a twentieth of it with -short, which asks only whether a benchmark runs.
func atSize(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

// urban is a matrix of the size of the Urban scene, a nonnegative product plus
// noise: X, its true U (162×6), and a start for both factors.
func urban(b *testing.B) (x, u *mat.Dense, start []*mat.Dense) {
	b.Helper()
	if x := readBench(b, "X"); x != nil {
		return x, readBench(b, "true0"), []*mat.Dense{readBench(b, "init0"), readBench(b, "init1")}
	}
	const p, r, noise = 162, 6, 0.02
	n := atSize(94249)
	rng := rand.New(rand.NewPCG(32, 0))
	sparse := func(rows int) *mat.Dense {
		d := uniform(rng, rows, r, 0, 1)
		d.Apply(func(_, _ int, v float64) float64 { return v*float64(rng.IntN(2)) + 1e-3 }, d)
		return d
	}
	u = sparse(p)
	x = new(mat.Dense)
	x.Mul(u, sparse(n).T())
	sigma := noise * mat.Norm(x, 2) / math.Sqrt(float64(p*n))
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+sigma*rng.NormFloat64()) }, x)
	return x, u, []*mat.Dense{uniform(rng, p, r, 0, 1), uniform(rng, n, r, 0, 1)}
}

// samson is the scene of 9025 pixels and its 3 endmembers, or a random one of that
// size, some of whose pixels lie outside of the simplex too.
func samson(b *testing.B) (e, y *mat.Dense) {
	b.Helper()
	if e, y = readBench(b, "E"), readBench(b, "Y"); e != nil && y != nil {
		return e, y
	}
	rng := rand.New(rand.NewPCG(9, 0))
	e, y = uniform(rng, 156, 3, 0, 1), new(mat.Dense)
	y.Mul(e, uniform(rng, 3, atSize(9025), -0.2, 0.8))
	return e, y
}

func eachWorkers(b *testing.B, f func(b *testing.B)) {
	for _, w := range []int{1, 2} {
		b.Run("workers="+strconv.Itoa(w), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(w))
			f(b)
		})
	}
}

// normal is XᵀU and UᵀU.
func normal(u, x *mat.Dense) (m *mat.Dense, g *mat.SymDense) {
	g = new(mat.SymDense)
	tensor.Gram(g, u)
	_, n := x.Dims()
	_, r := u.Dims()
	m = mat.NewDense(n, r, nil)
	tensor.FromMatrix(x).MTTKRP(m, []*mat.Dense{u, mat.NewDense(n, r, nil)}, 1)
	return m, g
}

// BenchmarkNNLS solves for all pixels of an image of Urban's size: from the
// normal equations (solve), and from the data with error and certificate (whole).
func BenchmarkNNLS(b *testing.B) {
	x, u, _ := urban(b)
	m, g := normal(u, x)
	bench(b, u, x, m, g, new(linalg.NNLS), matrix.NNLS)
}

// BenchmarkFCLS is [BenchmarkNNLS] for FCLS on Samson.
func BenchmarkFCLS(b *testing.B) {
	e, y := samson(b)
	m, g := normal(e, y)
	bench(b, e, y, m, g, new(linalg.FCLS), matrix.FCLS)
}

func bench(b *testing.B, u, x, m *mat.Dense, g *mat.SymDense, s interface {
	Solve(a, m *mat.Dense, g *mat.SymDense) error
}, whole solver,
) {
	n, r := m.Dims()
	name := fmt.Sprintf("%dx%d", n, r)
	a := mat.NewDense(n, r, nil)
	for _, start := range []string{"cold", "warm"} {
		b.Run(name+"/solve/"+start, func(b *testing.B) {
			eachWorkers(b, func(b *testing.B) {
				require.NoError(b, s.Solve(a, m, g))
				b.ReportAllocs()
				for b.Loop() {
					if start == "cold" {
						a.Zero()
					}
					if err := s.Solve(a, m, g); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
	b.Run(name+"/whole", func(b *testing.B) {
		eachWorkers(b, func(b *testing.B) {
			for b.Loop() {
				if _, err := whole(context.Background(), u, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkNMFSweep is one sweep of nonnegative factorisation with its error.
func BenchmarkNMFSweep(b *testing.B) {
	x, _, start := urban(b)
	_, n := x.Dims()
	for _, c := range []struct {
		name  string
		inner int
	}{{"", 0}, {"/Inner=1", 1}} {
		b.Run(fmt.Sprintf("162x%d/R=6", n)+c.name, func(b *testing.B) {
			eachWorkers(b, func(b *testing.B) {
				h := cpd.HALS{Inner: c.inner}
				s, err := cpd.NewALS(tensor.FromMatrix(x), start, []cpd.Updater{h.Begin(162, 6), h.Begin(n, 6)})
				require.NoError(b, err)
				sweep := func() {
					if _, err := s.Sweep(); err != nil {
						b.Fatal(err)
					}
				}
				for range 3 {
					sweep()
				}
				b.ReportAllocs()
				for b.Loop() {
					sweep()
				}
			})
		})
	}
}

// BenchmarkNMFDico betters six pixels among all pixels of an image of Urban's size.
func BenchmarkNMFDico(b *testing.B) {
	x, _, _ := urban(b)
	sel, err := matrix.SPA{}.Select(context.Background(), x, 6)
	require.NoError(b, err)
	_, n := x.Dims()
	b.Run(fmt.Sprintf("162x%d/R=6", n), func(b *testing.B) {
		eachWorkers(b, func(b *testing.B) {
			for b.Loop() {
				if _, err := matrix.NMFDico(context.Background(), x, x, sel.Index, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkNMFMethods is twenty sweeps of every variant on an image of 9025 pixels.
func BenchmarkNMFMethods(b *testing.B) {
	_, y := samson(b)
	y = mat.DenseCopyOf(y)
	_, n := y.Dims()
	y.Apply(func(_, _ int, v float64) float64 { return max(1e-6, v) }, y)
	for name, m := range variants(156, n) {
		b.Run(fmt.Sprintf("156x%d/R=3/", n)+name, func(b *testing.B) {
			eachWorkers(b, func(b *testing.B) {
				for b.Loop() {
					if _, err := matrix.NMF(context.Background(), y, 3, &matrix.NMFOptions{Method: m, Stop: sweep.MaxSweeps(20)}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
