// Package device says what a coffee machine is and does.
//
// # Words
//
// A [Machine] is the coffee machine at the far end of a line. What every machine
// can do stands in [Machine]; what only some can do are the capabilities beside
// it ([Brewer], [JournalReader], [CounterReader], …), found by a type assertion.
// A slot is one selection of the machine ([Slot]); a cup is one finished drink.
//
// # Who owns what
//
// A driver (device/driver/…) is a Machine over a [Line]. It is used by one
// goroutine at a time: that of its [Link], which owns the line from connecting to
// closing, reconnects after a loss, polls, and lets others in between by [Link.Do].
// Nothing else may touch the machine.
//
// # Numbers
//
// Money is whole minor units with the currency's ISO 4217 code. Measures are whole
// numbers of a small unit with a type of their own. There are no floats.
//
// # Caveats
//
// A Machine remembers nothing over a power cut: what must survive is kept by the
// caller, before it acts. An event is a hint that there is something to read, never
// the record of it.
//
// This package imports the standard library only.
package device
