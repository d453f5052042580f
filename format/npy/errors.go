package npy

import "errors"

var (
	// ErrFormat is wrapped when the bytes are not a .npy array or .npz archive.
	ErrFormat = errors.New("npy: malformed file")
	// ErrUnsupported is wrapped when an array holds something else than real
	// numbers (or, for Strings, than text).
	ErrUnsupported = errors.New("npy: unsupported element type")
	// ErrNotFound is wrapped when an archive has no array of the name.
	ErrNotFound = errors.New("npy: no such array")
)
