package cpd

import "math"

// A Loss says how bad a model value m is for a data value x. [Generalized] minimises
// its sum over all known cells. It is a value without state, and is called from
// several goroutines at once.
type Loss interface {
	// At is f(x, m) and its derivative with respect to m.
	At(x, m float64) (value, slope float64)
	// Nonnegative says whether f is defined for m ≥ 0 alone, as factors ≥ 0 make it.
	Nonnegative() bool
	// Accepts says whether x is a value that data may have.
	Accepts(x float64) bool
}

// aboveZero keeps logarithms and quotients finite where the model is zero.
const aboveZero = 1e-10

// Gaussian is (x − m)², for data with errors of equal size: least squares.
type Gaussian struct{}

// At implements [Loss].
func (Gaussian) At(x, m float64) (value, slope float64) { return (x - m) * (x - m), 2 * (m - x) }

// Nonnegative implements [Loss].
func (Gaussian) Nonnegative() bool { return false }

// Accepts implements [Loss].
func (Gaussian) Accepts(float64) bool { return true }

// Huber is (x − m)² up to |x − m| = Delta and grows linearly beyond, so that a few data
// values may be far off.
type Huber struct {
	Delta float64 // Default: 1.
}

// At implements [Loss].
func (h Huber) At(x, m float64) (value, slope float64) {
	delta := h.Delta
	if delta <= 0 {
		delta = 1
	}
	switch d := m - x; {
	case d > delta:
		return delta * (2*d - delta), 2 * delta
	case d < -delta:
		return delta * (-2*d - delta), -2 * delta
	default:
		return d * d, 2 * d
	}
}

// Nonnegative implements [Loss].
func (Huber) Nonnegative() bool { return false }

// Accepts implements [Loss].
func (Huber) Accepts(float64) bool { return true }

// Poisson is m − x·log m, for counts x whose expectation is the model: the divergence
// of Kullback and Leibler but for a constant.
type Poisson struct{}

// At implements [Loss].
func (Poisson) At(x, m float64) (value, slope float64) {
	return m - x*math.Log(m+aboveZero), 1 - x/(m+aboveZero)
}

// Nonnegative implements [Loss].
func (Poisson) Nonnegative() bool { return true }

// Accepts implements [Loss].
func (Poisson) Accepts(x float64) bool { return x >= 0 }

// PoissonLog is eᵐ − x·m, for counts x of expectation eᵐ. The model may have any sign.
type PoissonLog struct{}

// At implements [Loss].
func (PoissonLog) At(x, m float64) (value, slope float64) {
	e := math.Exp(m)
	return e - x*m, e - x
}

// Nonnegative implements [Loss].
func (PoissonLog) Nonnegative() bool { return false }

// Accepts implements [Loss].
func (PoissonLog) Accepts(x float64) bool { return x >= 0 }

// BernoulliOdds is log(1 + m) − x·log m, for x of 0 and 1, the model being the odds that
// x is 1: their probability is m/(1+m). Values between 0 and 1 are taken as frequencies.
type BernoulliOdds struct{}

// At implements [Loss].
func (BernoulliOdds) At(x, m float64) (value, slope float64) {
	return math.Log1p(m) - x*math.Log(m+aboveZero), 1/(1+m) - x/(m+aboveZero)
}

// Nonnegative implements [Loss].
func (BernoulliOdds) Nonnegative() bool { return true }

// Accepts implements [Loss].
func (BernoulliOdds) Accepts(x float64) bool { return x >= 0 && x <= 1 }

// BernoulliLogit is log(1 + eᵐ) − x·m, for x of 0 and 1, the model being the logarithm of
// the odds that x is 1. The model may have any sign.
type BernoulliLogit struct{}

// At implements [Loss].
func (BernoulliLogit) At(x, m float64) (value, slope float64) {
	e := math.Exp(-math.Abs(m)) // never overflows
	p := 1 / (1 + e)
	if m < 0 {
		p = e / (1 + e)
	}
	return max(m, 0) + math.Log1p(e) - x*m, p - x
}

// Nonnegative implements [Loss].
func (BernoulliLogit) Nonnegative() bool { return false }

// Accepts implements [Loss].
func (BernoulliLogit) Accepts(x float64) bool { return x >= 0 && x <= 1 }

// Rayleigh is 2·log m + π/4·(x/m)², for x ≥ 0, as magnitudes of noise are, of
// expectation m.
type Rayleigh struct{}

// At implements [Loss].
func (Rayleigh) At(x, m float64) (value, slope float64) {
	m += aboveZero
	q := x / m
	return 2*math.Log(m) + math.Pi/4*q*q, (2 - math.Pi/2*q*q) / m
}

// Nonnegative implements [Loss].
func (Rayleigh) Nonnegative() bool { return true }

// Accepts implements [Loss].
func (Rayleigh) Accepts(x float64) bool { return x >= 0 }

// Gamma is x/m + log m, for x > 0 with errors in proportion to m.
type Gamma struct{}

// At implements [Loss].
func (Gamma) At(x, m float64) (value, slope float64) {
	m += aboveZero
	return x/m + math.Log(m), (1 - x/m) / m
}

// Nonnegative implements [Loss].
func (Gamma) Nonnegative() bool { return true }

// Accepts implements [Loss].
func (Gamma) Accepts(x float64) bool { return x > 0 }
