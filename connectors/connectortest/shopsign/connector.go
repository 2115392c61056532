package shopsign

import (
	"context"
	"errors"
	"io/fs"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/odoo"
	"crema/store"
)

// New makes the connector on a host, whose registry, jobs and events it becomes a part of.
func New(h *connectors.Host, o *odoo.Client) connectors.Connector {
	provide(h.Registry)
	s := &signs{h, o}
	name := func(backend string) string { return backend }
	connectors.Handle(h, pricesKind, name, s.prices)
	connectors.Handle(h, drinkKind, func(a drinkArgs) string { return a.Backend }, s.drink)
	connectors.Handle(h, pressesKind, name, s.presses)
	connectors.Listen(h.Events, coffee.DrinkWritten, nil, "shop signs", s.drinkWritten)

	return connectors.Connector{
		Kind: Sign, Versions: []*connectors.Kind{Sign1, Sign2}, Text: "Shop sign", Settings: settings,
		Roles: []connectors.AnyRole{lineMapper},
		Flows: []connectors.Flow{
			{Name: "prices", Text: "drinks and prices of Odoo to the sign", Schedule: "*/15 * * * *", Start: s.start(pricesKind)},
			{Name: "presses", Text: "who called the staff", Schedule: "* * * * *", Start: s.start(pressesKind)},
		},
		Open: func(_ context.Context, w *connectors.Work) (any, func() error, error) {
			c := newClient(w)
			return c, c.close, nil
		},
		Test:    test,
		Deleted: func(tx *store.Tx, b connectors.Backend) error { return lastPress.Delete(tx, b.Name) },
	}
}

// test asks the sign for its lines.
func test(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
	c := newClient(w)
	defer c.close()
	_, err := lines{c, w.Backend}.Search(ctx, struct{}{})
	_, refused := errors.AsType[*connectors.RefusedError](err)
	switch {
	case err == nil, ctx.Err() != nil:
		return nil, ctx.Err()
	case refused, errors.Is(err, fs.ErrNotExist):
		return []connectors.Finding{{Code: "token", Text: "The sign does not let crema in.", Fix: "Enter the token that is printed on its back."}}, nil
	}
	return []connectors.Finding{{Code: "away", Text: "The sign does not answer: " + err.Error(), Fix: "Look whether it is on, and correct the address."}}, nil
}
