package connectortest

import (
	"testing"

	"crema/connectors"
)

// System is an external system with its adapter, as [Adapter] tries it: its records R, what
// is written of them W (a connectors.Mapped[R], or an R), and its queries Q.
type System[R, W, Q any] struct {
	Adapter connectors.BackendAdapter[R]
	// Can is what the adapter shall be able to do, in this order: "search read create write
	// delete". It is told here, since a method of another type is none.
	Can string
	// All is the query that finds every record.
	All Q
	// Known are the ids of records that are there from the beginning: some, where the adapter
	// can't create any.
	Known []string
	// New is a whole record to write; another n is another record, in each of its fields. nil:
	// nothing is written.
	New func(n int) W
	// Part is some fields of a record to write; nil: records are written as a whole.
	Part func(n int) W
	// Written is what a record is once w was written to it; a new one was the zero value. It
	// is needed to write.
	Written func(r R, w W) R
	// Own takes out of a record what the system sets itself: its id, say. nil: nothing.
	Own func(r *R)

	// What can be made to go wrong; what is nil is not tried.

	// Away has the system give no answer, until back is called.
	Away func() (back func())
	// Lose has the answer to the next call that changes something be lost, though it is done.
	Lose func()
	// Hang has the system keep the next call waiting until let go; reached is closed when the
	// call is there.
	Hang func() (reached <-chan struct{}, letGo func())
	// Refuse has the system refuse the next call that changes something.
	Refuse func()
}

// Adapter is the conformance suite of adapters: each part of it on a system that open makes.
// Synchronizers count on all that it looks at. It tries what the adapter can, and what the
// system lets go wrong. Run it with the race detector, too.
func Adapter[R, W, Q any](t testing.TB, open func(t testing.TB) System[R, W, Q]) {
	t.Helper()
	for _, p := range []struct {
		name  string
		needs string // of Can
		run   func(*adapterRig[R, W, Q])
	}{
		{"capabilities", "", (*adapterRig[R, W, Q]).capabilities},
		{"read", "read", (*adapterRig[R, W, Q]).reads},
		{"search", "search", (*adapterRig[R, W, Q]).searches},
		{"pages", "page", (*adapterRig[R, W, Q]).turnsPages},
		{"create", "create", (*adapterRig[R, W, Q]).creates},
		{"create again", "create", (*adapterRig[R, W, Q]).createsAgain},
		{"create, answer lost", "create", (*adapterRig[R, W, Q]).createAnswerLost},
		{"write", "write read", (*adapterRig[R, W, Q]).writes},
		{"write a part", "write read", (*adapterRig[R, W, Q]).writesPart},
		{"write, answer lost", "write read", (*adapterRig[R, W, Q]).writeAnswerLost},
		{"delete", "delete", (*adapterRig[R, W, Q]).deletes},
		{"no such record", "", (*adapterRig[R, W, Q]).noSuchRecord},
		{"context over", "", (*adapterRig[R, W, Q]).contextOver},
		{"context ends", "", (*adapterRig[R, W, Q]).contextEnds},
		{"no answer", "", (*adapterRig[R, W, Q]).noAnswer},
		{"refused", "", (*adapterRig[R, W, Q]).refused},
		{"at once", "", (*adapterRig[R, W, Q]).atOnce},
	} {
		part(t, p.name, func(t testing.TB) {
			if r := newAdapterRig(t, open(t)); r.can(p.needs) {
				p.run(r)
			}
		})
	}
}
