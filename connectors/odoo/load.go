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
// its database id: see [LoadRows].
func Load(ctx context.Context, c *Client, model, external string, fields []string, values []string) (int64, error) {
	ids, err := LoadRows(ctx, c, model, append([]string{"id"}, fields...), [][]string{append([]string{external}, values...)})
	if err == nil && len(ids) != 1 {
		err = &Error{Class: Unknown, Model: model, Method: "load", Err: fmt.Errorf("%w: %d ids for one record", ErrUnexpected, len(ids))}
	}
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// LoadRows creates or writes records by rows of texts, as in a file, all of them or none, and gives their database ids.
// With a field "id" that is the external id each record is known by, the same call made again, with or without an
// answer to the first one, changes nothing. The errors are a *[LoadError] for what a record is refused for, and an
// [*Error] for all else.
//
// Odoo answers a refusal and a lost race alike, by a message alone; a race is known by the words of PostgreSQL, which
// Odoo doesn't translate. Who may not create is told in translated words: ask [HasAccess] first.
func LoadRows(ctx context.Context, c *Client, model string, fields []string, rows [][]string) ([]int64, error) {
	var answer loaded
	if err := c.Call(ctx, model, "load", map[string]any{"fields": fields, "data": rows}, &answer); err != nil {
		return nil, err
	}
	var ids []int64
	if err := json.Unmarshal(answer.IDs, &ids); err == nil && len(ids) > 0 {
		return ids, nil
	}
	for _, m := range answer.Messages {
		text := string(m.Message)
		switch {
		case m.Type != "error":
		case strings.Contains(text, "could not serialize access") || strings.Contains(text, "deadlock detected"):
			return nil, &Error{Class: Transient, Model: model, Method: "load", Message: text}
		default:
			return nil, &LoadError{Model: model, Field: string(m.Field), Message: text}
		}
	}
	return nil, &Error{Class: Unknown, Model: model, Method: "load", Err: fmt.Errorf("%w: neither an id nor an error", ErrUnexpected)}
}

// errRights is what a user lacks.
var errRights = errors.New("this user has no right to that in Odoo")

// HasAccess tells whether the user may "read", "create", "write" or "unlink" records of a model: an [*Error] that is
// [Denied], naming both, where not.
func HasAccess(ctx context.Context, c *Client, model, operation string) error {
	may, err := c.HasAccess(ctx, model, operation)
	if err != nil {
		return err
	}
	if !may {
		return &Error{Class: Denied, Model: model, Method: operation, Err: errRights}
	}
	return nil
}
