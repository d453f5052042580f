// Package par splits index ranges over the machine's cores.
//
// A range is cut into contiguous parts that depend on n, grain and the number
// of workers alone; the callers whose sums must not depend on the number of
// workers cut the range into fixed blocks of their own ([Blocks]) and add the
// blocks up in order.
package par

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Workers is the number of goroutines that [For] uses at most: GOMAXPROCS.
func Workers() int { return runtime.GOMAXPROCS(0) }

// For calls f(worker, lo, hi) on contiguous parts that together cover [0, n),
// each of at least grain indices (of one under the race detector), on up to [Workers] goroutines, and waits for
// all of them. worker counts from 0 and is different for parts that may run at
// the same time, so it can select scratch. With n ≤ grain, or one worker, f
// runs once in the calling goroutine.
//
// The other goroutines are kept between calls, and a warm call allocates
// nothing itself; f does when it is a closure over variables of its caller. For
// may be called from within f: parts for which no goroutine is free are run by
// the caller. A call costs under a microsecond when the last one ended a short
// while ago, since neither side has gone to sleep, and up to twenty otherwise.
//
// A panic in f is passed on to the caller of For.
func For(n, grain int, f func(worker, lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = leastGrain(grain)
	parts := min(Workers(), (n+grain-1)/grain)
	if parts <= 1 {
		f(0, 0, n)
		return
	}
	t := tasks.Get().(*task)
	t.f, t.n, t.parts, t.caught = f, n, parts, nil
	t.next.Store(0)
	t.users.Store(1)
	t.left.Add(parts)
	t.pending.Store(int32(parts))
	help(t, parts-1)
	t.run()
	t.wait()
	caught := t.caught
	t.release()
	if caught != nil {
		panic(caught)
	}
}

// task is one call of For.
type task struct {
	f        func(worker, lo, hi int)
	n, parts int
	next     atomic.Int32 // the first part that nobody has taken
	left     sync.WaitGroup
	pending  atomic.Int32 // what left counts, to look at without going to sleep

	once   sync.Mutex
	caught any

	// users counts the goroutines that may still look at the task: a helper that
	// comes late finds no part left, and the task must not serve another call
	// before that.
	users atomic.Int32
}

var tasks = sync.Pool{New: func() any { return new(task) }}

func (t *task) release() {
	if t.users.Add(-1) == 0 {
		t.f = nil
		tasks.Put(t)
	}
}

// run takes parts until none is left.
func (t *task) run() {
	for {
		p := int(t.next.Add(1)) - 1
		if p >= t.parts {
			return
		}
		t.part(p)
	}
}

func (t *task) part(p int) {
	defer t.finish()
	defer t.catch()
	n, parts := int64(t.n), int64(t.parts) // p·n may exceed an int of 32 bits
	t.f(p, int(int64(p)*n/parts), int(int64(p+1)*n/parts))
}

// finish counts a part. After the last one the caller may use the task for another
// call, so pending comes last.
func (t *task) finish() {
	t.left.Done()
	t.pending.Add(-1)
}

// wait returns when every part has been run.
func (t *task) wait() {
	for s := new(spin); s.on(); {
		if t.pending.Load() == 0 {
			return
		}
	}
	t.left.Wait()
}

func (t *task) catch() {
	if v := recover(); v != nil {
		t.once.Lock()
		if t.caught == nil {
			t.caught = v
		}
		t.once.Unlock()
	}
}

// queue is where helpers wait for tasks.
var (
	queue   = make(chan *task, 256)
	helpers atomic.Int32
)

// help asks count helpers to join a task, as far as the queue has room.
func help(t *task, count int) {
	for have := helpers.Load(); int(have) < count; have = helpers.Load() {
		if helpers.CompareAndSwap(have, have+1) {
			go helper()
		}
	}
	for range count {
		t.users.Add(1)
		select {
		case queue <- t:
		default:
			t.users.Add(-1) // all busy: the caller does these parts
			return
		}
	}
}

func helper() {
	for {
		t := nextTask()
		t.run()
		t.release()
	}
}

// nextTask looks for a task for as long as [spinTime], then sleeps until there is one.
func nextTask() (t *task) {
	for s := new(spin); s.on(); {
		select {
		case t = <-queue:
			return t
		default:
		}
	}
	return <-queue
}

// spinTime is how long a goroutine that has nothing to do stays awake for what may
// come: about what it takes to wake a core of a virtual machine that has gone to sleep,
// so that a wait in vain costs no more than what it might have saved.
const spinTime = 150 * time.Microsecond

// spinYield is how many looks there are until others that could run are let, every
// microsecond or so.
const spinYield = 64

// A spin bounds the time that is spent on waiting awake.
type spin struct {
	start time.Time
	count int
}

// on says whether to look again.
func (s *spin) on() bool {
	s.count++
	if s.count%spinYield != 0 {
		return true
	}
	runtime.Gosched()
	if s.count == spinYield {
		s.start = time.Now()
	}
	return time.Since(s.start) < spinTime
}

// Blocks is the number of blocks of at most size indices that cover [0, n):
// ⌈n/size⌉. Block b is [b·size, min(n, (b+1)·size)).
func Blocks(n, size int) int { return (n + size - 1) / size }
