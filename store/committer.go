package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// committer owns all writes: one goroutine that takes what is waiting when the last
// commit has ended, and puts it into one bbolt transaction. A commit costs two syncs
// and 20 kB for one put, and 30 kB for ten.
type committer struct {
	store  *Store
	stamp  func(*Tx) error
	counts counts

	mu      sync.Mutex
	waiting []*step
	closed  bool
	wake    chan struct{} // there may be something to do
	stopped chan struct{}

	busy atomic.Bool // a function or a hook is running

	// The goroutine's own. They are fields, and not variables of run, so that a
	// function that ends the goroutine can't take the others' steps along.
	taken     []*step // in the order of their calls
	committed []*step // those whose hooks are still to run
	lastTook  time.Duration
	lastSteps int
	lastEnd   time.Time
	ended     bool
}

// maxGroup bounds the steps of one commit, and so the work that is done again when
// one of them fails.
const maxGroup = 1024

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
	default: // it will look anyway
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

// run is the goroutine, from Open to Close.
func (c *committer) run() {
	debug.SetPanicOnFault(true) // see Store.call
	defer func() {
		if !c.ended {
			go c.run() // a function called runtime.Goexit, as a test's FailNow does
		}
	}()
	for {
		for len(c.committed) > 0 || len(c.taken) > 0 {
			c.acknowledge()
			c.attempt()
		}
		if c.take() {
			break
		}
	}
	c.sign()
	c.ended = true
	close(c.stopped)
}

// take waits for steps and takes them; true says that none will come any more.
func (c *committer) take() (closed bool) {
	<-c.wake
	if d := gather(c.lastTook, c.lastSteps) - time.Since(c.lastEnd); d > 0 {
		time.Sleep(d)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for ; n < len(c.waiting) && len(c.taken) < maxGroup; n++ {
		if c.waiting[n].claim() {
			c.taken = append(c.taken, c.waiting[n])
		}
	}
	c.waiting = append([]*step(nil), c.waiting[n:]...)
	if len(c.waiting) > 0 || len(c.taken) > 0 && c.closed {
		c.poke() // come again
		return false
	}
	return c.closed
}

// gather says for how long from the end of a commit on to wait for more steps, by
// what that commit took and how many steps it held. Writers that wait
// for one commit come back together when it ends, and half of them would miss the
// next; on a disk that needs 5 ms a sync, a short wait nearly doubled the rate of 16
// writers. On a fast disk it would halve it, as no sleep is as short as asked; and a
// writer that is alone never waits.
func gather(last time.Duration, steps int) time.Duration {
	if steps < 2 || last <= 4*time.Millisecond {
		return 0
	}
	return min(last/20, time.Millisecond)
}

// attempt runs the steps that were taken in one transaction and commits it. Steps
// that fail are finished; if one had written, the transaction is rolled back, and
// the rest stays for the next attempt.
func (c *committer) attempt() {
	steps := c.group()
	if len(steps) == 0 {
		return
	}
	defer func() {
		c.taken = slices.DeleteFunc(c.taken, func(st *step) bool { return st.settled })
	}()
	b, err := c.begin()
	if err != nil {
		finish(steps, err)
		return
	}
	defer func() { _ = b.Rollback() }() // does nothing after a commit
	sh := newShared(b)
	wrote := false
	var left []*step
	for _, st := range steps {
		tx := &Tx{shared: sh}
		if err := c.call(tx, st.fn, st); err != nil {
			finish([]*step{st}, err)
			if tx.wrote {
				return
			}
			continue
		}
		wrote = wrote || tx.wrote
		st.hooks, st.grew = tx.hooks, tx.grew
		left = append(left, st)
	}
	if wrote {
		began := time.Now()
		if err := c.seal(b, sh, left...); err != nil {
			c.commitFailed(left, err)
			return
		}
		c.lastEnd = time.Now()
		c.lastTook, c.lastSteps = c.lastEnd.Sub(began), len(left)
		c.counts.committed(len(left), c.lastTook)
	}
	for _, st := range left {
		st.settled = true
	}
	c.committed = left
}

// group gives the steps of the next transaction: all, unless one wants to be alone.
func (c *committer) group() []*step {
	for i, st := range c.taken {
		if st.alone {
			return c.taken[:max(i, 1)]
		}
	}
	return c.taken
}

func (c *committer) begin() (*bbolt.Tx, error) {
	if err := c.store.Err(); err != nil {
		return nil, err
	}
	b, err := c.store.bolt.Begin(true)
	if err == nil {
		return b, nil
	}
	if err = classify(err); errors.Is(err, ErrFailed) {
		return nil, c.store.fail(err)
	}
	return nil, err
}

// errExited is the end of steps whose function ended its goroutine.
var errExited = errors.New("the function ended its goroutine (runtime.Goexit)")

// call runs a function on behalf of steps.
func (c *committer) call(tx *Tx, fn func(*Tx) error, steps ...*step) error {
	returned := false
	c.busy.Store(true)
	defer func() {
		c.busy.Store(false)
		if !returned {
			finish(steps, errExited)
		}
	}()
	err := c.store.call(tx, fn)
	returned = true
	return err
}

// seal stamps b and commits it, on behalf of steps. When it returns an error, b may
// still have to be rolled back.
func (c *committer) seal(b *bbolt.Tx, sh *shared, steps ...*step) error {
	c.store.bolt.MaxSize = int(c.store.limit - reserve(c.store.limit))
	if len(steps) == 0 || steps[0].spare {
		c.store.bolt.MaxSize = int(c.store.limit)
	}
	if c.stamp != nil {
		if err := c.call(&Tx{shared: sh}, c.stamp, steps...); err != nil {
			return fmt.Errorf("stamp: %w", err)
		}
	}
	return c.store.write(b)
}

// commitFailed ends steps. But where there was no room for all of them there may be
// for each, so they stay and go alone; and a step that makes room stays once more,
// as even that needs pages before it frees others.
func (c *committer) commitFailed(steps []*step, err error) {
	switch {
	case !errors.Is(err, ErrFull):
	case len(steps) > 1:
		for _, st := range steps {
			st.alone = true
		}
		return
	case steps[0].grew <= 0 && !steps[0].spare:
		steps[0].alone, steps[0].spare = true, true
		return
	}
	finish(steps, err)
}

func finish(steps []*step, err error) {
	for _, st := range steps {
		st.finish(err)
	}
}

// acknowledge runs the hooks of what was committed, all in order, and then lets the
// callers go on.
func (c *committer) acknowledge() {
	for _, st := range c.committed {
		for len(st.hooks) > 0 {
			hook := st.hooks[0]
			st.hooks = st.hooks[1:]
			c.runHook(hook)
		}
	}
	finish(c.committed, nil)
	c.committed = nil
}

func (c *committer) runHook(hook func()) {
	c.busy.Store(true)
	defer c.busy.Store(false)
	defer func() {
		if v := recover(); v != nil {
			c.store.log.Error("a hook panicked after its commit", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	hook()
}

// sign makes the last commit, the one that holds the list of free pages. Without it
// the next Open has to look for them.
func (c *committer) sign() {
	b, err := c.begin()
	if err == nil {
		c.store.bolt.NoFreelistSync = false
		err = c.seal(b, newShared(b))
		_ = b.Rollback() // does nothing after a commit
	}
	if err != nil {
		c.store.log.Warn("could not write the list of free pages; the next start will look for them", "err", err)
	}
}
