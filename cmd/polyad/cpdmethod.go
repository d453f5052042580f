package main

import (
	"slices"
	"strings"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// methodHelp is what --method may say: one of the first list, one of the second, or
// one of each.
const methodHelp = `  als                    least squares; what free modes have by default
  hals                   nonnegative, column by column; what nonnegative modes have by default
  accelerated-hals       the same with as many passes as pay
  nnls                   nonnegative, with simplex or l0-rows too, exactly: dearer sweeps
  mu                     nonnegative, multiplicative: slow, for comparison
  admm                   any constraint; the default of those that are not solved directly
  fast-gradient          any constraint, by accelerated gradients
and all of them,
  extrapolated           one after the other with momentum
  compressed             in a small core first, then in the data; also as compressed,NAME
  sampled[:SIZE]         from SIZE fibres a mode and sweep: large data, few components
  sampled-leverage[:SIZE]
                         the same, the fibres drawn by leverage scores
  gauss-newton, or nls   all at once: components that are nearly alike
  lbfgs, cg              all at once by gradients: large problems, little memory
  quasi-newton           the same with nonnegative modes`

// updates are the methods that solve for one factor.
var updates = []string{"als", "hals", "accelerated-hals", "nnls", "mu", "admm", "fast-gradient"}

// fit is what the flags ask for.
type fit struct {
	wishes    []wish
	methods   []cpd.Method
	algorithm cpd.Algorithm
}

// fit puts the methods together for a tensor of these sizes and models of these
// ranks; stop ends the sweeps on a compressed core.
func (f fitFlags) fit(dims []int, ranks []int, stop sweep.Stop) (*fit, error) {
	w, err := f.wishes(len(dims))
	if err != nil {
		return nil, err
	}
	update, algorithms, err := f.names()
	if err != nil {
		return nil, err
	}
	r := &fit{wishes: w}
	if r.methods, err = chosen(w, update); err != nil {
		return nil, err
	}
	for n, m := range r.methods {
		c, ok := m.(cpd.Checker)
		if !ok {
			continue
		}
		for _, rank := range ranks {
			if err := c.Check(dims[n], rank); err != nil {
				return nil, usagef("--constraint %s of mode %d, with %s: %w", w[n].name, n, count(rank, "component"), err)
			}
		}
	}
	if err := f.checkMissing(r.methods, w, algorithms); err != nil {
		return nil, err
	}
	r.algorithm, err = assemble(algorithms, update, r.methods, w, stop)
	return r, err
}

// remembers says whether a sweep depends on more than the factors before it.
func (f *fit) remembers() bool {
	switch f.algorithm.(type) {
	case nil, cpd.Alternating:
	default:
		return true
	}
	return slices.ContainsFunc(f.methods, func(m cpd.Method) bool { _, duals := m.(cpd.ADMM); return duals })
}

// names takes --method apart.
func (f fitFlags) names() (update string, algorithms []string, err error) {
	if f.method == "" {
		return "", nil, nil
	}
	for _, name := range strings.Split(f.method, ",") {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(updates, name):
			algorithms = append(algorithms, name)
		case update != "":
			return "", nil, usagef("--method %s: %s and %s are two updates; give one", f.method, update, name)
		default:
			update = name
		}
	}
	return update, algorithms, nil
}

// chosen is one method per mode.
func chosen(w []wish, update string) ([]cpd.Method, error) {
	methods := make([]cpd.Method, len(w))
	useful := update == ""
	for n, one := range w {
		m, asked := one.method(update)
		switch {
		case m == nil && one.constraint == nil:
			return nil, usagef("--method %s does not keep mode %d nonnegative; leave --method out, or give hals", update, n)
		case m == nil:
			return nil, usagef("--method %s does not serve --constraint %d=%s; leave it out, or give admm or fast-gradient", update, n, one.name)
		}
		methods[n] = m
		useful = useful || asked
	}
	if !useful {
		return nil, usagef("--method %s has no factor to work on; give --nonneg all or a --constraint as well, or leave it out", update)
	}
	return methods, nil
}

// method is the update for a wish, nil if the one that is asked for cannot do it;
// asked says that it is the one.
func (w wish) method(update string) (m cpd.Method, asked bool) {
	switch {
	case w.fixed:
		return cpd.Fixed{}, false
	case w.known != nil:
		k := *w.known
		k.Rest, asked = wish{nonnegative: w.nonnegative}.method(update)
		if k.Rest == nil {
			return nil, false
		}
		return k, asked
	case w.constraint == nil && !w.nonnegative:
		return cpd.LeastSquares{}, update == "als"
	}
	c := w.constraint
	if c == nil {
		c = constraint.Nonnegative{}
	}
	switch {
	case update == "admm":
		return cpd.ADMM{Constraint: c}, true
	case update == "fast-gradient":
		return cpd.FastGradient{Constraint: c}, true
	case w.constraint == nil:
		return map[string]cpd.Method{
			"": cpd.HALS{}, "hals": cpd.HALS{}, "accelerated-hals": cpd.AcceleratedHALS{}, "nnls": cpd.NNLS{}, "mu": cpd.MU{},
		}[update], true
	case update == "nnls" && c == constraint.Constraint(constraint.Simplex{Sum: 1}):
		return cpd.FCLS{}, true
	case update == "nnls" && w.sparseRows() > 0:
		return cpd.KSparse{K: w.sparseRows()}, true
	case update != "":
		return nil, false
	case w.direct != nil:
		return w.direct, true
	}
	return cpd.ADMM{Constraint: c}, true
}

// sparseRows is the number of entries that a row may have, where these are to be
// nonnegative and nothing else is asked for; else 0.
func (w wish) sparseRows() int {
	if c, ok := w.constraint.(constraint.L0); ok && c.ByRow && c.Nonnegative {
		return c.K
	}
	return 0
}

// checkMissing refuses what cannot be done with unknown entries.
func (f fitFlags) checkMissing(methods []cpd.Method, w []wish, algorithms []string) error {
	if f.missing == "" {
		return nil
	}
	for _, name := range algorithms {
		if head, _, _ := strings.Cut(name, ":"); head == "compressed" || strings.HasPrefix(head, "sampled") {
			return usagef("--method %s needs all entries, and --missing leaves some out; give another method", head)
		} else if f.exact && head != "extrapolated" {
			return usagef("--exact solves row by row, and --method %s all at once; leave one of them out", head)
		}
	}
	for n, m := range methods {
		if f.exact && !cpd.FactsOf(m).Separable {
			return usagef("--exact solves row by row, and --constraint %d=%s ties rows together; leave --exact out", n, w[n].name)
		}
	}
	return nil
}
