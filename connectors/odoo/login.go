package odoo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// login asks for the id of the user, which goes with each call. The key itself goes with each call too, and is
// checked again: the id is no secret and stays as it is when the key is replaced.
func (d *jsonRPC) login(ctx context.Context, q call) *Error {
	config := d.client.config
	if config.User == "" || config.Database == "" {
		return &Error{Class: Denied, Err: ErrNoLogin}
	}
	r, e := ask("common", "authenticate", config.Database, config.User, q.key, struct{}{})
	if e != nil {
		return e
	}
	a, e := d.client.exchange(ctx, r)
	if e != nil {
		return e
	}
	var uid json.RawMessage
	if e := judgeReply(a, &uid); e != nil {
		if strings.HasPrefix(e.Name, "psycopg2.") && e.Class == Unknown {
			e.Class, e.Err = Transient, ErrNoDatabase
		}
		return e
	}
	if decode(uid, &d.uid) == nil && d.uid > 0 {
		return nil
	}
	d.uid = 0
	if string(uid) == "false" {
		return &Error{Class: Stop, Status: a.status, Name: accessDenied, Err: fmt.Errorf("%q: %w", config.User, ErrWrongLogin)}
	}
	return &Error{Class: Transient, Status: a.status, Err: fmt.Errorf("%w: no user id", ErrUnexpected)}
}

// again logs in again after Odoo refused a call's login, and says what that means: e, where the key is refused, or the
// user has another id now.
func (d *jsonRPC) again(ctx context.Context, q call, e *Error) *Error {
	was := d.uid
	d.uid = 0
	if failed := d.login(ctx, q); failed != nil {
		return failed
	}
	e.Class = Denied // the login is right: what was asked for is refused
	if d.uid != was {
		e.Class = Transient
	}
	return e
}
