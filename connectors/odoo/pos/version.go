package pos

import (
	"cmp"
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// An Opener opens sessions.
type Opener interface {
	// Open opens a session whose note is note, which stays its note; cash is what the till begins with, "" for nothing.
	// What differs from [CashAtOpening] Odoo takes for a loss or a profit. Opening one that is open already does no harm.
	// An error doesn't say that the session is not open, nor a success that it is: read its state, and its note.
	Open(ctx context.Context, session int64, note string, cash Amount) error
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
func setOpeningControl(ctx context.Context, c *odoo.Client, session int64, note string, cash Amount) error {
	args := struct {
		IDs     []int64 `json:"ids"`
		Cashbox Amount  `json:"cashbox_value"`
		Notes   string  `json:"notes"`
	}{[]int64{session}, cmp.Or(cash, "0"), note}
	return c.Call(ctx, sessionModel, "set_opening_control", args, nil)
}
