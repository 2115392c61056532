package pos

import (
	"context"
	"fmt"
	"strings"

	"crema/connectors/odoo"
)

// States of a session, in their order.
const (
	OpeningControl = "opening_control" // created, not yet opened; takes orders all the same
	Opened         = "opened"
	ClosingControl = "closing_control"
	Closed         = "closed"
)

// A Session is a pos.session: what one POS sold between opening and closing.
type Session struct {
	ID      int64       `json:"id"`
	Name    odoo.String `json:"name"` // "CM-001/00003"
	State   string      `json:"state"`
	User    odoo.ID     `json:"user_id"` // who created it
	Started odoo.Time   `json:"start_at"`
	Note    odoo.String `json:"opening_notes"`
	Rescue  bool        `json:"rescue"` // made by Odoo for stray orders, besides the POS's own session
	Config  odoo.ID     `json:"config_id"`
}

var sessionFields = []string{"name", "state", "user_id", "start_at", "opening_notes", "rescue", "config_id"}

const sessionModel = "pos.session"

// OpenSession finds the session of a POS that isn't closed; false: there is none.
func OpenSession(ctx context.Context, c *odoo.Client, configID int64) (Session, bool, error) {
	found, err := odoo.SearchRead[Session](ctx, c, sessionModel, odoo.Search{
		Domain: odoo.Domain{odoo.Where("config_id", "=", configID), odoo.Where("state", "in", []string{OpeningControl, Opened, ClosingControl})},
		Fields: sessionFields,
		Order:  "id desc",
	})
	if err != nil {
		return Session{}, false, err
	}
	for _, s := range found {
		if !s.Rescue {
			return s, true, nil
		}
	}
	return Session{}, false, nil
}

// ReadSession reads a session; false: there is none of that id.
func ReadSession(ctx context.Context, c *odoo.Client, id int64) (Session, bool, error) {
	found, err := odoo.SearchRead[Session](ctx, c, sessionModel, odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", []int64{id})}, Fields: sessionFields})
	if err != nil || len(found) == 0 {
		return Session{}, false, err
	}
	return found[0], true, nil
}

// NewestNote finds the newest session with a line of its opening note that begins with prefix, closed sessions and
// all POS included; false: there is none. People write above and below it.
func NewestNote(ctx context.Context, c *odoo.Client, prefix string) (Session, bool, error) {
	domain := odoo.Domain{odoo.Where("opening_notes", "like", prefix)}
	for limit := 1; ; limit = 50 {
		found, err := odoo.SearchRead[Session](ctx, c, sessionModel, odoo.Search{Domain: domain, Fields: sessionFields, Order: "id desc", Limit: limit})
		if err != nil {
			return Session{}, false, err
		}
		for _, s := range found {
			for line := range strings.Lines(string(s.Note)) {
				if strings.HasPrefix(strings.TrimLeft(line, " \t"), prefix) {
					return s, true, nil
				}
			}
		}
		if len(found) < limit {
			return Session{}, false, nil
		}
		// "like" finds the text anywhere and takes _ and % for wildcards: that one wasn't it, so go on below it.
		last := found[len(found)-1].ID
		domain = odoo.Domain{odoo.Where("opening_notes", "like", prefix), odoo.Where("id", "<", last)}
	}
}

// CreateSession makes a session with its note, in the state [OpeningControl], and gives its id. While another of
// the POS isn't closed, it is [odoo.Refused]. After an unknown outcome, look with [OpenSession].
func CreateSession(ctx context.Context, c *odoo.Client, configID int64, note string) (int64, error) {
	type values struct {
		Config int64  `json:"config_id"`
		Note   string `json:"opening_notes"`
	}
	args := struct {
		Values values `json:"vals_list"`
	}{values{configID, note}}
	var ids []int64
	if err := c.Call(ctx, sessionModel, "create", args, &ids); err != nil {
		return 0, err
	}
	if len(ids) != 1 || ids[0] <= 0 {
		return 0, unexpected(sessionModel, "create", "no id")
	}
	return ids[0], nil
}

// WriteNote replaces a session's opening note. A session that doesn't exist is [odoo.Refused].
func WriteNote(ctx context.Context, c *odoo.Client, id int64, note string) error {
	type values struct {
		Note string `json:"opening_notes"`
	}
	args := struct {
		IDs    []int64 `json:"ids"`
		Values values  `json:"vals"`
	}{[]int64{id}, values{note}}
	var done bool
	if err := c.Call(ctx, sessionModel, "write", args, &done); err != nil {
		return err
	}
	if !done {
		return unexpected(sessionModel, "write", "not true")
	}
	return nil
}

func unexpected(model, method, what string) error {
	return &odoo.Error{Class: odoo.Unknown, Status: 200, Model: model, Method: method, Err: fmt.Errorf("%w: %s", odoo.ErrUnexpected, what)}
}
