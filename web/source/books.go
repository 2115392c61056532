package source

import (
	"context"
	"slices"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/odoo"
	"crema/store"
	"crema/web"
)

// compareBooks compares each machine that is at work with the ledger and with Odoo, and tells
// whether any differ. What can't be compared now is a warning.
func (p *Parts) compareBooks(ctx context.Context) (found []web.Finding, differ bool) {
	warn := func(text, fix string) {
		found = append(found, web.Finding{Code: web.CodeNotCompared, Text: text, Fix: fix, Warning: true})
	}
	machines, err := p.atWork()
	if err != nil {
		warn("The books could not be compared: "+err.Error(), "Try again.")
	}
	for _, m := range machines {
		books, err := m.CompareBooks(ctx)
		if err != nil {
			warn("The books of "+m.Name()+" could not be compared: "+odoo.Plain(err), "Try again when the machine and Odoo are there.")
			continue
		}
		if !books.Asked {
			warn(m.Name()+" is away: only its bookings were compared with Odoo, not its counters", "Switch it on, and check again.")
		}
		for _, text := range books.Differences {
			differ = true
			found = append(found, web.Finding{Code: web.CodeBooks, Text: m.Name() + ": " + text,
				Fix: "Start the flow reconcile of " + m.Name() + ": its checkpoint stays until this is mended, or taken as it is."})
		}
	}
	return found, differ
}

// atWork are the machines in production.
func (p *Parts) atWork() (list []*coffee.Backend, err error) {
	err = p.Store.View(func(tx *store.Tx) error {
		list, err = p.Machines.Backends(tx)
		list = slices.DeleteFunc(list, func(m *coffee.Backend) bool {
			record, err := connectors.Backends{}.Get(tx, m.Name())
			return err != nil || record.State != connectors.Production
		})
		return err
	})
	return list, err
}
