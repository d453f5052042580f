package dist

import (
	"fmt"
	"time"
)

// WithLimit is c with a limit on the time of every call: a rank that is stopped, or behind a
// cut line, makes the others wait without an error. When it is exceeded, the group is
// aborted and the call returns [ErrLimit]; x must not be read then, since the call that
// was given up may still write to it. What a rank computes between two calls counts as the
// time of the others' calls: the limit has to be well above a pass over the data. A
// limit of 0 is none, and c itself is returned.
func WithLimit(c Comm, limit time.Duration) Comm {
	if limit <= 0 {
		return c
	}
	return &limited{Comm: c, limit: limit, answers: make(chan error, 1)}
}

type limited struct {
	Comm
	limit   time.Duration
	answers chan error
	count   int
	err     error
}

func (l *limited) AllReduceSum(x []float64) error {
	return l.within("sum", len(x), func() error { return l.Comm.AllReduceSum(x) })
}

func (l *limited) Bcast(root int, x []float64) error {
	return l.within("broadcast", len(x), func() error { return l.Comm.Bcast(root, x) })
}

func (l *limited) Barrier() error { return l.within("barrier", 0, l.Comm.Barrier) }

func (l *limited) within(what string, words int, call func() error) error {
	if l.err != nil {
		return l.err
	}
	l.count++
	timer := time.NewTimer(l.limit)
	defer timer.Stop()
	go func() { l.answers <- call() }()
	select {
	case err := <-l.answers:
		return err
	case <-timer.C:
	}
	l.err = fmt.Errorf("%w: rank %d of %d has waited %s in a %s of %d words (call %d); another rank is stopped, cut off, or slower than the limit allows", ErrLimit, l.Rank(), l.Size(), l.limit, what, words, l.count)
	l.Abort(l.err)
	return l.err
}
