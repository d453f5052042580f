package constrainttest

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// parts are the blocks that an operator may be given on its own, as rows
// i…i+rows and columns r…r+cols.
func (s *subject) parts() [][4]int {
	var all [][4]int
	if s.facts.Acts == constraint.Entries || s.facts.Acts == constraint.Rows {
		for i := range s.rows {
			all = append(all, [4]int{i, i + 1, 0, s.rank}, [4]int{i, s.rows, 0, s.rank})
		}
	}
	if s.facts.Acts == constraint.Entries || s.facts.Acts == constraint.Columns {
		for r := range s.rank {
			all = append(all, [4]int{0, s.rows, r, r + 1}, [4]int{0, s.rows, r, s.rank})
		}
	}
	return all
}

func units(s *subject) error {
	const guard = 12345
	for k, v := range s.inputs() {
		whole := s.prox(v, 0.7)
		wide := mat.NewDense(s.rows+2, s.rank+3, nil)
		wide.Apply(func(_, _ int, _ float64) float64 { return guard }, wide)
		inside := wide.Slice(1, 1+s.rows, 2, 2+s.rank).(*mat.Dense)
		for _, part := range append(s.parts(), [4]int{0, s.rows, 0, s.rank}) {
			inside.Copy(v)
			s.c.Prox(inside.Slice(part[0], part[1], part[2], part[3]).(*mat.Dense), 0.7)
			for i := range s.rows {
				for r := range s.rank {
					want := v.At(i, r)
					if part[0] <= i && i < part[1] && part[2] <= r && r < part[3] {
						want = whole.At(i, r)
					}
					if inside.At(i, r) != want {
						return fmt.Errorf("input %d: rows %d…%d, columns %d…%d alone give %g at (%d, %d), want %g", k, part[0], part[1], part[2], part[3], inside.At(i, r), i, r, want)
					}
				}
			}
			for i := range s.rows + 2 {
				for r := range s.rank + 3 {
					if in := i > 0 && i <= s.rows && r > 1 && r < 2+s.rank; !in && wide.At(i, r) != guard {
						return fmt.Errorf("input %d: wrote outside of the factor", k)
					}
				}
			}
		}
	}
	return nil
}

func notNumbers(s *subject) error {
	if s.facts.Acts == constraint.Whole {
		return nil // what is known may well overwrite it
	}
	for k, v := range s.inputs() {
		clean := s.prox(v, 1)
		i, r := s.rng.IntN(s.rows), s.rng.IntN(s.rank)
		dirty := mat.DenseCopyOf(v)
		dirty.Set(i, r, math.NaN())
		p := s.prox(dirty, 1)
		seen := false
		for j := range s.rows {
			for q := range s.rank {
				own := s.facts.Acts == constraint.Entries && j == i && q == r ||
					s.facts.Acts == constraint.Rows && j == i ||
					s.facts.Acts == constraint.Columns && q == r
				if own {
					seen = seen || math.IsNaN(p.At(j, q))
				} else if p.At(j, q) != clean.At(j, q) {
					return fmt.Errorf("input %d: a NaN at (%d, %d) changes (%d, %d)", k, i, r, j, q)
				}
			}
		}
		if !seen {
			return fmt.Errorf("input %d: a NaN at (%d, %d) became a number", k, i, r)
		}
		if h := s.c.Value(p); h <= math.MaxFloat64 && s.facts.Set {
			return fmt.Errorf("input %d: a factor with a NaN is called allowed", k)
		}
	}
	return nil
}

func facts(s *subject) error {
	for k, v := range s.inputs() {
		p := s.prox(v, 1)
		if s.facts.Nonnegative && mat.Min(p) < 0 {
			return fmt.Errorf("input %d: said to be nonnegative, prox(V) has %g", k, mat.Min(p))
		}
		if s.facts.Set && s.c.Value(p) != 0 {
			return fmt.Errorf("input %d: said to be a set, h is %g", k, s.c.Value(p))
		}
		if !s.facts.ScaleFree {
			continue
		}
		for r := range s.rank {
			by := math.Exp(3 * s.rng.NormFloat64())
			for i := range s.rows {
				p.Set(i, r, by*p.At(i, r))
			}
		}
		if h := s.c.Value(p); h != 0 {
			return fmt.Errorf("input %d: said to be free of scale, h is %g after columns were scaled", k, h)
		}
	}
	return nil
}

func goroutines(s *subject) error {
	inputs := s.inputs()
	want := make([]*mat.Dense, len(inputs))
	for k, v := range inputs {
		want[k] = s.prox(v, 1)
	}
	const callers = 4
	failed := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for k := range inputs {
				k := (k + c) % len(inputs)
				if !mat.Equal(s.prox(inputs[k], 1), want[k]) {
					failed[c] = fmt.Errorf("input %d: differs beside other calls", k)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
