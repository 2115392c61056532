// # Synchronizers
//
// A [RecordImporter] brings one record of a backend into Odoo, a [RecordExporter] one of
// Odoo to a backend, a [RecordDeleter] deletes one in a backend. They are structs: values
// that must be there, and hooks that may be. Import and Export are straight lines; what
// follows is all they do, and the names are those that [Work.Trace] is told.
//
//	import: lock · read · must skip · up to date · before · dependencies · map ·
//	        compare · validate · announce · create or write · bind · after · settle
//	export: binding · should import · lock · load · has to skip · dependencies · map ·
//	        compare · validate · announce · create or write · bind · after · settle
//	delete: lock · delete · unbind
//
// Compare is for shared fields alone, see below; a record that is gone goes from write to
// forget, map and so on to create.
//
// An import locks before it reads, since a record that was read before its lock may be old
// when it is written. An import and an export of one record exclude each other, too.
//
// What each ends with is a [Result], which a job takes as its own; [Tally] counts them.
// Nothing is written that was written as it is before (a fingerprint of what the mapper
// made is kept with the binding), or that the backend's own time says is not new; Force
// does it all the same. A record that is gone where it is to be written is made anew.
//
// A record is created under a key that is the same at each try (see [Creator]), and bound
// at once, whatever becomes of the job; so a crash between the two makes no second one.
// The next try writes what the first one may have written in an older state. After is
// called once more rather than never.
//
// Until what was written is bound, it would look like a new record, or a change, to the
// other direction. So it is announced in the store before the call: the creation of a
// record, and the write of fields that both sides change. What was announced in one
// direction has the other wait, at no cost, and for an hour at most: the same record, and
// new records of the model where one is created.
//
// A [Dependency] is synchronised in the task of the record that needs it, if it is not
// bound; records that need each other in a circle end with a *CycleError.
//
// # Fields that both sides change
//
// A field is taken to be changed by people on one side only, unless it is declared by
// [Share]. Of a shared field the binding knows the value that both sides had last. One
// side changed it: that value goes over, and the other direction leaves it alone. Both
// did: the [Rule] says what holds, and a checkpoint tells. Values that are the same are
// not written, so that no echo goes round.
//
// # Batches
//
// A [BatchImporter] finds what was changed in a backend since its last run, page by page,
// and imports it or enqueues the imports. Where it stands is committed with each page; it
// goes on from there after a crash. It looks a little further back than the start of the
// last run, by the backend's own clock where that is known.
//
// # Errors
//
// An adapter says what is wrong with a call by the error's type, and [Outcome] turns what
// a task ends with into what becomes of its job, by one table (outcome.go): what is away
// or locked costs no attempt, what would be refused again fails at once, what is not
// known is tried by the pattern of the job's kind. [NoAnswer] and [BadStatus] sort the
// errors of network calls for adapters.
//
// # Locks
//
// [Work.Lock] takes a name that one task at a time may hold, and never waits: who finds
// it taken ends with a *LockedError, and its job comes again after a second. Locks are in
// memory; one process owns the store.
//
// # Caveats of synchronizers
//
// A batch that imports at once ends with the first record that fails. One that enqueues
// does not know of failures; its cursor moves on, and the jobs tell.
package connectors
