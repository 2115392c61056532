// Package serial opens serial ports for machines: raw, eight bits, no parity, one stop
// bit, no flow control, one program at a time.
//
// # Words
//
// A port is the device file ([Dialer]'s path, mostly a link below /dev/serial/by-id,
// which names the adapter whatever its number); a trace ([Record]) is what was said on
// it, with times, for a technician.
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
// Dialer can be called again and opens the port as soon as it is back. What came in
// while nobody had the port open is thrown away when it is opened.
//
// # Why not go.bug.st/serial
//
// Its writes have no bound and can hang on a port that takes nothing, a Read can't be
// given a deadline while it runs, and its files are inherited by child processes. The
// kernel's own polling has none of these faults, and the rest is a few ioctls.
//
// A line may be closed and given deadlines while another goroutine reads. This package
// works on Linux.
package serial
