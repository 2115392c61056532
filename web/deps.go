package web

import (
	"context"
	"io"
)

// Deps is everything that web asks for. It is called by many goroutines at
// once, with the request's context. Errors may be a [*Problem] (see [NotFound],
// [Invalid], [Conflict], [Unavailable]). All of it is
// needed but Events, which defaults to a Hub that nobody publishes to.
type Deps struct {
	// Status is the board as a whole. Status.Backends is left empty: web adds it.
	Status func(context.Context) (Status, error)
	// Health is what /healthz tells; it must answer at once, whatever is broken.
	Health func(context.Context) Health
	// CheckToken tells whether the board's API token was given. Its time must not tell
	// how much of a wrong one was right.
	CheckToken func(token string) bool
	// Check examines the store and what belongs to it.
	Check func(context.Context) (Report, error)
	// Backup writes a hot snapshot of the store.
	Backup func(context.Context, io.Writer) (int64, error)
	// PauseChannel holds the jobs of one channel (true) or lets them go on.
	PauseChannel func(ctx context.Context, name string, paused bool) error
	// Bindings lists bindings, oldest first.
	Bindings func(context.Context, BindingFilter) (Page[Binding], error)

	Backends    Backends
	Jobs        Jobs
	Cups        Cups
	Checkpoints Checkpoints
	// Events is where the board publishes what changed.
	Events *Hub
}

// Backends is the machines as web sees them. An unknown name is [NotFound].
type Backends interface {
	// List is every backend, in the order in which they were configured.
	List(context.Context) ([]Backend, error)
	Get(ctx context.Context, name string) (Backend, error)
	// Test tries the machine and what Odoo needs for it. What is wrong is in the report;
	// an error means that it could not be tried.
	Test(ctx context.Context, name string) (Report, error)
	// Sync starts a flow and returns its job. An unknown flow is [NotFound], naming those
	// that there are.
	Sync(ctx context.Context, name, flow string) (job string, err error)
	// Lock stores whether a person wants the panel locked, and locks or frees it.
	Lock(ctx context.Context, name string, locked bool) error
	// Brew starts a job that brews one cup; [Conflict] where that is switched off.
	Brew(ctx context.Context, name string, slot int) (job string, err error)
}

// Jobs is the queue as web sees it. An unknown id is [NotFound]; what a job's state
// does not allow is [Conflict].
type Jobs interface {
	List(context.Context, JobFilter) (Page[Job], error)
	Get(ctx context.Context, id string) (Job, error)
	Requeue(ctx context.Context, id string) error
	Cancel(ctx context.Context, id string) error
	Done(ctx context.Context, id string) error
}

// Cups is the ledger as web sees it.
type Cups interface {
	List(context.Context, CupFilter) (Page[Cup], error)
	// Recent is the newest n cups of a backend, the newest first.
	Recent(ctx context.Context, backend string, n int) ([]Cup, error)
	// Today is what a backend made since midnight; drinks with the most cups first.
	Today(ctx context.Context, backend string) (Day, error)
}

// Checkpoints is what a person must review. An unknown id is [NotFound]; one that was
// reviewed already is [Conflict].
type Checkpoints interface {
	List(context.Context, CheckpointFilter) (Page[Checkpoint], error)
	// Review marks it as reviewed and returns it as it is then.
	Review(ctx context.Context, id string) (Checkpoint, error)
}
