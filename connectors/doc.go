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
// a machine or to Odoo: the store has one writer. A listener runs in the
// transaction of the review, and may only write to it and enqueue. One that hears of an
// opened checkpoint may only enqueue, and can't undo it: a checkpoint is a fact.
//
// # Goroutines
//
// The package starts none. A Registry and the listeners of [Checkpoints] are set
// up before the program runs and only read afterwards; then all of them are
// safe for concurrent use.
//
// # What survives a power cut
//
// Backends, bindings and checkpoints, as of the last commit; nothing else is kept.
//
// # Caveats
//
// Which of several components with a condition is taken depends on the order in
// which they were provided: the first whose condition holds. Of closed checkpoints, and
// of what rules settled ([Checkpoints.Note]), the last [KeepClosed] are kept; what must
// be kept for ever belongs elsewhere.
package connectors
