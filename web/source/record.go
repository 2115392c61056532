package source

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// record is the Odoo record behind the binding of what a job is about: the drink of a
// slot, say. A job says "MODEL RECORD"; the record is its id in Odoo or in the backend.
func (s jobs) record(tx *store.Tx, info queue.Info) (*web.Record, error) {
	model, id, ok := strings.Cut(info.Related, " ")
	if !ok || info.Backend == "" {
		return nil, nil
	}
	if model == coffee.ModelSlot {
		bound, found, err := connectors.NewBinder(info.Backend, coffee.ModelProduct).GetExternal(tx, id)
		return s.bound(bound, found, "no drink is bound to slot "+id+" any more"), err
	}
	binder := connectors.NewBinder(info.Backend, model)
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		if bound, found, err := binder.Get(tx, n); err != nil || found {
			return s.bound(bound, found, ""), err
		}
	}
	bound, found, err := binder.GetExternal(tx, id)
	if err == nil && !found && !strings.Contains(model, ".") {
		return nil, nil // no model of Odoo, and never bound: an import, an export
	}
	return s.bound(bound, found, fmt.Sprintf("%s is not bound any more", info.Related)), err
}

// bound is where a bound record is shown in Odoo, or why it is not.
func (s jobs) bound(b connectors.Binding, found bool, gone string) *web.Record {
	if !found {
		return &web.Record{Gone: gone}
	}
	r := &web.Record{Model: b.Model, OdooID: web.ID(strconv.FormatInt(b.OdooID, 10))}
	if base := s.p.Config.Odoo.URL; base != "" {
		r.URL = strings.TrimSuffix(base, "/") + "/odoo/" + url.PathEscape(b.Model) + "/" + string(r.OdooID)
	}
	return r
}
