package dict

import (
	"context"
	"math"
	"slices"
	"sort"
)

// MixedFISTA is the relaxation by the mixed norm ℓ1,∞, the largest ℓ1 norm of a
// column,
//
//	min_S ½‖Y − D̂·S·Bᵀ‖² + λ·max_r ‖s_r‖₁,  λ = Ratio·Σ_r max_j |⟨d̂_j, Y·b_r⟩|,
//
// Ratio 1 being where S becomes zero. All columns are held to one ℓ1 norm, which
// suits columns of like size; [BlockFISTA] is otherwise the better one. Work:
// 4·I·d·R + O(d·R·log d) flops a step.
//
// References:
//   - [C22], section 3 (Mixed-FISTA).
type MixedFISTA struct {
	// Ratio of the weight to that at which S is zero. Default: 1e-3.
	Ratio float64
	// Steps is the most steps. Default: 1000.
	Steps int
}

// Name implements [Coder].
func (MixedFISTA) Name() string { return "mixed FISTA" }

func (a MixedFISTA) code(ctx context.Context, c *coding) error {
	if a.Ratio <= 0 {
		a.Ratio = defaultRatio
	}
	if a.Steps <= 0 {
		a.Steps = defaultSteps
	}
	f := newFista(c)
	h := &largestColumn{rank: c.rank, nonnegative: c.nonnegative}
	for _, x := range newL1(c).top {
		h.lambda += a.Ratio * x
	}
	err := f.run(ctx, h, a.Steps)
	c.choose(f.s)
	if e := c.refine(); err == nil {
		err = e
	}
	return err
}

// largestColumn is λ·max_r ‖s_r‖₁, infinite at negative entries where nonnegative.
type largestColumn struct {
	lambda      float64
	rank        int
	nonnegative bool
	sorted      []float64 // d×R by columns: magnitudes, descending
	sum         []float64 // sums of them from the first on
}

// prox projects every column on the ℓ1 ball of one radius ρ, that is shrinks it by
// the θ_r(ρ) that brings its norm to ρ, or by 0 if it is in the ball already. The
// best radius has
//
//	Σ_r θ_r(ρ) = λ·t,
//
// and each θ_r is convex, decreasing and piecewise linear in ρ, so that Newton's
// method from ρ = 0 climbs to it in finitely many steps.
func (h *largestColumn) prox(s []float64, t float64) float64 {
	d := len(s) / h.rank
	h.sort(s, d)
	radius := 0.0
	for {
		excess, slope := -h.lambda*t, 0.0
		for r := range h.rank {
			theta, count := h.shrink(r, d, radius)
			excess += theta
			if count > 0 {
				slope += 1 / float64(count)
			}
		}
		next := radius
		if excess > 0 && slope > 0 {
			next += excess / slope
		}
		if next <= radius*(1+1e-15) {
			break
		}
		radius = next
	}
	for r := range h.rank {
		theta, _ := h.shrink(r, d, radius)
		for i := r; i < len(s); i += h.rank {
			s[i] = soft(s[i], theta, h.nonnegative)
		}
	}
	return h.value(s)
}

// sort prepares sorted and sum for the columns of s.
func (h *largestColumn) sort(s []float64, d int) {
	h.sorted, h.sum = slices.Grow(h.sorted[:0], len(s))[:len(s)], slices.Grow(h.sum[:0], len(s))[:len(s)]
	for r := range h.rank {
		v, sum := h.sorted[r*d:][:d], h.sum[r*d:][:d]
		for j := range v {
			x := s[j*h.rank+r]
			if !h.nonnegative {
				x = math.Abs(x)
			}
			v[j] = -max(0, x)
		}
		slices.Sort(v)
		total := 0.0
		for j := range v {
			v[j] = -v[j]
			total += v[j]
			sum[j] = total
		}
	}
}

// shrink is the θ that brings the ℓ1 norm of column r to the radius, and how many
// entries are larger; 0, 0 if the norm is no larger as it is.
func (h *largestColumn) shrink(r, d int, radius float64) (theta float64, count int) {
	v, sum := h.sorted[r*d:][:d], h.sum[r*d:][:d]
	if sum[d-1] <= radius {
		return 0, 0
	}
	// The entries that stay are the first m, m the last with m·v_m > sum_m − ρ; at
	// least one, for at ρ = 0 all are shrunk to zero by the largest.
	m := max(1, sort.Search(d, func(m int) bool { return float64(m+1)*v[m] <= sum[m]-radius }))
	return (sum[m-1] - radius) / float64(m), m
}

func (h *largestColumn) value(s []float64) float64 {
	largest := 0.0
	for r := range h.rank {
		norm := 0.0
		for i := r; i < len(s); i += h.rank {
			norm += math.Abs(s[i])
		}
		largest = max(largest, norm)
	}
	return h.lambda * largest
}
