package envi

import "errors"

var (
	// ErrFormat is wrapped when a header is malformed.
	ErrFormat = errors.New("envi: malformed header")
	// ErrUnsupported is wrapped when a header describes data that are not read.
	ErrUnsupported = errors.New("envi: unsupported data")
	// ErrNoPartner is wrapped when a header has no data file beside it, or a
	// data file no header.
	ErrNoPartner = errors.New("envi: half of the pair is missing")
)
