package score

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRightAtomsByHand(t *testing.T) {
	for _, c := range []struct {
		truth, got []int
		want       float64
	}{
		{[]int{3, 1, 2}, []int{2, 3, 1}, 1},
		{[]int{3, 1, 2}, []int{2, 2, 1}, 2.0 / 3},
		{[]int{2, 2, 1}, []int{2, 2, 2}, 2.0 / 3},
		{[]int{1, 2}, []int{2, -1}, 0.5},
		{[]int{1, 2}, []int{2, 1, 5, 6}, 0.5},
		{[]int{1, 2, 3, 4}, []int{2}, 0.25},
		{[]int{1}, nil, 0},
		{nil, nil, 1},
	} {
		assert.Equal(t, c.want, RightAtoms(c.truth, c.got), "%v %v", c.truth, c.got)
	}
	type atom struct{ library, index int }
	assert.Equal(t, 0.5, RightAtoms([]atom{{0, 1}, {1, 1}}, []atom{{1, 1}, {1, 0}}))
}

func TestRightClassesByHand(t *testing.T) {
	class := []int{0, 0, 1, 1, 2}
	assert.Equal(t, 1.0, RightClasses([]int{0, 2, 4}, []int{3, 4, 1}, class))
	assert.Equal(t, 2.0/3, RightClasses([]int{0, 2, 4}, []int{0, 1, 3}, class))
	assert.Equal(t, 2.0/3, RightClasses([]int{0, 2, 4}, []int{-1, 4, 1}, class))
	// A class numbered −1 is a class all the same.
	assert.Equal(t, 0.0, RightClasses([]int{0}, []int{-1}, []int{-1}))
	assert.Panics(t, func() { RightClasses([]int{-1}, []int{0}, class) })
	assert.Panics(t, func() { RightClasses([]int{0}, []int{5}, class) })
}
