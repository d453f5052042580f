package corpus

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func dense(t *testing.T, c *Corpus) ([]int, []float64) {
	t.Helper()
	return c.Counts.Dims(), c.Counts.Dense().Data()
}

func TestReadLDAC(t *testing.T) {
	c, err := ReadLDAC(strings.NewReader("2 0:2 3:1\n\n0\n1 1:4\r\n"), nil)
	require.NoError(t, err)
	dims, data := dense(t, c)
	require.Equal(t, []int{3, 4}, dims)
	require.Equal(t, []float64{2, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0}, data)
	require.Nil(t, c.Words)
	c, err = ReadLDAC(strings.NewReader("1 0:2"), []string{"a", "b", "c"})
	require.NoError(t, err)
	require.Equal(t, []int{1, 3}, c.Counts.Dims())
}

func TestReadText(t *testing.T) {
	c, err := ReadText(strings.NewReader("\ufeffa b a\ttrain\tx\t1\nb c\ttest\ty\t2\n\nd\tval\tx\t3\nc b\ttrain\ty\t4"), nil)
	require.NoError(t, err)
	dims, data := dense(t, c)
	require.Equal(t, []int{4, 4}, dims)
	require.Equal(t, []float64{2, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0}, data)
	require.Equal(t, []string{"a", "b", "c", "d"}, c.Words)
	require.Equal(t, []string{"x", "y", "x", "y"}, c.Labels)
	require.Equal(t, []string{"train", "test", "val", "train"}, c.Split)
	require.Equal(t, []string{"1", "2", "3", "4"}, c.Names)

	c, err = ReadText(strings.NewReader("x\ta b a z\ny\tc q\n"), []string{"c", "a"})
	require.NoError(t, err)
	dims, data = dense(t, c)
	require.Equal(t, []int{2, 2}, dims)
	require.Equal(t, []float64{0, 2, 1, 0}, data)
	require.Equal(t, 3, c.Unknown)
	require.Equal(t, []string{"x", "y"}, c.Names)
}

func TestReadersRefuse(t *testing.T) {
	ldac := func(words ...string) func(io.Reader) error {
		return func(r io.Reader) error { _, err := ReadLDAC(r, words); return err }
	}
	text := func(r io.Reader) error { _, err := ReadText(r, nil); return err }
	vocabulary := func(r io.Reader) error { _, err := ReadVocabulary(r); return err }
	for _, c := range []struct {
		read func(io.Reader) error
		text string
		want string
	}{
		{ldac(), "", "no documents"},
		{ldac(), "0\n0\n", "without a word"},
		{ldac(), "1 0:1\n3 0:1 1:1\n", "line 2: 3 words announced and 2 there"},
		{ldac(), "x 0:1\n", `line 1: begins with "x"`},
		{ldac(), "-1\n", "line 1"},
		{ldac(), "1 0:1\n1 0\n", `line 2: "0" is not WORD:COUNT`},
		{ldac(), "1 -1:1\n", "line 1"},
		{ldac(), "1 0:1.5\n", "line 1"},
		{ldac(), "1 2147483647:1\n", "line 1"},
		{ldac(), "2 5:1 5:2\n", "word 5 is there twice"},
		{ldac("a", "b"), "1 2:1\n", "the vocabulary has 2"},
		{ldac(), "1 0:1\n\x00\n", "line 2: a byte that is zero"},
		{text, "", "no documents"},
		{text, "a b\tx\nc d\n", "line 2: 1 cells between tabs, and 2"},
		{text, "a b\tx\nc \xff\ty\n", "line 2: not UTF-8"},
		{text, " \t \nx\ty\n", ""},
		{vocabulary, "a\nb\na\n", `line 3: the vocabulary has "a" on line 1`},
		{vocabulary, "\n", "no words"},
	} {
		err := c.read(strings.NewReader(c.text))
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrFormat, c.text)
		require.ErrorContains(t, err, c.want)
	}
	broken := errors.New("unplugged")
	_, err := ReadText(io.MultiReader(strings.NewReader("a\n"), failing{broken}), nil)
	require.ErrorIs(t, err, broken)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestIsCorpus(t *testing.T) {
	long := strings.Repeat("word ", 300)
	for _, c := range []struct {
		head       string
		ldac, text bool
	}{
		{"2 0:1 7:3\n1 5:1\n", true, false},
		{"2 0:1 7:", true, false},
		{"2 0:1 x:3\n", false, false},
		{"three small words\ttech\n", false, true},
		{"7\ttech\tthree small words\n", false, true},
		{long, false, true},
		{long + "\ttest\n", false, true},
		{"sample\t400\t410\n", false, false},
		{"three small words\ttech\n\ta b c\n", false, true},
		{"name of the sample\tits class\nnear the lake\t0.3\n", false, false},
		{"near the lake\t0.3\t0.4\n", false, false},
		{"1 2 3\n4 5 6\n", false, false},
		{"1 2 3\t4 5 6\n", false, false},
		{"Class,400,410\ntree,1,2\n", false, false},
		{"", false, false},
	} {
		require.Equal(t, c.ldac, IsLDAC([]byte(c.head)), c.head)
		require.Equal(t, c.text, IsText([]byte(c.head)), c.head)
	}
}

// withinMemory calls f, which reads a text of so many bytes, and fails when it takes
// much more memory than that.
func withinMemory(t *testing.T, size int, f func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+500*size); got > most {
		t.Fatalf("%d bytes for a text of %d", got, size)
	}
}

func FuzzLDAC(f *testing.F) {
	for _, s := range []string{"2 0:2 3:1\n0\n1 1:4\r\n", "1 0:", "1 99999999999999999999:1", "\ufeff1 0:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c *Corpus
		var err error
		withinMemory(t, len(s), func() { c, err = ReadLDAC(strings.NewReader(s), nil) })
		if err != nil {
			require.Nil(t, counts(c))
			return
		}
		require.Equal(t, 2, len(c.Counts.Dims()))
		IsLDAC([]byte(s))
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a b a\ttrain\tx\t1\nb c\ttest\ty\t2\n", "\t\n\t\n", "a\tb\nc", "\xef\xbb\xbf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		IsText([]byte(s))
		var c *Corpus
		var err error
		withinMemory(t, len(s), func() { c, err = ReadText(strings.NewReader(s), nil) })
		if err != nil {
			require.Nil(t, counts(c))
			return
		}
		require.Equal(t, len(c.Words), c.Counts.Dims()[1])
		again, err := ReadText(strings.NewReader(s), c.Words)
		require.NoError(t, err)
		require.Zero(t, again.Unknown)
		require.Equal(t, c.Counts.SquaredNorm(), again.Counts.SquaredNorm())
	})
}

func counts(c *Corpus) any {
	if c == nil || c.Counts == nil {
		return nil
	}
	return c.Counts
}
