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
// The library opens the port, sets its mode, keeps others out of it (TIOCEXCL), waits
// for bytes up to a timeout, and says in codes why a port can't be had. Added:
//
//   - A deadline that also reaches the read under way. The library's timeout holds from
//     one read to the next, so we wait in slices of 20 ms and look at the deadline in
//     between. Bytes are handed on at once; only a deadline that is changed, or a Close,
//     may be heard a slice late.
//   - A bound for writes. The library's Write blocks for as long as the port takes
//     nothing. After two seconds we throw away what waits in the port, which ends such a
//     write, and close the port.
//   - Order between Close and the calls under way. The library gives the port's file
//     number back at once, and a call that is about to use it would reach whatever file
//     has that number next. We close when no call is under way.
//   - An empty port: what came in while nobody had it open is thrown away.
//   - A lock that also names its holder, and errors that say what to do.
//
// A port that comes with a file number above 1023 is refused at its first read: the
// library waits by select(2). Its files are inherited by child processes; we have none.
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
