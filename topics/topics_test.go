package topics

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// planted draws documents of length words from K topics; word 2k and word 2k+1 are in topic
// k alone, the others in all.
func planted(t *testing.T, k, words, docs, length int, seed uint64) (topics *mat.Dense, theta *mat.Dense, x *tensor.Sparse) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	topics, theta = mat.NewDense(k, words, nil), mat.NewDense(docs, k, nil)
	for q := range k {
		row := topics.RawRowView(q)
		for i := 2 * k; i < words; i++ {
			row[i] = math.Pow(rng.Float64(), 3)
		}
		sum := mat.Sum(topics.RowView(q))
		for i := range row {
			row[i] *= 0.7 / sum
		}
		row[2*q], row[2*q+1] = 0.2, 0.1
	}
	var index [2][]int32
	var values []float64
	for d := range docs {
		sum := 0.0
		for q := range k {
			theta.Set(d, q, math.Pow(rng.ExpFloat64(), 3))
			sum += theta.At(d, q)
		}
		count := map[int]float64{}
		for q := range k {
			theta.Set(d, q, theta.At(d, q)/sum)
		}
		for range length {
			count[draw(rng, topics.RawRowView(draw(rng, theta.RawRowView(d))))]++
		}
		for i := range words {
			if count[i] > 0 {
				index[0], index[1], values = append(index[0], int32(d)), append(index[1], int32(i)), append(values, count[i])
			}
		}
	}
	return topics, theta, sparse(t, []int{docs, words}, index, values)
}

func sparse(t *testing.T, dims []int, index [2][]int32, values []float64) *tensor.Sparse {
	t.Helper()
	x, err := tensor.NewSparse(dims, index[:], values)
	require.NoError(t, err)
	return x
}

func draw(rng *rand.Rand, p []float64) int {
	u := rng.Float64()
	for i, v := range p {
		if u -= v; u < 0 {
			return i
		}
	}
	return len(p) - 1
}

// Q is what all ordered pairs of different places of every document are.
func TestCooccurrenceCountsPairs(t *testing.T) {
	_, _, x := planted(t, 2, 9, 20, 6, 1)
	c, err := NewCooccurrence(x)
	require.NoError(t, err)
	want := mat.NewDense(9, 9, nil)
	dense := x.Dense()
	for d := range 20 {
		var text []int
		for i := range 9 {
			for range int(dense.At(d, i)) {
				text = append(text, i)
			}
		}
		for a, i := range text {
			for b, j := range text {
				if a != b {
					want.Set(i, j, want.At(i, j)+1.0/(20*6*5))
				}
			}
		}
	}
	for i := range 9 {
		sum := mat.Sum(want.RowView(i))
		require.InDelta(t, sum, c.Share[i], 1e-14)
		for j := range 9 {
			if sum > 0 {
				require.InDelta(t, want.At(i, j)/sum, c.Profiles.At(j, i), 1e-12, "%d beside %d", j, i)
			}
		}
	}
	require.InDelta(t, 1, mat.Sum(mat.NewVecDense(9, c.Share)), 1e-12)
	require.Equal(t, 20, c.Total)
}

func TestFitFindsPlantedTopics(t *testing.T) {
	racetest.Slow(t)
	const k = 4
	truth, theta, x := planted(t, k, 60, 500, 60, 2)
	for _, o := range []*Options{nil, {Recovery: KullbackLeibler, Sweeps: -1}, {Selector: matrix.SNPA{}, MinDocuments: 40}} {
		m, err := Fit(t.Context(), x, k, o)
		require.NoError(t, err)
		var found []int
		for q, a := range m.Anchors {
			is := a.Word / 2
			require.Less(t, is, k, "anchor %d", a.Word)
			found = append(found, is)
			require.Equal(t, Corpus, a.Library)
			require.Equal(t, a.Word^1, a.Rival) // the other word that is in this topic alone
			require.Greater(t, a.Separation, 0.5)
			off := 0.0
			for i := range 60 {
				off += math.Abs(m.Topics.At(q, i) - truth.At(is, i))
			}
			require.Less(t, off, 0.2, "topic %d", is)
			miss := 0.0
			for d := range 500 {
				miss += math.Abs(m.Documents.At(d, q)-theta.At(d, is)) / 500
			}
			require.Less(t, miss, 0.08, "documents of topic %d", is)
			require.InDelta(t, 1, mat.Sum(m.Topics.RowView(q)), 1e-12)
		}
		slices.Sort(found)
		require.Equal(t, []int{0, 1, 2, 3}, found)
		require.InDelta(t, 1, mat.Sum(mat.NewVecDense(k, m.Share)), 1e-12)
	}
}

func TestFitHeedsLists(t *testing.T) {
	racetest.Slow(t)
	const k = 4
	_, _, x := planted(t, k, 60, 300, 60, 3)
	for _, c := range []struct {
		lists []Library
		want  []int // anchors of each list
	}{
		{[]Library{{"a", []int{20, 21}, 1, 1}}, []int{1}},
		{[]Library{{"a", []int{20, 21}, 2, -1}, {"b", []int{0, 2, 4, 6}, 1, 1}}, []int{2, 1}},
		{[]Library{{"a", []int{0, 1, 2, 3, 4, 5, 6, 7}, 0, 0}}, []int{0}},
	} {
		m, err := Fit(t.Context(), x, k, &Options{Libraries: c.lists, MinDocuments: 1, Sweeps: -1})
		require.NoError(t, err)
		got := make([]int, len(c.lists))
		for _, a := range m.Anchors {
			in := Corpus
			for g, l := range c.lists {
				if slices.Contains(l.Words, a.Word) {
					in = g
					got[g]++
				}
			}
			require.Equal(t, in, a.Library)
		}
		require.Equal(t, c.want, got)
	}
	// Bounds that bind nothing choose as SPA does.
	free, err := Fit(t.Context(), x, k, &Options{MinDocuments: 1, Sweeps: -1})
	require.NoError(t, err)
	lists := []Library{{"all", []int{0, 3, 9, 10, 11}, 0, -1}}
	bound, err := Fit(t.Context(), x, k, &Options{MinDocuments: 1, Sweeps: -1, Libraries: lists})
	require.NoError(t, err)
	for q := range free.Anchors {
		require.Equal(t, free.Anchors[q].Word, bound.Anchors[q].Word)
	}
}

func TestFitIsTheSameForAnyWorkers(t *testing.T) {
	_, _, x := planted(t, 3, 40, 200, 30, 4)
	was := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
	var models []*Model
	for _, workers := range []int{1, 2} {
		runtime.GOMAXPROCS(workers)
		m, err := Fit(t.Context(), x, 3, &Options{Sweeps: 30})
		require.NoError(t, err)
		models = append(models, m)
	}
	require.Equal(t, models[0].Anchors, models[1].Anchors)
	require.Equal(t, models[0].Topics, models[1].Topics)
	require.Equal(t, models[0].Documents, models[1].Documents)
}

func TestFitRefuses(t *testing.T) {
	_, _, x := planted(t, 2, 9, 20, 6, 1)
	short := sparse(t, []int{2, 2}, [2][]int32{{0, 1}, {0, 1}}, []float64{1, 1})
	half := sparse(t, []int{1, 2}, [2][]int32{{0, 0}, {0, 1}}, []float64{1, 0.5})
	wide := sparse(t, []int{1, MaxWords + 1}, [2][]int32{{0}, {MaxWords}}, []float64{2})
	for _, c := range []struct {
		x    *tensor.Sparse
		k    int
		o    Options
		want error
		say  string
	}{
		{nil, 2, Options{}, ErrShape, "documents × words"},
		{short, 1, Options{}, ErrShape, "no document has two words"},
		{wide, 1, Options{}, ErrSize, "16385 words"},
		{half, 1, Options{}, ErrCounts, "document 0 has word 1 0.5 times"},
		{x, 0, Options{}, ErrRank, "0 topics"},
		{x, 10, Options{}, ErrRank, "10 topics"},
		{x, 3, Options{MinDocuments: 99}, ErrRank, "at least 99 documents"},
		{x, 2, Options{MinDocuments: -1}, ErrOptions, "-1"},
		{x, 2, Options{Recovery: 7}, ErrOptions, "7"},
		{x, 2, Options{Libraries: []Library{{"a", []int{9}, 0, 1}}}, ErrLibrary, "word 9 of 9"},
		{x, 2, Options{Libraries: []Library{{"a", []int{1}, 2, 1}}}, ErrLibrary, "bounds 2 to 1"},
		{x, 2, Options{Libraries: []Library{{"a", []int{1}, 2, 2}}}, ErrLibrary, "fewer than the 2"},
		{x, 2, Options{Libraries: []Library{{"a", []int{1}, 0, 1}, {"b", []int{1}, 0, 1}}}, ErrLibrary, "in a and in b"},
		{x, 1, Options{Libraries: []Library{{"a", []int{1, 2}, 2, 2}}}, ErrLibrary, "ask for 2 anchors"},
	} {
		m, err := Fit(t.Context(), c.x, c.k, &c.o)
		require.ErrorIs(t, err, c.want, fmt.Sprint(c.say))
		require.ErrorContains(t, err, c.say)
		require.Nil(t, m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m, err := Fit(ctx, x, 2, &Options{MinDocuments: 1, Observe: func(p sweep.Point) error {
		if p.Sweep == 3 {
			cancel()
		}
		return nil
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, len(m.Trace), 10)
	require.NotNil(t, m.Topics)
}
