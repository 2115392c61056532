// Package coffee keeps coffee machines and Odoo in step: the flows.
//
// # The flows
//
//	catalogue  Odoo → machine  drinks and prices into slots (catalogue.go and its like, plan.go, slot_job.go)
//	cups       machine → here  every cup into the ledger, by counters or journal (poll.go, counters.go, journal.go)
//	sales      here → Odoo     the ledger's cups as orders of a point of sale (sales.go, order.go, till.go, closing.go)
//	stock      machine → Odoo  what cups used as transfers, what is left as counts (the package stock)
//	reconcile  all three       the machine's counters, the ledger and Odoo's orders are compared (reconcile.go)
//	alarms     machine → Odoo  what is wrong as requests for maintenance (the package alarms; acknowledge.go)
//	busy       here           a coffee when Odoo is busy for too long (the package busy); no flow to start
//	clock      board → machine the time, once it can be trusted (machine_jobs.go)
//
// Each can be started by schedule, page, API and command ([connectors.Host.Start]); cups is
// read by the machine's own goroutine all the time and waits for nobody.
//
// # When the catalogue sees what
//
//	a product written: name, translation, price, code,      the next run: one call where nothing was written
//	  category, POS, archived, brought back
//	a product deleted; a tax, fiscal position, currency,     within the hour, at a start by hand, and when the
//	  language, category or variant's surcharge changed        program starts
//	another machine, `slots`, a review, a file of slots      the next run, and those of them that can ask for it
//
// A run costs one call, or one for each 500 products that were written; one that reads all
// costs one for each 500 drinks, and some ten more. Of 10,000 drinks (BenchmarkCatalogue):
// all of them 30 calls and 2.7 MB; 1,000 changes 4 calls and 280 KB, where a call a record
// would be 1,000 and 580 KB; nothing written 1 call and 340 bytes. What was read is kept with the cursor and the jobs that
// write the slots, in one commit: a run that a crash ends is made anew.
//
// # What makes it exactly once
//
// A cup has a key that survives the board ([ledger.Key2900], [ledger.Key1900]), and its
// order in Odoo a uuid made from it; Odoo books a uuid once. Reading a machine commits
// the cups, the cursor and the booking job together, and only then may the machine
// forget. The ledger says what is booked; jobs carry no cups and may be lost.
//
// A machine that this store has no cursor for is asked about in Odoo (anchor.go): the
// opening note of the newest session that names it tells where its books stand. Without
// a note it is seen for the first time, and counting begins with the first reading.
// Until Odoo has answered, what is read is kept raw.
//
// What a slot holds decides what its cups are. Before it is changed the panel is
// locked, what was sold is read and committed together with the intent, and after a
// crash the slot is read back first (slot_job.go, settle.go).
//
// A 2900 counts the changes of a slot. Of several between two looks nobody saw what the slot
// held in between: a cup is in doubt where the drinks before and after differ, and where nothing
// differs but the cup was paid with another price (content.go). So a drink that was sold in
// between at the same price, or free, or before the price was changed as well, is not seen.
//
// # After an older snapshot
//
// A store that was damaged is replaced by an older state of itself. It does not know
// what was done since, but others do: every call outside has a key that survives the
// board, or is asked about before it is made. What is done before anything runs
// (record.go, restored.go) has each machine compared with Odoo before its books go on
// (compare.go), and no slot written before the catalogue was read anew.
//
// What becomes of each call is in the table of calls below.
//
// What the machine has overwritten meanwhile, and Odoo has, is not lost: only numbers
// that neither has are named in a checkpoint. One cup can be booked wrongly: a cup that
// crema itself started on a 1900 after the snapshot, and that was not booked before the
// store was lost, is taken for a customer's. (The 2900's journal tells them apart.) Nor
// is seen that a slot of a 1900 was changed and changed back.
//
// # The life of a session
//
// A session is opened with the first cup, or at first sight, and closed each day at
// pos_close by the job that books (closing.go); one without orders stays open. So its note
// is a day old at most on a machine that sells, and no counter of a 1900 can go round since.
// Cash is closed with what the payments come to: nobody counts it each day, and the coins
// stay in the books until a person enters what was taken out of the machine. What can't be
// closed stays in use, and a checkpoint says why. The session of a machine that was replaced, or
// that is at another backend of this board now, is closed after its last cup; anybody
// else's is neither used nor closed (till.go).
//
// One cup never keeps the others waiting: what Odoo refuses, or can't be an order, is parked
// alone, and what was paid by a method that the point of sale has not is passed over until
// it has (sales_left.go).
//
// # Who owns what
//
// [Machines] is the connector, run by a [connectors.Host]: one more is added like any
// other, and another may do all that it does. [Backend] is the running side of one machine,
// made anew when its record changes. Its [device.Link] is the one goroutine
// that speaks with the machine; jobs borrow it. Everything that talks to Odoo is a job,
// in channels that let one booking call be in flight; but for the small question of a backend that pours a coffee when
// Odoo is busy. No transaction waits for either.
//
// The alarms, the stock and the watch for a busy Odoo are packages below this one, which know
// nothing of it nor of each other: each says what it needs (its Deps), and the files here that
// bear its name (alarms.go, stock.go, busy.go) hand it that.
//
// What the Odoo side remembers between two bookings (the session, the POS) is in memory
// only and is read again after a restart.
//
// # What others can listen to
//
// Cups made and booked, alarms raised and cleared, slots written, drinks created, written
// and deleted (event.go), each in the commit that keeps it.
//
// # The wires of a 1900
//
// Where header J7 is wired (wires.go, [device.Wired]) INHIBIT follows what the panel must be, so
// that it stays locked while the machine is away or restarts. START is a cup like any that crema
// starts: its intent is committed first, and the counters say which slot it was (press.go). RESET
// is for a person, and with reset_after for a machine that is silent; before it a pending cup
// is put in doubt, as after any restart. The water of FLOW is compared with the counters by the
// reconcile flow, between two moments at which no cup was in the making (water_compare.go). What it has come
// to is kept over a restart of the program; what is poured meanwhile, and the last cup before, is in
// neither number. The water of the last hour and day is that of this program alone.
//
// # What a person must do
//
// Nothing is lost in silence: what can't be done without a person is a checkpoint
// (trouble.go, the reason… constants), and its review sets free what waited (review.go).
// Some offer more than a review (answer.go): cups that a 2900 had overwritten are booked
// under the numbers of their entries (lost.go), those of an unknown slot are given a drink,
// and parked ones are dismissed.
//
// A 2900 that lost its memory begins its numbers anew, which its manual does not know. Its
// cups are not booked before it is past the last number that was read: their keys are those
// of other cups. Which they are is told by its counters, for a person to enter
// (journal_back.go).
package coffee
