package dist

import (
	"errors"
	"fmt"
)

// Comm is a group of ranks as one of them sees it. All ranks make the same calls in the
// same order, with slices of the same lengths; each call waits for the others, one
// at a time. An error means that the group has failed: every later call fails.
// Implementations must pass disttest.Run.
type Comm interface {
	// Rank counts from 0 to Size()−1.
	Rank() int
	Size() int
	// AllReduceSum replaces x by its sum over the ranks, which is the same on all of
	// them to the last bit.
	AllReduceSum(x []float64) error
	// Bcast replaces x by that of rank root.
	Bcast(root int, x []float64) error
	// Barrier returns when all ranks have called it.
	Barrier() error
	// Abort makes the group fail because of err, from any goroutine.
	Abort(err error)
}

var (
	// ErrAborted: another rank has failed, or has ended while this one waits for it.
	ErrAborted = errors.New("dist: another rank has failed")
	// ErrMismatch: the ranks did not make the same call.
	ErrMismatch = errors.New("dist: the ranks do not agree")
	// ErrLimit: a call took longer than its limit.
	ErrLimit = errors.New("dist: no answer in time")
	// ErrSplit: data that cannot be split as asked.
	ErrSplit = errors.New("dist: cannot split")
)

// Self is a group of one.
func Self() Comm { return &self{} }

type self struct{ err error }

func (*self) Rank() int                      { return 0 }
func (*self) Size() int                      { return 1 }
func (s *self) AllReduceSum([]float64) error { return s.err }
func (s *self) Barrier() error               { return s.err }
func (s *self) Abort(err error)              { s.err = errors.Join(ErrAborted, err) }

func (s *self) Bcast(root int, _ []float64) error {
	if root != 0 {
		return fmt.Errorf("%w: rank %d of 1 tells all", ErrMismatch, root)
	}
	return s.err
}
