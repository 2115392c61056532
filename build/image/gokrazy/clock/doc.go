// Command clock keeps the board's clock right by time servers, clock SERVER…, each a name or address, with ":PORT" if that is not 123.
// What changes it says on the standard output, a line each.
//
// gokrazy's own client sets the clock but does not tell the kernel that it is right, so that crema can't know it, and a Pi 5 doesn't keep
// it in its battery clock. This one says so each time, with what adjtimex(2) calls the maximal error: when no server answers any more
// the kernel takes it back by itself, some hours later.
package main
