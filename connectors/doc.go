// Package connectors is the framework that keeps records of two systems in step:
// what a backend is, who does what for it, which record is which, and what a
// person must look at.
//
// # Words
//
// A [Kind] is a type of external system ("coffee") or one version of it ("coffee
// 1900"); a [Backend] is one such system, stored. A [Role] is a task with its Go
// type; a [Registry] says who does it for which kind, and [Component] finds that
// one for a [Work]: the backend, its registry, client, language, logger and clock,
// passed and never hidden.
//
//	Component(work of a coffee 1900, CupImporter)
//	  1. coffee 1900: those with a condition, in the order they were provided
//	  2. coffee 1900: the one without
//	  3. coffee: those with a condition, then the one without
//	  4. ErrNoComponent, naming all of these
//
// A component that shall do more than another is made around it ([Wrap]), and gets what a
// lookup finds without it; a part that several share is embedded, as in any Go. A role has
// one component for a backend: what many shall hear of is an event, not a role, so there
// is no lookup of several, and none by name.
//
// A [Connector] is all that the program knows of one kind of backend: its versions, its
// [Setting]s, its [Flow]s, how it is opened, tested and run. A [Host] runs the backends of
// all connectors.
//
// An adapter ([BackendAdapter], [Searcher], [Reader], [Creator], [Writer],
// [Deleter]) is what synchronizers ([Importer], [Exporter]) see of a system. A
// [Binding] links one Odoo record and one record of a backend; the [Binder] keeps
// both sides unique. External ids are strings: "0" is an id like any other, and no
// id is no binding. A [Mapper] turns records of one side into records of the other. A
// [Checkpoint] is something a person must review.
//
// Odoo's records are not here, so that a binding is unwrapped by what it holds, its
// Model and OdooID: [Binder.GetExternal] leads from a backend's record to the binding,
// [Binder.Get] from an Odoo record, [Binder.ToOdoo] and [Binder.ToExternal] to the bare
// id. A record deleted in Odoo loses its bindings by [ForgetOdoo].
//
// # Backends
//
//	          a good test          a person
//	draft ──────────────► checked ─────────► production
//	  │    of the file: by itself              ▲
//	  └────────────────────────────────────────┘
//
// Other settings, another version, or a person make it a draft again; from off it begins as
// a draft. The configuration file's backends are the file's, and stay in production with
// other settings; all others are changed with [Host.Backends]. Its type a backend keeps.
// [Host.Run] runs each that is not off ([Connector.Run]), and follows its record. A task
// borrows the client ([Host.With], [Connector.Open]); a kind of job that [Handle] registers
// is such a task, and waits, at the cost of no attempt, until its backend is in production.
// Schedules fire in production only.
//
// A backend that this program does not know, after a way back to an older one, say, or
// whose settings it does not take, is kept, told by a checkpoint, and not run.
//
// # Mappers
//
// A [Mapper] is tables of typed fields ([Mapping]), applied in this order:
//
//	Direct    a field of the source, as it is, converted, or only if it is there
//	Computed  from the whole source; relations, by their bindings (ExternalOf, OdooOf)
//	Children  the lines of a record: to be made, changed or removed
//	Finalize  what needs all of them
//	Force     what the caller knows better ([Mapped.Force])
//
// What comes out is a [Mapped]: the record, and which of its fields were set. Zero,
// false and "" are values; a field that was not set is left alone by who writes the
// record. Fields are left out by OnCreate, by [OnlyFields] and From, and by themselves
// ([ErrSkipField]). [Mapper.NeedsExport] goes by what fields say they read (From). What
// a field should know beside the source is an [Option]. Map outside of transactions.
//
// Imported lines have bindings of their own, under the [ChildID] of their record; lines
// to export are exported as records of their own.
//
// # Transactions
//
// Everything stored goes through a transaction of the caller, so that a fact, its
// binding, its checkpoint and its jobs are one commit. Never hold one over a call to
// a machine or to Odoo: the store has one writer.
//
// # Events
//
// A [Topic] is something that happens to records of a model, with the Go type of what is
// told of it: [Created], [Written] and [Deleted] of any model, and what a connector
// declares itself ("cup made"). [Listen] says who hears of it, in the order of
// registration; each hears it in the transaction of who published it, of which it can read
// all and write nothing: what it wants done it puts into its [Outbox], and the event and
// its jobs are one commit.
//
//	Publish      somebody asked for it    a listener's error undoes it
//	PublishFact  it is so, whoever errs   a listener's error or panic drops that listener's jobs, and is told by a checkpoint
//
// An event bears its Origin, the backend whose import caused it; a listener that exports
// to backends has the option [NoEcho], and [SkipIf] for anything else. Binding publishes
// nothing.
//
// That a checkpoint was opened is an event like any other, a fact ([CheckpointOpened]). The
// listeners of its review are not these ([Checkpoints.OnReview]): its reason is their topic,
// and they are part of what happens. They may write, as a review sets free what waited for
// it, and their error undoes the review.
//
// # Goroutines
//
// [Host.Run] has one, and one for each backend whose connector has a Run; it ends when all
// of them have. What was changed is begun anew when its old Run has returned. Nothing else
// starts any. A Host's connectors, a Registry, the listeners of [Checkpoints] and those of
// [Events] are set up before the program runs and only read afterwards; then all of them
// are safe for concurrent use.
//
// # What survives a power cut
//
// Backends, bindings, checkpoints, where batches stand and what is being written, as of
// the last commit; nothing else is kept. What runs of a backend is begun anew from its
// record.
//
// # Caveats
//
// Which of several components with a condition is taken depends on the order in
// which they were provided: the first whose condition holds. Of closed checkpoints, and
// of what rules settled ([Checkpoints.Note]), the last [KeepClosed] are kept; what must
// be kept for ever belongs elsewhere.
package connectors
