package connectors

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"crema/queue"
)

// How long jobs wait that cost no attempt.
const (
	lockedWait   = time.Second
	inactiveWait = time.Minute
	networkWait  = 30 * time.Second
)

// outcomes says what becomes of a job, by its error; the first line that fits counts. An
// error that fits none costs an attempt and is tried again by the pattern of the job's
// kind.
//
//	an outcome of package queue        itself: who made it knew best
//	one with a method JobOutcome       what that says: see [JobError]
//	*NetworkError                      again after its wait, no attempt
//	the end of a context               itself: if it is the job's, the queue knows why
//	*LockedError                       again after its wait, no attempt
//	ErrInactive                        again in 1 min, no attempt
//	ErrNothingToDo                     done; the reason is the result
//	ErrNotBound                        again by the pattern: the other record may be on its way
//	*RefusedError, *InvalidDataError,
//	*CycleError, *BoundError,
//	ErrNoComponent, ErrManyInBackend,
//	ErrNotInBackend, *FieldError       failed at once
var outcomes = []struct {
	fits func(error) bool
	to   func(error) error
}{
	{queue.IsOutcome, itself},
	{a[JobError], byItself},
	{a[*NetworkError], waitForNetwork},
	{anyOf(context.Canceled, context.DeadlineExceeded), itself},
	{a[*LockedError], waitForLock},
	{anyOf(ErrInactive), func(err error) error { return queue.Snooze(err, inactiveWait) }},
	{anyOf(ErrNothingToDo), func(error) error { return nil }},
	{anyOf(ErrNotBound), itself},
	{a[*RefusedError], queue.Permanent},
	{a[*InvalidDataError], queue.Permanent},
	{a[*CycleError], queue.Permanent},
	{a[*BoundError], queue.Permanent},
	{anyOf(ErrNoComponent, ErrManyInBackend, ErrNotInBackend), queue.Permanent},
	{a[*FieldError], queue.Permanent},
}

// JobError is an error that knows what becomes of a job that ends with it: those of an
// adapter's client, say, whose system has kinds of failures of its own.
type JobError interface {
	error
	// JobOutcome makes an outcome of package queue of err, which is this error or wraps it.
	JobOutcome(err error) error
}

// Outcome turns the error of a task into what a job's worker returns, by the table
// above. nil is done: of ErrNothingToDo the caller gives the job the reason as its
// result.
func Outcome(err error) error {
	if err == nil {
		return nil
	}
	for _, o := range outcomes {
		if o.fits(err) {
			return o.to(err)
		}
	}
	return err
}

// a reports whether an error is an E, or wraps one.
func a[E error](err error) bool {
	_, is := errors.AsType[E](err)
	return is
}

func anyOf(these ...error) func(error) bool {
	return func(err error) bool {
		for _, one := range these {
			if errors.Is(err, one) {
				return true
			}
		}
		return false
	}
}

func itself(err error) error { return err }

func byItself(err error) error {
	e, _ := errors.AsType[JobError](err)
	return e.JobOutcome(err)
}

func waitForLock(err error) error {
	wait := lockedWait
	if e, ok := errors.AsType[*LockedError](err); ok && e.After > 0 {
		wait = e.After
	}
	return queue.Snooze(err, wait)
}

// waitForNetwork spreads the waits, so that what was cut off together doesn't return
// together.
func waitForNetwork(err error) error {
	wait := networkWait - networkWait/5 + rand.N(networkWait*2/5)
	if e, ok := errors.AsType[*NetworkError](err); ok && e.After > 0 {
		wait = e.After
	}
	return queue.Snooze(err, wait)
}
