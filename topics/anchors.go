package topics

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// Library is a list of words of which from Min to Max are anchors.
type Library struct {
	Name  string
	Words []int // columns of the counts
	// Min and Max bound the number of anchors from it; Max −1 is any number.
	Min, Max int
}

// Corpus is the Library of an anchor that is from no list.
const Corpus = -1

// An Anchor is a word that stands for one topic.
type Anchor struct {
	Word    int
	Library int // index of the list it is from, or Corpus
	// Rival is the word, of those allowed in its place, whose profile makes the least angle
	// with the anchor's, Angle in radians; −1 where no other word is allowed.
	Rival int
	Angle float64
	// Separation is how far the anchor's profile is from every mixture of those of the other
	// anchors, relative to its norm: 0 of a topic that the others make up, about 1 of one that
	// they say nothing of.
	Separation float64
}

// candidates are the words that may be anchors, and the list that each is from.
type candidates struct {
	word   []int
	list   []int
	bounds []Library
	x      *mat.Dense // their profiles, W×len(word)
}

// newCandidates are the words of the lists, whatever their frequency, and those of the
// corpus that are in as many documents as asked for and in no list.
func newCandidates(c *Cooccurrence, rank, least int, libraries []Library) (*candidates, error) {
	w := &candidates{bounds: libraries}
	words := len(c.Share)
	listed := make([]int, words)
	least0 := 0
	for g, l := range libraries {
		if l.Min < 0 || l.Max < -1 || l.Max >= 0 && l.Max < l.Min {
			return nil, fmt.Errorf("%w: %s has bounds %d to %d", ErrLibrary, l.Name, l.Min, l.Max)
		}
		found := 0
		for _, i := range l.Words {
			if i < 0 || i >= words {
				return nil, fmt.Errorf("%w: %s has word %d of %d", ErrLibrary, l.Name, i, words)
			}
			if before := listed[i] - 1; before >= 0 && before != g {
				return nil, fmt.Errorf("%w: word %d is in %s and in %s; a word belongs to one list", ErrLibrary, i, libraries[before].Name, l.Name)
			}
			if listed[i] > 0 || c.Share[i] == 0 {
				continue // twice in the list, or never beside another word
			}
			listed[i] = g + 1
			w.word, w.list = append(w.word, i), append(w.list, g)
			found++
		}
		if found < l.Min {
			return nil, fmt.Errorf("%w: %s has %d words that occur beside others, fewer than the %d anchors asked for", ErrLibrary, l.Name, found, l.Min)
		}
		least0 += l.Min
	}
	if least0 > rank {
		return nil, fmt.Errorf("%w: the lists ask for %d anchors at least, and there are %d topics", ErrLibrary, least0, rank)
	}
	for i, n := range c.Documents {
		if listed[i] == 0 && n >= least && c.Share[i] > 0 {
			w.word, w.list = append(w.word, i), append(w.list, Corpus)
		}
	}
	if room := w.room(); room < rank {
		return nil, fmt.Errorf("%w: %d topics, and %d words may be anchors: those in at least %d documents and in the lists as far as their bounds go; ask for words in fewer documents", ErrRank, rank, room, least)
	}
	w.x = mat.NewDense(words, len(w.word), nil)
	for i := range words {
		from, to := c.Profiles.RawRowView(i), w.x.RawRowView(i)
		for k, j := range w.word {
			to[k] = from[j]
		}
	}
	return w, nil
}

// room is the number of anchors that there can be.
func (w *candidates) room() int {
	count := w.count(nil)
	n := count[len(w.bounds)]
	for g, l := range w.bounds {
		if l.Max >= 0 {
			count[g] = min(count[g], l.Max)
		}
		n += count[g]
	}
	return n
}

// count is the number of candidates of each list, the corpus last, or of those at places.
func (w *candidates) count(places []int) []int {
	count := make([]int, len(w.bounds)+1)
	one := func(k int) {
		if g := w.list[k]; g == Corpus {
			count[len(w.bounds)]++
		} else {
			count[g]++
		}
	}
	if places == nil {
		for k := range w.word {
			one(k)
		}
	}
	for _, k := range places {
		one(k)
	}
	return count
}

// choose are the places of the anchors. Without lists any Selector serves.
func (w *candidates) choose(ctx context.Context, s matrix.Selector, rank int) ([]int, error) {
	if len(w.bounds) > 0 {
		return w.bounded(rank)
	}
	if s == nil {
		s = matrix.SPA{}
	}
	sel, err := s.Select(ctx, w.x, rank)
	if err != nil {
		return nil, fmt.Errorf("topics: anchors: %w", err)
	}
	return sel.Index, nil
}

// bounded is successive projection under bounds: of the candidates that leave the rest of
// the bounds within reach, the one whose profile is longest when those of the anchors
// before are projected out. It is matrix.SPA where there is nothing to heed.
func (w *candidates) bounded(rank int) ([]int, error) {
	words, n := w.x.Dims()
	left, norm := mat.DenseCopyOf(w.x), make([]float64, n)
	for i := range words {
		for k, v := range left.RawRowView(i) {
			norm[k] += v * v
		}
	}
	var chosen []int
	u, along := make([]float64, words), make([]float64, n)
	for len(chosen) < rank {
		best := w.longest(norm, chosen, rank)
		if best < 0 {
			break
		}
		chosen = append(chosen, best)
		mat.Col(u, best, left)
		size := 0.0
		for _, v := range u {
			size += v * v
		}
		clear(along)
		for i, v := range u {
			for k, x := range left.RawRowView(i) {
				along[k] += v * x
			}
		}
		clear(norm)
		for i, v := range u {
			for k, x := range left.RawRowView(i) {
				x -= v * along[k] / size
				left.RawRowView(i)[k] = x
				norm[k] += x * x
			}
		}
		norm[best] = 0
	}
	return chosen, nil
}

// longest is the allowed candidate of largest norm, or −1.
func (w *candidates) longest(norm []float64, chosen []int, rank int) int {
	count := w.count(chosen)
	if chosen == nil {
		clear(count)
	}
	owed := 0
	for g, l := range w.bounds {
		owed += max(0, l.Min-count[g])
	}
	free := rank-len(chosen) > owed
	best := -1
	for k, v := range norm {
		allowed := free
		if g := w.list[k]; g != Corpus {
			l := w.bounds[g]
			allowed = count[g] < l.Min || free && (l.Max < 0 || count[g] < l.Max)
		}
		if allowed && v > 1e-18 && (best < 0 || v > norm[best]) {
			best = k
		}
	}
	return best
}

// anchors says of every chosen word what is near it.
func (w *candidates) anchors(ctx context.Context, chosen []int) ([]Anchor, error) {
	words, n := w.x.Dims()
	norm := make([]float64, n)
	for i := range words {
		for k, v := range w.x.RawRowView(i) {
			norm[k] += v * v
		}
	}
	is := make([]bool, n)
	for _, k := range chosen {
		is[k] = true
	}
	list := make([]Anchor, len(chosen))
	dot := make([]float64, n)
	for a, k := range chosen {
		at := Anchor{Word: w.word[k], Library: w.list[k], Rival: -1, Separation: 1}
		clear(dot)
		for i := range words {
			row := w.x.RawRowView(i)
			for q, v := range row {
				dot[q] += row[k] * v
			}
		}
		most := -1.0
		for q, d := range dot {
			if cos := d / math.Sqrt(norm[q]*norm[k]); !is[q] && w.list[q] == w.list[k] && cos > most {
				most, at.Rival = cos, w.word[q]
			}
		}
		if at.Rival >= 0 {
			at.Angle = math.Acos(min(1, most))
		}
		if len(chosen) > 1 {
			others := mat.NewDense(words, len(chosen)-1, nil)
			q := 0
			for b, o := range chosen {
				if b != a {
					others.SetCol(q, mat.Col(nil, o, w.x))
					q++
				}
			}
			fit, err := matrix.FCLS(ctx, others, w.x.Slice(0, words, k, k+1))
			if err != nil {
				return nil, fmt.Errorf("topics: separation: %w", err)
			}
			at.Separation = fit.RelativeError
		}
		list[a] = at
	}
	return list, nil
}
