package coffee

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// checkKey warns of an API key that ends soon. An Odoo that doesn't tell is no hindrance.
func checkKey(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	if b.d.Key == nil {
		return nil, nil
	}
	found, err := b.d.Key.Test(ctx)
	if class := odoo.ClassOf(err); err != nil && (class == odoo.Denied || class == odoo.Refused) {
		return nil, nil
	}
	if err != nil {
		return b.finding(err, codeAway, "Check `url`, the network, and that Odoo runs.")
	}
	return found, nil
}
