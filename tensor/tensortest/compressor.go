package tensortest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// compressor: Compress is Σ x[i₀…]·Π_n U_n[i_n, j_n], with the identity in the place
// of no, the even or the odd U_n; the bits do not depend on the workers.
func compressor(s *subject) error {
	c, ok := s.x.(tensor.Compressor)
	if !ok {
		return nil
	}
	for _, kept := range []int{-1, 0, 1} { // n % 2 of the modes that keep the identity
		u, before := s.factors(13, 2), s.factors(13, 2)
		for n := range u {
			if n%2 == kept {
				u[n] = nil
			}
		}
		want, abs := s.compressed(u)
		got := c.Compress(u)
		if !slices.Equal(got.Dims(), want.Dims()) {
			return fmt.Errorf("core of Compress has sizes %v, want %v", got.Dims(), want.Dims())
		}
		for k, v := range got.Data() {
			if !(math.Abs(v-want.Data()[k]) <= s.tolerance()*abs.Data()[k]) {
				return fmt.Errorf("core of Compress, identities at modes n%%2 = %d: entry %d is %v, want %v", kept, k, v, want.Data()[k])
			}
		}
		for n, a := range u {
			if a == nil {
				continue
			}
			if err := sameBits(a, before[n]); err != nil {
				return fmt.Errorf("matrix %d is changed by Compress: %w", n, err)
			}
		}
		err := forWorkers(func() []mat.Matrix {
			core := c.Compress(u).Data()
			return []mat.Matrix{mat.NewDense(1, len(core), core)}
		})
		if err != nil {
			return fmt.Errorf("core of Compress: %w", err)
		}
	}
	for n, in := range s.dims {
		u := s.factors(13, 2)
		u[n] = filled(in+1, 2, 0)
		if err := panics(fmt.Sprint(in+1), func() { c.Compress(u) }); err != nil {
			return fmt.Errorf("call of Compress with a matrix %d of %d rows: %w", n, in+1, err)
		}
	}
	return nil
}

// compressed is the definition; abs is the same sum over absolute values.
func (s *subject) compressed(u []*mat.Dense) (core, abs *tensor.Dense) {
	sizes := make([]int, len(s.dims))
	for n, d := range s.dims {
		if sizes[n] = d; u[n] != nil {
			_, sizes[n] = u[n].Dims()
		}
	}
	core, abs = tensor.NewDense(sizes, nil), tensor.NewDense(sizes, nil)
	s.each(func(index []int, v float64) {
		var spread func(n, at int, p float64)
		spread = func(n, at int, p float64) {
			if n == len(sizes) {
				core.Data()[at] += p
				abs.Data()[at] += math.Abs(p)
				return
			}
			if u[n] == nil {
				spread(n+1, at*sizes[n]+index[n], p)
				return
			}
			for j, f := range u[n].RawRowView(index[n]) {
				spread(n+1, at*sizes[n]+j, p*f)
			}
		}
		spread(0, 0, v)
	})
	return core, abs
}
