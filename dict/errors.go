package dict

import "errors"

var (
	// ErrShape: sizes that do not fit one another.
	ErrShape = errors.New("dict: shape mismatch")
	// ErrAtom: an atom that cannot be one: zero, or holding a NaN or an infinity.
	ErrAtom = errors.New("dict: bad atom")
	// ErrBounds: bounds or a number of components that no choice of atoms meets.
	ErrBounds = errors.New("dict: infeasible")
	// ErrOptions: options that contradict each other or the problem.
	ErrOptions = errors.New("dict: bad options")
)
