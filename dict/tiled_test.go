package dict

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// slabs are a tensor behind slabs; reads fail from the given one on.
type slabs struct {
	*tensor.Dense
	fails, reads int
	lock         sync.Mutex
}

var errSector = errors.New("a bad sector")

func (s *slabs) ReadSlab(dst []float64, lo, hi int) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.reads++; s.fails > 0 && s.reads >= s.fails {
		return errSector
	}
	slice := len(s.Data()) / s.Dims()[0]
	copy(dst, s.Data()[lo*slice:hi*slice])
	return nil
}

// tiled is a tensor in slabs of one slice, so that reads come one after the other.
func (s *slabs) tiled(t *testing.T) *tensor.Tiled {
	t.Helper()
	slice := len(s.Data()) / s.Dims()[0]
	x, err := tensor.NewTiled(s, &tensor.TiledOptions{Memory: int64(slice*8)*16/3 + 16})
	require.NoError(t, err)
	return x
}

// mustTile has all the memory there is.
func mustTile(t *testing.T, s *slabs) *tensor.Tiled {
	t.Helper()
	x, err := tensor.NewTiled(s, nil)
	require.NoError(t, err)
	return x
}

// Data that memory holds are brought there: the same bits, also where no atom fits.
func TestSmallDataInSlabsAreGathered(t *testing.T) {
	rng := newRand(18)
	d := dictionary(t, drawn(rng, 9, 14, true))
	x := noisy(rng, 0.5, drawn(rng, 8, 2, true), drawn(rng, 9, 2, true), drawn(rng, 6, 2, true))
	modes := []Mode{{N: 1, Dict: d, Distinct: true}}
	o := &Options{Methods: same(cpd.NNLS{}, 3), Stop: sweep.MaxSweeps(40)}
	want, err := Decompose(t.Context(), x, 2, modes, o)
	require.NoError(t, err)
	got, err := Decompose(t.Context(), mustTile(t, &slabs{Dense: x}), 2, modes, o)
	require.NoError(t, err)
	require.Equal(t, want.Atoms, got.Atoms)
	require.Equal(t, want.Model.Factors[2].RawMatrix().Data, got.Model.Factors[2].RawMatrix().Data)
	_, err = Decompose(t.Context(), mustTile(t, &slabs{Dense: x, fails: 3}), 2, modes, o)
	require.ErrorIs(t, err, cpd.ErrRead)
}

// Data in slabs choose the atoms that they choose in memory, of a matrix and of a tensor;
// a read that fails is an error, with no result.
func TestAtomsOfDataInSlabs(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(81)
	d := dictionary(t, drawn(rng, 9, 14, true))
	atoms := d.Columns([]int{3, 11}, true)
	for _, x := range []*tensor.Dense{
		noisy(rng, 0.05, atoms, drawn(rng, 20, 2, true)),
		noisy(rng, 0.05, drawn(rng, 8, 2, true), atoms, drawn(rng, 6, 2, true)),
	} {
		order := len(x.Dims())
		modes := []Mode{{N: order - 2, Dict: d, Distinct: true}}
		for _, way := range []Algorithm{nil, Flexible{}, SOMP{}} {
			o := &Options{Methods: same(cpd.NNLS{}, order), Stop: sweep.MaxSweeps(40), Algorithm: way}
			want, err := Decompose(t.Context(), x, 2, modes, o)
			require.NoError(t, err)
			s := &slabs{Dense: x}
			got, err := Decompose(t.Context(), s.tiled(t), 2, modes, o)
			require.NoError(t, err)
			require.ElementsMatch(t, want.Atoms[order-2], got.Atoms[order-2])
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-5)
			for _, fails := range []int{1, s.reads / 2, s.reads} {
				r, err := Decompose(t.Context(), (&slabs{Dense: x, fails: fails}).tiled(t), 2, modes, o)
				require.ErrorIs(t, err, cpd.ErrRead, "read %d of %d", fails, s.reads)
				require.ErrorIs(t, err, errSector)
				require.Nil(t, r)
			}
		}
	}
}
