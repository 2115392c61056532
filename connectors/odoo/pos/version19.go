package pos

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// opener19 hands over the note again: Odoo 19 replaces the session's by it.
type opener19 struct{ *odoo.Client }

func newOpener19(w *connectors.Work) (Opener, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return opener19{c}, err
}

func (o opener19) Open(ctx context.Context, session int64, note string, cash Amount) error {
	return setOpeningControl(ctx, o.Client, session, note, cash)
}
