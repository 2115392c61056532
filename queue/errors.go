package queue

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound: no job has this id, or it was finished and pruned.
	ErrNotFound = errors.New("no such job")
	// ErrNoNotice: no notice has this id, or it was dismissed.
	ErrNoNotice = errors.New("no such notice")
	// ErrNoBatch: no batch has this id, or it was finished and pruned.
	ErrNoBatch = errors.New("no such batch")
	// ErrLeaseLost: the run that asks is no longer the job's run (it was cancelled, ended by hand, or its time was over).
	// What it wanted to commit is not committed.
	ErrLeaseLost = errors.New("the job is no longer this run's")
	// ErrAlreadyRunning: Run was called while another Run of this queue goes on.
	ErrAlreadyRunning = errors.New("the queue runs already")
	// ErrNotRunning: no Run of this queue goes on.
	ErrNotRunning = errors.New("the queue does not run")
	// ErrUnknownChannel: no configured channel has this name.
	ErrUnknownChannel = errors.New("unknown channel")
	// ErrFull: the store is nearly full and takes no new jobs; those that are in it end, and finished ones are pruned.
	ErrFull = errors.New("the store is nearly full, no new jobs are taken until there is room")
	// ErrCycle: jobs of a graph would wait for each other for ever; the text names them.
	ErrCycle = errors.New("jobs wait for each other")
	// ErrInvalid: an option of Enqueue is out of its range; the text names it.
	ErrInvalid = errors.New("invalid job")
)

// Causes of a cancelled job context, as context.Cause gives them.
var (
	// ErrStopping: the queue is being stopped; the job goes back to pending at no cost.
	ErrStopping = errors.New("the queue is stopping")
	// ErrTimedOut: the job ran longer than its channel allows.
	ErrTimedOut = errors.New("the job's time is over")
	// ErrCancelled: a person cancelled the job or set it to done while it ran.
	ErrCancelled = errors.New("the job was ended by hand")
)

// A StateError says that a job can't be requeued, cancelled or set to done in the state it is in.
type StateError struct {
	ID    ID
	State State
	Op    string // "requeue", "cancel", "set to done"
	Why   string // what to do instead; may be empty
}

func (e *StateError) Error() string {
	text := fmt.Sprintf("can't %s job %s: it is %s", e.Op, e.ID, e.State)
	if e.Why != "" {
		text += "; " + e.Why
	}
	return text
}
