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
	what, named := modelWords[e.Model], fmt.Sprintf("called %q", e.Sought)
	if what == "" {
		what = e.Model
	}
	if e.Sought == "" {
		named = "named in the settings"
	}
	if len(e.Matches) > 0 {
		return fmt.Sprintf("odoo: %d records of %s are %s: choose by id: %s", len(e.Matches), what, named, choices(e.Matches))
	}
	if len(e.Others) > 0 {
		return fmt.Sprintf("odoo: no %s is %s: there are %s", what, named, choices(e.Others))
	}
	return fmt.Sprintf("odoo: no %s is %s, and none is visible to this user", what, named)
}

// modelWords are models as people know them. One that is not here is named as it is.
var modelWords = map[string]string{"pos.config": "point of sale", "pos.category": "POS category", "pos.payment.method": "payment method", "stock.location": "internal stock location"}

func choices(cs []Choice) string {
	var parts []string
	for _, c := range cs {
		parts = append(parts, fmt.Sprintf("%d (%s)", c.ID, c.Name))
	}
	return strings.Join(parts, ", ")
}
