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
// Each version has a dialect, chosen by what the server says of itself. It is asked before the first call, and again
// after an hour, after a row of failures, and when it answers as another version would: calls may end with a
// Transient error then, and what they should say may differ the next time. A version before 18 is [ErrOldServer].
//
// JSON-2, which Odoo has from version 19 on: POST /json/2/<model>/<method> with a bearer key, the arguments as one
// JSON object that always comes with Content-Length, because Odoo reads a chunked body as an empty one.
//
// JSON-RPC, for Odoo 18: POST /jsonrpc with execute_kw, and database, user's id and key among its arguments. The id
// is asked for once, by the login, and again when Odoo refuses it. Odoo answers with status 200 even what it refuses:
// errors are told apart by the name of the exception. A model that doesn't exist has the same name there as what a
// user does wrong, so a model that never answered is asked for its rights before the error is given a class.
//
// Each call has a connection of its own: Odoo closes it after its response anyway, and a kept one that the other side
// has closed meanwhile would make outcomes unknown that need not be. Redirects are not followed. XML-RPC, which Odoo
// gives up, is not spoken.
//
// # Versions
//
// The versions differ here and there: a field has another name, a method another habit. What differs is a component
// of [Odoo19] or [Odoo18], and nobody asks for the version: a package of typed calls declares a role, provides who
// does it for which version, and callers take it from the registry by the work of the client. To make one:
//
//	// what differs, as an interface, and its role
//	type Opener interface{ Open(ctx context.Context, session int64, …) error }
//	var OpenerRole = connectors.NewRole[Opener]("pos.session", "opener")
//
//	// Provide, called once by the connector that uses the package: one line a version; its client is the work's
//	connectors.Provide(r, OpenerRole, odoo.Odoo19, newOpener19)
//	connectors.Provide(r, OpenerRole, odoo.Odoo18, newOpener18)
//	func newOpener19(w *connectors.Work) (Opener, error) { c, err := connectors.ClientOf[*odoo.Client](w); … }
//
//	// a caller; w for the length of a task, since Odoo may be another version afterwards
//	w, err := client.Work(ctx, environment)
//	opener, err := connectors.Component(w, pos.OpenerRole)
//
// What is provided for [Kind] holds for all versions; those after 19 are looked up as 19. See crema/connectors/odoo/pos,
// whose files version18.go and version19.go hold what is special to each.
//
// # The way to Odoo
//
// The key goes out only after the server has proved who it is: by the system's roots, by those of [Config.RootCAs],
// or by [Config.Fingerprint] alone. [Config.Host] is an address to connect to instead of the URL's name, at each
// connection; the name stays in the certificate that is wanted and in the Host header. [Config.Proxy] is the way
// through a proxy. A [*CertificateError] and a [*ProxyError] say that nothing was sent.
//
// # Goroutines
//
// A [Client] starts none that outlives a call, but for a connection that is being made: what hangs there, a proxy
// say, is given up a minute later. It is safe for concurrent use; calls wait for each other, since
// Odoo makes parallel POS sales slower, not faster. [Client.Status] never waits.
//
// # What survives a power cut
//
// Nothing: the client keeps no state on disk. A call that a power cut interrupts has an unknown outcome.
//
// # Caveats
//
// [Config.User] is of no use to JSON-2, which finds the user by the key. A call without a language in its context is
// in the user's language by JSON-2 and in English by JSON-RPC: give it where it matters.
// The in-between versions of Odoo Online before 19 are taken for 18.
// What Odoo calls a datetime is UTC without a zone; see [Time].
package odoo
