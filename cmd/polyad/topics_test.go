package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newsFile is a corpus of three subjects with four words each, and words of all.
func newsFile(k files) string {
	subjects := []struct{ label, words string }{
		{"sport", "match goal team player"}, {"politics", "election vote senate party"}, {"film", "actor film award music"},
	}
	var b strings.Builder
	for d := range 90 {
		s := subjects[d%3]
		words := strings.Fields(s.words)
		fmt.Fprintf(&b, "%s %s %s %s year day %s", words[d%4], words[(d/3)%4], words[(d/5)%4], words[(d+1)%4], []string{"time", "people", "world"}[(d/7)%3])
		if d%6 == 0 {
			fmt.Fprintf(&b, " %s", strings.Fields(subjects[(d/6)%3].words)[d%4])
		}
		fmt.Fprintf(&b, "\ttrain\t%s\n", s.label)
	}
	return k.text("news.tsv", b.String())
}

func topicsJSON(t *testing.T, args ...string) *topicsResult {
	t.Helper()
	code, out, errs := call(t.Context(), append(append([]string{"topics"}, args...), "--json")...)
	require.Equal(t, exitDone, code, errs)
	r := &topicsResult{}
	require.NoError(t, json.Unmarshal([]byte(out), r))
	return r
}

func TestTopics(t *testing.T) {
	k := newFiles(t)
	news := newsFile(k)
	r := topicsJSON(t, news, "--rank", "3")
	require.Equal(t, "topics", r.Verb)
	require.Equal(t, []int{90, 17}, []int{r.Documents, r.Vocabulary})
	require.Greater(t, *r.Purity, 0.95)
	require.Len(t, r.Topics, 3)
	labels := map[string]bool{}
	for _, at := range r.Topics {
		labels[at.Label] = true
		require.Equal(t, corpusList, at.Library)
		require.Contains(t, at.Words, at.Anchor)
		require.NotEmpty(t, at.Rival)
	}
	require.Len(t, labels, 3)

	dir := k.path("out")
	r = topicsJSON(t, news, "--rank", "3", "--anchors", "state=senate,vote,elections:1..1", "--anchors", "none=year:0..0", "--recovery", "kl", "--sweeps", "0", "--out", dir)
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "the corpus has no word elections; near it: election")
	of := map[string]int{}
	for _, at := range r.Topics {
		of[at.Library]++
	}
	require.Equal(t, map[string]int{"state": 1, corpusList: 2}, of)
	require.Zero(t, r.Sweeps)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, len(r.Files))
	rows, cols := readMatrix(t, k.path("out/documents.npy")).Dims()
	require.Equal(t, []int{90, 3}, []int{rows, cols})

	code, out, errs := call(t.Context(), "topics", k.text("n.ldac", "2 0:3 1:2\n2 2:2 3:1\n2 0:2 1:5\n2 2:1 3:4\n"), "--rank", "2", "--min-documents", "1")
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, errs, "no words but numbers")
	require.Contains(t, out, "nearest rival")
	require.Contains(t, out, "#0")

	code, out, errs = call(t.Context(), "info", news)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "corpus, 90×17 counts")
}

func TestTopicsRefuses(t *testing.T) {
	k := newFiles(t)
	news := newsFile(k)
	fail(t, exitUsage, []string{"topics"}, "usage: polyad topics CORPUS")
	fail(t, exitUsage, []string{"topics", news}, "--rank is missing; give the number of topics")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--recovery", "em"}, "--recovery", "ls or kl")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--method", "pca"}, "--method")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--sweeps", "-1"}, "--sweeps")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--min-documents", "-1"}, "--min-documents")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--top", "0"}, "--top")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--anchors", "goal"}, "give NAME=WORD")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--anchors", "a=goal:2..1"}, "bounds are empty")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--anchors", "a=gaol:1..1"}, "0 words in the corpus")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--anchors", "a=goal", "--anchors", "a=film"}, "two lists")
	fail(t, exitUsage, []string{"topics", news, "--rank", "2", "--anchors", "a=goal", "--method", "snpa"}, "leave it out")
	fail(t, exitFailure, []string{"topics", news, "--rank", "40"}, "40 topics", "fewer documents")
	fail(t, exitFailure, []string{"topics", k.path("nothing.tsv"), "--rank", "2"}, "no file")
	fail(t, exitFailure, []string{"topics", k.text("cut.ldac", "2 0:1 1:1\n3 0:1\n"), "--rank", "2"}, "cut.ldac", "line 2", "cut off")
	fail(t, exitFailure, []string{"topics", k.array("x.npy", []int{2, 2}, []float64{1, 2, 3, 4}), "--rank", "2"}, "file of npy")
	fail(t, exitFailure, []string{"topics", k.text("x.csv", "1,2\n3,4\n"), "--rank", "2"}, "file of csv", "LDA-C")
}
