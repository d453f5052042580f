package topics

import "errors"

var (
	// ErrShape reports data of the wrong order, or none.
	ErrShape = errors.New("topics: shape mismatch")
	// ErrCounts reports entries that are not whole numbers from 0 on.
	ErrCounts = errors.New("topics: not counts")
	// ErrSize reports a vocabulary that is too large for a matrix of all its pairs.
	ErrSize = errors.New("topics: too large")
	// ErrRank reports a number of topics that the words cannot have.
	ErrRank = errors.New("topics: number of topics out of range")
	// ErrLibrary reports a list of words that does not fit the vocabulary, another list, or
	// the number of topics.
	ErrLibrary = errors.New("topics: bad list of words")
	// ErrOptions reports options out of their range.
	ErrOptions = errors.New("topics: bad options")
)
