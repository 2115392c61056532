package odoo

import (
	"context"
	"net/http"
	"time"
)

type dateKey struct{}

// WithDate has the calls below the context that it returns tell Odoo's clock: at gets the Date of each answer, as
// it arrives. Records are stamped (write_date) by about that clock, so it is what changes are looked for by. An
// answer without a Date tells nothing; a proxy may have written it.
func WithDate(ctx context.Context, at func(time.Time)) context.Context {
	return context.WithValue(ctx, dateKey{}, at)
}

// tellDate hands on the Date of an answer.
func tellDate(ctx context.Context, resp *http.Response) {
	at, asked := ctx.Value(dateKey{}).(func(time.Time))
	if !asked {
		return
	}
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil && t.Unix() > 0 {
		at(t.UTC())
	}
}
