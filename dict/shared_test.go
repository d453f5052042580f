package dict

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/tensor"
)

func read(t *testing.T, folder, name string) *tensor.Dense {
	t.Helper()
	a, err := format.Open(filepath.Join(folder, name+".npy"))
	require.NoError(t, err)
	defer a.Close()
	x, err := a.Dense()
	require.NoError(t, err)
	return x
}

func readMatrix(t *testing.T, folder, name string) *mat.Dense {
	t.Helper()
	x := read(t, folder, name)
	return mat.NewDense(x.Dims()[0], x.Dims()[1], x.Data())
}

func readInts(t *testing.T, folder, name string) []int {
	t.Helper()
	var k []int
	for _, v := range read(t, folder, name).Data() {
		k = append(k, int(v))
	}
	return k
}

// The cases of the authors' programs, from the very starts that they had and from
// our own: hard replacement and the swaps end at most at the error of MPALS (Cohen
// and Gillis, 300 sweeps), the swaps from our own starts also at most at that of
// the smooth variant. The recorded error of the flexible variant is that of a
// factor near its atoms, so it is no limit for a factor made of them.
func TestErrorsAreAtMostThoseOfTheAuthors(t *testing.T) {
	racetest.Slow(t)
	if testing.Short() {
		t.Skip("many fits")
	}
	for _, name := range []string{"mpals_case1", "mpals_case2", "mpals_case4"} {
		t.Run(name, func(t *testing.T) {
			folder := sharedtest.Path(t, "ref", "dict", name)
			x := read(t, folder, "T")
			d := dictionary(t, readMatrix(t, folder, "D"))
			given := cpd.Given{Factors: []*mat.Dense{readMatrix(t, folder, "A0"), readMatrix(t, folder, "B0"), readMatrix(t, folder, "C0")}}
			truth := readInts(t, folder, "Ktrue")
			rank := len(truth)
			o := Options{}
			if nn := read(t, folder, "nn").Data()[0]; nn == 1 {
				o.Methods = same(cpd.HALS{}, 3)
			}
			mpals := read(t, folder, "mpals_relerr").Data()[0]
			smooth := read(t, folder, "smooth_relerr").Data()[0]

			modes := []Mode{{N: 1, Dict: d}}
			for _, own := range []bool{false, true} {
				for _, c := range []struct {
					a     Algorithm
					limit float64
				}{{Hard{}, mpals}, {Swap{}, mpals}} {
					o.Init, o.Starts = given, 1
					if own {
						o.Init, o.Starts = nil, 3
					}
					if _, swap := c.a.(Swap); swap && own {
						c.limit = min(mpals, smooth)
					}
					o.Algorithm = c.a
					r, err := Decompose(t.Context(), x, rank, modes, &o)
					require.NoError(t, err)
					checkResult(t, x, rank, modes, r)
					right := 0
					for _, j := range truth {
						if slices.Contains(r.Atoms[1], j) {
							right++
						}
					}
					t.Logf("%s, own starts %v: relative error %.8f, recorded %.8f; %d of %d atoms, %d swaps", c.a.Name(), own, r.RelativeError, c.limit, right, rank, r.Swaps)
					require.LessOrEqual(t, r.RelativeError, c.limit*(1+1e-6))
				}
			}
		})
	}
}
