package cpd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// drawn is a rows×cols matrix of uniform (nonnegative) or normal entries.
func drawn(rng *rand.Rand, rows, cols int, nonnegative bool) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	fillRandom(a, 0, nonnegative, rng)
	return a
}

// drawnFactors are factors for all modes.
func drawnFactors(rng *rand.Rand, dims []int, rank int, nonnegative bool) []*mat.Dense {
	factors := make([]*mat.Dense, len(dims))
	for n, rows := range dims {
		factors[n] = drawn(rng, rows, rank, nonnegative)
	}
	return factors
}

// planted is a model tensor of the given rank with noise of that relative norm.
func planted(rng *rand.Rand, dims []int, rank int, nonnegative bool, noise float64) *tensor.Dense {
	x := tensor.NewKruskal(drawnFactors(rng, dims, rank, nonnegative)...).Dense()
	if noise == 0 {
		return x
	}
	e := make([]float64, len(x.Data()))
	var ee float64
	for i := range e {
		e[i] = rng.NormFloat64()
		ee += e[i] * e[i]
	}
	by := noise * math.Sqrt(x.SquaredNorm()/ee)
	for i := range e {
		x.Data()[i] += by * e[i]
	}
	return x
}

func scaled(x *tensor.Dense, by float64) *tensor.Dense {
	y := tensor.NewDense(x.Dims(), nil)
	for i, v := range x.Data() {
		y.Data()[i] = v * by
	}
	return y
}

// slowError is ‖X − X̂‖/‖X‖ by its definition, entry by entry, in units of the
// largest entry so that no square over- or underflows.
func slowError(x *tensor.Dense, k *tensor.Kruskal) float64 {
	unit := 0.0
	for _, v := range x.Data() {
		unit = max(unit, math.Abs(v))
	}
	dims := x.Dims()
	index := make([]int, len(dims))
	var rr, xx float64
	for at, v := range x.Data() {
		for n, q := len(dims)-1, at; n >= 0; n-- {
			index[n], q = q%dims[n], q/dims[n]
		}
		var model float64
		for r, w := range k.Weights {
			for n, a := range k.Factors {
				w *= a.At(index[n], r)
			}
			model += w
		}
		rr += (v - model) / unit * ((v - model) / unit)
		xx += v / unit * (v / unit)
	}
	return math.Sqrt(rr / xx)
}

// problem is one tensor of the corpus with a start.
type problem struct {
	name  string
	x     *tensor.Dense
	start []*mat.Dense
}

var corpusDims = [][]int{
	{1}, {6}, {4, 3}, {1, 6}, {2, 2, 2}, {5, 4, 3}, {1, 6, 6}, {4, 1, 5}, {1, 1, 1}, {30, 2, 9}, {4, 3, 1}, {3, 1, 4, 2}, {3, 4, 2, 3}, {2, 3, 2, 3, 2},
}

var corpusRanks = []int{1, 2, 4, 7}

// corpus is every kind of data over every shape and rank; the starts are
// nonnegative, so that they serve every method.
func corpus() []problem {
	var all []problem
	for d, dims := range corpusDims {
		for _, rank := range corpusRanks {
			if testing.Short() && (d+rank)%3 != 0 {
				continue
			}
			rng := newRand(uint64(100*d + rank))
			add := func(kind string, x *tensor.Dense, start []*mat.Dense) {
				all = append(all, problem{fmt.Sprintf("%s/%v/rank=%d", kind, dims, rank), x, start})
			}
			start := func() []*mat.Dense { return drawnFactors(rng, dims, rank, true) }
			noise := tensor.NewDense(dims, nil)
			for i := range noise.Data() {
				noise.Data()[i] = rng.NormFloat64()
			}
			add("signed noise", noise, start())
			add("nonnegative", planted(rng, dims, rank, true, 0.1), start())
			add("exact", planted(rng, dims, rank, true, 0), start())

			holes := planted(rng, dims, rank, true, 0.1)
			clearSlice(holes, 0, dims[0]-1)
			clearSlice(holes, len(dims)-1, 0)
			if holes.SquaredNorm() > 0 {
				add("zero slices", holes, start())
			}

			twin := drawnFactors(rng, dims, rank, true)
			for n, rows := range dims {
				twin[n].SetRow(rows-1, append([]float64(nil), twin[n].RawRowView(0)...))
			}
			add("duplicate slices", tensor.NewKruskal(twin...).Dense(), start())

			same := start()
			for _, a := range same {
				for r := range rank {
					a.SetCol(r, mat.Col(nil, 0, a)) // every component the same
				}
			}
			add("collinear start", planted(rng, dims, rank, true, 0.1), same)

			dead := start()
			dead[0].SetCol(rank-1, make([]float64, dims[0]))
			add("zero column", planted(rng, dims, rank, true, 0.1), dead)
		}
	}
	return all
}

// clearSlice zeroes slice i of mode n.
func clearSlice(x *tensor.Dense, n, i int) {
	right := 1
	for _, size := range x.Dims()[n+1:] {
		right *= size
	}
	for at := range x.Data() {
		if at/right%x.Dims()[n] == i {
			x.Data()[at] = 0
		}
	}
}

// same gives every mode the same method.
func same(m Method, order int) []Method {
	methods := make([]Method, order)
	for n := range methods {
		methods[n] = m
	}
	return methods
}

func begin(methods []Method, dims []int, rank int) []Updater {
	update := make([]Updater, len(methods))
	for n, m := range methods {
		update[n] = m.Begin(dims[n], rank)
	}
	return update
}
