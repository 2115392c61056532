package apikey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
)

const model = "res.users.apikeys"

// listed is a key as Odoo lists it.
type listed struct {
	ID    int64       `json:"id"`
	Name  odoo.String `json:"name"`
	Scope odoo.String `json:"scope"` // empty, or "rpc": for calls
	Ends  odoo.Time   `json:"expiration_date"`
	Made  odoo.Time   `json:"create_date"`
}

// list reads the keys of the client's user, oldest first; an administrator sees those of others, too, which are
// left out.
func list(ctx context.Context, c *odoo.Client) ([]listed, error) {
	user, err := c.Whoami(ctx)
	if err != nil {
		return nil, err
	}
	return odoo.SearchRead[listed](ctx, c, model, odoo.Search{
		Domain: odoo.Domain{odoo.Where("user_id", "=", user.ID)}, Fields: []string{"name", "scope", "expiration_date", "create_date"}, Order: "id"})
}

// generate has Odoo make a key from one that works. After an [odoo.Unknown] error there may be one whose text is
// lost.
func generate(ctx context.Context, c *odoo.Client, from, scope, name string, ends time.Time) (string, error) {
	args := struct {
		Key   string    `json:"key"`
		Scope *string   `json:"scope"`
		Name  string    `json:"name"`
		Ends  odoo.Time `json:"expiration_date"`
	}{Key: from, Name: name, Ends: odoo.At(ends)}
	if scope != "" {
		args.Scope = &scope
	}
	var key string
	if err := c.Call(ctx, model, "generate", args, &key); err != nil {
		return "", hide(err, from)
	}
	if key = strings.TrimSpace(key); key == "" {
		return "", &odoo.Error{Class: odoo.Unknown, Status: 200, Model: model, Method: "generate", Err: fmt.Errorf("%w: no key", odoo.ErrUnexpected)}
	}
	return key, nil
}

// revoke removes a key from Odoo. One that is gone already is refused as an unknown one.
func revoke(ctx context.Context, c *odoo.Client, key string) error {
	args := struct {
		Key string `json:"key"`
	}{key}
	return hide(c.Call(ctx, model, "revoke", args, nil), key)
}

// hide takes a key out of the words of whoever answered: the client hides the key that it comes with alone.
func hide(err error, key string) error {
	if e, ok := errors.AsType[*odoo.Error](err); ok {
		e.Message = connectors.Hide(e.Message, key)
	}
	return connectors.HideIn(err, key)
}
