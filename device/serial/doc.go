// Package serial opens serial ports for machines: raw, eight bits, no parity, one stop
// bit, no flow control, one program at a time.
//
// # Words
//
// A port is the device file ([Dialer]'s path, mostly a link below /dev/serial/by-id,
// which names the adapter whatever its number); a trace ([Record]) is what was said on
// it, with times, for a technician.
//
// # What go.bug.st/serial does, and what is added here
//
// The library sets the port's mode, and says in codes why it can't. It waits for
// bytes by select(2), in a thread, with a timeout that holds from one read to the next: a
// deadline or a Close that shall reach the read under way takes slices, and slices of
// 20 ms on two silent lines were nearly all that an idle board's processor did. So the
// library is let go when the mode is set, and Go's runtime waits for a file of its own, which is
// woken by bytes alone. What the library opens a child of this program would inherit, and keep; so none
// is started while it does. Added:
//
//   - Deadlines, and a Close, that reach the read under way at once.
//   - A bound for writes. A port that takes nothing for two seconds is given up and
//     closed, and what waits in it is thrown away.
//   - An empty port: what came in while nobody had it open is thrown away.
//   - A lock that also names its holder, and errors that say what to do.
//
// # One program at a time
//
// A port is held twice. TIOCEXCL keeps other programs out, but not those of root. So
// there is also a lock file with the holder's process id, in /run/lock (or the
// temporary directory), by the port's real name, as minicom, picocom and modem
// programs use it; ours is held by flock(2) too, which the kernel gives back however
// the holder ends. A lock file whose process is gone is taken over.
//
// # Loss
//
// When the adapter is pulled, each call on the line fails with device.ErrLineLost; a
// Dialer can be called again and opens the port as soon as it is back.
//
// A line may be used by several goroutines, and closed and given deadlines while others
// read and write. This package works on Linux.
package serial
