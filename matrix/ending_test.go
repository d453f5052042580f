package matrix_test

import (
	"context"
	"sync/atomic"
)

// ending is a context that ends when it has been asked so many times.
type ending struct {
	context.Context
	left atomic.Int64
}

func endingAfter(asked int) *ending {
	c := &ending{Context: context.Background()}
	c.left.Store(int64(asked))
	return c
}

func (c *ending) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}
