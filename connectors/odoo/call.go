package odoo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Call calls a method and decodes its result into result, which may be nil. args is marshalled into the JSON object
// of named arguments, of which ids are the records that it is a method of; nil is no arguments. What a method of
// several versions of Odoo takes and gives is the same for all of them, but for what Odoo itself has changed: create
// takes vals_list, a record or a list, and gives a list; a method that returns nothing gives null.
//
// It waits for its turn, sends the call once, and waits for the whole answer. Before that it may ask the server for its
// version, and log in. When ctx ends before the request went out, nothing has run; when it ends later, the outcome is
// unknown. Every error but one is an [*Error]: arguments that can't be marshalled are a plain one. A result that
// doesn't fit is [ErrUnexpected], an Odoo that crema can't speak with [ErrOldServer].
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
	q := call{model: model, method: method, args: body}
	key, err := c.key()
	if err != nil {
		start := c.now()
		c.health.begin(start)
		return c.failed(ctx, q, start, &Error{Class: Stop, Err: err})
	}
	q.key = key
	start, e := c.takeTurn(ctx)
	if e != nil {
		return e.of(q)
	}
	defer c.passTurn()
	if e := c.speak(ctx, q, result); e != nil {
		return c.failed(ctx, q, start, e)
	}
	c.health.end(c.now(), nil)
	c.log.Debug("odoo call", "model", model, "method", method, "took", c.now().Sub(start))
	return nil
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
