package odoo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"crema/connectors"
)

// Call calls a method by JSON-2 and decodes its result into result, which may be nil. args is marshalled into
// the JSON object of named arguments; nil is no arguments.
//
// It waits for its turn, sends the call once, and waits for the whole answer. When ctx ends before the request
// went out, nothing has run; when it ends later, the outcome is unknown. Every error but one is an [*Error]:
// arguments that can't be marshalled are a plain one. A result that doesn't fit is [ErrUnexpected].
func (c *Client) Call(ctx context.Context, model, method string, args, result any) error {
	body := []byte("{}")
	if args != nil {
		var err error
		if body, err = json.Marshal(args); err != nil {
			return fmt.Errorf("odoo: %s/%s: arguments: %w", model, method, err)
		}
		if len(body) == 0 || body[0] != '{' {
			// Odoo takes anything else for no arguments at all, and would search without a domain.
			return fmt.Errorf("odoo: %s/%s: arguments: want a JSON object, got %.20s", model, method, body)
		}
	}
	key, err := c.key()
	if err != nil {
		e := &Error{Class: Stop, Model: model, Method: method, Err: err}
		c.health.begin(c.now())
		e.After = Backoff(c.health.end(c.now(), e))
		return e
	}
	return c.do(ctx, request{model: model, method: method, path: "/json/2/" + model + "/" + method, body: body, key: key}, result)
}

// key gives the API key, checked so that no part of it can end up in an error of net/http.
func (c *Client) key() (string, error) {
	key, err := c.config.Key()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	key = strings.TrimSpace(key)
	if key == "" {
		return "", ErrNoKey
	}
	for _, r := range key {
		if r <= ' ' || r >= 0x7f {
			return "", fmt.Errorf("%w: the key holds a character that no key has", ErrNoKey)
		}
	}
	return key, nil
}

// do sends r when it is its turn, and judges and records what comes back.
func (c *Client) do(ctx context.Context, r request, result any) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		e := &Error{Class: Transient, Model: r.model, Method: r.method, Err: fmt.Errorf("%w: %w", ErrNotSent, context.Cause(ctx))}
		if n := c.health.row(); n > 0 {
			e.After = Backoff(n)
		}
		return e
	}
	start := c.now()
	c.health.begin(start)
	answer, e := c.exchange(ctx, r)
	if e == nil {
		e = judge(answer, result)
	}
	if e == nil {
		if r.key == "" {
			c.health.probed(c.now())
		} else {
			c.health.end(c.now(), nil)
		}
		c.log.Debug("odoo call", "model", r.model, "method", r.method, "took", c.now().Sub(start))
		return nil
	}
	e.Model, e.Method = r.model, r.method
	// Whoever answers may repeat the key: it goes before anything is cut, so that no part of it stays.
	e.Name, e.Message = cut(connectors.Hide(e.Name, r.key), 100), cut(connectors.Hide(e.Message, r.key), 600)
	e.Err = connectors.HideIn(e.Err, r.key)
	n := 0
	if ctx.Err() != nil {
		n = c.health.skip() // this side gave up, which says nothing about Odoo
	} else {
		n = c.health.end(c.now(), e)
	}
	if e.After == 0 && n > 0 {
		e.After = Backoff(n)
	}
	c.log.Debug("odoo call", "model", r.model, "method", r.method, "took", c.now().Sub(start), "class", e.Class.String(), "status", e.Status, "name", e.Name)
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
