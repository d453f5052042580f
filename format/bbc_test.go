package format

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
)

// BBC News as its makers describe it: 2225 documents, 2949 words, 120.12 words a document.
func TestCorpusReadsBBC(t *testing.T) {
	racetest.Slow(t)
	c, err := Corpus(sharedtest.Path(t, "data", "documents", "bbc", "corpus.tsv"), "")
	require.NoError(t, err)
	require.Equal(t, []int{2225, 2949}, c.Counts.Dims())
	require.Equal(t, 182484, c.Counts.Stored())
	require.Zero(t, c.Unknown)
	sum, labels := 0.0, map[string]int{}
	for _, v := range c.Counts.Coordinates() {
		sum += v
	}
	require.InDelta(t, 120.12, sum/2225, 0.005)
	for _, l := range c.Labels {
		labels[l]++
	}
	require.Equal(t, map[string]int{"business": 510, "entertainment": 386, "politics": 417, "sport": 511, "tech": 401}, labels)
	require.Equal(t, "train", c.Split[0])
}
