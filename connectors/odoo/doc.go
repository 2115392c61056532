// Package odoo speaks to Odoo: it sends one call at a time, says what became of it, and knows how Odoo is.
//
// A call is a model, a method and named arguments; its outcome is the method's result or an [*Error] whose
// [Class] says what a caller may do next:
//
//	Transient  nothing ran; try again later
//	Unknown    it may have run: probe by key, or repeat what is idempotent
//	Refused    Odoo will not do this request; repeating it changes nothing
//	Denied     rights, a missing module, a wrong address: a person must act, then the same request will do
//	Stop       the key is refused: no call will do until a person acts
//
// The client never repeats a call. It can tell a request that was not sent from one whose answer was lost, and
// it leaves it to the caller to know which of its calls are idempotent.
//
// [Records] is Odoo's side of the synchronizers of package connectors: the records of any model, as an adapter.
//
// # What a call is on the wire
//
// JSON-2, which Odoo has from version 19 on: POST /json/2/<model>/<method> with a bearer key, the arguments as one
// JSON object that always comes with Content-Length, because Odoo reads a chunked body as an empty one. Each call
// has a connection of its own: Odoo closes it after its response anyway, and a kept one that the other side has
// closed meanwhile would make outcomes unknown that need not be. Redirects are not followed.
//
// # Goroutines
//
// A [Client] starts none that outlives a call. It is safe for concurrent use; calls wait for each other, since
// Odoo makes parallel POS sales slower, not faster. [Client.Status] never waits.
//
// # What survives a power cut
//
// Nothing: the client keeps no state on disk. A call that a power cut interrupts has an unknown outcome.
//
// # Caveats
//
// Odoo before 19 answers JSON-2 with a redirect to its login page; the client reports that as [ErrOldServer].
// [Config.User] is of no use to JSON-2, which finds the user by the key.
// What Odoo calls a datetime is UTC without a zone; see [Time].
package odoo
