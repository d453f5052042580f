package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/multidict"
)

// checkFixed refuses factors that are to stay and that nobody gives.
func (r *fit) checkFixed(init cpd.Init) error {
	if _, given := init.(cpd.Given); given {
		return nil
	}
	for n, w := range r.wishes {
		if w.fixed {
			return usagef("--constraint %d=fixed needs the factor; give --init-factors or --from, or known:FILE instead of fixed", n)
		}
	}
	return nil
}

// checkDict refuses what does not go together with --dict.
func (f cpdFlags) checkDict(fit *fit, modes []multidict.Mode) error {
	switch {
	case f.race > 0:
		return usagef("--race and --dict do not go together")
	case f.checkpoint != "":
		return usagef("--checkpoint and --dict do not go together; the choice of atoms cannot be taken up again, but --time-limit ends it with the best so far")
	case f.loss != "":
		return usagef("--loss and --dict do not go together; atoms are chosen for the squares")
	case fit.algorithm != nil:
		return usagef("--method %s and --dict do not go together; atoms are chosen by alternating updates", f.method)
	}
	for _, m := range modes {
		if f.trust && (len(m.Tied) > 0 || m.Tolerance > 0) {
			return usagef("--trust is about atoms of single modes that factors are made of; leave out --trust, or --tolerance and modes tied by +")
		}
		for _, n := range append([]int{m.N}, m.Tied...) {
			if w := fit.wishes[n]; w.name != "" && (m.Free == (assign.Bound{}) || len(m.Tied) > 0) {
				return usagef("--constraint %d=%s and --dict do not go together: atoms are what they are", n, w.name)
			}
		}
	}
	bound := -1
	for n, m := range fit.methods {
		if slices.ContainsFunc(modes, func(m multidict.Mode) bool { return m.N == n || slices.Contains(m.Tied, n) }) {
			continue
		}
		if !cpd.FactsOf(m).Scaled {
			return nil
		}
		bound = n
	}
	if bound >= 0 {
		return usagef("--constraint %d=%s and --dict do not go together here: atoms have norm 1, and no other mode is left to carry the scale", bound, fit.wishes[bound].name)
	}
	return nil
}

// checkRanks refuses what rank cannot try out; split is the mode that is halved, or -1.
func (r *fit) checkRanks(split int) error {
	for n, w := range r.wishes {
		switch {
		case w.fixed:
			return usagef("--constraint %d=fixed is of one number of components; rank tries several", n)
		case w.known != nil && n == split:
			return usagef("--constraint %d=known is of all slices of mode %d, and --split halves them", n, n)
		}
	}
	return nil
}

// scaled says whether norms of columns mean something in some mode.
func (r *fit) scaled() bool {
	for _, m := range r.methods {
		if cpd.FactsOf(m).Scaled {
			return true
		}
	}
	return false
}

// warnOfPenalties warns of penalties that the scale of another factor makes vain.
func (a *app) warnOfPenalties(r *fit) {
	var loose []string
	for n, m := range r.methods {
		if !cpd.FactsOf(m).Scaled {
			loose = append(loose, strconv.Itoa(n))
		}
	}
	for n, w := range r.wishes {
		switch w.constraint.(type) {
		case constraint.L1, constraint.Smooth:
			if len(loose) > 0 {
				a.warn("the penalty %s of mode %d can be evaded: its factor shrinks while another grows; bound the others, as by --constraint %s=ball", w.name, n, strings.Join(loose, ","))
			}
		}
	}
}
