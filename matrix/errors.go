package matrix

import "errors"

var (
	// ErrShape reports matrices that do not fit each other, or an empty one.
	ErrShape = errors.New("matrix: shape mismatch")
	// ErrNotFinite reports a NaN or an infinity in the data.
	ErrNotFinite = errors.New("matrix: value is not finite")
	// ErrRank reports a number of components that the data cannot have.
	ErrRank = errors.New("matrix: rank out of range")
	// ErrSum reports a column that cannot be scaled to the sum one.
	ErrSum = errors.New("matrix: sum of a column is not positive")
)
