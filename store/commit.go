package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

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
		c.finish(steps, err)
		return
	}
	defer func() { _ = b.Rollback() }() // does nothing after a commit
	sh := c.store.newShared(b, c.store.layers.newest())
	wrote := false
	var left []*step
	for _, st := range steps {
		tx := &Tx{shared: sh}
		if err := c.call(tx, st.fn, st); err != nil {
			c.finish([]*step{st}, err)
			if tx.wrote {
				return
			}
			continue
		}
		wrote = wrote || tx.wrote
		st.hooks, st.grew, st.adds = tx.hooks, tx.grew, tx.adds
		left = append(left, st)
		sh.ask(tx.last, st)
	}
	if wrote && !c.finishUp(sh, left) {
		return
	}
	if wrote {
		began := time.Now()
		if err := c.seal(sh, left...); err != nil {
			_ = b.Rollback() // it may have ended already
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

// ask keeps what a step wants to run before the commit, if nobody wanted it before.
func (sh *shared) ask(wanted []last, of *step) {
	for _, l := range wanted {
		if !slices.ContainsFunc(sh.last, func(o last) bool { return o.key == l.key }) {
			l.of = of
			sh.last = append(sh.last, l)
		}
	}
}

// finishUp runs what was asked for before the commit. False means that one failed: the step that asked is finished, and the
// transaction has to be rolled back.
func (c *committer) finishUp(sh *shared, steps []*step) bool {
	for _, l := range sh.last {
		tx := &Tx{shared: sh}
		if err := c.call(tx, l.fn, l.of); err != nil {
			c.finish([]*step{l.of}, err)
			return false
		}
		end := steps[len(steps)-1]
		end.hooks = append(end.hooks, tx.hooks...)
		end.grew += tx.grew
		end.adds = end.adds || tx.adds
	}
	return true
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
		if id, last := b.ID()-1, c.store.layers.newestID(); id < last {
			_ = b.Rollback() // nothing was written
			return nil, c.store.fellBack(id, last)
		}
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
			c.finish(steps, errExited)
		}
	}()
	err := c.store.call(tx, fn)
	returned = true
	return err
}

// seal stamps what steps wrote, and commits it. When it returns an error, the transaction
// may still have to be rolled back.
func (c *committer) seal(sh *shared, steps ...*step) error {
	if c.stamp != nil {
		if err := c.call(&Tx{shared: sh}, c.stamp, steps...); err != nil {
			return fmt.Errorf("stamp: %w", err)
		}
	}
	grew, may := int64(0), allOfIt
	for _, st := range steps {
		grew += st.grew
		may = st.may
	}
	return c.commit(sh, grew, may)
}

// commit commits what makes the data grow by so many bytes, if there is room for it.
func (c *committer) commit(sh *shared, grew int64, may share) error {
	s := c.store
	if !sh.direct && sh.layer.page >= 2*logFor(s.limit) {
		return fmt.Errorf("%w: the log can't be moved into the tree", ErrFull)
	}
	limit, err := s.room.allow(sh.bolt.Size(), s.free(), grew+sh.owes(), may)
	if err != nil {
		return err
	}
	s.bolt.MaxSize = int(limit)
	return s.write(sh)
}

// commitFailed ends steps. But where there was no room for all of them there may be
// for each, so they stay and go alone; and a step that makes room stays once more,
// as even that needs pages before it frees others.
func (c *committer) commitFailed(steps []*step, err error) {
	if errors.Is(err, ErrFull) && c.store.layers.newest().page > 0 {
		moved := c.moveLog()
		if moved == nil {
			return // what was deleted makes room
		} else if !errors.Is(moved, ErrFull) {
			err = moved
		}
	}
	switch {
	case !errors.Is(err, ErrFull):
	case len(steps) > 1:
		for _, st := range steps {
			st.alone = true
		}
		return
	case steps[0].grew <= 0 && steps[0].may == noneOfIt:
		steps[0].alone, steps[0].may = true, allOfIt
		if steps[0].adds {
			steps[0].may = halfOfIt
		}
		return
	}
	c.finish(steps, err)
}

// finish ends steps, first all of them and then tells those that nobody waits for.
func (c *committer) finish(steps []*step, err error) {
	for _, st := range steps {
		st.finish(err)
	}
	for _, st := range steps {
		if st.then != nil {
			c.runHook(func() { st.then(err) })
		}
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
	c.finish(c.committed, nil)
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

// sign makes the last commit, the one that moves the log into the tree and holds the list
// of free pages. Without it the next Open has to look for them.
func (c *committer) sign() {
	err := c.signOnce()
	if errors.Is(err, ErrFull) && c.moveLog() == nil {
		err = c.signOnce()
	}
	if err != nil {
		c.store.log.Warn("could not write the list of free pages; the next start will look for them", "err", err)
	}
}

func (c *committer) signOnce() error {
	b, err := c.begin()
	if err != nil {
		return err
	}
	defer func() { _ = b.Rollback() }() // does nothing after a commit
	c.store.bolt.NoFreelistSync = false
	defer func() { c.store.bolt.NoFreelistSync = true }()
	sh := c.store.newShared(b, c.store.layers.newest())
	if err := c.call(&Tx{shared: sh}, func(*Tx) error { return sh.spill() }); err != nil {
		return err
	}
	return c.seal(sh)
}
