package tensortest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// eps is the distance from 1 to the next float64.
const eps = 0x1p-52

// maxProbe bounds the multiplications that reading a tensor may cost.
const maxProbe = 1 << 28

// A subject is a tensor under test with its entries, read through MTTKRP.
type subject struct {
	x       tensor.Tensor
	dims    []int
	entries []float64 // the last index fastest
	fibre   int       // the mode along which they were read: the longest
}

// probe reads every entry of x, some of the fibres at a time.
func probe(x tensor.Tensor) (*subject, error) {
	s := &subject{x: x, dims: append([]int(nil), x.Dims()...)}
	if len(s.dims) == 0 {
		return nil, fmt.Errorf("Dims() is empty; a tensor has at least one mode")
	}
	total := 1
	for n, d := range s.dims {
		if d < 1 {
			return nil, fmt.Errorf("mode %d has size %d; sizes are at least 1", n, d)
		}
		if d > s.dims[s.fibre] {
			s.fibre = n
		}
		if total > maxProbe/d {
			return nil, fmt.Errorf("sizes %v are too large to be checked", s.dims)
		}
		total *= d
	}
	in := s.dims[s.fibre]
	fibres := total / in
	if total > maxProbe/fibres {
		return nil, fmt.Errorf("sizes %v are too large to be checked: %d entries times %d fibres is above %d", s.dims, total, fibres, maxProbe)
	}
	s.entries = make([]float64, total)
	for lo := 0; lo < fibres; lo += 256 {
		count := min(256, fibres-lo)
		index, factors := s.indicators(lo, count)
		m := mat.NewDense(in, count, nil)
		x.MTTKRP(m, factors, s.fibre)
		for r := range count {
			for i := range in {
				v := m.At(i, r)
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return nil, fmt.Errorf("MTTKRP of mode %d with indicator factors gives %v; Check needs a finite tensor", s.fibre, v)
				}
				index[r][s.fibre] = i
				s.entries[s.offset(index[r])] = v
			}
		}
	}
	return s, nil
}

// indicators are factors whose column r picks fibre lo+r along s.fibre, and the
// indices of that fibre; the factor of s.fibre itself is zero.
func (s *subject) indicators(lo, count int) (index [][]int, factors []*mat.Dense) {
	index = make([][]int, count)
	factors = make([]*mat.Dense, len(s.dims))
	for m, d := range s.dims {
		factors[m] = mat.NewDense(d, count, nil)
	}
	for r := range count {
		index[r] = make([]int, len(s.dims))
		at := lo + r
		for m := len(s.dims) - 1; m >= 0; m-- {
			if m == s.fibre {
				continue
			}
			index[r][m] = at % s.dims[m]
			at /= s.dims[m]
			factors[m].Set(index[r][m], r, 1)
		}
	}
	return index, factors
}

func (s *subject) offset(index []int) int {
	at := 0
	for m, i := range index {
		at = at*s.dims[m] + i
	}
	return at
}

// each calls f with the indices and the value of every entry; index is only
// valid during the call.
func (s *subject) each(f func(index []int, v float64)) {
	index := make([]int, len(s.dims))
	for _, v := range s.entries {
		f(index, v)
		for m := len(index) - 1; m >= 0; m-- {
			if index[m]++; index[m] < s.dims[m] {
				break
			}
			index[m] = 0
		}
	}
}

// mttkrp is the definition; abs is the same sum over absolute values.
func (s *subject) mttkrp(factors []*mat.Dense, n, rank int) (m, abs *mat.Dense) {
	m, abs = mat.NewDense(s.dims[n], rank, nil), mat.NewDense(s.dims[n], rank, nil)
	terms := make([]float64, rank)
	s.each(func(index []int, v float64) {
		for r := range terms {
			terms[r] = v
		}
		for k, i := range index {
			if k == n {
				continue
			}
			for r, f := range factors[k].RawRowView(i) {
				terms[r] *= f
			}
		}
		out, outAbs := m.RawRowView(index[n]), abs.RawRowView(index[n])
		for r, p := range terms {
			out[r] += p
			outAbs[r] += math.Abs(p)
		}
	})
	return m, abs
}

// tolerance is a bound on the error of a sum of all the products of the tensor's
// entries with one entry of each factor, relative to the sum of their absolute
// values; the 4 covers two such sums and the error of the entries themselves.
func (s *subject) tolerance() float64 {
	return 4 * eps * float64(len(s.entries)+len(s.dims))
}

// ranks are the R to try: 1, small ones, and one above every size of the
// tensor, or above as many as 2²² multiplications allow.
func (s *subject) ranks() []int {
	largest := s.dims[s.fibre] + 2
	return []int{1, 2, 5, max(6, min(largest, (1<<22)/len(s.entries)))}
}

// factors are random, seeded, of R columns.
func (s *subject) factors(seed uint64, rank int) []*mat.Dense {
	rng := rand.New(rand.NewPCG(seed, uint64(rank)))
	factors := make([]*mat.Dense, len(s.dims))
	for m, d := range s.dims {
		factors[m] = randomDense(rng, d, rank)
	}
	return factors
}

func randomDense(rng *rand.Rand, rows, cols int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	return a
}

// product is the tensor's MTTKRP in a destination that was full of NaN.
func (s *subject) product(factors []*mat.Dense, n, rank int) *mat.Dense {
	m := filled(s.dims[n], rank, math.NaN())
	s.x.MTTKRP(m, factors, n)
	return m
}

func filled(rows, cols int, v float64) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, v)
		}
	}
	return a
}
