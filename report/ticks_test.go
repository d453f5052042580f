package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func labels(ts []tick) (out []string) {
	for _, t := range ts {
		out = append(out, t.label)
	}
	return out
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		n      int
		least  float64
		want   []string
	}{
		{0, 1, 6, 0, []string{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{380, 2500, 7, 0, []string{"500", "1000", "1500", "2000", "2500"}},
		{0, 1.02, 7, 1, []string{"0", "1"}},
		{0, 30.6, 7, 1, []string{"0", "5", "10", "15", "20", "25", "30"}},
		{-0.25, 0.3, 5, 0, []string{"−0.2", "0.0", "0.2"}},
		{0, 0.085, 4, 0, []string{"0.00", "0.02", "0.04", "0.06", "0.08"}},
		{2e7, 6e7, 4, 0, []string{"2e7", "3e7", "4e7", "5e7", "6e7"}},
		{1e-6, 5e-6, 4, 0, []string{"1e−6", "2e−6", "3e−6", "4e−6", "5e−6"}},
	} {
		require.Equal(t, c.want, labels(linearTicks(c.lo, c.hi, c.n, c.least)), "%g to %g", c.lo, c.hi)
	}
	require.Equal(t, []string{"0.001", "0.01", "0.1", "1"}, labels(logTicks(0.001, 1, 6)))
	require.Equal(t, []string{"0.05", "0.1", "0.2"}, labels(logTicks(0.048, 0.42, 6)))
	require.Equal(t, []string{"1e−12", "1e−9", "1e−6", "0.001", "1"}, labels(logTicks(1e-12, 1, 5)))
	require.Equal(t, []string{"0.022", "0.024", "0.026"}, labels(logTicks(0.0215, 0.0275, 5)))
}

// Ticks ascend, lie on the axis, are two at least and not many, and no two
// carry the same label.
func TestTicksServeEveryRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := math.Pow(10, rapid.Float64Range(-140, 140).Draw(t, "decade"))
		lo := size * rapid.Float64Range(-1, 1).Draw(t, "lo")
		hi := lo + size*math.Pow(10, rapid.Float64Range(-6, 1).Draw(t, "width"))
		lo, hi = extent(lo, hi)
		all := [][]tick{linearTicks(lo, hi, 6, 0)}
		if lo > 0 {
			all = append(all, logTicks(lo, hi, 6))
		}
		for _, ts := range all {
			if len(ts) < 2 || len(ts) > 14 {
				t.Fatalf("%g to %g: %d ticks: %v", lo, hi, len(ts), ts)
			}
			for i, k := range ts {
				if k.value < lo || k.value > hi || i > 0 && (k.value <= ts[i-1].value || k.label == ts[i-1].label) {
					t.Fatalf("%g to %g: tick %d of %v", lo, hi, i, ts)
				}
			}
		}
	})
}
