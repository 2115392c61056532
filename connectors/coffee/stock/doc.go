// Package stock sends to Odoo what a machine's cups have used of its ingredients, and what is
// left of them.
//
// A [Flow] is that of one backend; its methods are safe for concurrent use. It asks Odoo and the
// store; the machine is asked by the connector, which hands in what that said ([Left]). Nothing is
// remembered but in the store and in Odoo.
//
// # What is sent
//
// What cups used goes to Odoo as transfers over the entries of the 2900's journal. Blocks of
// 64 entries begin at the numbers 1, 65, 129 …; each run sends what is known of them and was
// not sent, so that a transfer is a block or a part of one, and none reaches over its end.
// A transfer's external id has the serial number and its first entry, its origin also the
// last: "crema/2900/<serial>/65-90". Each run asks Odoo first for the newest one, posts it
// where it is a draft still, and goes on behind its last entry: so a part is sent once, and
// what this store remembers counts only where Odoo has less. Parts are not kept back until
// their block is full: a machine that sells ten cups a day would have its stock a week late.
//
// What an entry used is in its cup, or kept beside the ledger where there is none here:
// aborted cups, and those that an earlier board booked. A cup whose drink is a kit in Odoo
// when its part is sent counts for nothing, its sale takes the ingredients; one whose drink
// is not known yet holds up those behind it, if Odoo may have kits. Which drink a booked
// cup was is asked of its order.
//
// A count is absolute, and made only where the reading and Odoo speak of the same moment.
// One that Odoo carries out long after this side gave up can set an old level: the next run
// counts anew.
package stock
