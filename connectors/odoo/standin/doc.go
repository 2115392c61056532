// Package standin is a stand-in Odoo, 19 or 18, for the demo and for tests: an http.Handler with its state in memory that
// answers the calls that crema makes as real Odoo does. What real Odoo refuses, it refuses, with the same status,
// exception and words; what real Odoo ignores in silence, such as a chunked body, ids given as texts or a write without
// ids, it ignores.
//
// Every other model or method is answered as one that doesn't exist, so that a new call of crema's fails here until
// somebody has looked at what Odoo does with it.
//
// # Words
//
// A model has fields, rights and methods; the catalogue lists them. A table holds a model's records, a call is one
// method call of one user, a refusal the exception that it ends with. A [Rule] makes calls fail by a [Fault].
// A [Host] can be switched off, so that connections are refused.
//
// # Proof
//
// The tests replay captured exchanges with a real Odoo 19.0 and a real 18.0 (../testdata/wire) against stand-ins that are furnished like
// the captures' server, and compare status, headers, exception, message, and names, order and types of all values; most
// answers are compared byte for byte. A capture that isn't replayed must be excused by name.
//
// # What no capture proves
//
//   - search_read with an argument that nobody knows is a TypeError with 500; models other than products without
//     fields give all fields that are kept here.
//   - In domains: "not like", "=like", "<", "!", a path over a many2one, terms that compare two numbers, and that an
//     empty text comes last in an order.
//   - The lock dates of a company, and that whoever sees the company sees them.
//   - An overpaid order is refused like an underpaid one. An order that isn't paid is put in as a draft.
//     An order without session_id or uuid is a KeyError. The order of the checks within one order.
//   - set_opening_control replaces the note, even by an empty one, and never changes a session that is past opening.
//   - Orders go into a session that is in opening control. A session in closing control takes none; the stand-in
//     never puts one there.
//   - Whether a session balances: base and taxes of each order, rounded half up to the currency and summed over the session,
//     or rounded as they are computed where the company rounds per line. Only one percent tax on top is captured; several taxes,
//     included, fixed and division ones, groups and fiscal positions follow Odoo's documentation. Taxes by formula come to nothing.
//   - Fiscal positions and price lists, their fields and who may read them; rules of a price list come with those of the highest
//     category id first, where Odoo sorts by the category's name.
//   - create of a session for a POS that doesn't exist is a MissingError. Which failed calls use up an id.
//   - Which of a user's keys revoke finds gone, and the words for one that it may not have; that a key of a scope makes
//     none of another; that generate wants all its arguments.
//   - Rights beyond the captured refusals: plain users may read neither sessions nor payment methods nor POS
//     categories; a POS user may not write a POS configuration. has_access of a model that the user may not read.
//   - The texts of a ClientDisconnected and of a refusal by a [Rule]. Proxies, their pages and statuses.
//   - Maintenance: that a plain user sees only the equipment that he follows is left out; the words with which an import
//     refuses a serial number that is there twice, and database ids that there are not; the day that closes a request.
//   - Inventory: there is none until [Server.AddWarehouse]; what is taken from or put to a place that is none, such as
//     customers, is not counted there. A count of a quant by who may not is a UserError; a move with a unit of another
//     family is taken as it is; nothing is reserved, and a transfer is a draft until it is done. Who may read recipes.
//     The order of units. The external id of the unit ml.
//   - Accounting entries and e-mail addresses don't exist. Nobody has a key in another database.
//   - JSON-RPC: which arguments a method lacks or doesn't know; that a method of records wants their ids; how Odoo 18 is
//     without its database. Odoo 18 gives other fields of an order as the answer to its sync; here they are those of 19.
//     A mistake in a domain has 19's words but for a field that there isn't; names of arguments are those of 19.
//     Inventory, repairs, keys and cash are those of 19 unless it is said there.
//
// # Goroutines and durability
//
// A [Server] starts none; calls wait for each other, since one call is one transaction. Rules that wait do so before the
// lock or after it. A [Host] has one, which Off ends. The state is in memory; [Server.Save] and [Server.Load] take it to
// a file and back, and [Server.Serve] does so by itself every two seconds.
package standin
