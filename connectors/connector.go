package connectors

import (
	"context"

	"crema/queue"
	"crema/store"
)

// Connector is all that the program knows of one kind of backend. main lists the
// connectors; the file, the page, the API and the commands offer what they declare.
// Only Kind is needed.
type Connector struct {
	Kind *Kind
	// Versions are those that a backend of the kind may have; none: it has no version.
	Versions []*Kind
	// Text says to people what it is: "Coffee machine".
	Text string
	// Settings are the fields of its backends beyond those that all have.
	Settings []Setting
	// Check says what is wrong with the settings as a whole: one that another needs. Those that are
	// wrong by themselves are left out, and what it says of them is not told. [SettingError]s name the
	// setting. May be nil.
	Check func(b Backend) error
	// Flows are what can be started for a backend, by schedule, page, API and command.
	Flows []Flow
	// Roles are those that somebody must do for each version of the kind, whatever the
	// conditions of others: [Host.Check] names the holes.
	Roles []AnyRole
	// Channel is the channel that a backend's jobs have to themselves: it gets one place,
	// unless it is configured. nil: there is none.
	Channel func(backend string) string
	// InOrder has the jobs of that channel done strictly one after the other, in the order of
	// their enqueue: one that waits or has failed holds back those behind it, until a person
	// requeues or cancels it.
	InOrder bool
	// Prepare settles what an older state of the store left open, with all backends of the
	// kind, before anything runs: see [Host.Sync]. May be nil.
	Prepare func(tx *store.Tx, backends []Backend) error
	// Open makes the client that a task borrows ([Work.Client]); close ends the loan, and
	// is called exactly once however the task ends. nil: there is none.
	Open func(ctx context.Context, w *Work) (client any, close func() error, err error)
	// Test tries the backend and all that it needs, leaving nothing behind, and returns
	// what is missing; an error means that it could not be tried. A test is good when none
	// of what it returns is more than a warning. nil: all is well when Open succeeds.
	Test func(ctx context.Context, w *Work) ([]Finding, error)
	// Passed takes part in the commit of a good test, and in that which brings a backend to
	// production: b has its new state. May be nil.
	Passed func(tx *store.Tx, b Backend) error
	// Run is what lives as long as a backend does: the owner of its line, say. ctx ends when
	// the backend is changed, switched off or deleted, or the program ends. An error has it
	// begun anew; after nil it has nothing more to do until the backend is changed. May be nil.
	Run func(ctx context.Context, w *Work) error
	// Hinted is told, in a transaction, of a record that another system says has changed, and
	// enqueues what looks at it; 0: it is of no use here. nil: the kind takes no hints.
	Hinted func(tx *store.Tx, b Backend, hint Hint) (queue.ID, error)
	// Deleted removes what the connector keeps of a backend, in the commit that deletes it.
	// Its error refuses that, and says what to do first. May be nil.
	Deleted func(tx *store.Tx, b Backend) error
}

// Flow is a direction in which records go between a backend and Odoo.
type Flow struct {
	// Name is how it is started: "catalogue".
	Name string
	// Text says to people what it does.
	Text string
	// Versions are those that have it; none: all.
	Versions []string
	// Schedule is when it starts by itself where the backend says nothing, as a cron
	// expression; "": by hand only.
	Schedule string
	// Needs is a setting without which there is nothing to do, such as where the stock is: a backend that has it not starts
	// the flow by no schedule, refuses a start by hand, and its page has no button. "": none.
	Needs string
	// Unscheduled is why it can't have a schedule; "": it can.
	Unscheduled string
	// Look says whether there is something to do, before a schedule starts it in production: where
	// not, nothing is enqueued and nothing is written. It may ask the other system, and must not
	// take longer than a minute; an error counts as something to do. nil: there always is.
	Look func(ctx context.Context, b Backend) (bool, error)
	// Start enqueues it, and returns the job that is done when all that it led to is. by
	// hand, one that waits for its retry is pulled forward.
	Start func(tx *store.Tx, b Backend, byHand bool) (queue.ID, error)
}

// Finding is one thing that keeps a backend from working, in words for the person who
// can mend it.
type Finding struct {
	Code string // stable, for programs
	Text string // what is wrong
	Fix  string // what to do
	// Warning is one that keeps nothing from working, and is shown as long as it is true:
	// a test that finds only such is good.
	Warning bool
}
