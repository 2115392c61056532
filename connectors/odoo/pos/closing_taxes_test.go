package pos_test

import (
	"errors"
	"testing"

	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
)

// TestAWrongTotalMeetsTheWizard: the stand-in computes taxes by itself, so that a total that Odoo wouldn't come to keeps
// a session from closing there too.
func TestAWrongTotalMeetsTheWizard(t *testing.T) {
	for _, tt := range []struct {
		name     string
		rounding string
		unit     float64
		position bool     // that puts 5 % in the place of the 15 % on top
		taxes    []string // of those below
		price    odoo.Amount
		right    odoo.Amount
		wrong    odoo.Amount
	}{
		{"two on top", "round_globally", 0.01, false, []string{"15%", "7%"}, "1.9", "2.32", "2.31"},
		{"stacked", "round_globally", 0.01, false, []string{"10% stacked", "15%"}, "1.9", "2.4", "2.38"},
		{"two included", "round_globally", 0.01, false, []string{"8% in", "10% in"}, "1.9", "1.9", "1.89"},
		{"fixed and included", "round_globally", 0.01, false, []string{"0.30", "8% in"}, "1.9", "2.2", "1.9"},
		{"division", "round_globally", 0.01, false, []string{"10/"}, "1.8", "2", "1.98"},
		{"group", "round_globally", 0.01, false, []string{"both"}, "1.9", "2.32", "2.31"},
		{"per line", "round_per_line", 0.01, false, []string{"15%"}, "1.034", "1.18", "1.19"},
		{"not per line", "round_globally", 0.01, false, []string{"15%"}, "1.0347826", "1.19", "1.18"},
		{"to five", "round_globally", 0.05, false, []string{"15%"}, "1.9", "2.2", "2.19"},
		{"fiscal position", "round_globally", 0.01, true, []string{"15%"}, "2", "2.1", "2.3"},
	} {
		for _, right := range []bool{true, false} {
			sh := open(t)
			s := sh.server
			ids := map[string]int64{}
			for name, v := range map[string]standin.Values{
				"15%": {"amount": 15}, "7%": {"amount": 7}, "5%": {"amount": 5}, "10% stacked": {"amount": 10, "include_base_amount": true, "sequence": 0},
				"8% in": {"amount": 8, "price_include": true}, "10% in": {"amount": 10, "price_include": true}, "0.30": {"amount": 0.3, "amount_type": "fixed"}, "10/": {"amount": 10, "amount_type": "division"},
			} {
				for field, value := range map[string]any{"name": name, "amount_type": "percent", "is_base_affected": true, "sequence": 1, "company_id": 1, "active": true} {
					if _, set := v[field]; !set {
						v[field] = value
					}
				}
				ids[name] = s.Insert("account.tax", 0, v)
			}
			ids["both"] = s.Insert("account.tax", 0, standin.Values{"name": "both", "amount_type": "group", "children_tax_ids": []int64{ids["15%"], ids["7%"]}, "active": true})
			s.Set("account.tax", ids["5%"], standin.Values{"original_tax_ids": []int64{ids["15%"]}})
			s.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": tt.rounding})
			s.Set("res.currency", 1, standin.Values{"rounding": tt.unit})
			session := sh.session(t)
			o := sh.order(session, 1)
			if tt.position {
				o.FiscalPosition = s.Insert("account.fiscal.position", 0, standin.Values{"name": "Take away", "taxes": []int64{ids["5%"]}})
			}
			o.Total = tt.right
			if !right {
				o.Total = tt.wrong
			}
			o.Lines[0].PriceUnit, o.Lines[0].SubtotalIncl, o.Lines[0].Taxes, o.Payments[0].Amount = tt.price, o.Total, nil, o.Total
			for _, name := range tt.taxes {
				o.Lines[0].Taxes = append(o.Lines[0].Taxes, ids[name])
			}
			if _, err := pos.Sync(t.Context(), sh.client, []pos.Order{o}); err != nil {
				t.Fatal(err)
			}
			err := pos.CloseSession(t.Context(), sh.client, session)
			var wizard *pos.WizardError
			if right && err != nil || !right && !errors.As(err, &wizard) {
				t.Errorf("%s: a total of %s closes with %v", tt.name, o.Total, err)
			}
		}
	}
}
