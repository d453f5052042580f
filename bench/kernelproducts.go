package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// standardKernels are the kernels of [Kernels]: shapes that decompositions are
// made of, in sizes from a cache line's to beyond every cache.
func standardKernels(seed uint64) []kernelCase {
	var cases []kernelCase
	for _, s := range [][3]int{
		{2000, 2000, 2000},
		{500, 500, 500},
		{96, 96, 96},
		{32, 32, 32},
		{16, 16, 16},
		{8, 8, 8},
		{40000, 400, 32},
		{400, 40000, 32},
		{162, 94249, 8},
		{94249, 162, 8}, // tall times small, wide times tall, the unfoldings of an image
	} {
		cases = append(cases, productCase(s[0], s[1], s[2], seed))
	}
	for _, s := range [][3]int{{40000, 400, 32}, {400, 40000, 32}, {162, 94249, 8}, {94249, 162, 8}} {
		cases = append(cases, productTCase(s[0], s[1], s[2], seed))
	}
	for _, s := range [][2]int{{10000, 8}, {400, 32}, {40000, 32}} {
		cases = append(cases, gramCase(s[0], s[1], seed))
	}
	for _, c := range []struct {
		dims []int
		rank int
	}{{[]int{200, 200, 200}, 20}, {[]int{400, 400, 400}, 32}, {[]int{60, 60, 60, 60}, 16}, {[]int{307, 307, 162}, 8}} {
		cases = append(cases, denseCases(c.dims, c.rank, seed)...)
	}
	cases = append(cases, singleCases([]int{307, 307, 162}, 8, seed)...)
	for _, c := range []struct {
		dims        []int
		count, rank int
	}{{[]int{10000, 20000, 30000}, 1e6, 16}, {[]int{500, 2000, 5000, 300}, 1e6, 16}, {[]int{1000, 2000, 3000}, 1e7, 16}} {
		cases = append(cases, sparseCases(c.dims, c.count, c.rank, seed)...)
	}
	return append(cases,
		halsCase(9600, 8, seed), halsCase(9600, 32, seed), halsCase(94249, 6, seed),
		nnlsCase(162, 94249, 6, seed), fclsCase(156, 9025, 3, seed),
		assignCase(20, 1000, seed), assignCase(20, 100000, seed),
	)
}

// rowGrain is the work, in multiplications, from which a product is split: some
// ten microseconds.
const rowGrain = 1 << 18

// rowBlock is the rows that are not separated, those of some tiles.
const rowBlock = 4

// productCase is C += A·B, A m×k, the rows split over the cores.
func productCase(m, k, n int, seed uint64) kernelCase {
	return kernelCase{
		name: fmt.Sprintf("product/%dx%dx%d", m, k, n), flops: flops(2, m, k, n), traffic: productFlow(m, k, n),
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			a, b, c := uniform(seed, m*k), uniform(seed+1, k*n), make([]float64, m*n)
			body := func(lo, hi int) { kernel.MulAdd(hi-lo, n, k, a[lo*k:], k, b, n, c[lo*n:], n) }
			return overRows(m, k*n, body), nil
		},
	}
}

// productTCase is C += Aᵀ·B, A k×m.
func productTCase(m, k, n int, seed uint64) kernelCase {
	return kernelCase{
		name: fmt.Sprintf("productT/%dx%dx%d", m, k, n), flops: flops(2, m, k, n), traffic: productFlow(m, k, n),
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			a, b, c := uniform(seed, m*k), uniform(seed+1, k*n), make([]float64, m*n)
			body := func(lo, hi int) { kernel.MulTAdd(hi-lo, n, k, a[lo:], m, b, n, c[lo*n:], n) }
			return overRows(m, k*n, body), nil
		},
	}
}

// overRows splits m rows, of so many multiplications each, over the cores.
func overRows(m, each int, body func(lo, hi int)) func(context.Context) error {
	if m*each <= rowGrain {
		return func(context.Context) error { body(0, m); return nil }
	}
	blocks := par.Blocks(m, rowBlock)
	part := func(_, lo, hi int) { body(lo*rowBlock, min(m, hi*rowBlock)) }
	return func(context.Context) error { par.For(blocks, 1+rowGrain/2/(rowBlock*each), part); return nil }
}

func productFlow(m, k, n int) []flow {
	return []flow{whole(m, k), whole(k, n), {flops(16, m, n), flops(8, m, n)}}
}

// gramCase is AᵀA, of which one triangle is counted.
func gramCase(rows, rank int, seed uint64) kernelCase {
	return kernelCase{
		name: fmt.Sprintf("gram/%dx%d", rows, rank), flops: flops(1, rows, rank, rank+1), traffic: []flow{whole(rows, rank)},
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			a, g := mat.NewDense(rows, rank, uniform(seed, rows*rank)), mat.NewSymDense(rank, nil)
			return func(context.Context) error { tensor.Gram(g, a); return nil }, nil
		},
	}
}

// flops is a product that may not fit an int.
func flops(each float64, sizes ...int) float64 {
	for _, n := range sizes {
		each *= float64(n)
	}
	return each
}

// whole is reading an operand of float64 once.
func whole(sizes ...int) flow {
	b := flops(8, sizes...)
	return flow{b, b}
}

// uniform draws n values from [0, 1).
func uniform(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0x6b65726e656c)) // a stream of its own
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.Float64()
	}
	return v
}
