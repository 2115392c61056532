package pos

import (
	"context"
	"encoding/json"
	"fmt"

	"crema/connectors/odoo"
)

// A Closing is what the closing of a session is about.
type Closing struct {
	State  string `json:"state"`
	Orders int    `json:"order_count"`
	// Cash is what must be in the till by the payments, what was there at the opening included. It is read of a POS
	// with [Config.CashControl] alone, else empty.
	Cash Amount `json:"cash_register_balance_end"`
}

// ReadClosing reads a session that is to be closed; cash tells whether its POS counts cash. false: there is none of that id.
func ReadClosing(ctx context.Context, c *odoo.Client, id int64, cash bool) (Closing, bool, error) {
	fields := []string{"state", "order_count"}
	if cash {
		fields = append(fields, "cash_register_balance_end")
	}
	found, err := odoo.SearchRead[Closing](ctx, c, sessionModel, odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", []int64{id})}, Fields: fields})
	if err != nil || len(found) == 0 {
		return Closing{}, false, err
	}
	return found[0], true, nil
}

// CashAtOpening reads what is in the till of a session, of a POS with [Config.CashControl], that is to be opened: what
// the one before was closed with.
func CashAtOpening(ctx context.Context, c *odoo.Client, id int64) (Amount, error) {
	found, err := odoo.SearchRead[struct {
		Cash Amount `json:"cash_register_balance_start"`
	}](ctx, c, sessionModel, odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", []int64{id})}, Fields: []string{"cash_register_balance_start"}})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Cash, nil
}

// CountCash says how much cash is in the till of a session that is to be closed. Odoo books what differs from
// [Closing.Cash] as a loss or profit when it closes it, and without this call the till counts as empty. It may be
// repeated: the amount is absolute. One that is closed already needs none; it is read back to know. If Odoo won't have
// the session closed, the error is [odoo.Refused].
func CountCash(ctx context.Context, c *odoo.Client, id int64, cash Amount) error {
	const method = "post_closing_cash_details"
	args := struct {
		IDs  []int64 `json:"ids"`
		Cash Amount  `json:"counted_cash"`
	}{[]int64{id}, cash}
	var reply struct {
		Successful bool        `json:"successful"`
		Message    odoo.String `json:"message"`
	}
	if err := c.Call(ctx, sessionModel, method, args, &reply); err != nil {
		if odoo.ClassOf(err) == odoo.Refused {
			return unlessClosed(ctx, c, id, err)
		}
		return err
	}
	if !reply.Successful {
		return unlessClosed(ctx, c, id, &odoo.Error{Class: odoo.Refused, Status: 200, Model: sessionModel, Method: method, Message: string(reply.Message)})
	}
	return nil
}

// unlessClosed is a refusal to do what ends with a session that is closed: nil where it is, and where nobody knows, why
// not. An earlier call that was delivered late may have closed it, or a person.
func unlessClosed(ctx context.Context, c *odoo.Client, id int64, refused error) error {
	s, found, err := ReadSession(ctx, c, id)
	switch {
	case err != nil:
		return err
	case found && s.State == Closed:
		return nil
	default:
		return refused
	}
}

// A WizardError is a button that did nothing but ask a person something: such a session stays open.
type WizardError struct {
	Model string // of the wizard, "pos.close.session.wizard"
	Title string // in the user's language, "Force Close Session"
}

// Error says what Odoo wants to ask.
func (e *WizardError) Error() string {
	return fmt.Sprintf("odoo asks %q (%s): answer it in Odoo's point of sale", e.Title, e.Model)
}

// CloseSession closes a session and posts its entries. One that is closed already is closed; it is read back to
// know, and the error is that of the reading where it can't be. If Odoo wants a person to decide, because its totals don't balance, the error is a [*WizardError] of class
// [odoo.Denied] and the session stays open.
func CloseSession(ctx context.Context, c *odoo.Client, id int64) error {
	const method = "action_pos_session_closing_control"
	args := struct {
		IDs []int64 `json:"ids"`
	}{[]int64{id}}
	var reply json.RawMessage
	err := c.Call(ctx, sessionModel, method, args, &reply)
	if odoo.ClassOf(err) == odoo.Refused {
		return unlessClosed(ctx, c, id, err)
	}
	if err != nil {
		return err
	}
	var action struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Model string `json:"res_model"`
	}
	if json.Unmarshal(reply, &action) == nil && action.Type != "" {
		return &odoo.Error{Class: odoo.Denied, Status: 200, Model: sessionModel, Method: method, Err: &WizardError{Model: action.Model, Title: action.Name}}
	}
	var done bool
	if json.Unmarshal(reply, &done) != nil || !done {
		return unexpected(sessionModel, method, "neither true nor a wizard")
	}
	return nil
}
