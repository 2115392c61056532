// Package maintenance makes the calls to Odoo's Maintenance that a machine's alarms need: the machine as a piece of
// equipment, and requests for what is wrong with it.
//
// # What may be repeated
//
// All of it. Equipment and requests are made under external ids, so that a second call writes the record of the first;
// stages and texts are absolute. Equipment is looked for by its serial number first, which Odoo keeps unique.
//
// # Caveats
//
// Requests are open or ended by their stage: there must be one stage with "Request Done" and one without. Who closes
// a request chooses among several stages that end it; [Stages] gives the first of each kind.
// A user without the rights of an equipment manager sees only what he follows.
// The package has no state and starts no goroutine. The calls are the same in Odoo 18 and 19.
package maintenance
