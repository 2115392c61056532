package coffee

import (
	"strings"
	"testing"

	"crema/connectors/odoo/standin"
)

// What Odoo's Maintenance lacks is a warning: a right, a stage, the module itself.
func TestMaintenanceIsChecked(t *testing.T) {
	k := newBooks(t)
	stages := func(done bool) func() {
		return func() {
			for _, stage := range []int64{3, 4} {
				k.erp.Set("maintenance.stage", stage, standin.Values{"done": done})
			}
		}
	}
	for _, tt := range []struct {
		lacks string // "": nothing
		is    func()
	}{
		{"", func() {}},
		{"equipment manager", func() { k.erp.Set("res.users", 5, standin.Values{"groups": "pos product"}) }},
		{"", func() { k.erp.Set("res.users", 5, standin.Values{"groups": "pos product maintenance"}) }},
		{"Stages", stages(false)},
		{"", stages(true)},
		{"Install Maintenance", k.erp.UninstallMaintenance},
	} {
		tt.is()
		found, err := checkMaintenance(t.Context(), k.b, nil)
		switch {
		case err != nil || len(found) > 1 || (len(found) == 0) != (tt.lacks == ""):
			t.Errorf("it lacks %q: %+v, %v", tt.lacks, found, err)
		case len(found) == 1 && (!found[0].Warning || found[0].Code != "odoo_maintenance" || !strings.Contains(found[0].Fix, tt.lacks)):
			t.Errorf("it lacks %q: %+v", tt.lacks, found[0])
		}
	}
}
