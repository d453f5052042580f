package matrix

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Separation is what [HyperplaneSeparation] finds.
type Separation struct {
	// Bound is ⟨X, Z⟩/(α·‖X‖∞), a lower bound of the nonnegative rank.
	Bound float64
	Z     *mat.Dense // p×n; where X is zero so is Z, and stands for −∞
	Alpha float64    // max ⟨R, Z⟩
	// Optimal says that no other Z gives more, but for rounding.
	Optimal bool
}

// HyperplaneSeparation is the best hyperplane separation bound of the nonnegative rank of X ≥ 0,
//
//	r₊(X) ≥ max_Z ⟨X, Z⟩/(α(Z)·‖X‖∞),  α(Z) = max {⟨R, Z⟩ : R = abᵀ, a and b of zeros and ones,
//	                                              R = 0 where X = 0}.
//
// It holds because X is a sum of r₊ matrices of rank one with entries up to ‖X‖∞, of which the R are
// the corners. The best Z solves a linear program, min Σλ, X/‖X‖∞ = Σ λ_R·R, λ ≥ 0, by the simplex
// method with columns made when they are wanted: R is found by going through all subsets of the
// shorter side. Z is then what it is, and α is exact for it: the bound holds however far the program
// was solved.
//
// It depends on how rows and columns of X are scaled, which the nonnegative rank does not. Work of a step:
// 2^min(p,n)·max(p,n), and the square of the number of positive entries.
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], [ErrSize] above 14
// rows and columns or 400 positive entries, and that of ctx.
//
// References:
//   - Rothvoß, T.: The matching polytope has exponential extension complexity. J. ACM 64(6) (2017).
//   - Fiorini, S.: see Gillis, N.: Nonnegative Matrix Factorization, sec. 3.4.8. SIAM (2020).
func HyperplaneSeparation(ctx context.Context, x mat.Matrix, zero float64) (*Separation, error) {
	y, _, err := aboveZero(x, zero)
	if err != nil {
		return nil, err
	}
	s, err := newSeparating(y)
	if err != nil {
		return nil, err
	}
	res, err := s.solve(ctx)
	if err != nil {
		return nil, fmt.Errorf("matrix: hyperplane separation: %w", err)
	}
	if s.turned {
		res.Z = mat.DenseCopyOf(res.Z.T())
	}
	return res, nil
}

const (
	separationShort = 14  // rows or columns whose subsets are gone through
	separationOnes  = 400 // positive entries
	separationSteps = 2000
)

// separating is the simplex method; p ≤ n.
type separating struct {
	p, n    int
	turned  bool
	x       []float64 // at the ones, up to one
	at      []int     // p×n, which of the ones, −1
	inverse []float64 // of the basis, ones×ones
	lambda  []float64
	z       []float64
	sum     []float64 // scratch: of the columns over a subset of the rows
	none    []int     // zeros there
}

func newSeparating(y *mat.Dense) (*separating, error) {
	p, n := y.Dims()
	s := &separating{p: min(p, n), n: max(p, n), turned: p > n}
	top := mat.Max(y)
	if s.p > separationShort {
		return nil, fmt.Errorf("%w: X is %d×%d; hyperplanes are looked for up to %d rows or columns", ErrSize, p, n, separationShort)
	}
	s.at = make([]int, s.p*s.n)
	for i := range s.p {
		for j := range s.n {
			r, c := i, j
			if s.turned {
				r, c = j, i
			}
			s.at[i*s.n+j] = -1
			if v := y.At(r, c); v > 0 {
				s.at[i*s.n+j] = len(s.x)
				s.x = append(s.x, v/top)
			}
		}
	}
	m := len(s.x)
	if m > separationOnes {
		return nil, fmt.Errorf("%w: X has %d positive entries; hyperplanes are looked for up to %d", ErrSize, m, separationOnes)
	}
	s.inverse, s.lambda, s.z = make([]float64, m*m), make([]float64, m), make([]float64, m)
	s.sum, s.none = make([]float64, s.n), make([]int, s.n)
	return s, nil
}

func (s *separating) solve(ctx context.Context) (*Separation, error) {
	m := len(s.x)
	best := &Separation{Z: mat.NewDense(s.p, s.n, nil), Optimal: m == 0}
	if m == 0 {
		return best, nil
	}
	// Single entries are the first basis. Equal entries of X make ties that the method can be caught in, so it
	// is run on X with one part in a million of noise; bounds are of X.
	rng := rand.New(rand.NewPCG(uint64(m), 0))
	for e, v := range s.x {
		s.inverse[e*m+e], s.lambda[e] = 1, v*(1+1e-6*rng.Float64())
	}
	column, d := make([]float64, m), make([]float64, m)
	for range separationSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(s.z)
		for e := range m {
			kernel.Axpy(s.z, 1, s.inverse[e*m:][:m])
		}
		alpha := s.price(column)
		if bound := kernel.Dot(s.x, s.z) / alpha; bound > best.Bound {
			best.Bound, best.Alpha = bound, alpha
			for i := range s.p {
				for j := range s.n {
					if e := s.at[i*s.n+j]; e >= 0 {
						best.Z.Set(i, j, s.z[e])
					}
				}
			}
		}
		if alpha <= 1+1e-9 {
			best.Optimal = true
			break
		}
		leave := -1
		for e := range m {
			d[e] = kernel.Dot(s.inverse[e*m:][:m], column)
			if d[e] > 1e-9 && (leave < 0 || s.lambda[e]*d[leave] < s.lambda[leave]*d[e]) {
				leave = e
			}
		}
		if leave < 0 {
			break // rounding: the program is bounded
		}
		s.pivot(leave, d)
	}
	return best, nil
}

// pivot changes the basis.
func (s *separating) pivot(leave int, d []float64) {
	m := len(s.x)
	row := s.inverse[leave*m:][:m]
	by := 1 / d[leave]
	for k := range row {
		row[k] *= by
	}
	s.lambda[leave] *= by
	for e := range m {
		if e != leave && d[e] != 0 {
			kernel.Axpy(s.inverse[e*m:][:m], -d[e], row)
			s.lambda[e] = max(0, s.lambda[e]-d[e]*s.lambda[leave]) // rounding can push it below zero
		}
	}
}

// price is α(Z), and sets column to an R that attains it. Subsets of the rows are gone through in
// Gray's order, one row coming or going at a time; sums are taken anew every 4096, lest rounding adds
// up.
func (s *separating) price(column []float64) float64 {
	best, chosen := 0.0, 0
	rows := 0
	s.sums(rows)
	for k := 1; k < 1<<s.p; k++ {
		i := bits.TrailingZeros(uint(k))
		rows ^= 1 << i
		switch {
		case k%4096 == 0:
			s.sums(rows)
		case rows>>i&1 != 0:
			s.row(i, 1)
		default:
			s.row(i, -1)
		}
		value := 0.0
		for j, v := range s.sum {
			if v > 0 && s.none[j] == 0 {
				value += v
			}
		}
		if value > best {
			best, chosen = value, rows
		}
	}
	s.sums(chosen)
	clear(column)
	for j, v := range s.sum {
		if v > 0 && s.none[j] == 0 {
			for i := range s.p {
				if chosen>>i&1 != 0 {
					column[s.at[i*s.n+j]] = 1
				}
			}
		}
	}
	return best
}

// sums takes those over a subset of the rows.
func (s *separating) sums(rows int) {
	clear(s.sum)
	clear(s.none)
	for i := range s.p {
		if rows>>i&1 != 0 {
			s.row(i, 1)
		}
	}
}

// row adds row i to the sums, or with −1 takes it away.
func (s *separating) row(i, sign int) {
	for j, e := range s.at[i*s.n:][:s.n] {
		if e < 0 {
			s.none[j] += sign
		} else {
			s.sum[j] += float64(sign) * s.z[e]
		}
	}
}
