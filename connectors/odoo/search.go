package odoo

import "context"

// A Domain is Odoo's condition: terms and the operators "&", "|", "!" before them; terms without one are all meant.
type Domain []any

// Where makes one term, such as Where("name", "=", "Coffee").
func Where(field, operator string, value any) [3]any { return [3]any{field, operator, value} }

// A Context is what goes along with a call and isn't an argument.
type Context struct {
	Lang        string `json:"lang,omitempty"`                 // language of names and messages; must be installed
	ActiveTest  *bool  `json:"active_test,omitempty"`          // false: archived records too
	DisplayCode *bool  `json:"display_default_code,omitempty"` // false: display_name without the product's code
}

// A Search says which records to read, and what of them. Fields must be named: without, Odoo reads all fields,
// and refuses the call where it may not.
type Search struct {
	Domain  Domain   `json:"domain"`
	Fields  []string `json:"fields"`
	Offset  int      `json:"offset,omitempty"`
	Limit   int      `json:"limit,omitempty"` // 0: all
	Order   string   `json:"order,omitempty"` // "id desc"; without, the order is the model's own
	Load    *string  `json:"load"`            // always null: many2one fields as plain ids
	Context *Context `json:"context,omitempty"`
}

// SearchRead finds records and decodes each into an R, a struct with the fields' names as JSON tags.
func SearchRead[R any](ctx context.Context, c *Client, model string, s Search) ([]R, error) {
	if s.Domain == nil {
		s.Domain = Domain{}
	}
	s.Load = nil
	var records []R
	if err := c.Call(ctx, model, "search_read", s, &records); err != nil {
		return nil, err
	}
	return records, nil
}

// Find reads the one record that the configuration means by nameOrID: the one of that id if it is a number and
// such a record exists, else the one of that name. None or several are a [*ChoiceError]. s says what else must
// hold and what to read; id and name are its fields in any case.
func Find[R any](ctx context.Context, c *Client, model, nameOrID string, s Search, who func(R) Choice) (R, error) {
	var none R
	if id := digitsOnly(nameOrID); id > 0 {
		byID := s
		byID.Domain = append(Domain{Where("id", "=", id)}, s.Domain...)
		found, err := SearchRead[R](ctx, c, model, byID)
		if err != nil || len(found) == 1 {
			return first(found), err
		}
	}
	byName := s
	byName.Domain = append(Domain{Where("name", "=", nameOrID)}, s.Domain...)
	found, err := SearchRead[R](ctx, c, model, byName)
	if err != nil || len(found) == 1 {
		return first(found), err
	}
	choice := &ChoiceError{Model: model, Sought: nameOrID}
	if len(found) > 1 {
		for _, r := range found {
			choice.Matches = append(choice.Matches, who(r))
		}
		return none, choice
	}
	s.Limit, s.Order = 20, "id"
	others, err := SearchRead[R](ctx, c, model, s)
	if err != nil {
		return none, err
	}
	for _, r := range others {
		choice.Others = append(choice.Others, who(r))
	}
	return none, choice
}

func first[R any](rs []R) R {
	var none R
	if len(rs) == 0 {
		return none
	}
	return rs[0]
}

// digitsOnly reads a text of digits as an id; 0: it isn't one.
func digitsOnly(s string) int64 {
	var n int64
	if len(s) == 0 || len(s) > 18 {
		return 0
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int64(r-'0')
	}
	return n
}
