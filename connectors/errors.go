package connectors

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/store"
)

// What a synchronizer, or a component that takes part in one, ends with. [Outcome] says
// what becomes of the job; ErrNoComponent, ErrNotInBackend, ErrNotBound, *FieldError,
// *BoundError and *LockedError belong to the same table.
var (
	// ErrManyInBackend means that the backend has several records where one was looked for.
	ErrManyInBackend = errors.New("the backend has several such records")
	// ErrNothingToDo ends a task well: it turned out that there is nothing to do. Wrap it
	// in the reason, which becomes the job's result.
	ErrNothingToDo = errors.New("nothing to do")
	// ErrInactive means that the backend is not in production, or off: its jobs wait.
	ErrInactive = errors.New("the backend is not in production")
)

// InvalidDataError is a record that must not be written as it is. Which one, the
// synchronizer's own error says.
type InvalidDataError struct {
	// Text says what is wrong, and what to do.
	Text string
}

func (e *InvalidDataError) Error() string { return e.Text }

// CycleError is a record that depends on itself by way of others.
type CycleError struct {
	// Chain begins and ends with the same record.
	Chain []string
}

func (e *CycleError) Error() string {
	return "records depend on each other in a circle: " + strings.Join(e.Chain, " → ")
}

// said is what an error says to people: of a panic not the stack, which is for the log.
func said(err error) string {
	if p, ok := errors.AsType[*store.PanicError](err); ok {
		return fmt.Sprintf("it panicked: %v", p.Value)
	}
	return err.Error()
}

// NetworkError means that there was no answer: the backend is away, refused or cut the
// connection, took too long, or whoever stands before it says so (502, 503, 504). What
// was asked for may have happened. The job tries again at the cost of no attempt, so a
// call that fails with it must be one that may be repeated.
type NetworkError struct {
	Err error
	// After is how long to wait; 0: about half a minute.
	After time.Duration
}

func (e *NetworkError) Error() string { return "no answer: " + e.Err.Error() }

func (e *NetworkError) Unwrap() error { return e.Err }

// RefusedError means that the backend understood and said no, and would say so again.
type RefusedError struct {
	Err error
}

func (e *RefusedError) Error() string { return "refused: " + e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }
