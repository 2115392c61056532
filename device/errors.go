package device

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong with the line.
var (
	// ErrAway means that the machine is not connected now; nothing was sent.
	ErrAway = errors.New("the machine is away")
	// ErrLineLost means that the line itself is gone: unplugged, closed, refused.
	ErrLineLost = errors.New("the line to the machine is lost")
	// ErrNoReply means that the machine did not answer after all repeats. What was
	// asked may have been done: of a call that changes something this comes together
	// with ErrOutcomeUnknown.
	ErrNoReply = errors.New("the machine does not answer")
	// ErrRestarted means that the machine was powered up again while it was asked.
	ErrRestarted = errors.New("the machine was restarted")
	// ErrBadReply means a reply whose check is right and whose content can't be.
	ErrBadReply = errors.New("the machine's reply makes no sense")
)

// What the machine refuses. Nothing was done.
var (
	ErrBusy            = errors.New("the machine is making a cup")
	ErrNotReady        = errors.New("the machine is not ready")
	ErrSlotDisabled    = errors.New("the slot is disabled")
	ErrIngredientEmpty = errors.New("an ingredient is empty")
	ErrMemory          = errors.New("the machine's memory failed")
	ErrBadArgument     = errors.New("the machine refuses the argument")
	ErrUnsupported     = errors.New("the machine does not know this command")
	ErrLogin           = errors.New("the machine refuses user or password")
)

// ErrOutcomeUnknown means that something may or may not have been done: look
// before doing it again.
var ErrOutcomeUnknown = errors.New("the outcome is unknown")

// WrongModelError is another machine on the line than the one configured.
type WrongModelError struct{ Want, Got string }

func (e *WrongModelError) Error() string {
	return fmt.Sprintf("a Coffee %s answers on this line, the backend is configured for a %s: change `version` or the cable", e.Got, e.Want)
}

// LockedOutError is a machine that takes no login for a while, after wrong ones.
type LockedOutError struct{ Wait time.Duration }

func (e *LockedOutError) Error() string {
	return fmt.Sprintf("the machine takes no login for %s after wrong passwords", e.Wait)
}

// RevDiffersError is a slot that was changed since it was read; nothing was written.
type RevDiffersError struct{ Current uint64 }

func (e *RevDiffersError) Error() string {
	return fmt.Sprintf("the slot was changed meanwhile, it is at revision %d", e.Current)
}
