// Package local runs the ranks of package dist as goroutines of one process: the default,
// which needs nothing installed, and the test bed of everything that is distributed.
//
// Sums are in the order of the ranks: equal runs give equal bits. A rank that returns
// an error, panics or ends early fails the group; none is left waiting.
package local

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/polyad/polyad/dist"
)

// Run calls f on n ranks at the same time and waits for all of them. The error is that of
// the rank that failed first, with its number; a panic is such an error, with the stack.
// The context that f gets ends with ctx, and when a rank has failed.
func Run(ctx context.Context, n int, f func(ctx context.Context, c dist.Comm) error) error {
	if n < 1 {
		return fmt.Errorf("%w: %d ranks; there is at least 1", dist.ErrSplit, n)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &group{parts: make([]call, n), cancel: cancel}
	g.all.L = &g.lock
	var done sync.WaitGroup
	for r := range n {
		done.Go(func() { g.left(r, guarded(ctx, rank{g, r}, f)) })
	}
	done.Wait()
	return g.err
}

// guarded turns a panic of f into an error.
func guarded(ctx context.Context, c dist.Comm, f func(ctx context.Context, c dist.Comm) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx, c)
}

// group is what the ranks share.
type group struct {
	lock    sync.Mutex
	all     sync.Cond
	cancel  context.CancelFunc
	parts   []call // of each rank in the exchange under way
	arrived int
	ended   int // ranks that have returned
	last    int // one of them
	round   int // exchanges that are over
	err     error
}

// call is what a rank asks for.
type call struct {
	kind string
	root int
	x    []float64
}

type rank struct {
	*group
	r int
}

func (c rank) Rank() int { return c.r }
func (c rank) Size() int { return len(c.parts) }

// Abort implements dist.Comm.
func (c rank) Abort(err error) { c.fail(fmt.Errorf("rank %d: %w", c.r, err)) }

func (g *group) fail(err error) {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.err == nil {
		g.err = err
	}
	g.cancel()
	g.all.Broadcast()
}

// left is told of a rank that has returned.
func (g *group) left(r int, err error) {
	if err != nil {
		g.fail(fmt.Errorf("rank %d: %w", r, err))
		return
	}
	g.lock.Lock()
	g.ended, g.last = g.ended+1, r
	waiting := g.arrived > 0
	g.lock.Unlock()
	if waiting {
		g.fail(fmt.Errorf("%w: rank %d has ended while others wait for it", dist.ErrMismatch, r))
	}
}

// meet waits until all ranks have come, the last of which checks what they ask for.
func (g *group) meet(r int, mine *call) error {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.err == nil && g.ended > 0 {
		g.err = fmt.Errorf("%w: rank %d has ended, and rank %d waits for it", dist.ErrMismatch, g.last, r)
		g.all.Broadcast()
	}
	if g.err != nil {
		return g.failed()
	}
	if mine != nil {
		g.parts[r] = *mine
	}
	g.arrived++
	if g.arrived == len(g.parts) {
		g.arrived = 0
		g.round++
		g.all.Broadcast()
		if mine != nil {
			g.err = g.agree()
		}
	}
	round := g.round
	for ; g.err == nil && g.arrived > 0 && round == g.round; g.all.Wait() {
	}
	if mine == nil && (g.arrived == 0 || round != g.round) {
		return nil // over, whatever the others have done since
	}
	return g.failed()
}

// failed is the error as a rank sees it.
func (g *group) failed() error {
	switch {
	case g.err == nil:
		return nil
	case errors.Is(g.err, dist.ErrMismatch):
		return g.err
	}
	return fmt.Errorf("%w: %w", dist.ErrAborted, g.err)
}

func (g *group) agree() error {
	for r, p := range g.parts[1:] {
		if q := g.parts[0]; p.kind != q.kind || p.root != q.root || len(p.x) != len(q.x) {
			return fmt.Errorf("%w: rank 0 is in a %s of %d words (root %d), rank %d in a %s of %d (root %d)", dist.ErrMismatch, q.kind, len(q.x), q.root, r+1, p.kind, len(p.x), p.root)
		}
	}
	if root := g.parts[0].root; root < 0 || root >= len(g.parts) {
		return fmt.Errorf("%w: rank %d of %d tells all", dist.ErrMismatch, root, len(g.parts))
	}
	return nil
}

// AllReduceSum implements dist.Comm. Every rank adds up its share of the words.
func (c rank) AllReduceSum(x []float64) error {
	if err := c.meet(c.r, &call{kind: "sum", x: x}); err != nil {
		return err
	}
	lo, hi := dist.Slab(len(x), c.r, len(c.parts))
	sum := c.parts[0].x
	for _, p := range c.parts[1:] {
		for i, v := range p.x[lo:hi] {
			sum[lo+i] += v
		}
	}
	for _, p := range c.parts[1:] {
		copy(p.x[lo:hi], sum[lo:hi])
	}
	return c.meet(c.r, nil)
}

// Bcast implements dist.Comm.
func (c rank) Bcast(root int, x []float64) error {
	if err := c.meet(c.r, &call{kind: "broadcast", root: root, x: x}); err != nil {
		return err
	}
	if c.r != root {
		copy(x, c.parts[root].x)
	}
	return c.meet(c.r, nil)
}

// Barrier implements dist.Comm.
func (c rank) Barrier() error { return c.meet(c.r, &call{kind: "barrier"}) }
