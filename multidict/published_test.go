package multidict_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The authors' program for several dictionaries, followed over all that it recorded: the
// error of the start, the relative errors of every tenth sweep, and at last, with the
// other factor fitted, that of the answer; the dictionaries and the atoms taken.
func TestPublishedScheduleIsThatOfTheAuthors(t *testing.T) {
	for _, name := range []string{"m2pals_case1", "m2pals_case2"} {
		t.Run(name, func(t *testing.T) {
			folder := sharedtest.Path(t, "ref", "dict", name)
			y := readMatrix(t, folder, "Y")
			a := readMatrix(t, folder, "A0")
			_, rank := a.Dims()
			m := multidict.Mode{N: 0, Physical: true}
			for l, most := range readMatrix(t, folder, "d").RawMatrix().Data {
				m.Libraries = append(m.Libraries, library(t, readMatrix(t, folder, fmt.Sprint("D", l+1)), 0, int(most)))
			}
			var told []float64
			last := -1
			o := dict.Options{
				Algorithm: dict.Hard{Schedule: dict.PublishedMatrixMPALS}, Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}},
				Init: cpd.Given{Factors: []*mat.Dense{a, turned(readMatrix(t, folder, "B0"), rank)}},
				Observe: func(_ string, q sweep.Point) error {
					if q.Sweep > last {
						told, last = append(told, q.RelativeError), q.Sweep
					}
					return nil
				},
			}
			r, err := multidict.Decompose(t.Context(), tensor.FromMatrix(y), rank, []multidict.Mode{m}, &o)
			require.NoError(t, err)
			told = append(told, r.RelativeError)
			told[0] *= mat.Norm(y, 2)

			recorded := readMatrix(t, folder, "out_errvec").RawMatrix().Data
			require.Len(t, told, len(recorded))
			for i, want := range recorded {
				require.InEpsilon(t, want, told[i], 1e-10, "error %d", i)
			}
			k := readMatrix(t, folder, "out_K")
			var want []multidict.Source
			for c := range rank {
				want = append(want, multidict.Source{Library: int(k.At(0, c)), Atom: int(k.At(1, c))})
			}
			order := func(a, b multidict.Source) int {
				return int(math.Copysign(1, float64(a.Library*1000+a.Atom-b.Library*1000-b.Atom)))
			}
			slices.SortFunc(want, order)
			slices.SortFunc(r.Sources[0], order)
			require.Equal(t, want, r.Sources[0])
		})
	}
}
