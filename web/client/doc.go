// Package client speaks to a running board's API; the commands use it.
//
// # Words
//
// A board is found by two files in its data directory: api.addr, where it listens
// ([Announce] writes it, [Find] reads it), and api.token, which it takes. An api.addr
// that does not answer is no board ([ErrNoBoard]): the file may have outlived it.
//
// # Errors
//
// What the board answers as a problem is a [*web.Problem], with what to do about it;
// anything else is wrapped and names the call. A [Client] is safe for concurrent use
// and starts no goroutine that outlives a call.
//
// # Caveats
//
// Nothing is repeated: a call that changes something and got no answer may have been
// done.
package client
