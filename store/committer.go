package store

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// committer owns all writes: one goroutine that takes what is waiting when the last
// commit has ended, and puts it into one bbolt transaction. A commit costs two syncs
// and three pages, or some ten if it changes much.
type committer struct {
	store  *Store
	stamp  func(*Tx) error
	alive  func(within time.Duration) // nil: nobody asks
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
	moveAt    int     // the weight of the log that is too much
	lastTook  time.Duration
	lastSteps int
	lastEnd   time.Time
	ended     bool
}

// maxGroup bounds the steps of one commit, and so the work that is done again when
// one of them fails.
const maxGroup = 1024

func newCommitter(s *Store, stamp func(*Tx) error, alive func(time.Duration)) *committer {
	return &committer{store: s, stamp: stamp, alive: alive, moveAt: logFor(s.limit) * pageSize, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
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
			c.lives(commitWithin)
			c.acknowledge()
			c.attempt()
		}
		c.moveLongLog()
		if c.take() {
			break
		}
	}
	c.lives(commitWithin)
	c.sign()
	c.lives(0)
	c.ended = true
	close(c.stopped)
}

// take waits for steps and takes them; true says that none will come any more.
func (c *committer) take() (closed bool) {
	c.await()
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

// How long the committer may be silent. A card that stands still for a minute is at its
// end; some do for several seconds.
const (
	commitWithin = time.Minute
	idleWithin   = 30 * time.Second
)

// await waits until there may be something to do, and says meanwhile that it is alive.
func (c *committer) await() {
	if c.alive == nil {
		<-c.wake
		return
	}
	for {
		c.alive(2 * idleWithin)
		idle := time.NewTimer(idleWithin)
		select {
		case <-c.wake:
			idle.Stop()
			return
		case <-idle.C:
		}
	}
}

// lives says that it is alive, to whoever asks.
func (c *committer) lives(within time.Duration) {
	if c.alive != nil {
		c.alive(within)
	}
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
