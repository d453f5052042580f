package dict

import (
	"context"
	"math"
)

// BlockFISTA is the ℓ1 relaxation,
//
//	min_S ½‖Y − D̂·S·Bᵀ‖² + Σ_r λ_r‖s_r‖₁,  λ_r = Ratio·max_j |⟨d̂_j, Y·b_r⟩|,
//
// solved by accelerated proximal gradients; the k largest magnitudes of every
// column are its support. The most accurate of the relaxations in [C22], also where
// B is badly conditioned. Work: 4·I·d·R flops a step.
//
// References:
//   - [C22], section 3 (Block-FISTA).
type BlockFISTA struct {
	// Ratio of the weights to those at which a column, alone, would be zero.
	// Default: 1e-3.
	Ratio float64
	// Steps is the most steps. Default: 1000.
	Steps int
}

// Name implements [Coder].
func (BlockFISTA) Name() string { return "block FISTA" }

const (
	defaultRatio = 1e-3
	defaultSteps = 1000
)

func (a BlockFISTA) code(ctx context.Context, c *coding) error {
	if a.Ratio <= 0 {
		a.Ratio = defaultRatio
	}
	if a.Steps <= 0 {
		a.Steps = defaultSteps
	}
	f, h := newFista(c), newL1(c)
	h.relative(a.Ratio)
	err := f.run(ctx, h, a.Steps)
	c.choose(f.s)
	if e := c.refine(); err == nil {
		err = e
	}
	return err
}

// l1 is Σ_r λ_r‖s_r‖₁, infinite at negative entries where nonnegative.
type l1 struct {
	top         []float64 // top[r] = max_j |⟨d̂_j, m_r⟩|, the positive part where nonnegative
	lambda      []float64
	nonnegative bool
}

// newL1 finds the weights at which S is zero.
func newL1(c *coding) *l1 {
	h := &l1{top: make([]float64, c.rank), lambda: make([]float64, c.rank), nonnegative: c.nonnegative}
	h.measure(c)
	return h
}

// measure sets top for the present M.
func (h *l1) measure(c *coding) {
	clear(h.top)
	c.pass.run(c.m)
	for i, x := range c.corr {
		if !c.nonnegative {
			x = math.Abs(x)
		}
		h.top[i%c.rank] = max(h.top[i%c.rank], x)
	}
}

func (h *l1) relative(ratio float64) {
	for r, x := range h.top {
		h.lambda[r] = ratio * x
	}
}

func (h *l1) prox(s []float64, t float64) float64 {
	value := 0.0
	rank := len(h.lambda)
	for len(s) > 0 {
		for r, l := range h.lambda {
			x := soft(s[r], l*t, h.nonnegative)
			s[r] = x
			value += l * math.Abs(x)
		}
		s = s[rank:]
	}
	return value
}

func (h *l1) value(s []float64) float64 {
	value := 0.0
	for i, x := range s {
		value += h.lambda[i%len(h.lambda)] * math.Abs(x)
	}
	return value
}

// soft shrinks x by t towards zero, where negative numbers are if they are not
// allowed.
func soft(x, t float64, nonnegative bool) float64 {
	switch {
	case x > t:
		return x - t
	case x < -t && !nonnegative:
		return x + t
	}
	return 0
}
