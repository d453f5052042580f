package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// A Noise says how strong the white Gaussian noise on a signal is. Where a
// Noise is asked for, nil is none.
type Noise interface {
	// Deviation is the standard deviation σ for a signal of n entries with the
	// given squared norm.
	Deviation(squaredNorm float64, n int) (float64, error)
}

// SNR is a signal-to-noise ratio in dB, 10·log10(‖S‖²/(σ²n)); +Inf is no noise.
type SNR float64

// Deviation implements [Noise]: σ = √(‖S‖²/n)·10^(−SNR/20).
func (db SNR) Deviation(squaredNorm float64, n int) (float64, error) {
	if v := float64(db); math.IsNaN(v) || math.IsInf(v, -1) {
		return 0, fmt.Errorf("%w: SNR %v dB; it is finite or +Inf", ErrOptions, v)
	}
	return math.Sqrt(squaredNorm/float64(n)) * math.Pow(10, -float64(db)/20), nil
}

// SD is a standard deviation, in the units of the signal.
type SD float64

// Deviation implements [Noise].
func (sd SD) Deviation(float64, int) (float64, error) {
	if v := float64(sd); !(v >= 0) || math.IsInf(v, 1) {
		return 0, fmt.Errorf("%w: noise deviation %v; it is finite and not negative", ErrOptions, v)
	}
	return float64(sd), nil
}

// addNoise adds σ·N(0,1) to every entry of the signal and returns σ.
func addNoise(signal []float64, noise Noise, rng *rand.Rand) (float64, error) {
	if noise == nil {
		return 0, nil
	}
	norm := floats.Norm(signal, 2)
	sd, err := noise.Deviation(norm*norm, len(signal))
	if err != nil || sd == 0 {
		return 0, err
	}
	for i := range signal {
		signal[i] += sd * rng.NormFloat64()
	}
	return sd, nil
}
