package synth

import "errors"

var (
	// ErrShape: sizes that do not fit one another.
	ErrShape = errors.New("synth: shape mismatch")
	// ErrOptions: a parameter outside its range.
	ErrOptions = errors.New("synth: bad options")
	// ErrNotFinite: a NaN or an infinity where a number is wanted.
	ErrNotFinite = errors.New("synth: not finite")
	// ErrAngle: no room for another spectrum at the minimal angle asked for.
	ErrAngle = errors.New("synth: minimal angle not reached")
)
