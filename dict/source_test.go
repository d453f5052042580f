package dict

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// columns is a Source that gives the columns of a matrix and fails after so many reads.
type columns struct {
	*mat.Dense
	lock sync.Mutex
	left int
}

var errDisk = errors.New("the disk is gone")

func (c *columns) ReadColumns(dst []float64, first, n int) error {
	c.lock.Lock()
	c.left--
	failed := c.left < 0
	c.lock.Unlock()
	if failed {
		return errDisk
	}
	rows, _ := c.Dims()
	for i := range rows {
		copy(dst[i*n:][:n], c.RawRowView(i)[first:])
	}
	return nil
}

func storedIn(t testing.TB, atoms *mat.Dense) *Dictionary {
	t.Helper()
	d, err := NewStored(&columns{Dense: atoms, left: 1 << 30}, nil, nil)
	require.NoError(t, err)
	return d
}

// Atoms that are read block by block give what atoms in memory give, bit by bit: norms,
// odd atoms among them, columns, coherence, pruning, the choices of every rule.
func TestStoredAtomsAreThoseInMemory(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := newRand(5)
	atoms := drawn(rng, 9, 5000, false)
	for i := range 9 {
		atoms.Set(i, 77, 1e150*atoms.At(i, 77))
		atoms.Set(i, 4321, 3+1e-6*atoms.At(i, 4321))
	}
	want := dictionary(t, atoms)
	a := drawn(rng, 9, 4, false)
	for _, workers := range []int{1, 3} {
		runtime.GOMAXPROCS(workers)
		got := storedIn(t, atoms)
		require.Equal(t, want.norms, got.norms)
		require.Equal(t, want.plain, got.plain)
		require.Equal(t, want.centered(), got.centered())
		require.Equal(t, want.Atom(123), got.Atom(123))
		index := []int{4, 5, 6, 4999, 0, 77, 78}
		for _, physical := range []bool{false, true} {
			require.Equal(t, want.Columns(index, physical), got.Columns(index, physical))
		}
		for match := Correlation; match <= Loss; match++ {
			m := Mode{Match: match, Distinct: true, Group: make([]int, 5000), Bounds: []assign.Bound{{Min: 1, Max: 2}, {Min: 0, Max: -1}}}
			for j := range m.Group {
				m.Group[j] = j % 2
			}
			inMemory, stored := m, m
			inMemory.Dict, stored.Dict = want, got
			c, s := newChooser(&inMemory, 4, false), newChooser(&stored, 4, false)
			require.NoError(t, c.choose(a))
			require.NoError(t, s.choose(a))
			require.Equal(t, c.atoms, s.atoms)
			require.Equal(t, c.target, s.target)
		}
		z := drawn(newRand(1), 9, 3, false)
		v, w := newProjection(&Mode{Dict: want}, z), newProjection(&Mode{Dict: got}, z)
		require.Equal(t, v.score([]int{1, 4000}), w.score([]int{1, 4000}))
		require.Equal(t, v.gain, w.gain)
	}
	got := storedIn(t, atoms)
	mu, i, j := want.Coherence()
	mu2, i2, j2 := got.Coherence()
	require.Equal(t, []any{mu, i, j}, []any{mu2, i2, j2})
	require.Equal(t, want.Prune(0.9), got.Prune(0.9))
	require.Nil(t, got.Atoms())
	require.NoError(t, got.Err())
}

// So do dictionaries joined of both kinds, across their seams.
func TestJoinedAtomsAreThoseOfTheParts(t *testing.T) {
	rng := newRand(6)
	one, two, three := drawn(rng, 5, 700, false), drawn(rng, 5, 3, false), drawn(rng, 5, 900, false)
	named, err := New(two, []string{"a", "b", ""}, []float64{1, 2, 3, 4, 5})
	require.NoError(t, err)
	var names [][]string
	for _, parts := range [][]*Dictionary{
		{named, dictionary(t, one), dictionary(t, three)},
		{named, storedIn(t, one), dictionary(t, three)},
		{named, storedIn(t, one), storedIn(t, three)},
	} {
		d, err := Join(parts)
		require.NoError(t, err)
		require.Equal(t, []float64{1, 2, 3, 4, 5}, d.Axis())
		all, err := Join(parts[:1])
		require.NoError(t, err)
		require.Equal(t, named.Atoms().RawMatrix().Data[:3], all.Atoms().RawMatrix().Data[:3])
		var index []int
		var named []string
		for j := range 1603 {
			index, named = append(index, j), append(named, d.Name(j))
		}
		names = append(names, named)
		var want mat.Dense
		want.Augment(two, one)
		var whole mat.Dense
		whole.Augment(&want, three)
		require.True(t, mat.Equal(&whole, d.Columns(index, true)))
		require.Equal(t, mat.Col(nil, 702, &whole), d.Atom(702))
	}
	require.Equal(t, names[0], names[1])
	require.Equal(t, names[0], names[2])
	_, err = Join([]*Dictionary{named, dictionary(t, drawn(rng, 4, 2, true))})
	require.ErrorIs(t, err, ErrShape)
	_, err = Join(nil)
	require.ErrorIs(t, err, ErrShape)
}

// Whole fits, of tensors and matrices, from atoms in memory and from stored ones.
func TestDecomposeFromStoredAtoms(t *testing.T) {
	x, modes, o := hasty(t)
	stored := modes[0]
	stored.Dict = storedIn(t, mat.DenseCopyOf(modes[0].Dict.Atoms()))
	o.Stop = sweep.MaxSweeps(20)
	for _, a := range []Algorithm{Hard{Sweeps: 20}, Smooth{Sweeps: 20}, SOMP{}} {
		o.Algorithm = a
		want, err := Decompose(t.Context(), x, 4, modes, &o)
		require.NoError(t, err)
		got, err := Decompose(t.Context(), x, 4, []Mode{stored}, &o)
		require.NoError(t, err)
		require.Equal(t, want.Atoms, got.Atoms)
		require.Equal(t, want.Model, got.Model)
	}
	few := dictionary(t, modes[0].Dict.Columns([]int{0, 1, 2, 20, 21, 30, 31, 44, 50, 60}, true)) // for their spark takes time
	m := Mode{N: 1, Dict: few, Distinct: true}
	r, err := Decompose(t.Context(), x, 4, []Mode{m}, &o)
	require.NoError(t, err)
	want, err := Examine(t.Context(), x, r, []Mode{m}, &TrustOptions{Fit: o, Resamples: -1, Restarts: -1})
	require.NoError(t, err)
	m.Dict = storedIn(t, mat.DenseCopyOf(few.Atoms()))
	got, err := Examine(t.Context(), x, r, []Mode{m}, &TrustOptions{Fit: o, Resamples: -1, Restarts: -1})
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%#v", want.Atoms), fmt.Sprintf("%#v", got.Atoms)) // some fields are NaN
	o.Algorithm = Gradient{}
	_, err = Decompose(t.Context(), x, 4, []Mode{stored}, &o)
	require.ErrorIs(t, err, ErrOptions)
	stored.Distinct, stored.PerComponent = false, 2
	_, err = Decompose(t.Context(), x, 4, []Mode{stored}, &Options{})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "in memory")
}

// A source that fails, whenever it does, ends what is being done with its own error.
func TestFailingSourcesEndTheFit(t *testing.T) {
	x, modes, _ := hasty(t)
	atoms := mat.DenseCopyOf(modes[0].Dict.Atoms())
	count := &columns{Dense: atoms, left: 1 << 30}
	d, err := NewStored(count, nil, nil)
	require.NoError(t, err)
	made := 1<<30 - count.left
	o := Options{Methods: same(cpd.HALS{}, 3), Algorithm: Hard{}}
	_, err = Decompose(t.Context(), x, 4, []Mode{{N: 1, Dict: d}}, &o)
	require.NoError(t, err)
	reads := 1<<30 - count.left
	for _, left := range []int{0, made, made + 1, (made + reads) / 2, reads - 1} {
		d, err := NewStored(&columns{Dense: atoms, left: left}, nil, nil)
		if left < made {
			require.ErrorIs(t, err, errDisk)
			continue
		}
		require.NoError(t, err)
		r, err := Decompose(t.Context(), x, 4, []Mode{{N: 1, Dict: d}}, &o)
		require.ErrorIs(t, err, errDisk, "%d reads", left)
		require.ErrorContains(t, err, "reading atoms")
		require.Nil(t, r)
		require.ErrorIs(t, d.Err(), errDisk)
	}
	_, err = NewStored(&columns{Dense: mat.NewDense(2, 2, []float64{1, 0, 1, 0}), left: 9}, nil, nil)
	require.ErrorIs(t, err, ErrAtom)
	require.ErrorContains(t, err, fmt.Sprint("atom ", 1))
}
