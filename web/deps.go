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
	// Bindings lists bindings, oldest first.
	Bindings func(context.Context, BindingFilter) (Page[Binding], error)
	// Schedules is what starts by the clock, by name.
	Schedules func(context.Context) ([]Schedule, error)
	// Reload reads the configuration file again and applies what it says of the queue. A file that can't be used is
	// [Invalid], naming line and key, and changes nothing.
	Reload func(context.Context) (Reloaded, error)
	// Adopt says that the jobs of another board's card are this board's from now on, and lets them run.
	Adopt func(context.Context) error
	// Metrics writes what can be counted, in the text format of Prometheus.
	Metrics func(context.Context, io.Writer) error

	Backends    Backends
	Hooks       Hooks
	Jobs        Jobs
	Channels    Channels
	Notices     Notices
	Batches     Batches
	Cups        Cups
	Checkpoints Checkpoints
	Files       Files
	// Events is where the board publishes what changed.
	Events *Hub
}

// Backends is the external systems as web sees them. An unknown name is [NotFound].
type Backends interface {
	// Kinds is what backends can be made of, in the order in which a person is offered them; it never changes.
	Kinds() []Kind
	// List is every backend, in the order in which they were made.
	List(context.Context) ([]Backend, error)
	Get(ctx context.Context, name string) (Backend, error)
	// Create makes a backend, a draft. What is wrong with it is [InvalidFields]; a name that is taken is [Conflict].
	Create(context.Context, BackendInput) error
	// Change changes the backend of that name; [Conflict] for one of the configuration file.
	Change(context.Context, BackendInput) error
	// Delete takes a backend away; [Conflict], saying why, where it must stay.
	Delete(ctx context.Context, name string) error
	// SetState puts it into "production", switches it "off", or makes a "draft" of it; [Conflict] where it can't go there from where it is.
	SetState(ctx context.Context, name, state string) error
	// Test tries the backend and what Odoo needs for it. What is wrong is in the report;
	// an error means that it could not be tried.
	Test(ctx context.Context, name string) (Report, error)
	// Sync starts a flow and returns its job. An unknown flow is [NotFound], naming those
	// that there are.
	Sync(ctx context.Context, name, flow string) (job string, err error)
	// Lock stores whether a person wants the panel locked, and locks or frees it.
	Lock(ctx context.Context, name string, locked bool) error
	// AckAlarm acknowledges an alarm of the machine by its code; it is over once its cause is gone too. [Conflict] where the
	// machine is away.
	AckAlarm(ctx context.Context, name string, code int) error
	// Brew starts a job that brews one cup; [Conflict] where that is switched off.
	Brew(ctx context.Context, name string, slot int) (job string, err error)
	// Press starts a job that makes one cup of the drink chosen last on the panel; [Conflict] where that is not wired.
	Press(ctx context.Context, name string) (job string, err error)
	// Restart restarts the machine; [Conflict] where that is not wired, or while a cup is made.
	Restart(ctx context.Context, name string) error
	// Calibrate takes it that the water that ran last was so many ml; [Conflict] where none ran that can be measured.
	Calibrate(ctx context.Context, name string, ml int64) error
}

// Jobs is the queue as web sees it. An unknown id is [NotFound]; what a job's state
// does not allow is [Conflict].
type Jobs interface {
	List(context.Context, JobFilter) (Page[Job], error)
	Get(ctx context.Context, id string) (JobDetail, error)
	// Graph is the whole graph that a job stands in; a job in none is a graph of one.
	Graph(ctx context.Context, id string) (Graph, error)
	// Kinds is the names of the kinds of jobs that this program knows, in order.
	Kinds() []string
	Requeue(ctx context.Context, id string) error
	Cancel(ctx context.Context, id string) error
	Done(ctx context.Context, id string) error
	// RequeueAll, CancelAll and DoneAll do the same to each job of a filter that allows it, and return to how many.
	RequeueAll(context.Context, JobFilter) (int, error)
	CancelAll(context.Context, JobFilter) (int, error)
	DoneAll(context.Context, JobFilter) (int, error)
	// Test starts jobs that do nothing, and returns their batch. The test is whole and within its ranges.
	Test(context.Context, JobTest) (batch string, err error)
}

// Channels is the lines of the queue. An unknown name is [NotFound].
type Channels interface {
	// List is the configured channels, by name.
	List(context.Context) ([]Channel, error)
	// Pause holds the jobs of one channel (true) or lets them go on.
	Pause(ctx context.Context, name string, paused bool) error
}

// Notices is what failed and was not dismissed yet. An unknown id is [NotFound].
type Notices interface {
	// List is the notices, that with the newest failure first.
	List(context.Context) ([]Notice, error)
	Dismiss(ctx context.Context, id string) error
}

// Batches is the jobs that belong together. An unknown id is [NotFound].
type Batches interface {
	List(context.Context, Paging) (Page[Batch], error)
	Get(ctx context.Context, id string) (Batch, error)
	// Read notes that somebody has seen how it ended.
	Read(ctx context.Context, id string) error
}

// Cups is the ledger as web sees it.
type Cups interface {
	List(context.Context, CupFilter) (Page[Cup], error)
	// Recent is the newest n cups of a backend, the newest first.
	Recent(ctx context.Context, backend string, n int) ([]Cup, error)
	// Today is what a backend made since midnight; drinks with the most cups first.
	Today(ctx context.Context, backend string) (Day, error)
}

// Files is what brings and takes away records in the background. An unknown id is
// [NotFound]; a file, or a filter, that can't be used is [Invalid].
type Files interface {
	// Tables is the sorts of records that there are; it never changes.
	Tables() []Table
	// Import takes a file in, called name, and has its records imported.
	Import(ctx context.Context, table, name string, file io.Reader) (Import, error)
	// Imports lists imports, oldest first, until they are removed.
	Imports(context.Context, Paging) (Page[Import], error)
	GetImport(ctx context.Context, id string) (Import, error)
	// Refused writes the refused records of an import, as a file.
	Refused(ctx context.Context, id string, to io.Writer) error
	// Cancel gives up what is left of an import.
	Cancel(ctx context.Context, id string) error
	// Export has the records that a filter takes written into a file.
	Export(ctx context.Context, table string, filter map[string]string) (Export, error)
	// Exports lists exports, oldest first, until they are removed.
	Exports(context.Context, Paging) (Page[Export], error)
	GetExport(ctx context.Context, id string) (Export, error)
	// Open opens the file of an export that is done.
	Open(ctx context.Context, id string) (io.ReadCloser, Export, error)
}

// Checkpoints is what a person must review. An unknown id is [NotFound]; one that was
// closed already is [Conflict]; what can be nobody's name is [Invalid].
type Checkpoints interface {
	List(context.Context, CheckpointFilter) (Page[Checkpoint], error)
	Get(ctx context.Context, id string) (Checkpoint, error)
	// Review marks it as reviewed by somebody and returns it as it is then.
	Review(ctx context.Context, id, by string) (Checkpoint, error)
	// ReviewAll does the same to each open one of a filter, and returns to how many.
	ReviewAll(ctx context.Context, f CheckpointFilter, by string) (int, error)
	// Assign says who shall look at it, "" for nobody, and returns it as it is then.
	Assign(ctx context.Context, id, to string) (Checkpoint, error)
	// Answer does one of its answers, for somebody, and returns it as it is then. An answer that it
	// hasn't, or a value that doesn't fit, is [Invalid]; what can't be done is [Conflict].
	Answer(ctx context.Context, id, name, value, by string) (Checkpoint, error)
}
