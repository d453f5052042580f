package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// denseCases are the MTTKRP of every mode, those of all modes with the same
// factors, and a sweep of ALS. All modes and a sweep are counted as the two products
// with the data that they cannot do without (for a matrix they are all there is),
// the first as one reading of the data, a sweep as two.
func denseCases(dims []int, rank int, seed uint64) []kernelCase {
	x := sync.OnceValue(func() tensor.Tensor {
		return tensor.NewDense(dims, uniform(seed, int(flops(1, dims...))))
	})
	return filledCases("dense", x, dims, rank, whole(dims...), seed)
}

// singleCases are the same for entries in single precision, half the bytes.
func singleCases(dims []int, rank int, seed uint64) []kernelCase {
	x := sync.OnceValue(func() tensor.Tensor {
		y := tensor.NewDense32(dims, nil)
		for i, v := range uniform(seed, len(y.Data())) {
			y.Data()[i] = float32(v)
		}
		return y
	})
	bytes := flops(4, dims...)
	return filledCases("float32", x, dims, rank, flow{bytes, bytes}, seed)
}

func filledCases(kind string, x func() tensor.Tensor, dims []int, rank int, read flow, seed uint64) []kernelCase {
	name := fmt.Sprintf("%s/%s/R=%d", kind, sizes(dims), rank)
	work := flops(2*float64(rank), dims...)
	cases := mttkrpCases(name, x, dims, rank, work, read, seed)
	cases = append(cases, gradientCase(name, x, dims, rank, 2*work, []flow{read}, seed))
	twice := flow{2 * read.bytes, read.size}
	return append(cases, sweepCase(name, x, dims, rank, 2*work, []flow{twice}, seed))
}

func gradientCase(name string, x func() tensor.Tensor, dims []int, rank int, work float64, traffic []flow, seed uint64) kernelCase {
	return kernelCase{
		name: "gradient/" + name, flops: work, traffic: traffic,
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			x, factors, dst := x(), drawn(seed, dims, rank), make([]*mat.Dense, len(dims))
			for n, rows := range dims {
				dst[n] = mat.NewDense(rows, rank, nil)
			}
			return func(context.Context) error { tensor.MTTKRPs(dst, x, factors); return nil }, nil
		},
	}
}

// sparseCases are the same for a skewed sparse tensor of count drawn entries, those
// that fall together being one: index i of a mode has a density like i^(−2/3),
// labels permuted. An entry costs N·R flops in a MTTKRP. The entries are read once, with 4 bytes for each index of another mode; besides,
// a row of every other factor is gathered for every entry, which moves bytes
// between the core and whatever cache holds the factor.
func sparseCases(dims []int, count, rank int, seed uint64) []kernelCase {
	x := sync.OnceValue(func() tensor.Tensor { return powerLaw(dims, count, seed) })
	name := fmt.Sprintf("sparse/%s/drawn=%d/R=%d", sizes(dims), count, rank)
	order := len(dims)
	work := flops(1, order, count, rank)
	bytes := flops(1, count, 8+4*(order-1))
	entries := flow{bytes, bytes}
	var gathered []flow // of a sweep: each factor in all modes but its own
	var cases []kernelCase
	for n := range dims {
		traffic := []flow{entries}
		for m, rows := range dims {
			if m != n {
				traffic = append(traffic, flow{flops(8, count, rank), flops(8, rows, rank)})
			}
		}
		gathered = append(gathered, traffic...)
		cases = append(cases, mttkrpCase(name, x, dims, rank, n, work, traffic, seed))
	}
	cases = append(cases, sweepCase(name, x, dims, rank, work*float64(order), gathered, seed))
	for i := range cases {
		cases[i].drawn = count
	}
	return cases
}

func mttkrpCases(name string, x func() tensor.Tensor, dims []int, rank int, work float64, read flow, seed uint64) []kernelCase {
	var cases []kernelCase
	for n := range dims {
		traffic := []flow{read}
		for _, rows := range dims {
			traffic = append(traffic, whole(rows, rank)) // the other factors, and the result
		}
		cases = append(cases, mttkrpCase(name, x, dims, rank, n, work, traffic, seed))
	}
	return cases
}

func mttkrpCase(name string, x func() tensor.Tensor, dims []int, rank, n int, work float64, traffic []flow, seed uint64) kernelCase {
	return kernelCase{
		name: fmt.Sprintf("mttkrp/%s/mode=%d", name, n), flops: work, traffic: traffic,
		prepare: func(c *kernelCase) (func(context.Context) error, error) {
			x, factors, dst := x(), drawn(seed, dims, rank), mat.NewDense(dims[n], rank, nil)
			c.countStored(x)
			return func(context.Context) error { x.MTTKRP(dst, factors, n); return nil }, nil
		},
	}
}

func sweepCase(name string, x func() tensor.Tensor, dims []int, rank int, work float64, traffic []flow, seed uint64) kernelCase {
	return kernelCase{
		name: "sweep/als/" + name, flops: work, traffic: traffic,
		prepare: func(c *kernelCase) (func(context.Context) error, error) {
			update := make([]cpd.Updater, len(dims))
			for n, rows := range dims {
				update[n] = cpd.LeastSquares{}.Begin(rows, rank)
			}
			x := x()
			c.countStored(x)
			s, err := cpd.NewALS(x, drawn(seed, dims, rank), update)
			if err != nil {
				return nil, err
			}
			return func(context.Context) error { _, err := s.Sweep(); return err }, nil
		},
	}
}

// countStored takes off what falls together among the drawn entries of a sparse tensor.
func (c *kernelCase) countStored(x tensor.Tensor) {
	sparse, ok := x.(*tensor.Sparse)
	if !ok {
		return // every entry is stored
	}
	share := float64(sparse.Stored()) / float64(c.drawn)
	c.flops *= share
	c.traffic = slices.Clone(c.traffic)
	for i := range c.traffic {
		c.traffic[i].bytes *= share
	}
}

// drawn are factors for a tensor of seed, from streams of their own.
func drawn(seed uint64, dims []int, rank int) []*mat.Dense {
	factors := make([]*mat.Dense, len(dims))
	for n, rows := range dims {
		factors[n] = mat.NewDense(rows, rank, uniform(seed+1+uint64(n), rows*rank))
	}
	return factors
}

// powerLaw draws so many entries; those that fall together are one.
func powerLaw(dims []int, count int, seed uint64) tensor.Tensor {
	rng := rand.New(rand.NewPCG(seed, 0x737061727365))
	index := make([][]int32, len(dims))
	for n, size := range dims {
		label := rng.Perm(size)
		index[n] = make([]int32, count)
		for p := range index[n] {
			u := rng.Float64()
			index[n][p] = int32(label[min(size-1, int(float64(size)*u*u*u))])
		}
	}
	x, err := tensor.NewSparse(dims, index, uniform(seed, count))
	if err != nil {
		panic(err) // every index is below its size
	}
	return x
}

// sizes is 64x64x64 for {64, 64, 64}.
func sizes(dims []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(dims), " ", "x"), "[]")
}
