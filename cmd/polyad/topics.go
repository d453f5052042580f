package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/corpus"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/topics"
)

// topicsFlags are the flags of topics alone.
type topicsFlags struct {
	rank       int
	anchors    []string
	vocabulary string
	documents  int
	method     string
	recovery   string
	sweeps     int
	top        int
}

func (a *app) topicsCommand() *cobra.Command {
	var f topicsFlags
	cmd := verb("topics CORPUS --rank K", "What documents are about, told by anchor words",
		`topics finds K topics in a collection of documents: words that are in one topic
alone, anchors, are chosen among the co-occurrences of words, the others are
mixtures of them, and sweeps fit topics and documents to the counts.

CORPUS is a file of LDA-C (.ldac: N WORD:COUNT …, a document a line) or of text with
tabs, words between blanks, and labels, which are compared with the topics. Its
words are one a line in --vocabulary, or in a file beside it that is called
vocabulary.txt, vocab.txt or as CORPUS with the ending .vocab.

--anchors NAME=WORD,WORD,…[:MIN..MAX] is a list of words of which MIN to MAX are
anchors (no bounds: any number); the rest are from the corpus. Words that it does not
have are warnings.

--out gets topics.npy (K × words), documents.npy (documents × K), rows of both with
the sum one, words.txt, result.json and report.html.`,
		`  polyad topics bbc/corpus.tsv --rank 5
  polyad topics bbc/corpus.tsv --rank 8 --anchors politics=election,minister,senate:1..2 --out out
  polyad topics news.ldac --vocabulary words.txt --rank 20 --recovery kl --json`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.topics(ctx, args[0], f) })
	fl := cmd.Flags()
	fl.IntVar(&f.rank, "rank", 0, "number of topics")
	fl.StringArrayVar(&f.anchors, "anchors", nil, "list of words NAME=WORD,…[:MIN..MAX]; repeat for several")
	fl.StringVar(&f.vocabulary, "vocabulary", "", "FILE of words, one a line")
	fl.IntVar(&f.documents, "min-documents", 0, "number of documents that an anchor of the corpus is in (0: tried, by the number of topics)")
	fl.StringVar(&f.method, "method", "spa", "how anchors are chosen without lists: as --method of select")
	fl.StringVar(&f.recovery, "recovery", "ls", "how words are mixtures of anchors: ls (least squares) or kl (Kullback–Leibler)")
	fl.IntVar(&f.sweeps, "sweeps", 100, "sweeps that better the topics (0: anchors alone)")
	fl.IntVar(&f.top, "top", 8, "words shown of each topic")
	fl.DurationVar(&a.iterate.timeLimit, "time-limit", 0, "end the search after that time, as 90s or 5m, and keep the best so far (0: none)")
	return cmd
}

// topicResult is one topic.
type topicResult struct {
	Topic      int      `json:"topic"`
	Anchor     string   `json:"anchor"`
	Word       int      `json:"word"`    // number of the anchor, from 0
	Library    string   `json:"library"` // the list, or corpus
	Share      float64  `json:"share"`
	Words      []string `json:"words"` // the most probable first
	Rival      string   `json:"rival,omitempty"`
	Angle      *float64 `json:"rival_degrees,omitempty"`
	Separation float64  `json:"separation"`
	Label      string   `json:"label,omitempty"` // the commonest one of its documents
}

// topicsResult is what topics prints as JSON.
type topicsResult struct {
	Verb         string        `json:"verb"`
	Rank         int           `json:"rank"`
	Documents    int           `json:"documents"`
	Vocabulary   int           `json:"vocabulary"`
	Topics       []topicResult `json:"topics"`
	MinDocuments int           `json:"min_documents"`
	AnchorError  float64       `json:"anchor_error"`
	Divergence   *float64      `json:"divergence,omitempty"` // absent where it is infinite
	Purity       *float64      `json:"purity,omitempty"`     // of topics and labels, where there are labels
	Status       string        `json:"status"`
	Sweeps       int           `json:"sweeps"`
	SolveSeconds float64       `json:"solve_seconds"`
	Seed         uint64        `json:"seed"`
	ending
}

func (f *topicsFlags) options(seed uint64) (*topics.Options, error) {
	if err := atLeastOne(f.rank, "topics"); err != nil {
		return nil, err
	}
	switch {
	case f.documents < 0:
		return nil, usagef("--min-documents is %d; it is 0 or more", f.documents)
	case f.sweeps < 0:
		return nil, usagef("--sweeps is %d; it is 0 or more", f.sweeps)
	case f.top < 1:
		return nil, usagef("--top is %d; it is at least 1", f.top)
	case f.recovery != "ls" && f.recovery != "kl":
		return nil, usagef("--recovery is %q; it is ls or kl", f.recovery)
	case len(f.anchors) > 0 && f.method != "spa":
		return nil, usagef("--method %s: under bounds on lists of words, anchors are chosen by spa; leave it out", f.method)
	}
	o := &topics.Options{MinDocuments: f.documents, Sweeps: f.sweeps}
	if f.sweeps == 0 {
		o.Sweeps = -1
	}
	if f.recovery == "kl" {
		o.Recovery = topics.KullbackLeibler
	}
	s := selectFlags{rank: f.rank, method: f.method, image: imageFlags{scale: 1, order: "column"}}
	of, err := s.selector(seed)
	o.Selector = of
	return o, err
}

func (a *app) topics(ctx context.Context, name string, f topicsFlags) error {
	o, err := f.options(a.common.seed)
	if err != nil {
		return err
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	c, err := format.Corpus(name, f.vocabulary)
	if err != nil {
		return err
	}
	if c.Unknown > 0 {
		a.warn("%s of %s not in the vocabulary and left out", count(c.Unknown, "word"), short(name))
	}
	if c.Words == nil {
		a.warn("%s has no words but numbers; name them by --vocabulary FILE", short(name))
		for i := range c.Counts.Dims()[1] {
			c.Words = append(c.Words, fmt.Sprintf("#%d", i))
		}
	}
	if o.Libraries, err = a.anchorLists(f.anchors, c.Words); err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	o.Observe = func(p sweep.Point) error { return bar.tell("topics", p) }
	began := time.Now()
	m, err := topics.Fit(ctx, c.Counts, f.rank, o)
	bar.done()
	if err := a.settle(err, m != nil); err != nil {
		return err
	}
	res := describeTopics(c, m, o.Libraries, f.top)
	res.SolveSeconds, res.Seed = time.Since(began).Seconds(), a.common.seed
	table := topicsTable(res)
	write := func() error { return a.writeTopics(out, name, res, c, m, table) }
	return a.finish(res, out, write, func(w io.Writer) error {
		fmt.Fprintln(w, res.line())
		if err := table.WriteText(w); err != nil {
			return err
		}
		return out.tell(w)
	})
}

// line is what came out.
func (r *topicsResult) line() string {
	text := fmt.Sprintf("%s in %s of %s", count(r.Rank, "topic"), count(r.Documents, "document"), count(r.Vocabulary, "word"))
	if r.Divergence != nil {
		text += fmt.Sprintf(", divergence %.6g", *r.Divergence)
	}
	if r.Purity != nil {
		text += fmt.Sprintf(", purity %.4f of the labels", *r.Purity)
	}
	return text + fmt.Sprintf(" (%s after %s, %s)", r.Status, count(r.Sweeps, "sweep"), seconds(r.SolveSeconds))
}

// anchorLists reads the values of --anchors.
func (a *app) anchorLists(texts, words []string) ([]topics.Library, error) {
	number := map[string]int{}
	for i, w := range words {
		number[w] = i
	}
	var lists []topics.Library
	for _, text := range texts {
		name, rest, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok || name == "" || name == corpusList {
			return nil, usagef("--anchors %q: give NAME=WORD,WORD,…[:MIN..MAX], as politics=election,senate:1..2, with a name other than %s", text, corpusList)
		}
		if slices.ContainsFunc(lists, func(l topics.Library) bool { return l.Name == name }) {
			return nil, usagef("--anchors: two lists are called %s", name)
		}
		l := topics.Library{Name: name, Max: -1}
		if at := strings.LastIndexByte(rest, ':'); at >= 0 {
			b, err := parseBounds("anchors "+name, rest[at+1:])
			if err != nil {
				return nil, err
			}
			rest, l.Min, l.Max = rest[:at], b.Min, b.Max
		}
		for _, w := range strings.Split(rest, ",") {
			if w = strings.TrimSpace(w); w == "" {
				continue
			}
			i, ok := number[w]
			if !ok {
				a.warn("--anchors %s: the corpus has no word %s; near it: %s", name, w, strings.Join(format.Nearest(w, words, 3), ", "))
				continue
			}
			l.Words = append(l.Words, i)
		}
		if len(l.Words) < l.Min {
			return nil, usagef("--anchors %s: %s in the corpus, and %s asked for; give more words or a lower bound", name, count(len(l.Words), "word"), count(l.Min, "anchor"))
		}
		lists = append(lists, l)
	}
	return lists, nil
}

// corpusList is what the list of anchors that are in none is called.
const corpusList = "corpus"

// describeTopics puts a model into words.
func describeTopics(c *corpus.Corpus, m *topics.Model, lists []topics.Library, top int) *topicsResult {
	res := &topicsResult{
		Verb: "topics", Rank: len(m.Anchors), Documents: c.Counts.Dims()[0], Vocabulary: len(c.Words),
		MinDocuments: m.MinDocuments, AnchorError: m.AnchorError, Status: m.Status.String(), Sweeps: len(m.Trace),
	}
	if !math.IsInf(m.Divergence, 0) {
		res.Divergence = &m.Divergence
	}
	group := m.Dominant()
	common := make([]string, res.Rank)
	if c.Labels != nil {
		p := score.Purity(c.Labels, group)
		res.Purity = &p
		common = commonest(c.Labels, group, res.Rank)
	}
	for k, at := range m.Anchors {
		t := topicResult{
			Topic: k, Anchor: c.Words[at.Word], Word: at.Word, Library: corpusList, Share: m.Share[k],
			Separation: at.Separation, Label: common[k],
		}
		if at.Library != topics.Corpus {
			t.Library = lists[at.Library].Name
		}
		if at.Rival >= 0 {
			degrees := at.Angle * 180 / math.Pi
			t.Rival, t.Angle = c.Words[at.Rival], &degrees
		}
		for _, i := range m.Top(k, top) {
			t.Words = append(t.Words, c.Words[i])
		}
		res.Topics = append(res.Topics, t)
	}
	return res
}

// commonest is the label that most documents of each topic have; of none "".
func commonest(labels []string, group []int, rank int) []string {
	common := make([]string, rank)
	most := make([]int, rank)
	times := make([]map[string]int, rank)
	for d, k := range group {
		if k < 0 {
			continue
		}
		if times[k] == nil {
			times[k] = map[string]int{}
		}
		times[k][labels[d]]++
		if n := times[k][labels[d]]; n > most[k] {
			most[k], common[k] = n, labels[d]
		}
	}
	return common
}

func topicsTable(res *topicsResult) *report.Table {
	t := &report.Table{Columns: []string{"topic", "anchor", "library", "share", "separation", "nearest rival", "angle", "top words"}}
	if res.Purity != nil {
		t.Columns = append(t.Columns, "label")
	}
	for _, k := range res.Topics {
		angle := ""
		if k.Angle != nil {
			angle = fmt.Sprintf("%.1f°", *k.Angle)
		}
		row := []string{
			fmt.Sprint(k.Topic), k.Anchor, k.Library, fmt.Sprintf("%.1f %%", 100*k.Share), fmt.Sprintf("%.3f", k.Separation), k.Rival, angle,
			strings.Join(k.Words, " "),
		}
		if res.Purity != nil {
			row = append(row, k.Label)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// writeTopics writes the model and the report.
func (a *app) writeTopics(out *folder, name string, res *topicsResult, c *corpus.Corpus, m *topics.Model, table *report.Table) error {
	for _, f := range []struct {
		name string
		data *mat.Dense
	}{{"topics.npy", m.Topics}, {"documents.npy", m.Documents}} {
		if err := out.matrix(f.name, f.data); err != nil {
			return err
		}
	}
	if err := out.write("words.txt", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(c.Words, "\n")+"\n")
		return err
	}); err != nil {
		return err
	}
	page := &report.Page{
		Title: "Topics of " + short(name), Warnings: a.warnings, Lead: []string{sentence(res.line()) + "."},
		Sections: []report.Section{{Heading: "Topics", Table: table, Text: []string{
			"Separation is how far an anchor is from every mixture of the others, relative to its size; the nearest rival is the word that would serve most nearly as well, with the angle to it.",
		}}},
		Parameters: []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}},
	}
	return out.write(reportFile, page.WriteHTML)
}
