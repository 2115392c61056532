// Package source is where the page and the API get what they show and start: it
// answers what web asks for ([web.Deps]) from the connector, the queue, the ledger,
// the checkpoints, the store and the board's clock.
//
// It keeps nothing of its own but the counts of [Runs], which the metrics show, and the stamp of
// the clock in each commit ([ClockStamp]), and starts no goroutine. Main runs its loops: [Parts.Hints] turns what the queue tells
// into hints for the page, [Parts.Reloads] reads the configuration again at a SIGHUP,
// [Parts.KeepStore] keeps snapshots, [KeepTrust] what the clock is worth. Everything read comes from one short view of the
// store; nothing asks a machine or Odoo but the test of a backend.
//
// # Caveats
//
// Ids on the wire are strings: a list's "next" is the number of its last item.
package source
