package score

import "errors"

var (
	// ErrShape: a truth and an answer that cannot be compared.
	ErrShape = errors.New("score: shape mismatch")
	// ErrNotFinite: a NaN or an infinity in what is to be paired.
	ErrNotFinite = errors.New("score: not finite")
)
