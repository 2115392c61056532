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
package connectors
