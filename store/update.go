package store

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Update has fn run in a transaction that may write, together with other callers'
// functions, one after the other in the order of their calls, each seeing what
// those before it wrote; and returns when the commit that holds them is on disk and
// its hooks have run. If none of them wrote anything, nothing is.
//
// fn may run more than once: where a function fails after it wrote something, it
// alone is taken out, and the others run again on what was there before. So fn
// touches nothing but its Tx; what memory must learn goes in Tx.OnCommit. It must
// not wait for a network, a machine or another goroutine: there is one writer.
//
// ctx bounds the wait for fn's turn; once it has begun the outcome is awaited. The
// error is fn's own (a panic in it is a *PanicError) or a bucket's, ctx's,
// ErrClosed, ErrNested, ErrFull, ErrReadOnly, ErrDisk, ErrFailed or a *DamagedError;
// after any of them but ErrFailed nothing of fn was written.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	return s.update(ctx, &step{fn: fn})
}

// Submit is Update for those who don't wait: it returns at once, and then is called
// with what Update would have returned, when the commit is on disk and its hooks have
// run. then runs on the committer's goroutine, as hooks do: it must be short, and may
// View and Submit, but not Update. Where Submit itself returns an error (ErrClosed,
// ErrFailed), then is not called.
func (s *Store) Submit(fn func(*Tx) error, then func(error)) error {
	if err := s.Err(); err != nil {
		return err
	}
	return s.committer.add(&step{fn: fn, then: then})
}

func (s *Store) update(ctx context.Context, st *step) error {
	if ctx.Err() != nil {
		return fmt.Errorf("update not begun: %w", context.Cause(ctx))
	}
	if s.nested() {
		return ErrNested
	}
	if err := s.Err(); err != nil {
		return err
	}
	st.done = make(chan struct{})
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
	alone bool        // it wants a transaction of its own
	may   share       // of what is held back for the time when all is full
	taken atomic.Bool // by the committer, or by its caller giving up
	hooks []func()    // those of its last run
	grew  int64       // by its last run
	adds  bool        // its last run, as of Tx

	settled bool  // the committer is done with it, but for its hooks
	err     error // good once done is closed
	done    chan struct{}
	then    func(error) // in place of done, where nobody waits
}

// claim takes the step; false if the other side was first.
func (st *step) claim() bool { return st.taken.CompareAndSwap(false, true) }

func (st *step) finish(err error) {
	st.settled = true
	st.err = err
	if st.done != nil {
		close(st.done)
	}
}
