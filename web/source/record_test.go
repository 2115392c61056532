package source

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// A job leads to the Odoo record behind the binding of what it is about, by either id; one
// that was deleted is told.
func TestRelatedAction(t *testing.T) {
	p, h := newParts(t, queue.Config{})
	p.Config.Odoo.URL = "https://odoo.example.com/"
	kind := queue.Kind[int]{Name: "tea"}
	queue.Register(p.Queue, kind, func(context.Context, *queue.Job[int]) (queue.Done, error) { return nil, nil })
	bind := func(model, external string, odoo int64) {
		t.Helper()
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
			return connectors.NewBinder("attic", model).Bind(tx, connectors.Binding{OdooID: odoo, External: external})
		}); err != nil {
			t.Fatal(err)
		}
	}
	bind("product.product", "0", 17)
	bind("res.partner", "K-9", 4)
	for i, c := range []struct {
		related, backend, url, gone string
	}{
		{"slot 0", "attic", "https://odoo.example.com/odoo/product.product/17", ""},
		{"slot 1", "attic", "", "no drink is bound to slot 1 any more"},
		{"product.product 17", "attic", "https://odoo.example.com/odoo/product.product/17", ""},
		{"product.product 0", "attic", "https://odoo.example.com/odoo/product.product/17", ""},
		{"res.partner K-9", "attic", "https://odoo.example.com/odoo/res.partner/4", ""},
		{"res.partner K-9", "cellar", "", "res.partner K-9 is not bound any more"},
		{"import 3", "attic", "", ""},
		{"slot 0", "", "", ""},
		{"", "attic", "", ""},
	} {
		id := enqueue(t, p, kind, i, queue.Options{Backend: c.backend, Related: c.related}).String()
		r := get[web.JobDetail](t, h, "/api/v1/jobs/"+id).Record
		switch {
		case c.url == "" && c.gone == "":
			if r != nil {
				t.Errorf("%q of %q: %+v, want no record", c.related, c.backend, *r)
			}
			continue
		case r == nil || r.URL != c.url || r.Gone != c.gone:
			t.Errorf("%q of %q: %+v", c.related, c.backend, r)
		}
		page := ask(t, h, http.MethodGet, "/jobs/"+id, nil)
		if want := c.url + c.gone; page.Code != http.StatusOK || !strings.Contains(page.Body.String(), want) {
			t.Errorf("%q of %q: its page (%d) does not say %q", c.related, c.backend, page.Code, want)
		}
	}
}
