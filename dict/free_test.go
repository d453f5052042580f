package dict

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// gain is the loss before less the loss after, eigenvalues and all.
func TestScoreWithFreeComponents(t *testing.T) {
	for seed := range uint64(40) {
		rng := newRand(seed)
		rows, k, free := 5+rng.IntN(20), 2+rng.IntN(8), 1+rng.IntN(3)
		z := drawn(rng, rows, min(k, rows), seed%2 == 0)
		if seed%5 == 0 { // squared singular values that are equal
			z = mat.NewDense(rows, 3, nil)
			for c := range 3 {
				z.Set(c, c, 2)
			}
		}
		d := dictionary(t, drawn(rng, rows, 12, seed%2 == 0))
		v := newProjection(&Mode{Dict: d}, z)
		v.free = free
		q := rng.Perm(12)[:rng.IntN(3)]
		rest := v.score(append(q, -1))
		norm := mat.Norm(z, 2)
		require.InDelta(t, leftBy(d, z, q, free), rest, 1e-10*norm*norm, "seed %d", seed)
		for j, g := range v.gain {
			want := rest - leftBy(d, z, append(slices.Clone(q), j), free)
			require.InDelta(t, want, g, 1e-9*norm*norm, "seed %d, atom %d after %v, %d free", seed, j, q, free)
		}
	}
}

// leftBy is Σ_{s>f} σ_s² of what the atoms leave of z.
func leftBy(d *Dictionary, z *mat.Dense, k []int, f int) float64 {
	rows, cols := z.Dims()
	left := mat.DenseCopyOf(z)
	if len(k) > 0 {
		var s mat.SVD
		s.Factorize(d.Columns(k, false), mat.SVDThinU)
		var u, c, p mat.Dense
		s.UTo(&u)
		basis := u.Slice(0, rows, 0, min(rows, len(slices.Compact(sorted(k)))))
		c.Mul(basis.T(), z)
		p.Mul(basis, &c)
		left.Sub(left, &p)
	}
	var s mat.SVD
	s.Factorize(left, mat.SVDNone)
	sum := 0.0
	for _, x := range s.Values(nil)[min(f, rows, cols):] {
		sum += x * x
	}
	return sum
}

// The K step with free components is the best of all choices with so many.
func TestChoiceWithFreeComponentsIsExact(t *testing.T) {
	for seed := range uint64(150) {
		rng := newRand(seed)
		rank, atoms, rows := 2+rng.IntN(3), 3+rng.IntN(3), 4
		m := Mode{Dict: dictionary(t, drawn(rng, rows, atoms, false)), Distinct: seed%2 == 0, Match: []Match{Correlation, Angle}[rng.IntN(2)]}
		if rng.IntN(2) == 0 {
			for range atoms {
				m.Group = append(m.Group, rng.IntN(2))
			}
			m.Bounds = []assign.Bound{{Min: rng.IntN(2), Max: -1}, {Min: 0, Max: 1 + rng.IntN(2)}}
		}
		m.Free = assign.Bound{Min: 0, Max: 1 + rng.IntN(2)}
		if m.check([]int{rows}, rank) != nil {
			continue
		}
		m.rank, m.free = rank, m.mostFree(rank)
		a := drawn(rng, rows, rank, false)
		c := newChooser(&m, rank, false)
		require.NoError(t, c.choose(a), "seed %d", seed)
		require.Equal(t, m.free, freeIn(c.atoms))
		require.True(t, permitted(m, c.atoms), "seed %d: %v", seed, c.atoms)
		total := func(k []int) float64 {
			sum := 0.0
			for r, j := range k {
				if j >= 0 {
					x := mat.Dot(m.Dict.Columns([]int{j}, false).ColView(0), a.ColView(r)) / mat.Norm(a.ColView(r), 2)
					sum += m.Match.cost(x, 1, 1, false)
				}
			}
			return sum
		}
		least := math.Inf(1)
		choices(rank, atoms+1, func(k []int) {
			k = slices.Clone(k)
			for r := range k {
				k[r]--
			}
			if freeIn(k) == m.free && permitted(m, k) {
				least = min(least, total(k))
			}
		})
		require.InDelta(t, least, total(c.atoms), 1e-12, "seed %d: %v", seed, c.atoms)
	}
}

// planted is a model of which the last free columns of mode 0 are of no atom.
func plantedFree(seed uint64, dims []int, rank, free int, nonnegative bool, noise float64) (*tensor.Dense, *mat.Dense, []int) {
	rng := newRand(seed)
	atoms := drawn(rng, dims[0], 40, nonnegative)
	planted := rng.Perm(40)[:rank-free]
	var factors []*mat.Dense
	for n, size := range dims {
		a := drawn(rng, size, rank, nonnegative)
		if n == 0 {
			for r, j := range planted {
				a.SetCol(r, mat.Col(nil, j, atoms))
			}
		}
		factors = append(factors, a)
	}
	return noisy(rng, noise, factors...), atoms, planted
}

func TestFreeComponentsBesideAtoms(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	for _, c := range []struct {
		dims   []int
		method cpd.Method
	}{
		{[]int{20, 60}, cpd.LeastSquares{}},
		{[]int{20, 60}, cpd.HALS{}},
		{[]int{20, 9, 8}, cpd.LeastSquares{}},
		{[]int{20, 9, 8}, cpd.HALS{}},
	} {
		for _, a := range []Algorithm{Project{}, Hard{}, Flexible{}, SOMP{}, Swap{}} {
			for _, seed := range seeds(2, 1) {
				what := fmt.Sprintf("%v, %T, %s", c.dims, c.method, label(a, seed))
				x, atoms, planted := plantedFree(seed, c.dims, 4, 1, c.method.Nonnegative(), 0.01)
				modes := []Mode{{N: 0, Dict: dictionary(t, atoms), Distinct: true, Free: assign.Bound{Min: 1, Max: 1}}}
				r, err := Decompose(t.Context(), x, 4, modes, &Options{Algorithm: a, Methods: same(c.method, len(c.dims)), Starts: 3})
				require.NoError(t, err, what)
				checkResult(t, x, 4, modes, r)
				if _, swap := a.(Swap); swap {
					require.ElementsMatch(t, append(planted, -1), r.Atoms[0], what)
					require.InDelta(t, 0.01, r.RelativeError, 0.003, what)
				}
			}
		}
	}
}

// Of up to two free components one is needed: the others become atoms, in number by
// Akaike's criterion, and the mode without dictionary keeps the scale.
func TestFreeComponentsBecomeAtomsThatExplainAsMuch(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(4, 2) {
		for _, dims := range [][]int{{25, 70}, {25, 8, 9}} {
			x, atoms, planted := plantedFree(seed, dims, 4, 1, false, 0.02)
			modes := []Mode{{N: 0, Dict: dictionary(t, atoms), Distinct: true, Free: assign.Bound{Min: 0, Max: 2}}}
			r, err := Decompose(t.Context(), x, 4, modes, &Options{Starts: 3, Seed: seed})
			require.NoError(t, err)
			checkResult(t, x, 4, modes, r)
			require.ElementsMatch(t, append(planted, -1), r.Atoms[0], "seed %d, %v", seed, dims)
		}
	}
}

// Free components count towards no group, and leave groups their lower bounds.
func TestFreeComponentsWithinBounds(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	x, atoms, _ := plantedFree(3, []int{20, 60}, 4, 2, true, 0.01)
	group := make([]int, 40)
	for j := range group {
		group[j] = j % 2
	}
	for _, distinct := range []bool{false, true} {
		modes := []Mode{{
			N: 0, Dict: dictionary(t, atoms), Distinct: distinct, Group: group, Free: assign.Bound{Min: 0, Max: -1},
			Bounds: []assign.Bound{{Min: 2, Max: 2}, {Min: 1, Max: -1}},
		}}
		for _, a := range []Algorithm{Project{}, Hard{}, Flexible{}, SOMP{}, Swap{}} {
			r, err := Decompose(t.Context(), x, 4, modes, &Options{Algorithm: a, Methods: same(cpd.HALS{}, 2)})
			require.NoError(t, err, a.Name())
			checkResult(t, x, 4, modes, r)
		}
	}
}

// As many components as there are atoms, and one that has to be free.
func TestFreeComponentsThatAtomsCannotReplace(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(17)
	d := dictionary(t, drawn(rng, 12, 3, true))
	two := Mode{Dict: d, Distinct: true, Group: []int{0, 0, 0}, Bounds: []assign.Bound{{Min: 0, Max: 2}}}
	for _, c := range []struct {
		m     Mode
		rank  int
		dims  []int
		least int
	}{
		{Mode{Dict: d, Distinct: true}, 4, []int{12, 30}, 1},
		{Mode{Dict: d, Distinct: true}, 4, []int{12, 7, 6}, 1},
		{two, 3, []int{12, 30}, 1},
		{two, 4, []int{12, 30}, 2},
	} {
		c.m.Free = assign.Bound{Min: 0, Max: c.least}
		var truth []*mat.Dense
		for _, size := range c.dims {
			truth = append(truth, drawn(rng, size, c.rank, true))
		}
		r, err := Decompose(t.Context(), noisy(rng, 0.05, truth...), c.rank, []Mode{c.m}, &Options{Methods: same(cpd.NNLS{}, len(c.dims))})
		require.NoError(t, err)
		require.Equal(t, c.least, freeIn(r.Atoms[0]), "%v", r.Atoms)
	}
}

func TestFreeComponentsAreRefused(t *testing.T) {
	x, atoms, _ := plantedFree(1, []int{20, 60}, 4, 2, true, 0.01)
	d := dictionary(t, atoms)
	for _, c := range []struct {
		mode Mode
		o    Options
		kind error
		text string
	}{
		{Mode{Dict: d, Free: assign.Bound{Min: 2, Max: 1}}, Options{}, ErrBounds, "2..1"},
		{Mode{Dict: d, Free: assign.Bound{Min: 5, Max: 6}}, Options{}, ErrBounds, "at least 5 free components of 4"},
		{Mode{Dict: d, Free: assign.Bound{Min: 0, Max: 1}, PerComponent: 2}, Options{}, ErrOptions, "Free"},
		{Mode{Dict: d, Free: assign.Bound{Min: 0, Max: 1}}, Options{Algorithm: Gradient{}}, ErrOptions, "use Swap"},
		{Mode{Dict: d, Free: assign.Bound{Min: 3, Max: 3}, Group: make([]int, 40), Bounds: []assign.Bound{{Min: 2, Max: -1}}}, Options{}, ErrBounds, "for 1 components"},
	} {
		_, err := Decompose(t.Context(), x, 4, []Mode{c.mode}, &c.o)
		require.ErrorIs(t, err, c.kind)
		require.ErrorContains(t, err, c.text)
	}
}
