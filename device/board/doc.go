// Package board is the Raspberry Pi itself, as far as crema needs to know it: what
// time it is and how far to trust that, which boot of the kernel this is, whose
// board it is, and what its configuration file says.
//
// # Words
//
// Board time ([Clock.Board]) only ever goes on: what was last persisted, plus what
// has passed since by the kernel's monotonic clock. It orders what is stored, and
// says nothing about the date. The wall time ([Clock.Now]) is the date as far as the
// board knows it; its trust ([Trust]) says how it knows: a Pi has no battery clock and
// may begin in 1970.
//
//	untrusted ── wall later than build and last persisted, 60 s of uptime ─▶ estimated
//	untrusted, estimated ── kernel synchronised · Date header · a person ─▶ trusted
//	any ── another boot of the kernel ─▶ untrusted
//
// # The configuration file
//
// [Load] reads it strictly and reports everything that is wrong with it at once, each
// problem with file, line, key and what to do ([Problem]). A flag goes before the
// environment, the environment before the file.
//
// What a [[backend]] may say is declared ([Kind], [Setting], [Flow]): whoever loads the
// file says in [Checks] which types of backend there are. This package knows how each
// type of setting is written in TOML, Setting.Parse what a value may be. The result is
// texts by name, whatever the kind ([Backend]).
//
// # Goroutines
//
// [Clock.Run] is the only one, its caller's; everything else of a Clock may be used
// from any goroutine. A [Config] is read only once it is loaded.
//
// # What survives a power cut
//
// Nothing by itself: whoever commits to the store puts [Clock.Stamp] into the commit,
// and gives it back to [Clock.Restore] at the next start. What passed between the last
// commit and the power cut is missing from board time, and so are the hours without
// power.
//
// # Caveats
//
// An offered time that is wrong makes the wall time wrong until a better source
// speaks: offer only what came over verified TLS or from a person.
package board
