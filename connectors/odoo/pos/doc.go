// Package pos makes Odoo's point-of-sale calls that a machine needs: masters, sessions, and orders.
//
// A machine has a POS configuration ([Config]) of its own. What it sells goes into the configuration's open
// [Session]; a session's opening note says which machine it belongs to and from where on its cups are booked.
//
// # What may be repeated
//
//	Sync           yes: an order's uuid is unique in the database, and what is known is answered, not booked again
//	CreateSession  no: after an unknown outcome look with OpenSession; a second one is refused while one is open
//	others         yes: they set what they say, or read
//
// A known uuid with other content is answered like any known one and changes nothing: the first wins in silence.
// Never use a uuid for another cup.
//
// # Versions
//
// What differs between the versions of Odoo are components ([Provide], [OpenerRole]); all else holds for each.
//
// # Caveats
//
// Odoo refuses a batch as a whole, and with status 422 both for an order it doesn't like and for a session that
// isn't open; read the session's state before splitting a batch. Amounts are the caller's: Odoo takes what is a cent
// off its own rounding, and then doesn't close the session.
// The package has no state and starts no goroutine.
package pos
