package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ProjectOmega projects the columns of c, which it overwrites.
func ProjectOmega(c *mat.Dense, w []float64, top float64) {
	_, n := c.Dims()
	var o omegaRow
	for i := range n {
		row := mat.Col(nil, i, c)
		o.project(row, w, i, top)
		c.SetCol(i, row)
	}
}

// MinimumEllipsoid returns the weights of the columns of y and y mapped to the ball.
func MinimumEllipsoid(y *mat.Dense) ([]float64, *mat.Dense) {
	w, err := minimumEllipsoid(context.Background(), y)
	if err != nil {
		panic(err)
	}
	return w, toBall(y, w)
}

// Judge is the suggestion of SuggestRank for a sweep up to hi components.
func Judge(points []RankPoint, hi int) *RankAdvice {
	a := &RankAdvice{Points: points}
	a.judge(hi)
	return a
}

// ExchangeGains is what every column is estimated to take off in place k of a choice,
// with the fit by the other columns, n×(r−1), and which these are.
func ExchangeGains(x *mat.Dense, choice []int, k int) (gain []float64, fit *mat.Dense, columns []int) {
	d, err := newSelectionData(x, len(choice))
	if err != nil {
		panic(err)
	}
	w := newExchange(&d, choice)
	if err := w.fit(); err != nil {
		panic(err)
	}
	w.small.take(w)
	others := w.others(k)
	for _, o := range others {
		columns = append(columns, w.index[o])
	}
	if err := w.estimate.take(w, others); err != nil {
		panic(err)
	}
	gain = make([]float64, d.n)
	w.estimate.gains(w, others, all(d.n), gain)
	for j := range gain {
		gain[j] /= d.scale * d.scale
	}
	return gain, w.estimate.h, columns
}

// LeastAbsolute is the x in a box from zero to top with the least ‖b − A·x‖₁, and that.
func LeastAbsolute(a *mat.Dense, b, top []float64) ([]float64, float64) {
	m, k := a.Dims()
	s := pieces{k: k, a: a.RawMatrix().Data, b: b, c: make([]float64, k), top: top}
	for range m {
		s.up, s.down = append(s.up, 1), append(s.down, 1)
	}
	s.begin()
	value := s.solve(context.Background(), 1000, math.Inf(-1))
	return s.x, value
}
