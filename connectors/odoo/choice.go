package odoo

import (
	"fmt"
	"strings"
)

// A Choice is one record that a name might have meant.
type Choice struct {
	ID   int64
	Name string
}

// A ChoiceError is a name or an id of the configuration that doesn't name exactly one record.
// A person must choose: its text lists the ids.
type ChoiceError struct {
	Model   string   // "pos.category"
	Sought  string   // what the configuration says
	Matches []Choice // the records of that name; empty: there is none
	Others  []Choice // when there is none: some that exist, oldest first
}

// Error says what was sought, and the ids to choose from.
func (e *ChoiceError) Error() string {
	if len(e.Matches) > 0 {
		return fmt.Sprintf("odoo: %d records of %s are called %q: choose by id: %s", len(e.Matches), e.Model, e.Sought, choices(e.Matches))
	}
	if len(e.Others) > 0 {
		return fmt.Sprintf("odoo: no %s is called %q: there are %s", e.Model, e.Sought, choices(e.Others))
	}
	return fmt.Sprintf("odoo: no %s is called %q, and none is visible to this user", e.Model, e.Sought)
}

func choices(cs []Choice) string {
	var parts []string
	for _, c := range cs {
		parts = append(parts, fmt.Sprintf("%d (%s)", c.ID, c.Name))
	}
	return strings.Join(parts, ", ")
}
