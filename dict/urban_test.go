package dict

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/tensor"
)

// Two rows "d-…" of the authors' tables for Urban: from the pixels that another method
// has chosen to the pixels, the number of sweeps and the error that are printed. Atoms are
// the pixels themselves, and 24 sweeps are enough to lose one's way.
func TestPublishedScheduleOnUrban(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	a, err := format.Open(sharedtest.Path(t, "data", "scenes", "urban", "urban_undersampled4.mat") + "#M")
	require.NoError(t, err)
	defer a.Close()
	m, err := a.Matrix()
	require.NoError(t, err)
	x, d := tensor.FromMatrix(m), dictionary(t, m)
	for _, c := range []struct{ folder, name string }{{"urban_u4_r6", "SPA"}, {"urban_u4_r8", "SNPA"}} {
		from, to := expected(t, c.folder, c.name), expected(t, c.folder, "d-"+c.name)
		k := ints(t, from[5])
		start := d.Columns(k, true)
		o := Options{Methods: same(cpd.HALS{}, 2), Algorithm: Smooth{Schedule: PublishedMatrixSmooth}}
		o.Init = cpd.Given{Factors: []*mat.Dense{start, firstAbundances(t, x, start)}}
		r, told := follow(t, x, len(k), Mode{N: 0, Dict: d, Physical: true}, o)
		require.Equal(t, sorted(ints(t, to[5])), sorted(r.Atoms[0]))
		require.Equal(t, to[4], strconv.Itoa(len(told)-1), "sweeps")
		percent, err := strconv.ParseFloat(to[1], 64)
		require.NoError(t, err)
		require.InEpsilon(t, percent, 100*r.RelativeError, 1e-4, "theirs ends after 500 passes of HALS")
	}
}

// expected is a row of the table of a folder.
func expected(t *testing.T, folder, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sharedtest.Path(t, "ref", "dict", folder), "expected.tsv"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if row := strings.Split(strings.TrimSpace(line), "\t"); row[0] == name {
			return row
		}
	}
	require.FailNow(t, "no row", "%s in %s", name, folder)
	return nil
}

func ints(t *testing.T, text string) (k []int) {
	t.Helper()
	for _, w := range strings.Split(text, ",") {
		j, err := strconv.Atoi(w)
		require.NoError(t, err)
		k = append(k, j)
	}
	return k
}
