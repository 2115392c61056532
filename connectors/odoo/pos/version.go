package pos

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// An Opener opens sessions, with no cash counted.
type Opener interface {
	// Open opens a session whose note is note, which stays its note. Opening one that is open already does no harm.
	// An error doesn't say that the session is not open, nor a success that it is: read its state.
	Open(ctx context.Context, session int64, note string) error
}

// OpenerRole is who opens sessions, by the version of Odoo.
var OpenerRole = connectors.NewRole[Opener](sessionModel, "opener")

// Provide registers what differs between the versions of Odoo. It is called once, by the connector that makes the
// calls of this package.
func Provide(r *connectors.Registry) {
	connectors.Provide(r, OpenerRole, odoo.Odoo19, newOpener19)
	connectors.Provide(r, OpenerRole, odoo.Odoo18, newOpener18)
}

// setOpeningControl is the method that opens a session, with the note as this version wants it.
func setOpeningControl(ctx context.Context, c *odoo.Client, session int64, note string) error {
	args := struct {
		IDs     []int64 `json:"ids"`
		Cashbox int     `json:"cashbox_value"`
		Notes   string  `json:"notes"`
	}{[]int64{session}, 0, note}
	return c.Call(ctx, sessionModel, "set_opening_control", args, nil)
}
