// Topics: documents of five kinds, and what they are about, told by anchor words, words
// that belong to one topic alone. Does a document's main topic tell its kind, and better
// than plain nonnegative matrix factorisation does?
//
// What to look at: purity, the share of documents whose kind is the commonest one among
// those of the same main topic, at 5 and at 20 topics. Plain factorisations depend on where
// they start, and a range of seeds says how much; anchors start nowhere by chance. Neither
// looks at the kinds. Sweeps that start from the anchors fit the counts better than anchors
// alone, and are what Fit does.
//
// With BBC News (2225 documents × 2949 words, labels in five classes) as
// data/documents/bbc/corpus.tsv in the folder that POLYAD_SHARED names, or in shared beside
// the checkout, that is used; README.md has the numbers. Otherwise documents are generated.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/corpus"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/topics"
)

const seeds = 5

func main() {
	log.SetFlags(0)
	c := documents()
	dims := c.Counts.Dims()
	fmt.Printf("%d documents of %d words, %d entries\n\n", dims[0], dims[1], c.Counts.Stored())
	pairs, err := topics.NewCooccurrence(c.Counts)
	check(err)
	weighted := tfidf(c.Counts)

	fmt.Printf("%-6s  %-31s  %s\n", "topics", "method", "purity: mean, least and largest of seeds")
	var five *topics.Model
	for _, rank := range []int{5, 20} {
		for _, m := range []struct {
			name   string
			x      *tensor.Sparse
			method matrix.NMFMethod
		}{
			{"NMF of TF-IDF, least squares", weighted, matrix.Squares{}},
			{"NMF of counts, least squares", c.Counts, matrix.Squares{}},
			{"NMF of counts, Kullback–Leibler", c.Counts, matrix.BetaDivergence{Beta: 1}},
		} {
			var purity []float64
			for seed := range uint64(seeds) {
				f, err := matrix.NMFTensor(context.Background(), m.x, rank, &matrix.NMFOptions{Method: m.method, Seed: seed, Stop: sweep.MaxSweeps(100)})
				check(err)
				purity = append(purity, score.Purity(c.Labels, dominant(f, m.method)))
			}
			fmt.Printf("%-6d  %-31s  %s\n", rank, m.name, summary(purity))
		}
		for _, m := range []struct {
			name string
			o    topics.Options
		}{
			{"anchors alone", topics.Options{Sweeps: -1, MinDocuments: dims[0] / (4 * rank)}},
			{"anchors alone, by divergence", topics.Options{Sweeps: -1, MinDocuments: dims[0] / (4 * rank), Recovery: topics.KullbackLeibler}},
			{"anchors and sweeps", topics.Options{}},
		} {
			f, err := pairs.Fit(context.Background(), c.Counts, rank, &m.o)
			check(err)
			fmt.Printf("%-6d  %-31s  %s\n", rank, m.name, summary([]float64{score.Purity(c.Labels, f.Dominant())}))
			if rank == 5 {
				five = f
			}
		}
	}

	fmt.Println("\nthe five topics")
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "anchor\tshare\tseparation\ttop words")
	for k, a := range five.Anchors {
		var words []string
		for _, i := range five.Top(k, 6) {
			words = append(words, c.Words[i])
		}
		fmt.Fprintf(out, "%s\t%.2f\t%.2f\t%s\n", c.Words[a.Word], five.Share[k], a.Separation, strings.Join(words, " "))
	}
	check(out.Flush())
}

// summary is the mean, least and largest; of one value the value.
func summary(v []float64) string {
	sum, least, largest := 0.0, v[0], v[0]
	for _, p := range v {
		sum, least, largest = sum+p, min(least, p), max(largest, p)
	}
	if len(v) == 1 {
		return fmt.Sprintf("%.4f", v[0])
	}
	return fmt.Sprintf("%.4f  %.4f  %.4f", sum/float64(len(v)), least, largest)
}

// dominant is the main topic of every document, x being documents × words: the component
// that most of it is made of, with topics of one length in the sense of the method, so that
// amounts compare: norms for squares, sums for counts.
func dominant(f *matrix.Factors, m matrix.NMFMethod) []int {
	docs, rank := f.U.Dims()
	size := make([]float64, rank)
	for k := range rank {
		size[k] = mat.Norm(f.V.RowView(k), 2)
		if _, counts := m.(matrix.BetaDivergence); counts {
			size[k] = mat.Sum(f.V.RowView(k))
		}
	}
	group := make([]int, docs)
	for d := range docs {
		for k := range rank {
			if f.U.At(d, k)*size[k] > f.U.At(d, group[d])*size[group[d]] {
				group[d] = k
			}
		}
	}
	return group
}

// tfidf is counts times log((1 + D)/(1 + documents with the word)) + 1, rows at unit norm.
func tfidf(x *tensor.Sparse) *tensor.Sparse {
	docs, words := x.Dims()[0], x.Dims()[1]
	in, norm := make([]float64, words), make([]float64, docs)
	for at := range x.Coordinates() {
		in[at[1]]++
	}
	var index [2][]int32
	var values []float64
	for at, v := range x.Coordinates() {
		v *= math.Log(float64(1+docs)/(1+in[at[1]])) + 1
		norm[at[0]] += v * v
		index[0], index[1], values = append(index[0], int32(at[0])), append(index[1], int32(at[1])), append(values, v)
	}
	for e, d := range index[0] {
		values[e] /= math.Sqrt(norm[d])
	}
	y, err := tensor.NewSparse([]int{docs, words}, index[:], values)
	check(err)
	return y
}

// documents are BBC News, or generated.
func documents() *corpus.Corpus {
	root := os.Getenv("POLYAD_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		check(err)
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(filepath.Dir(dir), "shared")
	}
	name := filepath.Join(root, "data", "documents", "bbc", "corpus.tsv")
	if _, err := os.Stat(name); err == nil {
		fmt.Println("BBC News")
		c, err := format.Corpus(name, "")
		check(err)
		return c
	}
	fmt.Println("generated documents")
	c, err := corpus.ReadText(strings.NewReader(generate(3)), nil)
	check(err)
	return c
}

// generate writes documents of five kinds, with four subjects each, a line each: a text
// of some of its subject's words, words of its kind, of another subject, and of all.
func generate(seed uint64) string {
	const kinds, subjects, docs = 5, 4, 400
	rng := rand.New(rand.NewPCG(seed, 0))
	zipf := func(n int) int { return int(float64(n) * math.Pow(rng.Float64(), 2.5)) }
	var b strings.Builder
	for range docs {
		kind := rng.IntN(kinds)
		subject, other := kind*subjects+rng.IntN(subjects), rng.IntN(kinds*subjects)
		for range 40 + rng.IntN(60) {
			switch p := rng.Float64(); {
			case p < 0.2:
				fmt.Fprintf(&b, "subject%d-%d ", subject, zipf(30))
			case p < 0.35:
				fmt.Fprintf(&b, "kind%d-%d ", kind, zipf(40))
			case p < 0.45:
				fmt.Fprintf(&b, "subject%d-%d ", other, zipf(30))
			case p < 0.5:
				fmt.Fprintf(&b, "kind%d-%d ", rng.IntN(kinds), zipf(40))
			default:
				fmt.Fprintf(&b, "common-%d ", zipf(150))
			}
		}
		fmt.Fprintf(&b, "\tkind%d\n", kind)
	}
	return b.String()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
