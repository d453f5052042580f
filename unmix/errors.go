package unmix

import "errors"

var (
	// ErrShape: sizes that do not fit one another.
	ErrShape = errors.New("unmix: shape mismatch")
	// ErrData: pixels or spectra that cannot be worked with.
	ErrData = errors.New("unmix: bad data")
	// ErrOptions: options that contradict each other or the data.
	ErrOptions = errors.New("unmix: bad options")
)
