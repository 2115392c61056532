// Package coffee2900 drives the Coffee 2900: frames of CBOR over USB or RS-232, a
// login, a numbered journal of cups, slots with revisions. The maker's interface
// manual (firmware 4.x) is the authority; "manual 2" in a comment is its section 2.
//
// # Words
//
// A frame is what stands between two flags on the line (frame.go). A request and its
// reply bear the same seq; an event bears the machine's own and is acknowledged. A
// session is what HELLO begins: the machine forgets earlier replies, seqs and the
// login. A token names one cup that was asked for, so that it is never made twice.
//
// # Goroutines
//
// Every connection has two goroutines, one that reads and one that writes; both end
// with it. The reader acknowledges events as they come, drops doubled ones, and
// passes the rest to Events without ever waiting for anybody. All methods but Events
// belong to one goroutine at a time, the device.Link's. One request is under way at
// a time.
//
// # Trouble on the line
//
// A request without a reply is sent again, the very same frame, which the machine
// answers from memory. After three repeats the link is down: the connection is
// closed, the call returns device.ErrNoReply, and every later one device.ErrAway until
// Connect, which begins with HELLO. A call that changes something comes back with
// device.ErrOutcomeUnknown too, wherever it may have reached the machine.
//
// The seq goes on over connections, from a random start, so that a reply left on the
// line by an earlier session never passes for the reply to a later request, and no
// HELLO is the very frame that was served before.
//
// A machine that was powered up again asks for the login (error 18): the driver
// logs in again, once, repeats the call, and tells device.EventRestarted where the
// boot count moved. STATUS needs no login and so would never notice: Status therefore
// asks the journal too.
//
// # What survives a power cut
//
// Nothing here. Tokens, cursors and what was to be written are the caller's to keep,
// before it calls.
//
// # Caveats
//
// A wrong password is tried once a Connect: the machine locks everybody out after
// five. The password is fetched for each login, never kept, and never logged; nor are
// frames.
package coffee2900
