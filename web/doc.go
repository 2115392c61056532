// Package web is crema's local page and its API.
//
// # Words
//
// The page is the board's first HTML page; beside it there are a list of jobs (/jobs) and
// one of checkpoints (/checkpoints), a page for each of these and for each backend
// (/backends/NAME), the form for a new one (/add), and what files bring and take away
// (/files), all drawn on the server. A backend
// is one external system; what it is told, and so its form, comes from the [Kind] of it,
// which somebody else declares. The API is everything under
// /api/v1, in JSON. A problem ([Problem]) is an error as RFC 9457
// has it, with what to do about it. The token is the board's API token; a session is
// a browser that gave the token once. A [Notice] is one kind of failure in the queue,
// however many jobs it befell; what the last button led to is a notice of the browser's
// own, and has no name outside. A hint ([Event]) says that something changed,
// never what is true now: who gets one asks again.
//
// # What it needs
//
// Web knows no store, queue or machine. What it shows and starts comes through the
// small interfaces and functions of [Deps]; their errors may be a [*Problem], which is
// answered as it is, and are else answered as an internal error, and logged.
//
// # Who owns what
//
// [Server.Run] owns the listener, and a second one where the address was not the board's at the
// start, and ends when its context does: first no new
// requests, then the streams of events end, then requests in flight have
// [Config.Grace] to finish. Handlers run on the goroutines of net/http. [Hub] is
// shared by everyone who publishes and never blocks them.
//
// # What survives a power cut
//
// Nothing here: sessions, the one-time links and the count of failed logins are in
// memory. After a restart people log in again.
//
// # Who gets in
//
// Everything but /healthz, /login and /assets/ takes the bearer token or a session's
// cookie; /metrics does so for everyone but the board itself, and test jobs take the
// token alone. A request that changes something and comes with a cookie must come from the
// page itself (Sec-Fetch-Site or Origin). A Host header that could be somebody else's
// name for this board (DNS rebinding) is refused: IP addresses, localhost, *.local, the
// board's host name and [Config.Hosts] pass.
//
// # Secrets
//
// A secret of a backend goes one way: from a form or a body, as a [Secret], to
// [Backends.Create] and [Backends.Change]. No reply has it, no form shows it again, not
// even after an error.
//
// # Caveats
//
// The page is served without TLS; on a network that others share, put it behind
// something that has it. The bearer token has 256 bits and is not slowed down when
// guessed; the login form is.
package web
