package cpd

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
)

// everyMethod is one of each, with every kind of constraint, for a mode that each
// of the sizes is large enough for. What needs another mode to be given is not among them.
func everyMethod(dims []int, rank int) []Method {
	all := []Method{LeastSquares{}, HALS{}, AcceleratedHALS{}, NNLS{}, FCLS{}, KSparse{K: 1}, MU{}, Smooth{Weight: 1e-3}}
	smallest := dims[0]
	for _, size := range dims {
		smallest = min(smallest, size)
	}
	if smallest >= rank {
		all = append(all, Orthogonal{})
	}
	for _, name := range []string{"nonnegative", "box", "simplex rows", "simplex columns", "ball", "smooth nonnegative", "increasing", "l0 columns", "sphere", "unimodal nonnegative"} {
		c := convexConstraints[name]
		if c == nil {
			c = otherConstraints[name]
		}
		all = append(all, ADMM{Constraint: c}, FastGradient{Constraint: c})
	}
	return all
}

// methodName is the type of a method and of its constraint.
func methodName(m Method) string {
	var c constraint.Constraint
	switch m := m.(type) {
	case ADMM:
		c = m.Constraint
	case FastGradient:
		c = m.Constraint
	}
	if c == nil {
		return strings.TrimPrefix(fmt.Sprintf("%T", m), "cpd.")
	}
	return strings.TrimPrefix(fmt.Sprintf("%T with %T", m, c), "cpd.")
}

// The table in the package's documentation says of every method what it
// implements.
func TestDocumentedFacts(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	doc := string(raw)
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	row := func(name string, f Facts) string {
		return fmt.Sprintf("//\t%-38s %-7s %-7s %s\n", name, yes(f.Convex), yes(f.Scaled), yes(f.Separable))
	}
	want := fmt.Sprintf("//\t%-38s %-7s %-7s %s\n", "method", "convex", "scaled", "separable")
	for _, m := range []Method{LeastSquares{}, HALS{}, AcceleratedHALS{}, NNLS{}, FCLS{}, KSparse{K: 1}, MU{}, Smooth{}, Orthogonal{}, FixedColumns{}, Fixed{}} {
		want += row(strings.TrimPrefix(fmt.Sprintf("%T", m), "cpd."), FactsOf(m))
	}
	for _, c := range []constraint.Constraint{
		constraint.Nonnegative{},
		constraint.Box{},
		constraint.L1{},
		constraint.L0{K: 1},
		constraint.L0{K: 1, ByRow: true},
		constraint.Simplex{},
		constraint.Simplex{ByColumn: true},
		constraint.Ball{},
		constraint.Sphere{},
		constraint.Smooth{},
		constraint.Monotone{},
		constraint.Unimodal{},
		constraint.Orthogonal{},
		constraint.Known{},
	} {
		f := FactsOf(ADMM{Constraint: c})
		require.Equal(t, f, FactsOf(FastGradient{Constraint: c}))
		name := strings.TrimPrefix(fmt.Sprintf("%T", c), "constraint.")
		switch c := c.(type) {
		case constraint.L0:
			name += map[bool]string{true: " by row", false: " by column"}[c.ByRow]
		case constraint.Simplex:
			name += map[bool]string{true: " by column", false: " by row"}[c.ByColumn]
		}
		want += row("ADMM, FastGradient: "+name, f)
	}
	require.Contains(t, doc, want, "doc.go is to hold\n%s", want)
}

// What facts say is so: Scaled factors keep their norms, Separable ones serve the
// exact form, the others are refused by name.
func TestFactsAreTrue(t *testing.T) {
	racetest.Slow(t)
	dims := []int{7, 6, 5}
	x := planted(newRand(71), dims, 2, true, 0.1)
	for _, m := range everyMethod(dims, 2) {
		f := FactsOf(m)
		methods := []Method{m, HALS{}, HALS{}}
		y := masked(x, 72, 0.8)
		_, err := Decompose(t.Context(), y.Exact(), 2, &Options{Methods: methods})
		if f.Separable {
			require.NoError(t, err, methodName(m))
		} else {
			require.ErrorIs(t, err, ErrOptions, methodName(m))
			require.ErrorContains(t, err, "mode 0", methodName(m))
			require.Contains(t, strings.ToLower(err.Error()), strings.ToLower(methodName(m)), "the method is named")
		}
		_, err = Decompose(t.Context(), y, 2, &Options{Methods: methods})
		require.NoError(t, err, methodName(m))

		s, err := NewALS(x, drawnFactors(newRand(73), dims, 2, true), begin(methods, dims, 2))
		require.NoError(t, err)
		for range 3 {
			_, err := s.Sweep()
			require.NoError(t, err)
		}
		_, keeps := s.update[0].(Scaled)
		require.Equal(t, f.Scaled, keeps, methodName(m))
		if f.Nonnegative {
			require.Zero(t, constraint.Nonnegative{}.Value(s.factor[0]), methodName(m))
		}
	}
}
