package coffee

import (
	"slices"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// catalogueModels are the models of which a changed record may change what a machine sells,
// or at which price.
var catalogueModels = []string{
	"product.product", "product.template", "pos.category", "pos.config", "account.tax", "account.fiscal.position",
	"product.pricelist", "product.pricelist.item",
}

// hinted queues the catalogue when Odoo says that something has changed that it depends on.
// However often that is said, there is one run that waits and one that follows it.
func (m *Machines) hinted(tx *store.Tx, record connectors.Backend, hint connectors.Hint) (queue.ID, error) {
	if !slices.Contains(catalogueModels, hint.Model) {
		return 0, nil
	}
	b, err := m.of(record)
	if err != nil {
		return 0, err
	}
	if hint.Model != "product.product" && hint.Model != "product.template" {
		// A changed tax or price list is written in no product.
		if err := b.askAll(tx); err != nil {
			return 0, err
		}
	}
	return b.enqueueFlow(tx, "catalogue", true)
}
