// Package coffee2900 simulates a Coffee 2900, as its maker's interface manual
// (firmware 4.x) describes it, to any controller, well-behaved or not.
//
// # Words
//
// The manual's: frame, seq, reply, event, slot, rev, journal, token. A tank is what
// holds one ingredient of LEVELS: 1 beans (g), 2 water (ml), 3 milk (ml).
//
// The frame and CBOR codecs are this package's own and share nothing with the
// driver's: they are slower and simpler, and whatever both get wrong had to be misread
// twice.
//
// # Goroutines
//
// Serve has one that reads, and ends it. A cup that takes time is ended by a timer.
// Everything else happens under one lock, in the caller's goroutine.
//
// # What survives
//
// Save has what the machine keeps without power: slots, journal, counters, tokens,
// tanks, alarms, boot count, the cup in the making, and for [Machine.Truth] the newest
// 20,000 cups. Load is a power-up: that cup is aborted, the boot count moves, clock,
// login and panel lock are forgotten.
//
// # What the manual leaves open
//
// Chosen here, so that a controller has to get along with the harder of two readings:
//
//   - HELLO's reply is kept by its seq like others: a LOGIN that reuses the seq gets
//     HELLO's reply. A HELLO that is refused forgets nothing.
//   - A fifth event is lost while four wait for their ACK.
//   - LOGIN without a HELLO since power-up is a wrong one. The 60 s of a lockout begin
//     with the fifth wrong LOGIN, and no LOGIN makes them longer; afterwards five more
//     are taken.
//   - A request that is repeated while its reply is still to come gets that one reply.
//   - ALARM.ACK of an alarm that isn't set, and of one of the 14 codes, is no error.
//   - A cup that was cut off has used half of its recipe. Its entry has no time and
//     uptime 0, since it is written at power-up.
//   - BREW works while the panel is locked.
package coffee2900
