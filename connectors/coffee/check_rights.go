package coffee

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo"
)

// checkModules looks for the app that sells. What others need is looked for by them.
func checkModules(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	installed, err := b.d.Odoo.Modules(ctx, "point_of_sale")
	if odoo.ClassOf(err) == odoo.Denied && err != nil {
		return nil, nil // this user may not know; what is missing shows by itself
	}
	if err != nil {
		return b.finding(err, "odoo_module", "Look whether this is Odoo, and whether the user of the API key is an internal user (Settings, Users).")
	}
	if _, is := installed["point_of_sale"]; !is {
		return []connectors.Finding{{Code: "odoo_module", Text: "The app Point of Sale is not installed in Odoo.", Fix: "Install it (Odoo: Apps, Point of Sale)."}}, nil
	}
	return nil, nil
}

// saleRights are what the user must be allowed to, and the right that allows it.
var saleRights = []struct{ model, operation, what, right string }{
	{"pos.session", "create", "open sessions of the point of sale", "Point of Sale / User"},
	{"pos.session", "write", "close sessions of the point of sale", "Point of Sale / User"},
	{"pos.order", "create", "book sales in the point of sale", "Point of Sale / User"},
	{"pos.order", "read", "read the sales of the point of sale", "Point of Sale / User"},
	{"product.product", "read", "read products", "User (an internal user)"},
	{"account.tax", "read", "read taxes", "Point of Sale / User"},
}

// checkRights asks for each right that selling needs.
func checkRights(ctx context.Context, b *Backend, _ *checkup) (findings []connectors.Finding, _ error) {
	for _, r := range saleRights {
		may, err := b.d.Odoo.HasAccess(ctx, r.model, r.operation)
		if err != nil {
			more, err := b.finding(err, "odoo_rights", "Install the app Point of Sale (Odoo: Apps), and give the user the right \"Point of Sale / User\" (Settings, Users).")
			return append(findings, more...), err
		}
		if !may {
			findings = append(findings, connectors.Finding{Code: "odoo_rights", Text: fmt.Sprintf("The user of the API key may not %s.", r.what),
				Fix: fmt.Sprintf("Give the user the right %q (Odoo: Settings, Users).", r.right)})
		}
	}
	return findings, nil
}
