// Package coffee1900 speaks to the Coffee 1900 as its maker's interface manual says
// (firmware 2.x, section 1); "manual" in its comments is that one.
//
// # Words
//
// A line is what goes over the wire; a request and its reply bear the same tag. A try
// is one sending of a request's line, a repeat each further one. The banner is what the
// machine says at power-up.
//
// # What is believed
//
// A line's check has eight bits, so noise passes it once in a few hundred times. A
// reading is believed when two replies to the same tag agree to the byte: the same
// line is sent again, which the machine answers from its memory, without doing
// anything a second time. A change of a slot is proven by reading the slot back.
//
// # Brewing
//
// BR is one line with one tag, sent at most four times; the machine makes one cup of
// them. It never gets a second tag: where all replies are lost, two contradict each
// other or a banner comes in between, the outcome is device.ErrOutcomeUnknown, and
// Status and ReadCounters tell the caller what happened.
//
// # Restarts
//
// Whoever meets the banner gets device.ErrRestarted, reads too, since whatever the
// caller was about to do may rest on a panel that is free now. It is a
// device.EventRestarted besides. A banner that came in while nobody asked is met by the
// next call, which then has sent nothing.
//
// # The header
//
// [Header] is J7 (manual, section 2): what the machine tells by levels, and is told. FLOW is
// counted by the kernel's own numbers; water that runs without a pause of 2 s is a dose, with
// whether BUSY was low meanwhile. CUP, DOOR and BUSY are debounced by the kernel and read when
// somebody asks. START is low for 200 ms, RESET for 1.2 s, and neither is begun unless BUSY
// is wired and high, START not unless CUP is low and DOOR is low too. The manual does not say
// whether START works on a locked panel. An output that does not obey is closed and opened at
// once, which makes it high; where that fails too it is tried every second, and at the end
// the guard is not told that all is well. How long a pulse is hangs on the program's going on: see
// package gpio.
//
// # Goroutines
//
// The driver has none but those of the header's lines. A Machine is used by one goroutine at a time; only Events may be
// received from elsewhere. A call that waits looks at its context every 25 ms.
//
// # Caveats
//
// The machine does not tell whether its panel is locked, has no clock, no journal and
// no revisions. Its currency is whatever the vendor set: prices are sent as numbers, a
// currency in them is left out of account.
package coffee1900
