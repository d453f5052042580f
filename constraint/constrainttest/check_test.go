package constrainttest

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// wrong is a good constraint with something changed.
func wrong(c constraint.Constraint, change func(f *constraint.Func)) constraint.Func {
	f := constraint.Func{Operator: c.Prox, Penalty: c.Value, Is: c.Facts()}
	change(&f)
	return f
}

func entries(f func(v float64) float64) func(*mat.Dense, float64) {
	return func(a *mat.Dense, _ float64) {
		a.Apply(func(_, _ int, v float64) float64 { return f(v) }, a)
	}
}

// Every mistake is found, by the property that is meant to find it.
func TestCheckFindsMistakes(t *testing.T) {
	for _, c := range []struct {
		name, property string
		c              constraint.Constraint
	}{
		{"projects to the mirror image", "minimises", wrong(constraint.Nonnegative{}, func(f *constraint.Func) { f.Operator = entries(math.Abs) })},
		{"leaves what is not allowed", "minimises", wrong(constraint.Nonnegative{}, func(f *constraint.Func) { f.Operator = entries(func(v float64) float64 { return v }) })},
		{"takes half of the step", "minimises", wrong(constraint.L1{Weight: 1}, func(f *constraint.Func) {
			f.Operator = func(a *mat.Dense, step float64) { constraint.L1{Weight: 1}.Prox(a, step/2) }
		})},
		{"normalises instead of projecting", "minimises", wrong(constraint.Ball{}, func(f *constraint.Func) { f.Operator = constraint.Sphere{}.Prox })},
		{"is not convex", "convex", wrong(constraint.L0{K: 1}, func(f *constraint.Func) { f.Is.Convex = true })},
		{"is a penalty, not a set", "projection", wrong(constraint.L1{Weight: 1}, func(f *constraint.Func) { f.Is.Set = true })},
		{"couples rows", "units", wrong(constraint.Monotone{}, func(f *constraint.Func) { f.Is.Acts = constraint.Entries })},
		{"couples columns", "units", wrong(constraint.Simplex{}, func(f *constraint.Func) { f.Is.Acts = constraint.Columns })},
		{"hides NaN", "NaN", wrong(constraint.Nonnegative{}, func(f *constraint.Func) {
			f.Operator = entries(func(v float64) float64 {
				if v > 0 {
					return v
				}
				return 0
			})
		})},
		{"has a scale", "facts", wrong(constraint.Ball{}, func(f *constraint.Func) { f.Is.ScaleFree = true })},
		{"is negative", "facts", wrong(constraint.Box{Lo: -1, Hi: 1}, func(f *constraint.Func) { f.Is.Nonnegative = true })},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := check(c.c, true)
			require.NotEmpty(t, found)
			var all []string
			for _, err := range found {
				all = append(all, err.Error())
			}
			require.Contains(t, strings.Join(all, "\n"), ", "+c.property+": ")
		})
	}
	require.ErrorContains(t, check(constraint.Box{Lo: 1}, true)[0], "refuses every shape")
}
