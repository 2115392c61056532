// Package source is where the page and the API get what they show and start: it
// answers what web asks for ([web.Deps]) from the connector, the queue, the ledger,
// the checkpoints, the store and the board's clock.
//
// It keeps nothing of its own and starts no goroutine but [Parts.Hints], which turns
// what the queue tells into hints for the page. Everything read comes from one short
// view of the store; nothing asks a machine or Odoo but the test of a backend.
//
// # Caveats
//
// Ids on the wire are strings: a list's "next" is the number of its last item.
package source
