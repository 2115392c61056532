// Package sim is what simulated coffee machines have in common: the seam between
// a machine and the world ([Machine]), the line that it speaks on ([PTY]), what can
// go wrong with a line ([Faulty]), customers ([Customers]), and a control surface
// for people and tests ([Control]).
//
// The machines themselves are in packages of their own, one a model, each with a
// codec of its own: a simulator that shared its driver's would hide its errors.
// They do what the maker's manual says, to any controller.
//
// # Goroutines
//
// A machine is safe for concurrent use. [Serve] lets it speak on a line and returns
// when its context ends; customers, people and tests act on it meanwhile.
//
// # What survives
//
// With [KeepState] whatever a real machine keeps over a power cut is on disk before
// the machine tells anybody about it, so that a simulator that is killed and started
// again is the same machine. A cup that was being made is lost with the process, as
// it would be with the power.
package sim
