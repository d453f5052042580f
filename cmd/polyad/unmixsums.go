package main

import (
	"slices"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/unmix"
)

// librarySum is a library with the components that are its spectra.
type librarySum struct {
	library    int // as unmix.Atom counts them
	name       string
	components []int
}

// mostSums is up to how many libraries each has its sum; of more, those that a spectrum
// was chosen of.
const mostSums = 12

// sumsOf are the libraries in their order, then the pixels and the free spectra if such
// were allowed.
func sumsOf(p *unmix.Problem, atoms []unmix.Atom) []librarySum {
	var ids []int
	for l := range p.Libraries {
		ids = append(ids, l)
	}
	if p.Self != (assign.Bound{}) {
		ids = append(ids, len(p.Libraries))
	}
	if p.Free != (assign.Bound{}) {
		ids = append(ids, -1)
	}
	var sums []librarySum
	for _, l := range ids {
		s := librarySum{library: l, name: p.LibraryName(l)}
		for c, at := range atoms {
			if at.Library == l || at.Library < 0 && l < 0 {
				s.components = append(s.components, c)
			}
		}
		sums = append(sums, s)
	}
	if len(sums) > mostSums {
		sums = slices.DeleteFunc(sums, func(s librarySum) bool { return len(s.components) == 0 })
	}
	return sums
}
