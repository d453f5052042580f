package matrix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestSNPA(t *testing.T) { selecttest.Check(t, matrix.SNPA{}) }

func TestXRAY(t *testing.T) {
	racetest.Slow(t)
	for rule, name := range []string{"max", "dist", "rand"} {
		t.Run(name, func(t *testing.T) { selecttest.Check(t, matrix.XRAY{Rule: matrix.XRAYRule(rule)}) })
	}
	t.Run("greedy", func(t *testing.T) { selecttest.CheckForm(t, matrix.XRAY{Rule: matrix.XRAYGreedy}) })
}

// sameAsAuthors compares a selection with that of the authors' program on the four
// generated problems.
func sameAsAuthors(t *testing.T, s matrix.Selector, name string) {
	t.Helper()
	for c := 1; c <= 4; c++ {
		dir := fmt.Sprintf("ref/dict/sep_case%d/", c)
		x, _ := readNPY(t, sharedtest.Path(t, dir+"M.npy"))
		_, want := readNPY(t, sharedtest.Path(t, dir+"K_"+name+".npy"))
		got, err := s.Select(context.Background(), x, len(want))
		require.NoError(t, err)
		assert.Equal(t, want, got.Index, dir)
	}
}

func TestSNPAMatchesAuthors(t *testing.T) { sameAsAuthors(t, matrix.SNPA{}, "snpa") }
func TestXRAYMatchesAuthors(t *testing.T) { sameAsAuthors(t, matrix.XRAY{}, "xray") }

func TestVCA(t *testing.T) {
	for _, starts := range []int{0, 3} {
		t.Run(fmt.Sprint(starts), func(t *testing.T) { selecttest.Check(t, matrix.VCA{Starts: starts}) })
	}
}
