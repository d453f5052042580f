package linalg

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
)

func readCSV(t *testing.T, path string) *mat.Dense {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var data []float64
	rows := 0
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		for field := range strings.SplitSeq(sc.Text(), ",") {
			v, err := strconv.ParseFloat(field, 64)
			require.NoError(t, err)
			data = append(data, v)
		}
		rows++
	}
	require.NoError(t, sc.Err())
	return mat.NewDense(rows, len(data)/rows, data)
}

// Abundances of two published scenes on their published endmembers, certified
// by support enumeration and by another Lawson–Hanson; the agreement that their
// README asks for is 1e-9.
func TestAbundancesMatchReference(t *testing.T) {
	for _, scene := range []string{"samson", "jasper"} {
		e := readCSV(t, sharedtest.Path(t, "ref/unmix/"+scene+"_E.csv"))
		y := readCSV(t, sharedtest.Path(t, "ref/unmix/"+scene+"_Y.csv"))
		p := newProblem(e, y)
		for name, s := range map[string]solver{"ucls": &LS{}, "scls": &SCLS{}, "nnls": &NNLS{}, "fcls": &FCLS{}} {
			want := readCSV(t, sharedtest.Path(t, "ref/unmix/"+scene+"_A_"+name+".csv"))
			n, r := p.m.Dims()
			got := mat.NewDense(n, r, nil)
			require.NoError(t, s.Solve(got, p.m, p.g))
			worst := 0.0
			for i := range n {
				for k := range r {
					worst = max(worst, abs(got.At(i, k)-want.At(k, i)))
				}
			}
			t.Logf("%s %s: largest difference %.1e", scene, name, worst)
			assert.LessOrEqual(t, worst, 1e-9, "%s %s", scene, name)
		}
	}
}

// The ℓ1 penalty of SUnSAL is linear on X ≥ 0, so NNLS solves it with λ taken from
// M: 105 atoms, many of them nearly equal. The certified optima are given as
// objectives.
func TestNNLSReachesSUnSALOptimum(t *testing.T) {
	d := readCSV(t, sharedtest.Path(t, "ref/unmix/sunsal_D.csv"))
	y := readCSV(t, sharedtest.Path(t, "ref/unmix/sunsal_Y.csv"))
	for lambda, want := range map[float64]float64{
		0.001: 0.1349472043091199,
		0.01:  0.8496720500411796,
		0.1:   7.2696031947200295,
	} {
		p := newProblem(d, y)
		p.m.Apply(func(_, _ int, v float64) float64 { return v - lambda }, p.m)
		n, r := p.m.Dims()
		a := mat.NewDense(n, r, nil)
		require.NoError(t, new(NNLS).Solve(a, p.m, p.g))
		assert.LessOrEqual(t, KKT(a, p.m, p.g, false), kktTol(r))
		var res mat.Dense
		res.Mul(d, a.T())
		res.Sub(y, &res)
		f := mat.Norm(&res, 2)
		assert.InEpsilon(t, want, f*f/2+lambda*mat.Sum(a), 1e-9, "λ=%g", lambda)
		x := readCSV(t, sharedtest.Path(t, "ref/unmix/sunsal_X_lam"+strconv.FormatFloat(lambda, 'g', -1, 64)+".csv"))
		x.Sub(x, a.T())
		assert.LessOrEqual(t, mat.Max(x), 1e-6)
		assert.GreaterOrEqual(t, mat.Min(x), -1e-6)
	}
}

func abs(x float64) float64 { return max(x, -x) }
