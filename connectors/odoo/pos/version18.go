package pos

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// opener18 hands over no note: the session keeps the one that it has. With a note, Odoo 18 also posts a message, for
// which the user must have an e-mail address.
type opener18 struct{ *odoo.Client }

func newOpener18(w *connectors.Work) (Opener, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return opener18{c}, err
}

func (o opener18) Open(ctx context.Context, session int64, _ string, cash Amount) error {
	return setOpeningControl(ctx, o.Client, session, "", cash)
}
