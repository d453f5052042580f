package matrix

import "errors"

var (
	// ErrShape reports matrices that do not fit each other, or an empty one.
	ErrShape = errors.New("matrix: shape mismatch")
	// ErrNotFinite reports a NaN or an infinity in the data.
	ErrNotFinite = errors.New("matrix: value is not finite")
	// ErrRank reports a number of components that the data cannot have.
	ErrRank = errors.New("matrix: rank out of range")
	// ErrMethod reports a method that does not take the data, or a parameter that is out
	// of its range.
	ErrMethod = errors.New("matrix: method does not fit")
	// ErrSum reports a column that cannot be scaled to the sum one.
	ErrSum = errors.New("matrix: sum of a column is not positive")
	// ErrOptions reports options that a method does not have.
	ErrOptions = errors.New("matrix: bad options")
	// ErrSize reports data that are too large for a method.
	ErrSize = errors.New("matrix: too large")
)
