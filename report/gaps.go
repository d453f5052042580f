package report

import (
	"math"
	"sort"

	"gonum.org/v1/plot/plotter"
)

const (
	// jump is how many times the usual step a step must be to count as a gap:
	// one band missing from a regular axis doubles it.
	jump = 1.75
	// reach is how many steps to either side tell what is usual. Instruments
	// change their step along the axis, so the whole axis cannot tell.
	reach = 4
	// fewBands is the number of points below which steps say nothing: the
	// bands of a multispectral sensor lie anywhere.
	fewBands = 20
)

// jumps says for each point of an ascending axis whether a gap lies before it:
// the step is more than 1.75 times the median of the steps around.
func jumps(axis []float64) []bool {
	gap := make([]bool, len(axis))
	if len(axis) < fewBands {
		return gap
	}
	step := make([]float64, len(axis)-1)
	for i := range step {
		step[i] = axis[i+1] - axis[i]
	}
	near := make([]float64, 0, 2*reach+1)
	for i, d := range step {
		near = append(near[:0], step[max(0, i-reach):min(len(step), i+reach+1)]...)
		sort.Float64s(near)
		gap[i+1] = d > jump*near[(len(near)-1)/2]
	}
	return gap
}

// pieces cuts a curve where gap says and where y is NaN.
func pieces(x, y []float64, gap []bool) []plotter.XYs {
	var out []plotter.XYs
	open := false
	for i := range x {
		if math.IsNaN(y[i]) {
			open = false
			continue
		}
		if !open || gap != nil && gap[i] {
			out = append(out, nil)
		}
		last := len(out) - 1
		out[last] = append(out[last], plotter.XY{X: x[i], Y: y[i]})
		open = true
	}
	return out
}
