package assign

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Bound is how many columns of a group may be used: Min ≤ used ≤ Max.
// Max −1: no bound.
type Bound struct {
	Min, Max int
}

func (b Bound) allows(used int) bool { return b.Min <= used && (b.Max < 0 || used <= b.Max) }

func (b Bound) String() string {
	if b.Max < 0 {
		return fmt.Sprintf("%d..∞", b.Min)
	}
	return fmt.Sprintf("%d..%d", b.Min, b.Max)
}

// SolveBounded is [Solve] with columns in groups, column j in group[j] of
// len(bounds), and each group's number of used columns within its bounds.
// If the answer of Solve meets the bounds, it is the answer here, W = 0.
//
// The answer has passed [CertifyBounded]. Errors: those of Solve, [ErrShape]
// for a group list that is not of length d, [ErrBounds] naming the bounds that
// contradict each other, the groups' sizes or the number of rows,
// [ErrInfeasible] naming a row and a group where forbidden pairs are the reason.
//
// Cost, with L groups: that of Solve, O(Rd) typically for the shortlists
// (O(R²d) at most), and R searches of O((R+L)·(R·L+R+L)).
func SolveBounded(cost mat.Matrix, group []int, bounds []Bound) (*Result, error) {
	g, err := newGrid(cost)
	if err != nil {
		return nil, err
	}
	return g.solveWithin(group, bounds)
}

// solveWithin is SolveBounded of a checked cost.
func (g *grid) solveWithin(group []int, bounds []Bound) (*Result, error) {
	size, err := g.groupSizes(group, bounds)
	if err != nil {
		return nil, err
	}
	if err := checkBounds(g.rows, size, bounds); err != nil {
		return nil, err
	}
	r, err := g.solve()
	if err != nil {
		return nil, err
	}
	r.W = make([]float64, len(bounds))
	if violated(used(r.Col, group, len(bounds)), bounds) >= 0 {
		if r, err = newFlow(g, group, size, bounds).solve(); err != nil {
			return nil, err
		}
	}
	if err := g.certify(r, group, bounds); err != nil {
		return nil, err
	}
	return r, nil
}

// groupSizes counts the columns of each group.
func (g *grid) groupSizes(group []int, bounds []Bound) ([]int, error) {
	if len(group) != g.cols {
		return nil, fmt.Errorf("%w: %d group numbers for %d columns", ErrShape, len(group), g.cols)
	}
	size := make([]int, len(bounds))
	for j, k := range group {
		if k < 0 || k >= len(bounds) {
			return nil, fmt.Errorf("%w: column %d is in group %d; bounds are given for groups 0 to %d", ErrBounds, j, k, len(bounds)-1)
		}
		size[k]++
	}
	return size, nil
}

// checkBounds refuses bounds that no assignment of so many rows can meet.
func checkBounds(rows int, size []int, bounds []Bound) error {
	var least, most int
	for k, b := range bounds {
		switch {
		case b.Min < 0:
			return fmt.Errorf("%w: group %d has Min %d; it cannot be negative", ErrBounds, k, b.Min)
		case b.Max < -1:
			return fmt.Errorf("%w: group %d has Max %d; it cannot be negative, but for −1: no bound", ErrBounds, k, b.Max)
		case b.Max >= 0 && b.Min > b.Max:
			return fmt.Errorf("%w: group %d has Min %d above Max %d", ErrBounds, k, b.Min, b.Max)
		case b.Min > size[k]:
			return fmt.Errorf("%w: group %d has Min %d but only %d columns", ErrBounds, k, b.Min, size[k])
		}
		least += b.Min
		if b.Max < 0 {
			most += size[k]
		} else {
			most += min(b.Max, size[k])
		}
	}
	if least > rows {
		return fmt.Errorf("%w: the Min of the %d groups add up to %d, more than the %d rows: %v", ErrBounds, len(bounds), least, rows, bounds)
	}
	if most < rows {
		return fmt.Errorf("%w: the Max of the %d groups (none above its group's columns) add up to %d, less than the %d rows: %v", ErrBounds, len(bounds), most, rows, bounds)
	}
	return nil
}

// used counts how many of the columns are in each of n groups.
func used(col, group []int, n int) []int {
	count := make([]int, n)
	for _, j := range col {
		count[group[j]]++
	}
	return count
}

// violated is the first group whose count its bound does not allow, or −1.
func violated(count []int, bounds []Bound) int {
	for k, b := range bounds {
		if !b.allows(count[k]) {
			return k
		}
	}
	return -1
}
