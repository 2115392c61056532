// Package ledger is the board's record of every cup, and of what became of it: the
// one place to audit the money.
//
// # Words
//
// A [Cup] is one finished drink with the name, price and drink that its slot held
// when it was read. It is seen (to be booked), booked, parked (a person or a binding
// must act; the reason says why) or dismissed (it will never be booked, and that was
// somebody's decision). Seen and parked cups are open.
//
// A cup's key ([Key2900], [Key1900]) names it for ever: the machine's serial number
// and the number that the machine itself counted. The uuids of its order in Odoo, of
// the order's line and of its payment derive from the key alone ([OrderUUID]), so
// that a board that lost its card finds out in Odoo what it had booked. To change how
// a key or a uuid is made would book every cup of an old board twice: the vectors in
// testdata hold them, and to change one is a breaking release.
//
// [Marks] are the numbers up to which every cup of a machine is booked or dismissed;
// they stand in the note of each POS session, the anchor of a lost card.
//
// A [Machine] is what the board knows of one machine, by serial number: how far it
// was read, and, until Odoo could be asked for the anchor, the raw readings.
//
// # What survives
//
// Everything: all functions work in the caller's transaction, so a cursor, the cups
// read up to it and the jobs that will book them are one commit. There are no
// goroutines and no state outside of the store.
//
// # Caveats
//
// Marks speak of one era. Where open cups remain in an older era than the present
// one, the marks are those of the older era; what comes after is asked for by uuid.
package ledger
