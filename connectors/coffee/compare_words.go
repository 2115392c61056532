package coffee

import (
	"fmt"
	"maps"
	"slices"

	"crema/connectors/coffee/ledger"
)

// books is the comparison in words.
func (c comparison) books() Books {
	found := Books{Machine: c.name(), Asked: c.asked, Cups: c.cups, Waiting: c.waiting}
	for _, slot := range slices.Sorted(maps.Keys(c.state.More)) {
		n, text := c.state.More[slot], "%q (slot %d): the machine counted %d more than were read"
		if n < 0 {
			n, text = -n, "%q (slot %d): %d more were read than the machine counted"
		}
		found.Differences = append(found.Differences, fmt.Sprintf(text, c.names[slot], slot, n))
	}
	byDrink := map[string][]ledger.Cup{}
	for _, cup := range c.missing {
		name := c.drinks[cup.Product]
		if name == "" {
			name = cup.SlotName
		}
		byDrink[name] = append(byDrink[name], cup)
	}
	for _, drink := range slices.Sorted(maps.Keys(byDrink)) {
		found.Differences = append(found.Differences, fmt.Sprintf("%q: %s. Somebody deleted or cancelled that there, or Odoo is an older copy of itself",
			drink, c.goneWords(byDrink[drink])))
	}
	return found
}

// goneWords says which cups are booked and not in Odoo: by when they were made, as that is
// what people find an order by.
func (c comparison) goneWords(cups []ledger.Cup) string {
	at := func(cup ledger.Cup) string { return cup.Time.In(c.zone).Format("2006-01-02 15:04") }
	first, last := cups[0], cups[len(cups)-1]
	if len(cups) == 1 {
		return fmt.Sprintf("1 cup that was booked is not in Odoo any more, made at %s", at(first))
	}
	return fmt.Sprintf("%d cups that were booked are not in Odoo any more, made from %s to %s", len(cups), at(first), at(last))
}
