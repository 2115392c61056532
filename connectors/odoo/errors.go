package odoo

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Class says what a failed call means for the one who made it.
type Class int

const (
	// Unknown is a call that may or may not have been done: its answer was lost or makes no sense. It is the
	// zero value, so that what nobody classified is never taken for "not done".
	Unknown Class = iota
	// Transient is a call that did nothing: the same call may be made later.
	Transient
	// Refused is a call that did nothing and never will: the request itself is what Odoo doesn't accept.
	Refused
	// Denied is a call that did nothing until a person gives rights, installs a module or corrects the address.
	Denied
	// Stop is a call that did nothing because the key is not accepted: every other call would fare the same.
	Stop
)

// String gives the class's name in lower case.
func (c Class) String() string {
	switch c {
	case Transient:
		return "transient"
	case Refused:
		return "refused"
	case Denied:
		return "denied"
	case Stop:
		return "stop"
	default:
		return "outcome unknown"
	}
}

// Causes that callers and the set-up check tell apart; an [*Error] wraps them.
var (
	// ErrNotSent is a call whose request never reached the other side whole: no connection, or it broke off.
	ErrNotSent = errors.New("not sent")
	// ErrNoAnswer is a request that was sent and got no answer: closed without a byte, reset or timed out.
	ErrNoAnswer = errors.New("no answer")
	// ErrCut is an answer that broke off in the middle.
	ErrCut = errors.New("answer cut short")
	// ErrTooLarge is an answer beyond what the client is willing to hold.
	ErrTooLarge = errors.New("answer too large")
	// ErrNotJSON is an answer that is not Odoo's: a proxy's page, a captive portal, another web server.
	ErrNotJSON = errors.New("answered by something that isn't Odoo's API: a proxy's or portal's page")
	// ErrUnexpected is JSON that doesn't fit the method that was called.
	ErrUnexpected = errors.New("unexpected answer")
	// ErrNoDatabase is Odoo without its database: PostgreSQL is down, or the database's name is missing or wrong.
	ErrNoDatabase = errors.New("no database selected: Odoo's database is down, or odoo.database is missing or wrong")
	// ErrOldServer is an Odoo of a version that crema can't speak with.
	ErrOldServer = errors.New("crema speaks with Odoo 18 and later")
	// ErrNoLogin is a client that lacks what Odoo 18 asks for beside the key.
	ErrNoLogin = errors.New("a key alone is not enough for Odoo 18: set odoo.user and odoo.database")
	// ErrWrongLogin is a login to which the key doesn't belong, or whose key has ended; Odoo 18 doesn't say which.
	ErrWrongLogin = errors.New("the login in odoo.user and the API key don't go together, or the key has ended")
	// ErrHTTPS is a server that was spoken http to at its port for https.
	ErrHTTPS = errors.New("the server speaks https and not http: write https:// in `url`")
	// ErrRedirected is a server that wants to be called at another address.
	ErrRedirected = errors.New("redirected: set odoo.url to the address that Odoo is reached at")
	// ErrNoKey is a client that has no usable API key.
	ErrNoKey = errors.New("no usable API key: set odoo.api_key_file")
	// ErrUnverified is a server whose TLS certificate can't be verified.
	ErrUnverified = errors.New("the server's certificate can't be verified")
)

// An Error is the outcome of a call that didn't succeed. It never holds the key nor a traceback.
type Error struct {
	Class   Class
	Status  int           // HTTP status; 0 when there was no answer
	Name    string        // Odoo's exception, such as "odoo.exceptions.UserError"; empty when the answer wasn't Odoo's
	Message string        // Odoo's words, in the language of the call; for people, never to be matched
	Model   string        // of the call
	Method  string        // of the call
	After   time.Duration // how long to wait before the next call, when Odoo or a proxy said so or the client backs off; else 0
	Err     error         // the cause, when it isn't Odoo's exception

	doubtful bool // a server of another version than it was taken for might have answered so
}

// Error tells the call, what it means and why, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("odoo: ")
	if e.Model != "" {
		fmt.Fprintf(&b, "%s/", e.Model)
	}
	if e.Method != "" {
		fmt.Fprintf(&b, "%s: ", e.Method)
	}
	b.WriteString(e.Class.String())
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	if e.Name != "" {
		fmt.Fprintf(&b, ": %s", e.Name)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", strings.Join(strings.Fields(e.Message), " ")) // Odoo's words often go over several lines
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause, so that errors.Is finds a context's end, [ErrOldServer] and the like.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf gives the class of an error that a call returned. What is not classified, such as a programming
// error on this side, is [Unknown]; nil is too and should not be asked about.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	var choice *ChoiceError
	if errors.As(err, &choice) {
		return Denied
	}
	return Unknown
}

// Answered reports whether Odoo itself answered with err: it is reachable and its database works.
func Answered(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Name != "" && e.Class != Unknown
}
