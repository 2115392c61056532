package ledger

import "errors"

var (
	// ErrUnknownCup means that the ledger has no cup of this number.
	ErrUnknownCup = errors.New("the ledger has no such cup")
	// ErrBooked means that the cup is booked: nothing about it can change.
	ErrBooked = errors.New("the cup is booked")
	// ErrDismissed means that the cup was dismissed and is not to be booked.
	ErrDismissed = errors.New("the cup was dismissed")
	// ErrUnknownMachine means that the board has never met the machine of this serial number.
	ErrUnknownMachine = errors.New("the machine was never seen by this board")
)
