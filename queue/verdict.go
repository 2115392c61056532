package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A verdict is what becomes of a job whose handler has returned.
type verdict struct {
	done  Done
	err   error // nil: it is done
	free  bool  // back to pending at no cost, after the wait
	to    State // StateFailed or StateCancelled at once; else stateNone
	after time.Duration
}

// stop tells whether it is that of a soft stop: as if the job had not been started.
func (v verdict) stop() bool { return v.free && v.after == 0 }

// verdictOf is a pure function of what the handler returned and why, if so, its lease is gone.
func verdictOf(done Done, err, lost error, limit time.Duration) verdict {
	var o *outcome
	stated := errors.As(err, &o)
	switch {
	case stated && o.permanent:
		return verdict{err: err, to: StateFailed}
	case stated && o.cancel:
		return verdict{err: err, to: StateCancelled}
	case errors.Is(lost, ErrTimedOut):
		over := fmt.Errorf("%w after %v", ErrTimedOut, limit)
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrTimedOut) {
			over = fmt.Errorf("%w: %w", over, err)
		}
		v := verdict{err: over}
		if stated && o.free { // what is away costs no attempt, however long it was waited for
			v.free, v.after = true, o.after
		}
		return v
	case (errors.Is(lost, ErrStopping) || errors.Is(lost, ErrLeaseLost)) && err != nil && !(stated && o.free):
		return verdict{free: true, err: err}
	case err == nil:
		return verdict{done: done}
	case stated:
		return verdict{err: err, free: o.free, after: o.after}
	}
	return verdict{err: err}
}

// doneError is an error of the job's Done, to be told from the store's own.
type doneError struct{ err error }

func (e *doneError) Error() string { return e.err.Error() }

func (e *doneError) Unwrap() error { return e.err }
