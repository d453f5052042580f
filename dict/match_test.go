package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// costs are the R×d costs of a mode's rule.
func costs(t testing.TB, m *Mode, a *mat.Dense, signed bool) *mat.Dense {
	t.Helper()
	_, atoms := m.Dict.Dims()
	rows, rank := a.Dims()
	u, norm, cost := mat.NewDense(rows, rank, nil), make([]float64, rank), mat.NewDense(rank, atoms, nil)
	rule := m.rule()
	require.NoError(t, rule.prepare(u, norm, make([]float64, rows), a))
	newPass(m.Dict, rule.scaling(m.Dict), rank, func(_, first int, c []float64) {
		for k, x := range c {
			j, r := first+k/rank, k%rank
			cost.Set(r, j, rule.cost(x, norm[r], m.Dict.norms[j], signed))
		}
	}).run(u)
	return cost
}

// Every rule against its formula, signed and with the sign free, over all pairs.
func TestMatchCostsAreTheirFormulas(t *testing.T) {
	rng := newRand(8)
	rows, atoms, rank := 7, 23, 4
	a, d := drawn(rng, rows, rank, false), dictionary(t, drawn(rng, rows, atoms, false))
	dot := func(x, y []float64) (s float64) {
		for i := range x {
			s += x[i] * y[i]
		}
		return s
	}
	less := func(x []float64) []float64 {
		m := stat.Mean(x, nil)
		y := make([]float64, len(x))
		for i := range x {
			y[i] = x[i] - m
		}
		return y
	}
	cosine := func(x, y []float64) float64 { return dot(x, y) / math.Sqrt(dot(x, x)*dot(y, y)) }
	formula := map[Match]func(x, y []float64) float64{
		Correlation:      func(x, y []float64) float64 { return -cosine(x, y) },
		Angle:            func(x, y []float64) float64 { return math.Acos(cosine(x, y)) },
		MeanRemovedAngle: func(x, y []float64) float64 { return math.Acos(cosine(less(x), less(y))) },
		Distance: func(x, y []float64) (s float64) {
			for i := range x {
				s += (x[i] - y[i]) * (x[i] - y[i])
			}
			return s
		},
		ScaledDistance: func(x, y []float64) (s float64) {
			by := max(0, dot(x, y)/dot(y, y))
			for i := range x {
				s += (x[i] - by*y[i]) * (x[i] - by*y[i])
			}
			return s
		},
	}
	formula[Loss] = formula[ScaledDistance] // before there are M and G
	for m, f := range formula {
		for _, signed := range []bool{true, false} {
			cost := costs(t, &Mode{Dict: d, Match: m}, a, signed)
			for r := range rank {
				for j := range atoms {
					x, y := mat.Col(nil, r, a), d.Atom(j)
					want := f(x, y)
					if !signed {
						for i := range x {
							x[i] = -x[i]
						}
						want = math.Min(want, f(x, y))
					}
					require.InDelta(t, want, cost.At(r, j), 1e-12, "%v, signed %v", m, signed)
				}
			}
		}
	}
}

// Columns and atoms at which a formula has no value get a cost that is one.
func TestMatchCostsAreFinite(t *testing.T) {
	d := dictionary(t, mat.NewDense(3, 3, []float64{0.1, 1, 1, 0.1, 2, 0, 0.1, 3, 0}))
	a := mat.NewDense(3, 3, []float64{0, 0.3, 1, 0, 0.3, 2, 0, 0.3, 3}) // zero, constant, atom 1
	for m := Correlation; m <= Loss; m++ {
		cost := costs(t, &Mode{Dict: d, Match: m}, a, true)
		for r := range 3 {
			for j := range 3 {
				require.False(t, math.IsNaN(cost.At(r, j)) || math.IsInf(cost.At(r, j), 0), "%v", m)
			}
		}
		if m != Distance {
			require.Equal(t, cost.At(0, 0), cost.At(0, 1), "%v: a zero column is as far from every atom", m)
		}
		require.Equal(t, 1, floats.MinIdx(cost.RawRowView(2)), "%v", m)
	}
	cost := costs(t, &Mode{Dict: d, Match: MeanRemovedAngle}, a, true)
	for r := range 3 {
		require.Equal(t, math.Pi/2, cost.At(r, 0), "a constant atom is at a right angle to column %d", r)
		require.Equal(t, math.Pi/2, cost.At(1, r), "a constant column is at a right angle to atom %d", r)
	}
	require.Equal(t, "dict.Match(9)", Match(9).String())
}

// The target of a choice is at the side of the column where signs are free.
func TestChooserTurnsAtoms(t *testing.T) {
	d := dictionary(t, mat.NewDense(2, 3, []float64{2, 0, 3, 0, 5, 3}))
	a := mat.NewDense(2, 2, []float64{0.1, -4, -3, 0.1})
	for _, physical := range []bool{false, true} {
		c := newChooser(&Mode{Dict: d, Physical: physical}, 2, false)
		require.NoError(t, c.choose(a))
		require.Equal(t, []int{1, 0}, c.atoms)
		want := mat.NewDense(2, 2, []float64{0, -1, -1, 0})
		if physical {
			want = mat.NewDense(2, 2, []float64{0, -2, -5, 0})
		}
		require.True(t, mat.Equal(want, c.target))
	}
	c := newChooser(&Mode{Dict: d}, 2, true)
	require.NoError(t, c.choose(a))
	require.Equal(t, []int{0, 1}, c.atoms, "signed, the opposite of an atom is the farthest from it")
	require.Equal(t, []float64{1, 1}, c.sign)
}

// The data-aware rule is the loss: for every component and atom the very ‖X − X̂‖² of
// the model with the atom in the component's place, at the best scale that its sign
// allows or at its own, up to what is the same for all atoms of the component; also
// where the factor is far from what the data ask for.
func TestLossIsTheLoss(t *testing.T) {
	for _, physical := range []bool{false, true} {
		for _, signed := range []bool{false, true} {
			rng := newRand(4)
			rank, atoms := 3, 11
			factors := []*mat.Dense{drawn(rng, 6, rank, false), drawn(rng, 5, rank, false), drawn(rng, 4, rank, false)}
			x := noisy(rng, 0.3, drawn(rng, 6, rank, false), drawn(rng, 5, rank, false), drawn(rng, 4, rank, false))
			m := &Mode{N: 1, Dict: dictionary(t, drawn(rng, 5, atoms, false)), Match: Loss, Physical: physical}
			mttkrp := mat.NewDense(5, rank, nil)
			x.MTTKRP(mttkrp, factors, 1)
			g := tensor.HadamardOfGrams(factors, 1)

			c := newChooser(m, rank, signed)
			require.NoError(t, c.chooseFor(factors[1], mttkrp, g))
			cost := costs(t, m, c.asked, signed)
			for r := range rank {
				var offset float64
				for j := range atoms {
					got := g.At(r, r) * cost.At(r, j)
					want := math.Inf(1)
					for _, sign := range []float64{1, -1} {
						if sign < 0 && signed {
							continue
						}
						want = min(want, slowLoss(x, factors, r, m.Dict.Atom(j), sign, physical))
					}
					if j == 0 {
						offset = want - got
					}
					require.InDelta(t, offset, want-got, 1e-10*x.SquaredNorm(), "component %d, atom %d", r, j)
				}
				require.Equal(t, floats.MinIdx(cost.RawRowView(r)), c.atoms[r])
			}
		}
	}
}

// slowLoss is ‖X − X̂‖² with the atom for column r of factor 1, its sign given, at the
// best of all scales ≥ 0 unless that is fixed.
func slowLoss(x *tensor.Dense, factors []*mat.Dense, r int, atom []float64, sign float64, fixed bool) float64 {
	at := func(scale float64) float64 {
		f := []*mat.Dense{factors[0], mat.DenseCopyOf(factors[1]), factors[2]}
		for i, v := range atom {
			f[1].Set(i, r, sign*scale*v)
		}
		e := slowError(x, tensor.NewKruskal(f...))
		return e * e * x.SquaredNorm()
	}
	if fixed {
		return at(1)
	}
	// A parabola in the scale.
	zero, one, two := at(0), at(1), at(2)
	a, b := (two-2*one+zero)/2, (4*one-two-3*zero)/2
	s := max(0, -b/(2*a))
	return zero + b*s + a*s*s
}

// Within distinct atoms and bounds the choice has the least total of all feasible ones,
// for every rule and with columns of different worth.
func TestChoicesAreTheBestOfAll(t *testing.T) {
	for seed := range uint64(60) {
		rng := newRand(seed)
		rank := 1 + rng.IntN(3)
		d := dictionary(t, drawn(rng, 4, 7, false))
		m := mixed(rng, d, rank)
		m.Match = Match(int(seed) % 6)
		a, w, g := drawn(rng, 4, rank, false), drawn(rng, 4, rank, false), mat.NewSymDense(rank, nil)
		tensor.Gram(g, drawn(rng, 5, rank, false))
		signed := rng.IntN(2) == 0
		c := newChooser(m, rank, signed)
		require.NoError(t, c.chooseFor(a, w, g))
		compared := a
		if m.Match == Loss {
			compared = c.asked
		}
		cost := costs(t, m, compared, signed)
		for r := range rank {
			if m.Match == Loss {
				floats.Scale(g.At(r, r), cost.RawRowView(r))
			}
		}
		least := math.Inf(1)
		choices(rank, 7, func(k []int) {
			if permitted(*m, k) {
				least = min(least, total(cost, k))
			}
		})
		require.True(t, permitted(*m, c.atoms))
		require.InDelta(t, least, total(cost, c.atoms), 1e-12*(1+math.Abs(least)), "%v, seed %d", m.Match, seed)
	}
}

// Under a distance the target is the point that the penalty measures from: the closest
// multiple of the atom, or the atom itself where the scale is fixed.
func TestTargetsAreWhatTheRuleMeasures(t *testing.T) {
	rng := newRand(9)
	d, a := dictionary(t, drawn(rng, 6, 20, false)), drawn(rng, 6, 3, false)
	for _, m := range []*Mode{{Dict: d, Match: ScaledDistance, Distinct: true}, {Dict: d, Match: Distance, Distinct: true, Physical: true}} {
		c := newChooser(m, 3, false)
		require.NoError(t, c.choose(a))
		var e mat.Dense
		e.Sub(a, c.target)
		require.InDelta(t, total(costs(t, m, a, false), c.atoms), mat.Norm(&e, 2)*mat.Norm(&e, 2), 1e-12)
	}
}

// Every rule leads the algorithms that use it to planted atoms.
func TestEveryRuleFindsPlantedAtoms(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	rng := newRand(6)
	d := dictionary(t, drawn(rng, 15, 60, true))
	planted := []int{3, 17, 40}
	x := noisy(rng, 0.02, drawn(rng, 9, 3, true), d.Columns(planted, true), drawn(rng, 8, 3, true))
	for match := Correlation; match <= Loss; match++ {
		for _, physical := range []bool{false, true} {
			if match == Distance && !physical {
				continue // amplitudes that mean nothing
			}
			modes := []Mode{{N: 1, Dict: d, Match: match, Distinct: true, Physical: physical}}
			for _, a := range []Algorithm{Hard{}, Smooth{}, Flexible{}} {
				r, err := Decompose(t.Context(), x, 3, modes, &Options{Methods: same(cpd.HALS{}, 3), Algorithm: a, Starts: 2})
				require.NoError(t, err)
				checkResult(t, x, 3, modes, r)
				if match != Distance { // the fit without dictionary knows nothing of amplitudes
					require.Equal(t, planted, sorted(r.Atoms[1]), "%v, physical %v, %s", match, physical, a.Name())
				}
			}
		}
	}
}
