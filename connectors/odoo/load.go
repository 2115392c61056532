package odoo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A LoadError is a record that Odoo's import refused; nothing of its call was written.
type LoadError struct {
	Model   string
	Field   string // "list_price"; empty where the record as a whole is meant
	Message string // Odoo's words, in the user's language; for people
}

// Error says what is wrong, in Odoo's words.
func (e *LoadError) Error() string {
	text := strings.Join(strings.Fields(e.Message), " ")
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	return "odoo: " + e.Model + " is not imported: " + text
}

// loaded is what the method load answers: ids is false where something was refused.
type loaded struct {
	IDs      json.RawMessage `json:"ids"`
	Messages []struct {
		Type    string `json:"type"`
		Field   String `json:"field"`
		Message String `json:"message"`
	} `json:"messages"`
}

// Load creates a record under an external id, such as "crema.drink_1", or writes the one that has that id, and gives
// its database id. values are texts, as in a file. Made again, with or without an answer to the first one, it changes
// nothing. The errors are a *[LoadError] for what the record is refused for, and an [*Error] for all else.
//
// Odoo answers a refusal and a lost race alike, by a message alone; a race is known by the words of PostgreSQL, which
// Odoo doesn't translate. Who may not create is told in translated words: ask [HasAccess] first.
func Load(ctx context.Context, c *Client, model, external string, fields []string, values []string) (int64, error) {
	args := map[string]any{"fields": append([]string{"id"}, fields...), "data": [][]string{append([]string{external}, values...)}}
	var answer loaded
	if err := c.Call(ctx, model, "load", args, &answer); err != nil {
		return 0, err
	}
	var ids []int64
	if err := json.Unmarshal(answer.IDs, &ids); err == nil && len(ids) == 1 {
		return ids[0], nil
	}
	for _, m := range answer.Messages {
		text := string(m.Message)
		switch {
		case m.Type != "error":
		case strings.Contains(text, "could not serialize access") || strings.Contains(text, "deadlock detected"):
			return 0, &Error{Class: Transient, Model: model, Method: "load", Message: text}
		default:
			return 0, &LoadError{Model: model, Field: string(m.Field), Message: text}
		}
	}
	return 0, &Error{Class: Unknown, Model: model, Method: "load", Err: fmt.Errorf("%w: neither an id nor an error", ErrUnexpected)}
}

// errRights is what a user lacks.
var errRights = errors.New("this user has no right to that in Odoo")

// HasAccess tells whether the user may "read", "create", "write" or "unlink" records of a model: an [*Error] that is
// [Denied], naming both, where not.
func HasAccess(ctx context.Context, c *Client, model, operation string) error {
	var may bool
	if err := c.Call(ctx, model, "has_access", map[string]string{"operation": operation}, &may); err != nil {
		return err
	}
	if !may {
		return &Error{Class: Denied, Model: model, Method: operation, Err: errRights}
	}
	return nil
}
