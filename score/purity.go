package score

import "fmt"

// Purity is how far groups agree with known classes: the share of things whose class is
// the commonest one of their group,
//
//	1/n·Σ_g max_c |{i : group[i] = g, class[i] = c}|.
//
// It is 1 when no group mixes classes, also where a class is spread over several groups, so
// that only equal numbers of groups compare; it is never below the share of the commonest
// class. NaN for nothing; it panics when the lengths differ.
func Purity[C, G comparable](class []C, group []G) float64 {
	if len(class) != len(group) {
		panic(fmt.Sprintf("score: Purity: %d classes and %d groups, want one of each for every thing", len(class), len(group)))
	}
	type cell struct {
		c C
		g G
	}
	count, most, right := map[cell]int{}, map[G]int{}, 0
	for i, c := range class {
		at := cell{c, group[i]}
		count[at]++
		if count[at] > most[at.g] {
			most[at.g]++
			right++
		}
	}
	return float64(right) / float64(len(class))
}
