package score

import "fmt"

// RightAtoms is the share of atoms that two selections have in common, both
// taken as multisets:
//
//	|truth ∩ got| / max(|truth|, |got|),
//
// so an atom chosen twice counts once if the truth has it once, and surplus
// atoms count against the answer. Atoms are anything comparable: indices (−1, a
// free component, is never right) or pairs of library and index. Two empty
// selections agree: 1.
func RightAtoms[A comparable](truth, got []A) float64 {
	if len(truth) == 0 && len(got) == 0 {
		return 1
	}
	left := map[A]int{}
	for _, a := range truth {
		left[a]++
	}
	right := 0
	for _, a := range got {
		if left[a] > 0 {
			left[a]--
			right++
		}
	}
	return float64(right) / float64(max(len(truth), len(got)))
}

// RightClasses is [RightAtoms] of the atoms' classes, class[j] being that of atom
// j; −1 in got, a free component, has none. It panics on other indices that
// class lacks.
func RightClasses(truth, got, class []int) float64 {
	return RightAtoms(classes(truth, class, 0), classes(got, class, -1))
}

// A label is an atom's class, or none, which never matches a class.
type label struct {
	class int
	none  bool
}

func classes(atoms, class []int, least int) []label {
	labels := make([]label, len(atoms))
	for r, j := range atoms {
		switch {
		case j < least || j >= len(class):
			panic(fmt.Sprintf("score: RightClasses: atom %d of component %d; classes of %d atoms are given", j, r, len(class)))
		case j == -1:
			labels[r] = label{none: true}
		default:
			labels[r] = label{class: class[j]}
		}
	}
	return labels
}
