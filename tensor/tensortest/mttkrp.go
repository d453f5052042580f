package tensortest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

func dimsStable(s *subject) error {
	for range 3 {
		if got := s.x.Dims(); !slices.Equal(got, s.dims) {
			return fmt.Errorf("Dims() was %v and is %v", s.dims, got)
		}
	}
	return nil
}

func squaredNorm(s *subject) error {
	var want float64
	for _, v := range s.entries {
		want += v * v
	}
	if got := s.x.SquaredNorm(); !(math.Abs(got-want) <= s.tolerance()*want) {
		return fmt.Errorf("SquaredNorm() = %v, the sum over the entries is %v", got, want)
	}
	return nil
}

func mttkrpDefinition(s *subject) error {
	for _, rank := range s.ranks() {
		factors := s.factors(1, rank)
		for n := range s.dims {
			want, abs := s.mttkrp(factors, n, rank)
			if err := s.near(s.product(factors, n, rank), want, abs); err != nil {
				return fmt.Errorf("MTTKRP of mode %d, R=%d: %w", n, rank, err)
			}
		}
	}
	return nil
}

// mttkrpLinear: with A_m = αB + βC, M = α·M(B) + β·M(C), for every m ≠ n.
func mttkrpLinear(s *subject) error {
	const alpha, beta, rank = 0.75, -1.5, 3
	a, c := s.factors(2, rank), s.factors(3, rank)
	for n := range s.dims {
		for m := range s.dims {
			if m == n {
				continue
			}
			b := slices.Clone(a)
			b[m] = c[m]
			sum := slices.Clone(a)
			sum[m] = mat.NewDense(s.dims[m], rank, nil)
			sum[m].Apply(func(i, j int, v float64) float64 { return alpha*v + beta*c[m].At(i, j) }, a[m])
			want, other := s.product(a, n, rank), s.product(b, n, rank)
			want.Apply(func(i, j int, v float64) float64 { return alpha*v + beta*other.At(i, j) }, want)

			_, absA := s.mttkrp(a, n, rank)
			_, absB := s.mttkrp(b, n, rank)
			absA.Apply(func(i, j int, v float64) float64 { return 2 * (alpha*v - beta*absB.At(i, j)) }, absA)
			if err := s.near(s.product(sum, n, rank), want, absA); err != nil {
				return fmt.Errorf("MTTKRP of mode %d is not linear in factor %d: %w", n, m, err)
			}
		}
	}
	return nil
}

// mttkrpInner: ⟨M_n, A_n⟩ = ⟨X, X̂⟩ for every n.
func mttkrpInner(s *subject) error {
	for _, rank := range s.ranks() {
		factors := s.factors(4, rank)
		var want, bound float64
		for n := range s.dims {
			m := s.product(factors, n, rank)
			_, abs := s.mttkrp(factors, n, rank)
			var got, b float64
			for i := range s.dims[n] {
				for r := range rank {
					got += m.At(i, r) * factors[n].At(i, r)
					b += abs.At(i, r) * math.Abs(factors[n].At(i, r))
				}
			}
			if n == 0 {
				want, bound = got, b*(s.tolerance()+4*eps*float64(rank))
			}
			if !(math.Abs(got-want) <= bound) {
				return fmt.Errorf("⟨M, A⟩ is %v in mode %d and %v in mode 0, R=%d", got, n, want, rank)
			}
		}
	}
	return nil
}

func factorsUntouched(s *subject) error {
	const rank = 3
	for n := range s.dims {
		factors, before := s.factors(5, rank), s.factors(5, rank)
		given := slices.Clone(factors)
		s.product(factors, n, rank)
		for m := range factors {
			if factors[m] != given[m] {
				return fmt.Errorf("MTTKRP of mode %d replaces factor %d in the caller's slice", n, m)
			}
			if err := sameBits(factors[m], before[m]); err != nil {
				return fmt.Errorf("MTTKRP of mode %d changes factor %d: %w", n, m, err)
			}
		}
	}
	return nil
}

func factorNotRead(s *subject) error {
	const rank = 3
	for n := range s.dims {
		factors := s.factors(6, rank)
		want := s.product(factors, n, rank)
		for _, own := range []*mat.Dense{nil, filled(s.dims[n], rank, math.NaN()), filled(s.dims[n]+1, rank+1, 0)} {
			factors[n] = own
			if err := sameBits(s.product(factors, n, rank), want); err != nil {
				return fmt.Errorf("MTTKRP of mode %d depends on factor %d: %w", n, n, err)
			}
		}
	}
	return nil
}

// stridedStorage: views into larger matrices give the same bits, and what lies
// around a view stays.
func stridedStorage(s *subject) error {
	const rank, guard = 4, 12345.678
	view := func(rows int) (inner, outer *mat.Dense) {
		outer = filled(rows+3, rank+5, guard)
		return outer.Slice(1, rows+1, 2, rank+2).(*mat.Dense), outer
	}
	plain := s.factors(7, rank)
	factors := make([]*mat.Dense, len(plain))
	for m, a := range plain {
		factors[m], _ = view(s.dims[m])
		factors[m].Copy(a)
	}
	for n := range s.dims {
		want := s.product(plain, n, rank)
		dst, outer := view(s.dims[n])
		s.x.MTTKRP(dst, factors, n)
		if err := sameBits(dst, want); err != nil {
			return fmt.Errorf("MTTKRP of mode %d differs between contiguous and strided matrices: %w", n, err)
		}
		dst.Copy(filled(s.dims[n], rank, guard))
		if err := sameBits(outer, filled(s.dims[n]+3, rank+5, guard)); err != nil {
			return fmt.Errorf("MTTKRP of mode %d writes beside its destination: %w", n, err)
		}
	}
	return nil
}

// near compares entry by entry, with an error that is bounded by abs.
func (s *subject) near(got, want, abs *mat.Dense) error {
	rows, cols := want.Dims()
	for i := range rows {
		for j := range cols {
			if !(math.Abs(got.At(i, j)-want.At(i, j)) <= s.tolerance()*abs.At(i, j)) { // a NaN fails
				return fmt.Errorf("entry (%d, %d) is %v, want %v", i, j, got.At(i, j), want.At(i, j))
			}
		}
	}
	return nil
}

func sameBits(got, want mat.Matrix) error {
	rows, cols := want.Dims()
	for i := range rows {
		for j := range cols {
			if math.Float64bits(got.At(i, j)) != math.Float64bits(want.At(i, j)) {
				return fmt.Errorf("entry (%d, %d) is %v, not %v", i, j, got.At(i, j), want.At(i, j))
			}
		}
	}
	return nil
}
