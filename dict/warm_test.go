package dict

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// Updates of columns near atoms and of columns of rank one never raise the loss, keep to
// what they promise, and allocate nothing once they are warm.
func TestUpdatesOfHeldModes(t *testing.T) {
	rows, rank := 12, 3
	for seed := range uint64(20) {
		rng := newRand(seed)
		m, b := drawn(rng, rows, rank, true), drawn(rng, 9, rank, true)
		g := mat.NewSymDense(rank, nil)
		g.SymOuterK(1, b.T())
		d := drawn(rng, rows, rank, true)
		for name, method := range map[string]cpd.Method{
			"near":               approached{d, []bool{false, true, false}, 0.2, false, false},
			"near, nonnegative":  approached{d, []bool{false, false, false}, 0.2, false, true},
			"near, physical":     approached{d, []bool{false, true, false}, 0.2, true, true},
			"rank one":           rankOneColumns{[]int{3, 4}, []bool{true, true}},
			"rank one, one ≥ 0":  rankOneColumns{[]int{4, 3}, []bool{false, true}},
			"rank one of triple": rankOneColumns{[]int{2, 3, 2}, []bool{false, false, false}},
		} {
			what := fmt.Sprintf("%s, seed %d", name, seed)
			u := method.Begin(rows, rank)
			a := mat.DenseCopyOf(d)
			if r, ok := u.(*rankOneUpdater); ok {
				for c := range rank {
					v := mat.Col(nil, c, d)
					r.fit(v, nil)
					r.columnTo(v)
					a.SetCol(c, v)
				}
			}
			last := normalLoss(a, m, g)
			for range 4 {
				require.NoError(t, u.Update(a, m, g))
				now := normalLoss(a, m, g)
				require.LessOrEqual(t, now, last+1e-9, what)
				last = now
			}
			if method.Nonnegative() {
				require.GreaterOrEqual(t, mat.Min(a), 0.0, what)
			}
			if seed == 0 {
				require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, u.Update(a, m, g)) }), what)
			}
			if r, ok := method.(rankOneColumns); ok && len(r.shape) == 2 {
				for c := range rank {
					var s mat.SVD
					s.Factorize(mat.NewDense(r.shape[0], r.shape[1], mat.Col(nil, c, a)), mat.SVDNone)
					require.LessOrEqual(t, s.Values(nil)[1], 1e-12*(1+s.Values(nil)[0]), what)
				}
			}
		}
	}
}

// normalLoss is ½⟨A·G, A⟩ − ⟨M, A⟩.
func normalLoss(a, m *mat.Dense, g *mat.SymDense) float64 {
	var ag, x, y mat.Dense
	ag.Mul(a, g)
	x.MulElem(&ag, a)
	y.MulElem(m, a)
	return mat.Sum(&x)/2 - mat.Sum(&y)
}
