// Package constrainttest tests the promises of a constraint.Constraint.
package constrainttest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// Check tests, over all shapes up to 9×4 and a long one that c does not refuse, that
//
//   - Prox is a minimiser: p = prox(V) is allowed, and no allowed matrix that random
//     proposals and a search by small moves find has a lower h + ‖· − V‖²/(2t);
//   - of a convex h, ⟨V − p, q − p⟩ ≤ t·(h(q) − h(p)) for allowed q, which proves p,
//     ‖p − p′‖² ≤ ⟨p − p′, V − V′⟩, and h at a midpoint is at most the mean;
//   - projections are idempotent and do not depend on the step;
//   - units are independent: parts of a factor give the same bits as the whole, and
//     nothing outside of a part is touched;
//   - NaNs stay visible, and in their units;
//   - the other facts are true; the operator serves several goroutines.
func Check(t *testing.T, c constraint.Constraint) {
	t.Helper()
	for _, err := range check(c, testing.Short()) {
		t.Errorf("%T%+v, %v", c, c, err)
	}
}

// check returns what is wrong, each property once.
func check(c constraint.Constraint, short bool) (wrong []error) {
	var shapes [][2]int
	for rows := 1; rows <= 9; rows++ {
		for rank := 1; rank <= 4; rank++ {
			if !short || (rows+rank)%3 == 2 {
				shapes = append(shapes, [2]int{rows, rank})
			}
		}
	}
	tested, failed := 0, map[string]bool{}
	for _, shape := range append(shapes, [2]int{40, 3}) {
		if constraint.Check(c, shape[0], shape[1]) != nil {
			continue
		}
		tested++
		s := &subject{c: c, facts: c.Facts(), rows: shape[0], rank: shape[1], rng: rand.New(rand.NewPCG(uint64(shape[0]), uint64(shape[1])))}
		for _, property := range []struct {
			name string
			test func(*subject) error
		}{
			{"minimises", minimises},
			{"convex", convex},
			{"projection", projection},
			{"units", units},
			{"NaN", notNumbers},
			{"facts", facts},
			{"goroutines", goroutines},
		} {
			if failed[property.name] {
				continue // one shape says it
			}
			if err := property.test(s); err != nil {
				failed[property.name] = true
				wrong = append(wrong, fmt.Errorf("%d×%d, %s: %w", s.rows, s.rank, property.name, err))
			}
		}
	}
	if tested == 0 {
		wrong = append(wrong, errors.New("refuses every shape"))
	}
	return wrong
}

type subject struct {
	c          constraint.Constraint
	facts      constraint.Facts
	rows, rank int
	rng        *rand.Rand
}

// inputs are matrices of every kind that operators have trouble with.
func (s *subject) inputs() []*mat.Dense {
	fill := func(f func(i, r int) float64) *mat.Dense {
		a := mat.NewDense(s.rows, s.rank, nil)
		a.Apply(func(i, r int, _ float64) float64 { return f(i, r) }, a)
		return a
	}
	normal := func(int, int) float64 { return s.rng.NormFloat64() }
	return []*mat.Dense{
		fill(normal),
		fill(func(int, int) float64 { return 1e-3 * s.rng.NormFloat64() }),
		fill(func(int, int) float64 { return 1e3 * s.rng.NormFloat64() }),
		fill(func(int, int) float64 { return s.rng.Float64() }),
		fill(func(int, int) float64 { return -s.rng.Float64() }),
		fill(func(int, int) float64 { return 0 }),
		fill(func(int, int) float64 { return 2 }),
		fill(func(int, int) float64 { return float64(s.rng.IntN(5) - 2) }), // ties
		fill(func(i, r int) float64 { // a zero column, and one that is another's double
			if r == 0 {
				return 0
			}
			return float64(r) * math.Sin(float64(3*i+1))
		}),
	}
}

// steps to try; of a set they do not matter, as the test of projections shows.
func (s *subject) steps() []float64 {
	if s.facts.Set {
		return []float64{1}
	}
	return []float64{0.1, 1, 10}
}

// prox is the operator's value at v.
func (s *subject) prox(v *mat.Dense, step float64) *mat.Dense {
	p := mat.DenseCopyOf(v)
	s.c.Prox(p, step)
	return p
}

// objective is what p = prox(v) minimises, times the step.
func (s *subject) objective(a, v *mat.Dense, step float64) float64 {
	d := distance(a, v)
	return step*s.c.Value(a) + d*d/2
}

func distance(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2)
}

func inner(a, b *mat.Dense) float64 {
	rows, _ := a.Dims()
	sum := 0.0
	for i := range rows {
		for r, v := range a.RawRowView(i) {
			sum += v * b.RawRowView(i)[r]
		}
	}
	return sum
}

// rounding allowed in a comparison of objectives at v: what Value lets pass as
// inside has distances that are off by as much.
func rounding(v, p *mat.Dense) float64 {
	n := mat.Norm(v, 2) + mat.Norm(p, 2)
	return 1e-9 * (1e-9 + n*n)
}

// rivals are allowed matrices of all sorts.
func (s *subject) rivals(p *mat.Dense, step float64) []*mat.Dense {
	var all []*mat.Dense
	for _, v := range s.inputs() {
		all = append(all, s.prox(v, step))
	}
	for _, by := range []float64{1e-4, 1e-2, 0.3} {
		q := mat.DenseCopyOf(p)
		q.Apply(func(_, _ int, x float64) float64 { return x + by*s.rng.NormFloat64() }, q)
		all = append(all, s.prox(q, step))
	}
	return all
}

func minimises(s *subject) error {
	for k, v := range s.inputs() {
		for _, step := range s.steps() {
			p := s.prox(v, step)
			if h := s.c.Value(p); math.IsInf(h, 1) || math.IsNaN(h) {
				return fmt.Errorf("input %d, step %g: h is %g at prox(V)\n%v", k, step, h, mat.Formatted(p))
			}
			best, tol := s.objective(p, v, step), rounding(v, p)
			for _, q := range append(s.rivals(p, step), mat.DenseCopyOf(p), mat.DenseCopyOf(v)) {
				s.search(q, v, step)
				if rival := s.objective(q, v, step); rival < best-tol {
					return fmt.Errorf("input %d, step %g: prox(V) has objective %g, but\n%v\nhas %g; V is\n%v", k, step, best, mat.Formatted(q), rival, mat.Formatted(v))
				}
			}
		}
	}
	return nil
}

// search lowers the objective of a by moves that stay inside of one or the other
// kind of set, and so knows nothing of the operator.
func (s *subject) search(a, v *mat.Dense, step float64) {
	now := s.objective(a, v, step)
	size := mat.Norm(v, 2)/math.Sqrt(float64(s.rows*s.rank)) + 1e-3
	next := mat.NewDense(s.rows, s.rank, nil)
	for k := range 40 {
		next.Copy(a)
		s.move(next, size*math.Pow(0.85, float64(k)))
		if f := s.objective(next, v, step); f < now {
			now = f
			a.Copy(next)
		}
	}
}

// move changes a at random by about d.
func (s *subject) move(a *mat.Dense, d float64) {
	d *= s.rng.NormFloat64()
	i, k, r, q := s.rng.IntN(s.rows), s.rng.IntN(s.rows), s.rng.IntN(s.rank), s.rng.IntN(s.rank)
	switch s.rng.IntN(7) {
	case 0: // one entry
		a.Set(i, r, a.At(i, r)+d)
	case 1: // two entries of a column, their sum kept
		a.Set(i, r, a.At(i, r)+d)
		a.Set(k, r, a.At(k, r)-d)
	case 2: // two entries of a row, their sum kept
		a.Set(i, r, a.At(i, r)+d)
		a.Set(i, q, a.At(i, q)-d)
	case 3: // a run of entries
		for j := min(i, k); j <= max(i, k); j++ {
			a.Set(j, r, a.At(j, r)+d)
		}
	case 4: // an entry to zero, or exchanged with another
		x, y := a.At(i, r), a.At(k, r)
		a.Set(i, r, y)
		a.Set(k, r, x)
	case 5: // one column towards zero or away
		for j := range s.rows {
			a.Set(j, r, a.At(j, r)*(1+d))
		}
	case 6: // two rows turned into each other: norms and products of columns are kept
		c, e := math.Cos(d), math.Sin(d)
		if i == k {
			return
		}
		for j := range s.rank {
			x, y := a.At(i, j), a.At(k, j)
			a.Set(i, j, c*x-e*y)
			a.Set(k, j, e*x+c*y)
		}
	}
}

func convex(s *subject) error {
	if !s.facts.Convex {
		return nil
	}
	inputs := s.inputs()
	for _, step := range s.steps() {
		for k, v := range inputs {
			p := s.prox(v, step)
			h := s.c.Value(p)
			var away, to, middle mat.Dense
			away.Sub(v, p)
			for _, q := range s.rivals(p, step) {
				to.Sub(q, p)
				tol := rounding(v, p) + rounding(q, p)
				if got, most := inner(&away, &to), step*(s.c.Value(q)-h); got > most+tol {
					return fmt.Errorf("input %d, step %g: ⟨V − p, q − p⟩ = %g > t(h(q) − h(p)) = %g", k, step, got, most)
				}
				middle.Add(p, q)
				middle.Scale(0.5, &middle)
				if got, most := s.c.Value(&middle), (s.c.Value(q)+h)/2; got > most+tol/step {
					return fmt.Errorf("input %d: h is %g in the middle of points where its mean is %g", k, got, most)
				}
			}
			for j, w := range inputs {
				var dp, dv mat.Dense
				dp.Sub(p, s.prox(w, step))
				dv.Sub(v, w)
				if got, most := inner(&dp, &dp), inner(&dp, &dv); got > most+rounding(v, w)+rounding(p, p) {
					return fmt.Errorf("inputs %d and %d, step %g: ‖p − p′‖² = %g > ⟨p − p′, V − V′⟩ = %g", k, j, step, got, most)
				}
			}
		}
	}
	return nil
}

func projection(s *subject) error {
	for k, v := range s.inputs() {
		p := s.prox(v, 1)
		if !s.facts.Set {
			continue
		}
		if d := distance(s.prox(p, 1), p); d > 1e-12*mat.Norm(p, 2) {
			return fmt.Errorf("input %d: a second projection moves by %g", k, d)
		}
		if !mat.Equal(p, s.prox(v, 7)) {
			return fmt.Errorf("input %d: the projection depends on the step", k)
		}
	}
	return nil
}
