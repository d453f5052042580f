package corpus

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ReadText reads a tab-separated file, of which a line may also be nothing but the text.
// With a vocabulary other words are left out. A document none of whose words is in it
// stays, without words.
func ReadText(r io.Reader, vocabulary []string) (*Corpus, error) {
	var rows [][]string
	err := lines(r, func(n int, line []byte) error {
		cells := strings.Split(strings.TrimRight(string(line), "\r"), "\t")
		if len(rows) > 0 && len(cells) != len(rows[0]) {
			return fail(n, "%d cells between tabs, and %d on the lines before: the line is cut off, or a tab stands in a text", len(cells), len(rows[0]))
		}
		rows = append(rows, cells)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		rows = [][]string{{""}}[:0]
	}
	return table(rows, vocabulary)
}

// table sorts out what the columns are.
func table(rows [][]string, vocabulary []string) (*Corpus, error) {
	c := &Corpus{Words: vocabulary}
	var e entries
	if len(rows) > 0 {
		at := textColumn(rows)
		for k := range rows[0] {
			if k != at {
				c.column(rows, k)
			}
		}
		c.count(&e, rows, at)
	}
	var err error
	c.Counts, err = e.sparse(len(c.Words))
	return c, err
}

// textColumn is the column with the most words.
func textColumn(rows [][]string) int {
	words := make([]int, len(rows[0]))
	for _, cells := range rows {
		for k, cell := range cells {
			words[k] += len(strings.Fields(cell))
		}
	}
	best := 0
	for k, n := range words {
		if n > words[best] {
			best = k
		}
	}
	return best
}

var parts = []string{"train", "training", "test", "testing", "val", "valid", "validation", "dev"}

// column takes a column that is not the text.
func (c *Corpus) column(rows [][]string, k int) {
	values := make([]string, len(rows))
	different := map[string]bool{}
	split := true
	for i, cells := range rows {
		values[i] = strings.TrimSpace(cells[k])
		different[values[i]] = true
		split = split && slices.Contains(parts, strings.ToLower(values[i]))
	}
	switch {
	case split && c.Split == nil:
		c.Split = values
	case 2*len(different) <= len(rows) && c.Labels == nil:
		c.Labels = values
	case c.Names == nil:
		c.Names = values
	}
}

// count counts the words of the texts.
func (c *Corpus) count(e *entries, rows [][]string, at int) {
	number := map[string]int{}
	for i, w := range c.Words {
		number[w] = i
	}
	given := c.Words != nil
	for _, cells := range rows {
		times := map[int]float64{}
		for _, w := range strings.Fields(cells[at]) {
			i, ok := number[w]
			if !ok && given {
				c.Unknown++
				continue
			}
			if !ok {
				i = len(c.Words)
				number[w] = i
				c.Words = append(c.Words, w)
			}
			times[i]++
		}
		for _, i := range sorted(times) {
			e.add(i, times[i])
		}
		e.docs++
	}
}

func sorted(times map[int]float64) []int {
	keys := make([]int, 0, len(times))
	for i := range times {
		keys = append(keys, i)
	}
	slices.Sort(keys)
	return keys
}

// IsText says whether the first bytes of a file look like documents in a table: on each of
// the first lines some cells between tabs, as many on all, one of at least three words, and no
// number but in the first.
func IsText(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	const looked = 5
	columns := 0
	for n := range looked {
		line, rest, whole := bytes.Cut(head, []byte{'\n'})
		if n > 0 && !whole { // cut off, or there is none
			break
		}
		cells := strings.Split(strings.TrimRight(string(line), "\r"), "\t")
		if n == 0 {
			columns = len(cells)
		}
		if len(cells) != columns || !isDocument(cells, whole) {
			return false
		}
		head = rest
	}
	return true
}

// isDocument judges a line; one that is not whole goes on past the first bytes.
func isDocument(cells []string, whole bool) bool {
	if whole && len(cells) < 2 || len(cells) > 8 {
		return false
	}
	text := false
	for k, cell := range cells {
		words, numbers := strings.Fields(cell), 0
		for _, w := range words {
			if _, err := strconv.ParseFloat(strings.ReplaceAll(w, ",", "."), 64); err == nil {
				numbers++
			}
		}
		if len(words) == 1 && numbers == 1 && k > 0 {
			return false
		}
		text = text || len(words) >= 3 && 2*numbers < len(words)
	}
	return text && (len(cells) > 1 || strings.Count(cells[0], " ") > 20 && !strings.ContainsAny(cells[0], ",;"))
}
