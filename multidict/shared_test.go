package multidict_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/tensor"
)

func readMatrix(t *testing.T, folder, name string) *mat.Dense {
	t.Helper()
	a, err := format.Open(filepath.Join(folder, name+".npy"))
	require.NoError(t, err)
	defer a.Close()
	m, err := a.Matrix()
	require.NoError(t, err)
	return m
}

// Three dictionaries with an upper bound each (Cohen and Gillis's M2PALS): at most
// the error of the authors' program, from its own start by hard replacement and
// without a start by the default.
func TestErrorsAreAtMostThoseOfTheAuthors(t *testing.T) {
	racetest.Slow(t)
	for _, name := range []string{"m2pals_case1", "m2pals_case2"} {
		t.Run(name, func(t *testing.T) {
			folder := sharedtest.Path(t, "ref", "dict", name)
			y := readMatrix(t, folder, "Y")
			a, b := readMatrix(t, folder, "out_A"), readMatrix(t, folder, "out_B")
			_, rank := a.Dims()
			var e mat.Dense
			e.Mul(a, turned(b, rank).T())
			e.Sub(y, &e)
			recorded := mat.Norm(&e, 2) / mat.Norm(y, 2)

			m := multidict.Mode{N: 0}
			bounds := readMatrix(t, folder, "d").RawMatrix().Data
			for l, most := range bounds {
				m.Libraries = append(m.Libraries, library(t, readMatrix(t, folder, fmt.Sprint("D", l+1)), 0, int(most)))
			}
			start := cpd.Given{Factors: []*mat.Dense{readMatrix(t, folder, "A0"), turned(readMatrix(t, folder, "B0"), rank)}}
			for _, o := range []dict.Options{{Algorithm: dict.Hard{}, Init: start}, {}} {
				o.Methods = []cpd.Method{cpd.NNLS{}, cpd.NNLS{}}
				r, err := multidict.Decompose(t.Context(), tensor.FromMatrix(y), rank, []multidict.Mode{m}, &o)
				require.NoError(t, err)
				used := make([]int, len(bounds))
				for _, s := range r.Sources[0] {
					used[s.Library]++
				}
				for l, most := range bounds {
					require.LessOrEqual(t, used[l], int(most))
				}
				t.Logf("%s: relative error %.9f, recorded %.9f", r.Algorithm, r.RelativeError, recorded)
				require.LessOrEqual(t, r.RelativeError, recorded*(1+1e-6))
			}
		})
	}
}

// turned is b with the components as columns.
func turned(b *mat.Dense, rank int) *mat.Dense {
	if rows, _ := b.Dims(); rows == rank {
		return mat.DenseCopyOf(b.T())
	}
	return b
}
