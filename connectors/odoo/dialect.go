package odoo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
)

// A call is a method call as its caller means it, before it is put into words.
type call struct {
	model, method string
	args          []byte // a JSON object of named arguments
	key           string // empty: a call without login
}

// A dialect is how calls are made with some versions of Odoo. Its methods are called by who has the turn.
type dialect interface {
	// request puts a call into words; to know how, it may make calls of its own.
	request(ctx context.Context, q call) (request, *Error)
	// judge decodes the result of a call, or says what an answer without one means. The error of an answer that
	// another version might have given is marked as [Error.doubtful].
	judge(ctx context.Context, q call, a *answer, result any) *Error
}

// dialect is the one that a version speaks.
func (c *Client) dialect(v Version) dialect {
	if v.Major >= 19 {
		return json2{database: c.config.Database}
	}
	return c.rpc
}

// speak makes a call in the dialect of the server's version.
func (c *Client) speak(ctx context.Context, q call, result any) *Error {
	v, e := c.believed(ctx)
	if e != nil {
		return e
	}
	d := c.dialect(v)
	r, e := d.request(ctx, q)
	var a *answer
	if e == nil {
		a, e = c.exchange(ctx, r)
	}
	if e == nil {
		e = d.judge(ctx, q, a, result)
	}
	if e != nil && e.doubtful {
		return c.doubted(ctx, v, e)
	}
	return e
}

// decode reads one JSON value and nothing after it.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}
