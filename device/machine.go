package device

import (
	"context"
	"io"
	"time"
)

// A Line is an open stream of bytes to a machine. Reads past the deadline fail
// with os.ErrDeadlineExceeded; after Close, or when the cable is pulled, every call
// fails with an error that is [ErrLineLost].
type Line interface {
	io.ReadWriteCloser
	// SetReadDeadline bounds the reads that follow; the zero time means no bound.
	SetReadDeadline(t time.Time) error
}

// A Dialer opens the line. Its error says what a technician can do about it.
type Dialer func(ctx context.Context) (Line, error)

// Machine is what every coffee machine can do. It is used by one goroutine at a
// time, its [Link]'s. Every method but Close and Limits talks to the machine, blocks
// at most for the protocol's own timeouts and repeats, and returns early when ctx
// ends. Errors are those of errors.go.
type Machine interface {
	// Connect opens the line and finds out who is there; again after any loss.
	// WrongModelError, LockedOutError and ErrLogin mean that somebody must act.
	Connect(ctx context.Context) (Identity, error)
	// Close gives the line back. The machine can be connected again. Nothing that
	// was started is stopped by it.
	Close() error
	// Limits says what this kind of machine can hold; known before Connect.
	Limits() Limits
	// Status reads state, temperature, alarms.
	Status(ctx context.Context) (Status, error)
	// Slots reads the number and revision of every slot, in rising order. A machine
	// without revisions reports 0 for each.
	Slots(ctx context.Context) ([]SlotRev, error)
	// ReadSlot reads one slot, 0 to Identity.Slots−1; ErrBadArgument outside.
	ReadSlot(ctx context.Context, n int) (Slot, error)
	// WriteSlot changes slot old.Number from what it holds, old, and returns what it
	// holds then, as the machine itself reported it. RevDiffersError: somebody changed
	// it since old was read, nothing was written. ErrOutcomeUnknown: read it.
	WriteSlot(ctx context.Context, old Slot, c SlotChange) (Slot, error)
	// Lock locks the panel (true) or frees it; a restart of the machine frees it.
	Lock(ctx context.Context, locked bool) error
	// AckAlarm acknowledges the alarm with this code; one whose cause is still there stays.
	AckAlarm(ctx context.Context, code int) error
	// Levels reads what is left in the machine.
	Levels(ctx context.Context) ([]Level, error)
	// Events tells what the machine says unasked. Never closed while the Machine is in
	// use; the driver drops the oldest when nobody listens.
	Events() <-chan Event
}

// Brewer starts a cup, free of charge. Never repeat a Brew whose outcome is
// unknown without looking at what the machine counted.
type Brewer interface {
	Machine
	// Brew starts one cup of the slot. ErrBusy, ErrNotReady, ErrSlotDisabled and
	// ErrIngredientEmpty: no cup was started. ErrOutcomeUnknown: look at Status and the
	// counters or the journal. Where the machine keeps tokens (Limits.BrewTokens), the
	// same token again, even after a restart, gets the same number and no second cup.
	Brew(ctx context.Context, slot int, token Token) (Brewing, error)
}

// Token names one cup that was asked for; made once, before the first try.
type Token [8]byte

// Brewing is a cup that was started.
type Brewing struct {
	// Number is that of the journal entry to come; 0 where the machine keeps no journal.
	Number uint64
}

// CounterReader reads how many cups each slot has made.
type CounterReader interface {
	Machine
	ReadCounters(ctx context.Context) (Counters, error)
}

// JournalReader reads the machine's numbered record of cups.
type JournalReader interface {
	Machine
	// ReadJournal reads up to n entries (1 to 16) from number from (1 or more) on.
	// No entries mean none from there on.
	ReadJournal(ctx context.Context, from uint64, n int) (JournalPage, error)
	// AckJournal lets the machine overwrite the entries up to and including number.
	// Call it only when they are committed. ErrBadArgument for a number still to come.
	AckJournal(ctx context.Context, upTo uint64) error
}

// ClockSetter sets the machine's clock; seconds are all that it keeps.
type ClockSetter interface {
	Machine
	SetClock(ctx context.Context, t time.Time) error
}

// Identity is who answered on the line.
type Identity struct {
	Model    string // "1900", "2900"
	Serial   string
	Firmware string
	Slots    int
	Boot     uint64 // how often it was powered up; 0 where the machine does not say
	// Clock is the machine's own time; zero where it has none or it was never set.
	Clock time.Time
}

// Limits is what a kind of machine can hold and do.
type Limits struct {
	NameBytes   int    // the longest slot name, in bytes of the machine's encoding; the shortest is 1
	Latin1      bool   // names are ISO 8859-1 (0x20–0x7E, 0xA0–0xFF), else UTF-8
	NameWithout string // characters that no name may have
	PriceMax    int64  // the highest price, in minor units
	Currency    bool   // slots have a currency of their own
	Revisions   bool   // slots have revisions, and may be changed at the panel
	BrewTokens  bool   // Brew knows its tokens again
}
