package topics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// Cooccurrence says how often two words stand in one document.
type Cooccurrence struct {
	// Profiles is W×W: column i is what else is read where word i is, the probabilities of
	// a second word given the first one, which sum to one. The column of a word that is
	// never beside another is zero.
	Profiles *mat.Dense
	// Share is the probability of each word as the first of two, the sums of Q.
	Share []float64
	// Documents is the number of documents that each word is in.
	Documents []int
	// Total is the number of documents of at least two words.
	Total int
}

// MaxWords is the largest vocabulary of [NewCooccurrence], whose matrix then takes 2 GiB.
const MaxWords = 1 << 14

// NewCooccurrence estimates Q, the probability that two words drawn from a document
// without putting the first one back are i and j, from counts x (documents × words):
//
//	Q = 1/D·Σ_d (x_d·x_dᵀ − diag(x_d)) / (n_d·(n_d − 1)),  n_d = Σ_i x_di,
//
// over the D documents with n_d ≥ 2. What is taken off the diagonal makes its mean right:
// with X = documents drawn from Θ·T, E[Q] = Tᵀ·E[θθᵀ]·T has the rank of T. Profiles are Q
// with columns divided by their sums.
//
// Errors: [ErrShape], [ErrCounts], [ErrSize]. Memory: 8·W² bytes. Work: Σ_d k_d² additions
// for k_d different words in document d, and W².
//
// Reference: Arora, S., Ge, R., Halpern, Y., Mimno, D., Moitra, A., Sontag, D., Wu, Y.,
// Zhu, M.: A practical algorithm for topic modeling with provable guarantees. ICML (2013),
// section 4.1 and the supplement.
func NewCooccurrence(x *tensor.Sparse) (*Cooccurrence, error) {
	if x == nil || len(x.Dims()) != 2 {
		return nil, fmt.Errorf("%w: want a matrix of documents × words", ErrShape)
	}
	docs, words := x.Dims()[0], x.Dims()[1]
	if words > MaxWords {
		return nil, fmt.Errorf("%w: %d words, whose pairs take %.0f GiB; leave out rare words until there are at most %d", ErrSize, words, 8*float64(words)*float64(words)/(1<<30), MaxWords)
	}
	rows, err := newCounts(x)
	if err != nil {
		return nil, err
	}
	c := &Cooccurrence{Profiles: mat.NewDense(words, words, nil), Share: make([]float64, words), Documents: make([]int, words)}
	weight := make([]float64, docs)
	for d := range docs {
		if n := rows.total[d]; n >= 2 {
			weight[d] = 1 / (n * (n - 1))
			c.Total++
		}
	}
	if c.Total == 0 {
		return nil, fmt.Errorf("%w: no document has two words", ErrShape)
	}
	of := rows.transpose(words)
	for i := range words {
		c.Documents[i] = of.start[i+1] - of.start[i]
	}
	par.For(words, 16, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			c.row(i, rows, of, weight)
		}
	})
	par.For(words, 16, func(_, lo, hi int) { // Q is symmetric: its rows are its columns
		for i := lo; i < hi; i++ {
			for j := range c.Profiles.RawRowView(i) {
				if p := c.Share[j]; p > 0 {
					c.Profiles.RawRowView(i)[j] /= p
				}
			}
		}
	})
	return c, nil
}

// row is row i of Q and its sum.
func (c *Cooccurrence) row(i int, rows, of *counts, weight []float64) {
	q := c.Profiles.RawRowView(i)
	for k := of.start[i]; k < of.start[i+1]; k++ {
		d := int(of.at[k])
		w := of.value[k] * weight[d] / float64(c.Total)
		for e := rows.start[d]; e < rows.start[d+1]; e++ {
			q[rows.at[e]] += w * rows.value[e]
		}
		// x_di·(x_di − 1) and nothing else: 0 for a word that is there once.
		q[i] -= w
	}
	sum := 0.0
	for j, v := range q {
		q[j] = max(0, v) // rounding can push the diagonal below zero
		sum += q[j]
	}
	c.Share[i] = sum
}

// counts is a sparse matrix by rows, without its zeros.
type counts struct {
	start []int
	at    []int32
	value []float64
	total []float64 // sums of the rows
}

func newCounts(x *tensor.Sparse) (*counts, error) {
	docs := x.Dims()[0]
	c := &counts{start: make([]int, docs+1), total: make([]float64, docs)}
	for at, v := range x.Coordinates() { // in the order of documents
		if !(v >= 0 && v <= 1<<53 && v == math.Trunc(v)) {
			return nil, fmt.Errorf("%w: document %d has word %d %g times; give plain counts, without weights", ErrCounts, at[0], at[1], v)
		}
		if v == 0 {
			continue
		}
		c.start[at[0]+1]++
		c.total[at[0]] += v
		c.at, c.value = append(c.at, int32(at[1])), append(c.value, v)
	}
	for d := range docs {
		c.start[d+1] += c.start[d]
	}
	return c, nil
}

// transpose is the matrix by columns.
func (c *counts) transpose(cols int) *counts {
	t := &counts{start: make([]int, cols+1), at: make([]int32, len(c.at)), value: make([]float64, len(c.at))}
	for _, j := range c.at {
		t.start[j+1]++
	}
	for j := range cols {
		t.start[j+1] += t.start[j]
	}
	next := append([]int(nil), t.start...)
	for d := range c.total {
		for e := c.start[d]; e < c.start[d+1]; e++ {
			j := c.at[e]
			t.at[next[j]], t.value[next[j]] = int32(d), c.value[e]
			next[j]++
		}
	}
	return t
}

// columns is the matrix with documents as its columns.
func (c *counts) columns(words int) (*tensor.Sparse, error) {
	doc := make([]int32, 0, len(c.at))
	for d := range c.total {
		for e := c.start[d]; e < c.start[d+1]; e++ {
			doc = append(doc, int32(d))
		}
	}
	return tensor.NewSparse([]int{words, len(c.total)}, [][]int32{c.at, doc}, c.value)
}
