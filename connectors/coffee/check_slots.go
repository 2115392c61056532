package coffee

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo/product"
	"crema/store"
)

// checkNamedSlots looks whether there are the drinks and the slots that `slots` names. A machine that was never read has any slot.
func checkNamedSlots(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	if len(b.cfg.Slots) == 0 {
		return nil, nil
	}
	has := map[string]bool{}
	if err := b.d.Store.View(func(tx *store.Tx) error {
		for h := range heldSlots(tx, b.cfg.Name) {
			has[strconv.Itoa(h.Slot.Number)] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var beyond []string
	for _, code := range slices.Sorted(maps.Keys(b.cfg.Slots)) {
		if slot := b.cfg.Slots[code]; len(has) > 0 && !has[slot] {
			beyond = append(beyond, fmt.Sprintf("%s, which %q shall have", slot, code))
		}
	}
	var findings []connectors.Finding
	if len(beyond) > 0 {
		findings = append(findings, connectors.Finding{Code: "slots_number", Fix: "Correct `slots`: the first slot is 0.",
			Text: fmt.Sprintf("The machine has %d slots, and none of the number %s.", len(has), some(beyond))})
	}
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return findings, nil // told by checkDrinks
	}
	drinks, err := product.Drinks(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language})
	if err != nil {
		return findings, nil
	}
	unknown := maps.Clone(b.cfg.Slots)
	for _, d := range drinks {
		if d.Active {
			delete(unknown, string(d.Code))
		}
	}
	if len(unknown) > 0 {
		var codes []string
		for _, code := range slices.Sorted(maps.Keys(unknown)) {
			codes = append(codes, strconv.Quote(code))
		}
		findings = append(findings, connectors.Finding{Code: "slots_drink", Warning: true, Fix: "Correct `slots`, or put the product into the category.",
			Text: "No drink of the POS category has the internal reference " + strings.Join(codes, ", ") + ", for which `slots` keeps a slot."})
	}
	return findings, nil
}
