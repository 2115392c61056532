package odoo

import (
	"context"
	"fmt"
)

// A User is the one whose key the client has.
type User struct {
	ID   int64
	Lang string // "en_US"; empty if the user has none
	TZ   string // "Europe/Zurich"; empty if the user has none
}

// Whoami asks whose key this is: the cheapest call that proves key and database.
func (c *Client) Whoami(ctx context.Context) (User, error) {
	var reply struct {
		UID  ID     `json:"uid"`
		Lang String `json:"lang"`
		TZ   String `json:"tz"`
	}
	if err := c.Call(ctx, "res.users", "context_get", nil, &reply); err != nil {
		return User{}, err
	}
	if reply.UID <= 0 {
		return User{}, &Error{Class: Unknown, Status: 200, Model: "res.users", Method: "context_get", Err: fmt.Errorf("%w: no user", ErrUnexpected)}
	}
	return User{ID: int64(reply.UID), Lang: string(reply.Lang), TZ: string(reply.TZ)}, nil
}

// Languages lists the codes of the languages that are installed, such as "en_US". Odoo refuses a call whose
// context names another.
func (c *Client) Languages(ctx context.Context) ([]string, error) {
	var reply [][]string
	if err := c.Call(ctx, "res.lang", "get_installed", nil, &reply); err != nil {
		return nil, err
	}
	var codes []string
	for _, pair := range reply {
		if len(pair) > 0 {
			codes = append(codes, pair[0])
		}
	}
	return codes, nil
}

// Modules tells which of the named modules are installed, and their versions.
func (c *Client) Modules(ctx context.Context, names ...string) (map[string]string, error) {
	found, err := SearchRead[struct {
		Name    string `json:"name"`
		Version String `json:"installed_version"`
	}](ctx, c, "ir.module.module", Search{
		Domain: Domain{Where("name", "in", names), Where("state", "=", "installed")},
		Fields: []string{"name", "installed_version"},
	})
	if err != nil {
		return nil, err
	}
	installed := make(map[string]string)
	for _, m := range found {
		installed[m.Name] = string(m.Version)
	}
	return installed, nil
}

// HasAccess asks whether the user may "read", "create", "write" or "unlink" records of a model, without doing it.
// A model that doesn't exist is a [Denied] error.
func (c *Client) HasAccess(ctx context.Context, model, operation string) (bool, error) {
	var may bool
	args := struct {
		Operation string `json:"operation"`
	}{operation}
	err := c.Call(ctx, model, hasAccess, args, &may)
	return may, err
}

const hasAccess = "has_access"
