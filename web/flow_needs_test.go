package web

import (
	"slices"
	"testing"
)

// A flow that lacks the setting it needs has no hour on the page, but what it lacks.
func TestFlowWithoutWhatItNeeds(t *testing.T) {
	f := backendForm{kind: Kind{Settings: []Setting{{Name: "stock_location", Label: "Stock location", Type: "text"}},
		Flows: []Flow{{Name: "stock", Text: "Stock goes up.", Schedule: "35 * * * *", Needs: "stock_location"}}}}
	for location, want := range map[string]string{"": "not without: Stock location", "WH/Kitchen": "35 * * * *"} {
		f.backend = Backend{Name: "kitchen", Settings: map[string]string{"stock_location": location}}
		if cells := f.facts(); !slices.ContainsFunc(cells, func(c cell) bool { return c.Label == "Stock goes up" && c.Value == want }) {
			t.Errorf("with %q: %+v, want %q", location, cells, want)
		}
	}
}
