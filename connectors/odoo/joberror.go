package odoo

import (
	"errors"
	"time"

	"crema/queue"
)

// How long a job waits for a person: long enough to act, short enough to notice that someone did.
const (
	waitForRights = 10 * time.Minute
	waitForKey    = 15 * time.Minute
)

// JobError turns the error of a call into what a job's worker returns. No answer and an unknown outcome cost no
// attempt; what waits for a person costs one; a refused request fails the job at once. Errors that are not of a
// call are given back as they are.
//
// The caller must have made sure that an [Unknown] call may be repeated.
func JobError(err error) error {
	var e *Error
	var choice *ChoiceError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &choice):
		return queue.RetryLater(err, waitForRights)
	case !errors.As(err, &e):
		return err
	}
	wait := e.After
	if wait == 0 {
		wait = Backoff(1)
	}
	switch e.Class {
	case Refused:
		return queue.Permanent(err)
	case Denied:
		return queue.RetryLater(err, waitForRights)
	case Stop:
		return queue.RetryLater(err, waitForKey)
	default:
		return queue.Snooze(err, wait)
	}
}
