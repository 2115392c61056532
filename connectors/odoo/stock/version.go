package stock

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// Calls are those that differ between the versions of Odoo.
type Calls interface {
	// Units reads all units.
	Units(ctx context.Context) ([]Unit, error)
	// Digits is how many digits Odoo keeps of a quantity.
	Digits(ctx context.Context) (int32, error)
	// Load makes a transfer, or writes the one of that external id, and gives its id. It is a draft: see [Validate]. A
	// *[odoo.LoadError] says why it is refused: one that is done is.
	Load(ctx context.Context, t Transfer) (int64, error)
}

// CallsRole is who makes them, by the version of Odoo.
var CallsRole = connectors.NewRole[Calls](transferModel, "calls")

// Provide registers what differs between the versions of Odoo. It is called once, by the connector that makes the
// calls of this package.
func Provide(r *connectors.Registry) {
	connectors.Provide(r, CallsRole, odoo.Odoo19, newCalls19)
	connectors.Provide(r, CallsRole, odoo.Odoo18, newCalls18)
}

// allUnits are the units, archived ones too.
func allUnits(fields ...string) odoo.Search {
	all := false
	return odoo.Search{Fields: fields, Order: "id", Context: &odoo.Context{ActiveTest: &all}}
}
