package linalg

import "errors"

var (
	// ErrNotFinite reports a NaN or an infinity in G or M.
	ErrNotFinite = errors.New("linalg: value is not finite")
	// ErrNotGram reports a G that no matrix has for its Gram matrix.
	ErrNotGram = errors.New("linalg: matrix is not positive semidefinite")
)
