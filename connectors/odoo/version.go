package odoo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Version is what an Odoo says of itself.
type Version struct {
	Major int    // 19; of Odoo Online's in-between versions too
	Text  string // "19.0", "saas~19.1"
}

// Oldest is the first major version that crema speaks with.
const Oldest = 18

const (
	// believedFor is how long a version is believed: Odoo may be upgraded while nobody calls it.
	believedFor = time.Hour
	// doubtAfter is after how many failures in a row the version is asked for again: an upgrade begins with those.
	doubtAfter = 3
)

// Probe asks for the server's version. It needs no key, works with every version, and is answered even while
// Odoo's database is down. A server that speaks JSON but doesn't tell its version is [ErrUnexpected].
func (c *Client) Probe(ctx context.Context) (Version, error) {
	q := call{method: "version_info"}
	start, e := c.takeTurn(ctx)
	if e != nil {
		return Version{}, e.of(q)
	}
	defer c.passTurn()
	v, e := c.ask(ctx)
	if e != nil {
		return Version{}, c.failed(ctx, q, start, e)
	}
	c.health.probed(c.now())
	return v, nil
}

// ask asks for the version and keeps it.
func (c *Client) ask(ctx context.Context) (Version, *Error) {
	a, e := c.exchange(ctx, request{path: "/web/webclient/version_info", body: []byte(`{"jsonrpc":"2.0","method":"call","id":1,"params":{}}`)})
	if e != nil {
		return Version{}, e
	}
	var reply struct {
		Result struct {
			Version string `json:"server_version"`
			Info    []any  `json:"server_version_info"`
		} `json:"result"`
	}
	if e := (json2{}).judge(ctx, call{}, a, &reply); e != nil {
		return Version{}, e
	}
	v := Version{Text: cut(reply.Result.Version, 40)}
	// The first number may be a text for Odoo Online, such as "saas~19"; its digits are the major version.
	if len(reply.Result.Info) > 0 {
		v.Major = digits(fmt.Sprint(reply.Result.Info[0]))
	}
	if v.Major == 0 {
		v.Major = digits(v.Text)
	}
	if v.Major == 0 {
		return Version{}, &Error{Class: Transient, Status: a.status, Err: fmt.Errorf("%w: no version", ErrUnexpected)}
	}
	c.health.version(v, c.now())
	return v, nil
}

// believed is the server's version, asked for where it isn't known, or what is known is old or in doubt.
func (c *Client) believed(ctx context.Context) (Version, *Error) {
	v, ok := c.health.known(c.now())
	if !ok {
		var e *Error
		if v, e = c.ask(ctx); e != nil {
			return Version{}, notSent(e, "asking for the version first")
		}
	}
	return v, c.tooOld(v)
}

// version is believed for those who don't have the turn.
func (c *Client) version(ctx context.Context) (Version, error) {
	v, ok := c.health.known(c.now())
	if !ok {
		var err error
		if v, err = c.Probe(ctx); err != nil {
			return Version{}, err
		}
	}
	if e := c.tooOld(v); e != nil {
		return Version{}, c.failed(ctx, call{method: "version_info"}, c.now(), e)
	}
	return v, nil
}

// tooOld refuses a version that crema can't speak with; the next call asks whether it still is.
func (c *Client) tooOld(v Version) *Error {
	if v.Major >= Oldest {
		return nil
	}
	c.health.doubt()
	return &Error{Class: Denied, Message: "this is Odoo " + v.Text, Err: ErrOldServer}
}

// doubted asks for the version after e, the error of a call made with version v. If the server has another one by now,
// the same call may be made again; what it should say may differ.
func (c *Client) doubted(ctx context.Context, v Version, e *Error) *Error {
	now, failed := c.ask(ctx)
	if failed == nil && now.Major != v.Major && e.Class != Unknown {
		return &Error{Class: Transient, Status: e.Status, Err: fmt.Errorf("%w: it is Odoo %s, and was %s", errOtherVersion, now.Text, v.Text)}
	}
	return e
}

// errOtherVersion is a server that was upgraded, or moved, while crema ran.
var errOtherVersion = errors.New("the server has another version than before")

// notSent turns e, the error of a call that was made before another, into the other's: that one didn't run.
func notSent(e *Error, what string) *Error {
	if e.Class == Unknown || e.Class == Refused {
		cause := fmt.Errorf("%w: %s", ErrNotSent, what)
		if e.Err != nil {
			cause = fmt.Errorf("%w: %w", cause, e.Err)
		}
		e.Class, e.Err = Transient, cause
	}
	return e
}

// digits reads the first run of at most four digits in s; 0: there is none.
func digits(s string) int {
	n, seen := 0, 0
	for _, r := range s {
		if r < '0' || r > '9' {
			if seen > 0 {
				break
			}
			continue
		}
		if seen++; seen > 4 {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}
