package odoo

import (
	"time"

	"crema/connectors"
	"crema/queue"
)

// How long a job waits for a person: long enough to act, short enough to notice that someone did.
const (
	waitForRights = 10 * time.Minute
	waitForKey    = 15 * time.Minute
)

var _, _ connectors.JobError = (*Error)(nil), (*ChoiceError)(nil)

// JobOutcome says what becomes of a job that ends with err, which is e or wraps it. No answer and an unknown
// outcome cost no attempt; what waits for a person costs one; a refused request fails the job at once.
//
// Who lets a job end with it must have made sure that an [Unknown] call may be repeated.
func (e *Error) JobOutcome(err error) error {
	err = Worded(err)
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

// JobOutcome has the job wait for a person, who must choose.
func (e *ChoiceError) JobOutcome(err error) error { return queue.RetryLater(err, waitForRights) }
