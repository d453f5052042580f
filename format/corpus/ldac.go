package corpus

import (
	"bytes"
	"io"
	"math"
	"strconv"
)

// ReadLDAC reads the form of LDA-C. vocabulary may be nil: there are as many words then
// as the largest number says.
func ReadLDAC(r io.Reader, vocabulary []string) (*Corpus, error) {
	var e entries
	words := len(vocabulary)
	last := map[int]int{} // word → document after the one that had it last
	err := lines(r, func(n int, line []byte) error {
		cells := bytes.Fields(line)
		announced, err := strconv.Atoi(string(cells[0]))
		if err != nil || announced < 0 {
			return fail(n, "begins with %q, want how many different words follow", clip(string(cells[0])))
		}
		if announced != len(cells)-1 {
			return fail(n, "%d words announced and %d there: the line is cut off or damaged", announced, len(cells)-1)
		}
		for _, cell := range cells[1:] {
			word, count, ok := pair(cell)
			switch {
			case !ok:
				return fail(n, "%q is not WORD:COUNT, two whole numbers", clip(string(cell)))
			case vocabulary != nil && word >= len(vocabulary):
				return fail(n, "word %d, and the vocabulary has %d, counted from 0", word, len(vocabulary))
			case last[word] == e.docs+1:
				return fail(n, "word %d is there twice", word)
			}
			last[word] = e.docs + 1
			words = max(words, word+1)
			if count > 0 {
				e.add(word, float64(count))
			}
		}
		e.docs++
		return nil
	})
	if err != nil {
		return nil, err
	}
	x, err := e.sparse(words)
	return &Corpus{Counts: x, Words: vocabulary}, err
}

// pair reads WORD:COUNT.
func pair(cell []byte) (word, count int, ok bool) {
	a, b, found := bytes.Cut(cell, []byte{':'})
	word, err := strconv.Atoi(string(a))
	count, err2 := strconv.Atoi(string(b))
	return word, count, found && err == nil && err2 == nil && word >= 0 && word < math.MaxInt32 && count >= 0
}

// IsLDAC says whether the first bytes of a file have the form of LDA-C: a number, and
// pairs of numbers with colons.
func IsLDAC(head []byte) bool {
	line, _, whole := bytes.Cut(head, []byte{'\n'})
	cells := bytes.Fields(line)
	if len(cells) < 2 {
		return false
	}
	if !whole { // the last pair may be cut off
		cells = cells[:len(cells)-1]
	}
	if _, err := strconv.Atoi(string(cells[0])); err != nil {
		return false
	}
	for _, cell := range cells[1:] {
		if _, _, ok := pair(cell); !ok {
			return false
		}
	}
	return len(cells) >= 2
}
