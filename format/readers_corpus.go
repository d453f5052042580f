package format

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/polyad/polyad/format/corpus"
	"github.com/polyad/polyad/tensor"
)

// Corpus opens a collection of documents, LDA-C or tab-separated text. vocabulary is the
// file of its words, one a line; "" is the one beside it that is called as it is, with
// .vocab for an ending, or vocabulary.txt or vocab.txt, if there is one.
func Corpus(name, vocabulary string) (*corpus.Corpus, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := f.reader.(corpusReader)
	if !ok {
		// Whoever asks for a corpus means one, whatever the file looks like.
		r = corpusReader{read: corpus.ReadText}
		if f.format != "csv" || strings.EqualFold(filepath.Ext(f.path), ".csv") {
			return nil, fmt.Errorf("%w: %s is a file of %s; want documents as lines of LDA-C or of text with tabs", ErrKind, name, f.format)
		}
	}
	c, err := r.corpus(f, vocabulary)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

type corpusReader struct {
	read func(r io.Reader, vocabulary []string) (*corpus.Corpus, error)
}

func (r corpusReader) corpus(f *file, vocabulary string) (*corpus.Corpus, error) {
	if vocabulary == "" {
		vocabulary = besides(f.path)
	}
	var words []string
	if vocabulary != "" {
		v, err := os.Open(vocabulary)
		if err != nil {
			return nil, missing(vocabulary, err)
		}
		defer v.Close()
		if words, err = corpus.ReadVocabulary(v); err != nil {
			return nil, fmt.Errorf("%s: %w", vocabulary, err)
		}
	}
	return r.read(io.NewSectionReader(f, 0, f.size), words)
}

// besides is the vocabulary beside a file, or "".
func besides(path string) string {
	dir := filepath.Dir(path)
	for _, name := range []string{
		strings.TrimSuffix(path, filepath.Ext(path)) + ".vocab", filepath.Join(dir, "vocabulary.txt"), filepath.Join(dir, "vocab.txt"),
	} {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && name != path {
			return name
		}
	}
	return ""
}

func (r corpusReader) open(f *file, _ string) (*Array, error) {
	c, err := r.corpus(f, "")
	if err != nil {
		return nil, err
	}
	m := Meta{BandMode: -1, Names: c.Words, RowNames: c.Names}
	for _, k := range []Column{{"label", c.Labels}, {"split", c.Split}, {"name", c.Names}} {
		if k.Values != nil {
			m.Text = append(m.Text, k)
		}
	}
	m.Raw = []KeyValue{{Key: "entries", Value: fmt.Sprint(c.Counts.Stored())}}
	if c.Unknown > 0 {
		m.Warnings = append(m.Warnings, fmt.Sprintf("%d words of the text are not in the vocabulary", c.Unknown))
	}
	return &Array{Dims: c.Counts.Dims(), Type: "counts", Meta: m, source: counted{c.Counts}}, nil
}

func (r corpusReader) list(f *file) ([]VariableInfo, error) {
	a, err := r.open(f, "")
	if err != nil {
		return nil, err
	}
	return []VariableInfo{{Dims: a.Dims, Type: a.Type, Numeric: true}}, nil
}

func (r corpusReader) text(f *file, _ string) ([]string, error) {
	c, err := r.corpus(f, "")
	if err != nil {
		return nil, err
	}
	if c.Labels == nil {
		return nil, fmt.Errorf("%w: the documents have no labels", ErrKind)
	}
	return c.Labels, nil
}

// counted reads slabs of a sparse matrix.
type counted struct{ x *tensor.Sparse }

// ReadSlab implements source.
func (c counted) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	words := c.x.Dims()[1]
	if lo < 0 || hi > c.x.Dims()[0] || lo > hi || len(dst) != (hi-lo)*words {
		return errors.New("format: documents out of range")
	}
	clear(dst)
	for at, v := range c.x.Coordinates() {
		if at[0] >= lo && at[0] < hi {
			dst[(at[0]-lo)*words+at[1]] = v
		}
	}
	return ctx.Err()
}
