package matrix

import (
	"context"

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
