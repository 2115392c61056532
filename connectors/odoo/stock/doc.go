// Package stock makes the calls to Odoo's inventory that a machine's ingredients need: what is where, what was used, and
// what a count has found.
//
// What was used goes from the machine's [Location] to where things are consumed, as one [Transfer] of an internal
// operation type. What a machine says is left is a [Count]: an absolute quantity. A drink whose recipe Odoo knows (a kit,
// see [Kits]) takes its ingredients by its sale; nothing else is to be booked for it.
//
// # What may be repeated
//
//	Calls.Load  yes: by its external id a transfer is made once; again, it is written anew as long as it is a draft. One that
//	            is done is refused by Odoo: look with Sent first
//	Validate    yes: a transfer that is done stays as it is
//	SetLevels   yes: quantities are absolute; who repeats it later counts anew first
//	others      yes: they read
//
// # What is never called
//
// A scrap that is validated twice is thrown away twice; Odoo 19 takes a quantity that nobody has counted for none when an
// inventory is applied again; a move whose state is written as done has moved nothing; a line put into a transfer that is
// done is moved at once, each time. No program code of crema names these methods: a test reads it all.
//
// # Caveats
//
// Quantities are rounded to the precision "Product Unit", 2 digits unless somebody changed it: 18 g of a product that is
// kept in kg become 0.02. [Measured.Fits] tells what would be lost.
// A product that is tracked by lot or serial number can't be counted here.
// Kits that consume only when the session closes (an option of the point of sale's settings) make a count wrong until the
// next one.
// Units differ between the versions of Odoo, and so does what a move must have: [Provide].
// The package has no state and starts no goroutine.
package stock
