package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Update has fn run in a transaction that may write, together with other callers'
// functions, one after the other in the order of their calls, each seeing what
// those before it wrote; and returns when the commit that holds them is on disk and
// its hooks have run. If nothing was written there is no commit.
//
// fn may run more than once: where a function fails after it wrote something, it
// alone is taken out, and the others run again on what was there before. So fn
// touches nothing but its Tx; what memory must learn goes in Tx.OnCommit. It must
// not wait for a network, a machine or another goroutine: there is one writer.
//
// ctx bounds the wait for fn's turn; once it has begun the outcome is awaited. The
// error is fn's own (a panic in it is a *PanicError) or a bucket's, ctx's, ErrClosed,
// ErrNested, ErrFull, ErrReadOnly, ErrDisk, ErrFailed or a *DamagedError; after any
// of them but the last two nothing of fn was written.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("update not begun: %w", context.Cause(ctx))
	}
	if s.nested() {
		return ErrNested
	}
	st := &step{fn: fn, done: make(chan struct{})}
	if err := s.committer.add(st); err != nil {
		return err
	}
	select {
	case <-st.done:
		return st.err
	case <-ctx.Done():
	}
	if st.claim() {
		return fmt.Errorf("update not begun: %w", context.Cause(ctx))
	}
	<-st.done
	return st.err
}

// step is one Update on its way.
type step struct {
	fn    func(*Tx) error
	taken atomic.Bool // by the committer, or by its own caller giving up
	done  chan struct{}
	err   error // good once done is closed
	hooks []func()
}

// claim says whether the caller is the first to take the step.
func (st *step) claim() bool { return st.taken.CompareAndSwap(false, true) }

// maxGroup bounds the steps of one commit, and so the work that is done again when
// one of them fails.
const maxGroup = 1024

// committer owns all writes: one goroutine that takes what is waiting when the last
// commit has ended, and puts it into one bbolt transaction.
type committer struct {
	store *Store
	stamp func(*Tx) error

	mu      sync.Mutex
	waiting []*step
	closed  bool
	wake    chan struct{} // holds one: there may be something to do
	stopped chan struct{}

	busy atomic.Bool // a function or a hook is running

	// Of the goroutine alone.
	lastTime  time.Duration
	lastSteps int

	stats counters
}

func newCommitter(s *Store, stamp func(*Tx) error) *committer {
	return &committer{store: s, stamp: stamp, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

func (c *committer) add(st *step) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.waiting = append(c.waiting, st)
	c.poke()
	return nil
}

func (c *committer) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// stop ends the goroutine when all that was added is done, and waits for it.
func (c *committer) stop() {
	c.mu.Lock()
	c.closed = true
	c.poke()
	c.mu.Unlock()
	<-c.stopped
}

// take gives the steps that wait now, at most maxGroup; done says that none will
// come any more.
func (c *committer) take() (steps []*step, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.waiting) && len(steps) < maxGroup {
		if st := c.waiting[n]; st.claim() {
			steps = append(steps, st)
		}
		n++
	}
	clear(c.waiting[:n])
	c.waiting = c.waiting[n:]
	if len(c.waiting) == 0 {
		c.waiting = nil
	} else {
		c.poke()
	}
	return steps, c.closed && len(c.waiting) == 0
}

func (c *committer) run() {
	for range c.wake {
		if d := gather(c.lastTime, c.lastSteps); d > 0 {
			time.Sleep(d)
		}
		steps, done := c.take()
		c.commit(steps)
		if done {
			break
		}
	}
	close(c.stopped)
}

// gather says how long to wait for more steps before a commit. Writers that wait
// for one commit come back together when it ends, and would meet only half of
// themselves in the next; on a disk that needs 5 ms a sync, a short wait nearly
// doubled the rate of 16 writers. On a fast disk it would halve it, as no sleep is
// as short as asked; and a writer that is alone never waits.
func gather(last time.Duration, steps int) time.Duration {
	if steps < 2 || last <= 4*time.Millisecond {
		return 0
	}
	return min(last/20, time.Millisecond)
}

// commit brings steps to their end.
func (c *committer) commit(steps []*step) {
	for len(steps) > 0 {
		if err := c.store.Err(); err != nil {
			finish(steps, err)
			return
		}
		left, err := c.attempt(steps)
		switch {
		case err == nil && len(left) == len(steps):
			for _, st := range left {
				c.runHooks(st)
			}
			finish(left, nil)
			return
		case err == nil:
			steps = left // one failed after writing: the rest again
		case errors.Is(err, ErrFull) && len(left) > 1:
			// One of them may be too large, and another may free space.
			for _, st := range left {
				c.commit([]*step{st})
			}
			return
		default:
			finish(left, err)
			return
		}
	}
}

func finish(steps []*step, err error) {
	for _, st := range steps {
		st.err = err
		close(st.done)
	}
}

// attempt runs steps in one transaction. Steps that fail are finished and not
// among those left.
func (c *committer) attempt(steps []*step) (left []*step, err error) {
	bolt, err := c.store.bolt.Begin(true)
	if err != nil {
		return steps, c.store.classify(err)
	}
	sh := newShared(bolt)
	wrote := false
	for i, st := range steps {
		tx := &Tx{shared: sh}
		err := c.call(tx, st.fn)
		if err == nil {
			wrote = wrote || tx.wrote
			st.hooks = tx.hooks
			left = append(left, st)
			continue
		}
		finish(steps[i:i+1], err)
		if tx.wrote {
			_ = bolt.Rollback()
			return append(left, steps[i+1:]...), nil
		}
	}
	_ = wrote
	if err := bolt.Commit(); err != nil {
		return left, c.store.classify(err)
	}
	return left, nil
}

func (c *committer) call(tx *Tx, fn func(*Tx) error) error {
	c.busy.Store(true)
	defer c.busy.Store(false)
	return c.store.call(tx, fn)
}

func (c *committer) runHooks(st *step) {
	for _, hook := range st.hooks {
		func() {
			c.busy.Store(true)
			defer c.busy.Store(false)
			defer func() {
				if v := recover(); v != nil {
					c.store.log.Error("a hook panicked after its commit", "panic", v, "stack", string(debug.Stack()))
				}
			}()
			hook()
		}()
	}
}

var _ = bbolt.Open
