package score

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPurity(t *testing.T) {
	class := []string{"a", "a", "b", "b", "c", "c"}
	require.Equal(t, 1.0, Purity(class, []int{7, 7, 3, 3, 4, 4}))
	require.Equal(t, 1.0, Purity(class, []int{0, 1, 2, 3, 4, 5}))
	require.Equal(t, 2.0/6, Purity(class, make([]int, 6)))
	require.Equal(t, 4.0/6, Purity(class, []int{0, 0, 0, 1, 1, 1})) // a a b | b c c
	require.True(t, math.IsNaN(Purity([]int{}, []int{})))
	require.Panics(t, func() { Purity(class, []int{1}) })
}
