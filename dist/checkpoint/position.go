package checkpoint

import (
	"cmp"
	"fmt"
	"os"
	"slices"
)

// position is where in a run a state is, and what its folder is named by.
type position struct{ start, sweep int }

// String is the name of the folder.
func (p position) String() string { return fmt.Sprintf("it-%03d-%06d", p.start, p.sweep) }

// compare orders the states of a run in time, which names of many digits do not.
func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.start, q.start), cmp.Compare(p.sweep, q.sweep))
}

// parse is the position that a name stands for; it is false for all other names.
func parse(name string) (p position, ok bool) {
	_, err := fmt.Sscanf(name, "it-%d-%d", &p.start, &p.sweep)
	return p, err == nil && p.String() == name
}

// states are the positions of the states in a folder, the oldest first.
func states(dir string) ([]position, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	var all []position
	for _, e := range entries {
		if p, ok := parse(e.Name()); ok && e.IsDir() {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, position.compare)
	return all, nil
}
