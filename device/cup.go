package device

import "time"

// CupKind is how a cup came about.
type CupKind string

// The kinds of cup. The machine's own guide: sale was paid, free was given away
// at the panel, test was made by a service technician, remote was started by the
// controller, aborted was never finished. Counted is a cup of a machine that keeps
// counters only.
const (
	CupSale    CupKind = "sale"
	CupFree    CupKind = "free"
	CupTest    CupKind = "test"
	CupRemote  CupKind = "remote"
	CupAborted CupKind = "aborted"
	CupCounted CupKind = "counted"
)

// Payment is how a cup was paid.
type Payment string

// The kinds of payment; PaymentNone where nothing was paid or nobody knows.
const (
	PaymentNone  Payment = ""
	PaymentCash  Payment = "cash"
	PaymentCard  Payment = "card"
	PaymentBadge Payment = "badge"
)

// Entry is one entry of a machine's journal.
type Entry struct {
	Number  uint64        // from 1, never reused
	Time    time.Time     // zero while the machine's clock was not set; else whole seconds, UTC
	Uptime  time.Duration // since the machine's power-up
	Slot    int
	Kind    CupKind
	Price   *Money // nil where the kind has none
	Payment Payment
	Used    map[int]int64 // by Level.ID, in that ingredient's unit
	Badge   string
}

// JournalPage is one answer of the journal.
type JournalPage struct {
	Entries []Entry // in rising order of Number, without gaps
	Next    uint64  // the number of the entry to come
	Oldest  uint64  // the oldest number kept
	// Overwritten counts the entries overwritten before they were acknowledged, since
	// the last acknowledgement.
	Overwritten uint64
}

// Counters is how many cups each slot has made, finished ones only.
type Counters struct {
	// Epoch counts the resets of the counters, 0 to 255 and round again; 0 where they
	// are never reset.
	Epoch uint8
	// Cups has the count by slot; it wraps at Modulus.
	Cups map[int]uint64
	// Modulus is one more than the highest count (65,536 for 16 bits).
	Modulus uint64
}

// Event is something that the machine said unasked.
type Event struct {
	Kind EventKind
	// Number is the journal entry, alarm code, ingredient or slot that it is about.
	Number uint64
	State  State  // of EventState
	Alarm  *Alarm // of EventAlarmRaised
}

// EventKind tells the events apart.
type EventKind int

// The events. EventRestarted: the machine was powered up again; the panel is free.
const (
	EventRestarted EventKind = iota
	EventJournal
	EventAlarmRaised
	EventAlarmCleared
	EventState
	EventLevelLow
	EventSlotChanged
)
