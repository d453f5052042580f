// Package corpus reads collections of documents as counts of words.
//
// In the form of LDA-C, a line is a document: how many different words it has, then
// each with its number, counted from 0, and how often it is there:
//
//	3 0:2 4:1 17:1
//	2 1:1 4:3
//
// In a tab-separated file a line is a document too, with its text in one cell, words
// between blanks, and its label, its name or its part of the split in others:
//
//	broadband ahead join internet fast	train	tech
//	sale boost profit quarter	train	business
//
// **Model**: a [Corpus] has the counts, documents × words, as a sparse matrix. The words
// of LDA-C are in a vocabulary, a word a line; where a text has one, other words are
// left out and counted, and without one its words are in the order in which they occur.
//
// **Algorithms**: [ReadLDAC], [ReadText]. The text of a table is the column with the most
// words; of the others, one that has only train, test, val and their like is the split,
// one of whose values the typical one stands on two lines or more is the label, and
// one of different values has the names.
//
// **Invariants**: no input makes a reader panic. Lines that do not fit are errors with
// their number; no number of words in a file is believed.
//
// **Not here**: making words of sentences: case, endings, stop words.
package corpus
