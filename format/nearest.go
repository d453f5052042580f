package format

import (
	"slices"
	"strings"
)

// Nearest are at most k of the names, the most similar to name first, for messages: of
// names at the same distance in letters, the first.
func Nearest(name string, names []string, k int) []string { return nearest(name, names, k) }

// nearest are at most k of the names, the most similar to name first.
func nearest(name string, names []string, k int) []string {
	type scored struct {
		name string
		cost int
	}
	list := make([]scored, len(names))
	for i, s := range names {
		list[i] = scored{s, distance(strings.ToLower(name), strings.ToLower(s))}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return a.cost - b.cost })
	var best []string
	for _, s := range list[:min(k, len(list))] {
		best = append(best, s.name)
	}
	return best
}

// distance is Levenshtein's: the insertions, deletions and replacements of
// bytes that turn a into b; of long texts only the beginning counts.
func distance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
