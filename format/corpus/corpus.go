package corpus

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/polyad/polyad/tensor"
)

// ErrFormat is wrapped when a text is no corpus.
var ErrFormat = errors.New("corpus: not a collection of documents")

// fail is an error at a line, counted from 1.
func fail(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrFormat, line, fmt.Sprintf(format, args...))
}

// Corpus is a collection of documents.
type Corpus struct {
	Counts *tensor.Sparse // documents × words
	Words  []string       // nil when the file has numbers only and there is no vocabulary
	Labels []string       // of the documents; nil: none
	Split  []string       // train, test, …; nil: none
	Names  []string       // of the documents; nil: none
	// Unknown is how many words of the text are not in the vocabulary and left out.
	Unknown int
}

// LongestLine is the longest line that is read: 16 MiB.
const LongestLine = 16 << 20

// lines calls f on every line that is not blank, with its number.
func lines(r io.Reader, f func(n int, line []byte) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), LongestLine)
	n := 0
	for s.Scan() {
		n++
		line := s.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		switch {
		case bytes.IndexByte(line, 0) >= 0:
			return fail(n, "a byte that is zero: the file is not text, or damaged")
		case !utf8.Valid(line):
			return fail(n, "not UTF-8: write the text as UTF-8")
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		if err := f(n, line); err != nil {
			return err
		}
	}
	if err := s.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fail(n+1, "longer than %d MiB", LongestLine>>20)
	} else if err != nil {
		return fmt.Errorf("corpus: after line %d: %w", n, err)
	}
	return nil
}

// ReadVocabulary reads words, one a line; blanks around them do not count. A word that
// stands twice is an error.
func ReadVocabulary(r io.Reader) ([]string, error) {
	var words []string
	seen := map[string]int{}
	err := lines(r, func(n int, line []byte) error {
		w := string(bytes.TrimSpace(line))
		if before, ok := seen[w]; ok {
			return fail(n, "the vocabulary has %q on line %d already", clip(w), before)
		}
		seen[w] = n
		words = append(words, w)
		return nil
	})
	if err == nil && len(words) == 0 {
		err = fmt.Errorf("%w: the vocabulary has no words", ErrFormat)
	}
	return words, err
}

// entries are counts by documents.
type entries struct {
	doc, word []int32
	count     []float64
	docs      int
}

func (e *entries) add(word int, count float64) {
	e.doc, e.word, e.count = append(e.doc, int32(e.docs)), append(e.word, int32(word)), append(e.count, count)
}

func (e *entries) sparse(words int) (*tensor.Sparse, error) {
	switch {
	case e.docs == 0:
		return nil, fmt.Errorf("%w: no documents", ErrFormat)
	case words == 0:
		return nil, fmt.Errorf("%w: %d documents without a word", ErrFormat, e.docs)
	}
	x, err := tensor.NewSparse([]int{e.docs, words}, [][]int32{e.doc, e.word}, e.count)
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	return x, nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
