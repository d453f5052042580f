// Package topics finds what documents are about, from counts of their words:
//
//	p(word i in document d) = Σ_k Θ_dk·T_ki,
//
// T the topics (K×W), Θ what each document is made of (D×K), rows of both with the sum one.
//
// # Model
//
// An anchor is a word that is in one topic alone. What is read beside an anchor is what
// its topic's documents hold, and what is read beside any other word is a mixture of that:
// row-normalised co-occurrences of words are near-separable, with anchors as the
// pure ones.
//
// # Algorithms
//
//   - [NewCooccurrence]: unbiased co-occurrences of words, and their profiles.
//   - [Fit]: anchors by a [matrix.Selector] among words that are in enough documents, or under
//     bounds on lists of words ([Library]); the others as mixtures of them, exactly, by
//     [matrix.FCLS] or [matrix.KLNNLS]; topics by Bayes' rule; documents by
//     [matrix.KLNNLS]; and sweeps of [matrix.BetaDivergence] from there, which leave the
//     topics where the anchors put them and fit the counts better.
//
// Fit's errors are those of its parts; see each. The method is of Arora, S., et al.: A
// practical algorithm for topic modeling with provable guarantees. ICML (2013).
//
// # Invariants
//
// Counts are not changed. The same counts and options give the same bits for any number of
// cores: nothing is drawn at random but by a Selector that has a seed.
//
// # Not here
//
// Reading text (format/corpus), Dirichlet priors and correlations of topics, anchors made
// of several words.
package topics
