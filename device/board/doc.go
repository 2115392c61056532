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
// # The watchdog
//
// Each main loop of the program says that it is alive and within which time it will say so
// again ([Watchdog.Loop]): it knows best what it is about to do. While all are heard of in
// time, the kernel's watchdog is fed, and systemd's; whoever is not fed restarts the board,
// or the program. The watchdog counts only the time in which it ran itself, so that a
// program that was stopped as a whole has time to come back. A loop that comes back after
// all is forgiven, if the board still runs.
//
// `watchdog = "/dev/watchdog0"` at the top of the configuration file switches the kernel's
// on, and `watchdog_timeout = "30s"` says after how long it bites. To see it bite, stop the
// program by SIGSTOP.
//
// # Goroutines
//
// [Clock.Run] is its caller's, and a [Watchdog] has one of its own, from Open to Close;
// everything else may be used from any goroutine. A [Config] is read only once it is loaded.
//
// # What survives a power cut
//
// Nothing by itself: whoever commits to the store puts [Clock.Stamp] into the commit,
// and gives it back to [Clock.Restore] at the next start. What passed between the last
// commit and the power cut is missing from board time, and so are the hours without
// power.
//
// The watchdog's note, a file, keeps which loop was stuck until it was told.
//
// # Caveats
//
// A watchdog's device is armed by being opened: a program that is killed, and not begun
// again in time, takes the board with it. What hangs in the kernel for good is ended only
// by the device.
//
// An offered time that is wrong makes the wall time wrong until a better source
// speaks: offer only what came over verified TLS or from a person.
package board
