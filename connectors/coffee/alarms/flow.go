package alarms

import (
	"context"
	"sync/atomic"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

// Deps is whose alarms they are, and what the flow stands on.
type Deps struct {
	Backend  string // its name
	Location string // of the machine, for people

	Store       *store.Store
	Checkpoints *connectors.Checkpoints
	Odoo        *odoo.Client
	Build       time.Time // of the program: what a clock says of earlier is not believed
	Now         func() ledger.When

	// Attached is the machine that the backend's line led to last, "2900/29-1"; "" before the
	// first.
	Attached func(*store.Tx) string
	// Raised and Cleared publish the beginning and the end of an alarm.
	Raised, Cleared func(*store.Tx, ledger.When, Alarm) error

	// Enqueue asks for a job that tells Odoo, after a while; whoever waits for the job follows
	// waits for it too, if that is not 0.
	Enqueue func(tx *store.Tx, follows queue.ID, wait time.Duration) error
	// Works keeps that Odoo answers, Done that all was told.
	Works, Done func(*store.Tx) error
	// KeyRefused says what becomes of a job whose key Odoo does not accept.
	KeyRefused func(context.Context, Job, error) error
}

// Job is what a job lends to the flow while it runs: a [queue.Job], of whatever kind.
type Job interface {
	// Step commits on the way, and SetResult says what came of it.
	Step(context.Context, func(*store.Tx) error) error
	SetResult(string)
}

// Flow tells Odoo of the alarms of one backend's machine. Its methods are safe for concurrent use.
type Flow struct {
	deps Deps
	// kept tells that the alarms in the store are those that the machine has now.
	kept atomic.Bool
}

// New makes the flow of a backend. It does no I/O.
func New(d Deps) *Flow { return &Flow{deps: d} }

// Connected tells that the machine was connected anew: what it has set now is not known before
// it is kept.
func (f *Flow) Connected() { f.kept.Store(false) }
