package main

import (
	"strconv"
	"strings"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// assemble makes the algorithm of its names; nil is the default.
func assemble(names []string, update string, methods []cpd.Method, w []wish, stop sweep.Stop) (cpd.Algorithm, error) {
	var outer, inner cpd.Algorithm
	for _, name := range names {
		a, err := algorithm(name, update, methods, w)
		if err != nil {
			return nil, err
		}
		_, compressed := a.(cpd.Compressed)
		switch {
		case compressed && outer == nil:
			outer = a
		case compressed || inner != nil:
			return nil, usagef("--method %s: give one way to improve all factors, or compressed and one", strings.Join(names, ","))
		default:
			inner = a
		}
	}
	if outer == nil {
		return inner, nil
	}
	if _, ok := inner.(cpd.Sampled); ok {
		return nil, usagef("--method compressed and sampled do not go together: a core is small, and has no fibres of the data")
	}
	return cpd.Compressed{Algorithm: inner, Stop: stop}, nil
}

// algorithm is the one called name, if it can do what the modes ask for.
func algorithm(text, update string, methods []cpd.Method, w []wish) (cpd.Algorithm, error) {
	name, size, sized := strings.Cut(text, ":")
	leverage := name == "sampled-leverage"
	if name == "sampled" || leverage {
		s := cpd.Sampled{Leverage: leverage}
		if n, err := strconv.Atoi(size); sized && (err != nil || n < 1) {
			return nil, usagef("--method %s: %q is no number of fibres", text, size)
		} else if sized {
			s.Size = n
		}
		return s, nil
	}
	switch text {
	case "extrapolated":
		return cpd.Extrapolated{}, nil
	case "compressed":
		return cpd.Compressed{}, nil
	case "gauss-newton", "nls":
		return cpd.GaussNewton{}, together("--method "+text, false, update, methods, w)
	case "lbfgs":
		return cpd.LBFGS{}, together("--method lbfgs", false, update, methods, w)
	case "cg":
		return cpd.ConjugateGradient{}, together("--method cg", false, update, methods, w)
	case "quasi-newton":
		return cpd.ProjectedQuasiNewton{}, together("--method quasi-newton", true, update, methods, w)
	}
	return nil, usagef("--method %q is not known; the names are in 'polyad cpd --help': als, hals, admm, gauss-newton, …", text)
}

// together refuses what a method that improves all factors at once cannot keep.
func together(who string, signs bool, update string, methods []cpd.Method, w []wish) error {
	if update != "" {
		return usagef("%s improves all factors at once, and %s one; give one of them", who, update)
	}
	free := false
	for n, m := range methods {
		switch m.(type) {
		case cpd.LeastSquares:
			free = true
		case cpd.Fixed:
		case cpd.HALS:
			free = true
			if !signs {
				return usagef("%s does not keep mode %d nonnegative; give quasi-newton, or leave --method out", who, n)
			}
		default:
			return usagef("%s does not serve --constraint %d=%s; leave one of them out", who, n, w[n].name)
		}
	}
	if !free {
		return usagef("%s has nothing to do: every mode is fixed", who)
	}
	return nil
}
