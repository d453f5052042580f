package tensor_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// compressed is C by its definition, one mode after the other.
func compressed(x *tensor.Dense, u []*mat.Dense) *tensor.Dense {
	for n, a := range u {
		if a == nil {
			continue
		}
		dims := append([]int(nil), x.Dims()...)
		_, dims[n] = a.Dims()
		y := tensor.NewDense(dims, nil)
		left, right := 1, 1
		for _, d := range dims[:n] {
			left *= d
		}
		for _, d := range dims[n+1:] {
			right *= d
		}
		for l := range left {
			for j := range dims[n] {
				for q := range right {
					for i := range x.Dims()[n] {
						y.Data()[(l*dims[n]+j)*right+q] += a.At(i, j) * x.Data()[(l*x.Dims()[n]+i)*right+q]
					}
				}
			}
		}
		x = y
	}
	return x
}

// thin is half of the entries of x, the others zero.
func thin(t *testing.T, x *tensor.Dense) *tensor.Sparse {
	t.Helper()
	dims := x.Dims()
	index, values := make([][]int32, len(dims)), []float64(nil)
	for at, v := range x.Data() {
		if (at*7)%5 < 2 {
			x.Data()[at] = 0
			continue
		}
		values = append(values, v)
		for n, rest := len(dims)-1, at; n >= 0; n-- {
			index[n] = append(index[n], int32(rest%dims[n]))
			rest /= dims[n]
		}
	}
	s, err := tensor.NewSparse(dims, index, values)
	require.NoError(t, err)
	return s
}

func TestCompressMatchesItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 0))
	for _, dims := range [][]int{{7}, {1, 1}, {9, 4}, {10, 3, 5}, {3, 12, 1, 4}, {2, 3, 4, 2, 3}} {
		for mask := range 1 << len(dims) { // which modes keep the identity
			x := random(rng, dims...)
			u := make([]*mat.Dense, len(dims))
			single := make([]float32, len(x.Data()))
			for i, v := range x.Data() {
				single[i] = float32(v)
				x.Data()[i] = float64(single[i])
			}
			for n, rows := range dims {
				if mask>>n&1 == 0 {
					u[n] = randomFactors(rng, []int{rows}, 1+rng.IntN(rows))[0]
				}
			}
			s := thin(t, x)
			for i, v := range x.Data() {
				single[i] = float32(v)
			}
			want := compressed(x, u)
			for name, c := range map[string]tensor.Compressor{"dense": x, "single": tensor.NewDense32(dims, single), "sparse": s} {
				got := c.Compress(u)
				require.Equal(t, want.Dims(), got.Dims())
				require.InDeltaSlice(t, want.Data(), got.Data(), 1e-12*float64(len(x.Data())), "%s %v %b", name, dims, mask)
				workers := runtime.GOMAXPROCS(1)
				require.Equal(t, got.Data(), c.Compress(u).Data(), "one worker")
				runtime.GOMAXPROCS(workers)
			}
		}
	}
	empty, err := tensor.NewSparse([]int{3, 4}, make([][]int32, 2), nil)
	require.NoError(t, err)
	require.Equal(t, make([]float64, 12), empty.Compress(make([]*mat.Dense, 2)).Data())
}

func orthonormal(rng *rand.Rand, rows, cols int) *mat.Dense {
	var qr mat.QR
	qr.Factorize(randomFactors(rng, []int{rows}, rows)[0])
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, rows, 0, cols))
}

func TestTuckerIsATensor(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	for _, dims := range [][]int{{4}, {5, 4}, {5, 4, 6}, {3, 4, 2, 5}} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			core := make([]int, len(dims))
			basis := make([]*mat.Dense, len(dims))
			for n, rows := range dims {
				core[n] = rows
				if n != 1 {
					core[n] = max(1, rows-2)
					basis[n] = orthonormal(rng, rows, core[n])
				}
			}
			c := random(rng, core...)
			x := tensor.NewTucker(c, basis)
			tensortest.Check(t, x)
			// Its entries are those of the product.
			turned := make([]*mat.Dense, len(dims))
			for n, u := range basis {
				if u != nil {
					turned[n] = mat.DenseCopyOf(u.T())
				}
			}
			full := compressed(c, turned)
			factors := randomFactors(rng, dims, 3)
			for n := range dims {
				want, got := mat.NewDense(dims[n], 3, nil), mat.NewDense(dims[n], 3, nil)
				full.MTTKRP(want, factors, n)
				x.MTTKRP(got, factors, n)
				require.True(t, mat.EqualApprox(want, got, 1e-11))
			}
		})
	}
	require.PanicsWithValue(t, "tensor: NewTucker: columns 0 and 0 of basis 0 have inner product 4", func() {
		tensor.NewTucker(tensor.NewDense([]int{1}, nil), []*mat.Dense{mat.NewDense(1, 1, []float64{2})})
	})
}

// Warm MTTKRPs of a sequence allocate nothing, whether bases have changed or not.
func TestTuckerSequenceDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // goroutines are par's business
	rng := rand.New(rand.NewPCG(43, 0))
	dims := []int{30, 25, 20}
	basis := []*mat.Dense{orthonormal(rng, 30, 5), nil, orthonormal(rng, 20, 4)}
	q := tensor.NewTucker(random(rng, 5, 25, 4), basis).Sequence()
	factors := randomFactors(rng, dims, 3)
	dst := randomFactors(rng, dims, 3)
	sweep := func() {
		for n := range dims {
			q.MTTKRP(dst[n], factors, n)
			q.Updated(n)
		}
	}
	sweep()
	require.Zero(t, testing.AllocsPerRun(10, sweep))
}
