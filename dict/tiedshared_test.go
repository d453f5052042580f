package dict

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/tensor"
)

// amino is the amino acids of Bro, samples × emission × excitation, with the true
// concentrations; samples 0 to 2 are one pure compound each.
func amino(t *testing.T) (x *tensor.Dense, y *mat.Dense) {
	t.Helper()
	name := sharedtest.Path(t, "data", "tensors", "eem", "claus.mat")
	a, err := format.Open(name + "#X")
	require.NoError(t, err)
	defer a.Close()
	x, err = a.Dense()
	require.NoError(t, err)
	b, err := format.Open(name + "#y")
	require.NoError(t, err)
	defer b.Close()
	y, err = b.Matrix()
	require.NoError(t, err)
	return x, y
}

// pureSpectra are the emission and excitation spectra of the pure compounds, of the
// best models of one component of their samples.
func pureSpectra(t *testing.T, x *tensor.Dense) (emission, excitation *mat.Dense) {
	t.Helper()
	dims := x.Dims()
	emission, excitation = mat.NewDense(dims[1], 3, nil), mat.NewDense(dims[2], 3, nil)
	for s := range 3 {
		slice := mat.NewDense(dims[1], dims[2], x.Data()[s*dims[1]*dims[2]:][:dims[1]*dims[2]])
		r, err := cpd.Decompose(t.Context(), tensor.FromMatrix(slice), 1, &cpd.Options{Methods: same(cpd.HALS{}, 2)})
		require.NoError(t, err)
		emission.SetCol(s, mat.Col(nil, 0, r.Model.Factors[0]))
		excitation.SetCol(s, mat.Col(nil, 0, r.Model.Factors[1]))
	}
	return emission, excitation
}

// decoyed is a library of the three spectra among 37 made of them: shifted, broadened
// and mixed. at says where the three are.
func decoyed(pure *mat.Dense, at []int) *mat.Dense {
	rows, _ := pure.Dims()
	lib := mat.NewDense(rows, 40, nil)
	pureAt := map[int]int{}
	for s, j := range at {
		pureAt[j] = s
	}
	decoy := 0
	for j := range 40 {
		if s, ok := pureAt[j]; ok {
			lib.SetCol(j, mat.Col(nil, s, pure))
			continue
		}
		v := mat.Col(nil, decoy%3, pure)
		step := 1 + decoy/9
		switch decoy / 3 % 3 {
		case 0:
			v = shifted(v, rows*step/40*(1-decoy%2*2))
		case 1:
			v = broadened(v, rows*step/30)
		default:
			other := mat.Col(nil, (decoy+1)%3, pure)
			for i := range v {
				v[i] += other[i] * (0.25 + 0.15*float64(step))
			}
		}
		lib.SetCol(j, v)
		decoy++
	}
	return lib
}

func shifted(v []float64, by int) []float64 {
	w := make([]float64, len(v))
	for i := range w {
		w[i] = v[min(len(v)-1, max(0, i-by))]
	}
	return w
}

func broadened(v []float64, width int) []float64 {
	w := make([]float64, len(v))
	width = max(2, width)
	for i := range w {
		for k := -3 * width; k <= 3*width; k++ {
			w[i] += v[min(len(v)-1, max(0, i-k))] * math.Exp(-float64(k*k)/float64(2*width*width))
		}
	}
	return w
}

// The three amino acids are found in a library of emission spectra, on that mode alone
// and as pairs with excitation spectra, and so are their concentrations.
func TestAminoAcidsFromALibrary(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	x, y := amino(t)
	emission, excitation := pureSpectra(t, x)
	at := []int{7, 19, 33}
	one, two := dictionary(t, decoyed(emission, at)), dictionary(t, decoyed(excitation, at))
	methods := same(cpd.HALS{}, 3)
	for _, c := range []struct {
		name string
		mode Mode
	}{
		{"emission", Mode{N: 1, Dict: one, Distinct: true}},
		{"pairs", Mode{N: 1, Dict: one, Tied: []Tied{{2, two}}, Distinct: true}},
		{"pairs, the other way round", Mode{N: 2, Dict: two, Tied: []Tied{{1, one}}, Distinct: true}},
	} {
		r, err := Decompose(t.Context(), x, 3, []Mode{c.mode}, &Options{Methods: methods})
		require.NoError(t, err)
		require.ElementsMatch(t, at, r.Atoms[1], c.name)
		if c.mode.Tied != nil {
			require.Equal(t, r.Atoms[1], r.Atoms[2])
		}
		text := fmt.Sprintf("%s: relative error %.4f, correlations", c.name, r.RelativeError)
		for comp, j := range r.Atoms[1] {
			for s, where := range at {
				if where == j {
					corr := stat.Correlation(mat.Col(nil, comp, r.Model.Factors[0]), mat.Col(nil, s, y), nil)
					text += fmt.Sprintf(" %.5f", corr)
					require.GreaterOrEqual(t, corr, 0.998, c.name)
				}
			}
		}
		t.Log(text)
	}
}
