package matrix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/polyad/polyad/matrix"
)

// The rule on sweeps made by hand: stabilities of 1, 2, … components, of which some are
// mixtures of the others.
func TestSuggestionGoesByTheRule(t *testing.T) {
	for _, c := range []struct {
		stability []float64
		mixture   int // this number has one, to within 1.9 misfits; below 0, to within 2.5
		hi        int
		rank, to  int
		words     []string
	}{
		{[]float64{1, 1, 1, 0.2}, 0, 4, 3, 3, []string{"100 % of the other samples", "of 4 one is found again in 20 % only"}},
		{[]float64{1, 0.3, 0.8, 0.2}, 0, 4, 3, 3, []string{"80 %"}},
		{[]float64{1, 1, 0.79, 0.5, 0.4}, 0, 5, 2, 4, []string{"4 is open: found again in 50 %"}},
		{[]float64{1, 1, 1, 0.1, 0.9}, 5, 5, 3, 3, []string{"5 are found again too, in 90 %", "a mixture of the others to within 1.1°"}},
		{[]float64{1, 1, 1}, 3, 5, 2, 2, []string{"of 3 one is a mixture of the others to within 1.1°, where the model leaves 0.6°"}},
		{[]float64{1, 1, 1}, -3, 5, 2, 3, []string{"3 is open: found again in 100 %, one to within 1.4° a mixture"}},
		{[]float64{1, 1}, 0, 2, 2, 2, []string{"no more than 2 were tried"}},
		{[]float64{1, 1}, 0, 5, 2, 2, []string{"no more independent columns"}},
		{[]float64{1, 0.1, 0}, 0, 3, 1, 1, []string{"no larger number of components is found again"}},
		{[]float64{0.6, 0.1}, 0, 2, 1, 1, nil},
		{[]float64{0.4, 0.1}, 0, 2, 0, 0, []string{"the best only in 40 %"}},
	} {
		var points []matrix.RankPoint
		for k, s := range c.stability {
			p := matrix.RankPoint{Rank: k + 1, Stability: s, Cone: 0.5, Misfit: 0.01}
			switch c.mixture {
			case p.Rank:
				p.Cone = 0.019
			case -p.Rank:
				p.Cone = 0.025
			}
			points = append(points, p)
		}
		a := matrix.Judge(points, c.hi)
		assert.Equal(t, [2]int{c.rank, c.to}, [2]int{a.Rank, a.UpTo}, "%+v: %s", c, a.Reason)
		for _, w := range c.words {
			assert.Contains(t, a.Reason, w)
		}
	}
}
