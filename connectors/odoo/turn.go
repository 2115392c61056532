package odoo

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"crema/connectors"
)

// takeTurn waits until no other call is under way, and gives the time that it begins at.
func (c *Client) takeTurn(ctx context.Context) (time.Time, *Error) {
	select {
	case c.turn <- struct{}{}:
		start := c.now()
		c.health.begin(start)
		return start, nil
	case <-ctx.Done():
		e := &Error{Class: Transient, Err: fmt.Errorf("%w: %w", ErrNotSent, context.Cause(ctx))}
		if n := c.health.row(); n > 0 {
			e.After = Backoff(n)
		}
		return time.Time{}, e
	}
}

func (c *Client) passTurn() { <-c.turn }

// failed records the outcome e of a call, and makes of it what its caller gets.
func (c *Client) failed(ctx context.Context, q call, start time.Time, e *Error) *Error {
	// Whoever answers may repeat the key: it goes before anything is cut, so that no part of it stays.
	e.Name, e.Message = cut(connectors.Hide(e.Name, q.key), 100), cut(connectors.Hide(e.Message, q.key), 600)
	e.Err = connectors.HideIn(e.Err, q.key)
	n := 0
	if ctx.Err() != nil {
		n = c.health.skip() // this side gave up, which says nothing about Odoo
	} else {
		n = c.health.end(c.now(), e)
	}
	if e.After == 0 && n > 0 {
		e.After = Backoff(n)
	}
	c.log.Debug("odoo call", "model", q.model, "method", q.method, "took", c.now().Sub(start), "class", e.Class.String(), "status", e.Status, "name", e.Name)
	return e.of(q)
}

// of names the call that e is the outcome of.
func (e *Error) of(q call) *Error {
	e.Model, e.Method = q.model, q.method
	return e
}

// cut shortens s to at most n bytes, at a rune's border, and to valid UTF-8.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
