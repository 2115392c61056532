package queue

import (
	"errors"
	"time"
)

// An outcome is an error that also says what becomes of the job.
type outcome struct {
	err       error
	after     time.Duration // 0: by the retry pattern
	free      bool          // costs no attempt
	permanent bool
	cancel    bool
}

func (o *outcome) Error() string {
	if o.err == nil {
		return ""
	}
	return o.err.Error()
}

func (o *outcome) Unwrap() error { return o.err }

// RetryLater makes the job fail this attempt with err and try again after d of board time; d of 0 or less leaves the wait to
// the kind's retry pattern. When no attempt is left the job fails.
func RetryLater(err error, d time.Duration) error { return &outcome{err: err, after: max(d, 0)} }

// Snooze makes the job try again after d of board time, at least a second, at the cost of no attempt: for what is away, not wrong.
// err says what it waits for and is kept with the job; it may be nil.
func Snooze(err error, d time.Duration) error {
	return &outcome{err: err, after: max(d, time.Second), free: true}
}

// Permanent makes the job fail at once with err, whatever attempts are left.
func Permanent(err error) error { return &outcome{err: err, permanent: true} }

// Cancel ends the job as cancelled, with err as the reason: there is nothing to do any more, and nothing went wrong.
func Cancel(err error) error { return &outcome{err: err, cancel: true} }

// IsPermanent tells whether err, or one that it wraps, was made by Permanent.
func IsPermanent(err error) bool {
	var o *outcome
	return errors.As(err, &o) && o.permanent
}

// IsOutcome tells whether err, or one that it wraps, says itself what becomes of the job: whether it was made by RetryLater, Snooze,
// Permanent or Cancel.
func IsOutcome(err error) bool {
	var o *outcome
	return errors.As(err, &o)
}
