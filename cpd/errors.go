package cpd

import (
	"errors"
	"fmt"
)

var (
	// ErrShape: sizes that do not fit one another.
	ErrShape = errors.New("cpd: shape mismatch")
	// ErrRank: a rank below 1.
	ErrRank = errors.New("cpd: bad rank")
	// ErrNotFinite: data or factors hold a NaN or an infinity, or overflow
	// or underflow when squared.
	ErrNotFinite = errors.New("cpd: not finite")
	// ErrOptions: options that contradict each other or the problem.
	ErrOptions = errors.New("cpd: bad options")
	// ErrRead: data that are not in memory could not be read. It comes with the error of
	// whoever reads them.
	ErrRead = errors.New("cpd: the data cannot be read")
)

func unreadable(err error) error { return fmt.Errorf("%w: %w", ErrRead, err) }
