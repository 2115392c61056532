package coffee

import (
	"crema/device"
	"crema/store"
)

// content is what makes a cup of a slot: its drink, name and price.
type content struct {
	product int64
	name    string
	price   device.Money
}

// candidates are what a slot may have held when a cup was made, the likeliest last.
// There is one, but where the slot changed at a moment that nobody saw.
type candidates struct {
	of []content
	// several tells that the slot was changed more than once: in between it may have held
	// anything. A change of the recipe alone counts as one, so it may also have held nothing else.
	several bool
	before  []earlier // the newest first
}

// earlier is what a slot held before it was changed while a cup was in the making: that
// cup, the entry until, may be of it.
type earlier struct {
	content
	until   uint64
	several bool // as of candidates: what came after it came in several changes
}

func only(c content) candidates { return candidates{of: []content{c}} }

// uncertain tells whether a cup without a price of its own may be of several contents.
func (c candidates) uncertain() bool {
	_, certain := c.pick(0, nil)
	return !certain
}

// pick chooses the content of a cup; number is that of its journal entry, 0 where it has
// none. price is what the machine itself recorded, nil where it did not: it can tell the
// old from the new. certain is false where several remain that differ in what is booked:
// the drink, and of a cup without an entry the price. One with an entry and no price was
// free.
//
// Where the slot was changed more than once nobody saw what it held in between. If a single
// drink is all that is known, it is taken for that: whoever tries two prices, or two recipes,
// is no reason to ask a person. But where the slot had one price, too, before and after, and the
// cup was paid with another, what was undone may have been another drink.
func (c candidates) pick(number uint64, price *device.Money) (chosen content, certain bool) {
	for _, e := range c.before {
		if number != 0 && number <= e.until {
			c.of, c.several = append([]content{e.content}, c.of...), c.several || e.several
		}
	}
	fits, priced := c.of, false
	if price != nil {
		fits = nil
		for _, o := range c.of {
			if o.price.Amount == price.Amount && (o.price.Currency == "" || o.price.Currency == price.Currency) {
				fits = append(fits, o)
			}
		}
		if priced = len(fits) > 0; !priced {
			fits = c.of
		}
	}
	if len(fits) == 0 {
		return content{}, true
	}
	chosen = fits[len(fits)-1]
	if c.several {
		fits = c.of
	}
	undone := c.several && price != nil && !priced
	for _, o := range fits {
		same := o.product == chosen.product && (o.product != 0 || o.name == chosen.name)
		if !same || number == 0 && price == nil && o.price != chosen.price {
			return chosen, false
		}
		undone = undone && o.price == chosen.price
	}
	return chosen, !undone
}

// stillBefore adds what the slot held before, where a cup of that may still come.
func (b *Backend) stillBefore(tx *store.Tx, before *Before, c candidates) (candidates, error) {
	for e := before; e != nil; e = e.Before {
		was, err := b.contentOf(tx, e.Slot, e.Product)
		if err != nil {
			return c, err
		}
		c.before = append(c.before, earlier{content: was, until: e.Until, several: e.Several})
	}
	return c, nil
}

// contentOf is what a slot holds. A slot whose name was bound to nothing when it was
// read may be bound by now.
func (b *Backend) contentOf(tx *store.Tx, s device.Slot, product int64) (content, error) {
	var err error
	if product == 0 {
		product, err = drinkOf(tx, b.cfg.Name, s.Number, s.Name)
	}
	return content{product: product, name: s.Name, price: s.Price}, err
}

// sameContent tells whether two states of a slot make the same cups.
func sameContent(a, b device.Slot) bool { return a.Name == b.Name && a.Price == b.Price }

// sameSlot tells whether two states of a slot agree in all that crema writes.
func sameSlot(a, b device.Slot) bool { return sameContent(a, b) && a.Enabled == b.Enabled }

// wanted is the state of a slot that the catalogue wants: what the machine alone
// decides (recipe, volume) as it is.
func (b *Backend) wanted(h Held, w Want) device.Slot {
	s := h.Slot
	s.Name, s.Price = w.Name, w.Price
	if !b.machine.Limits().Currency {
		s.Price.Currency = h.Slot.Price.Currency
	}
	if s.Enabled = w.Enabled; h.PanelOff {
		s.Enabled = h.Slot.Enabled
	}
	return s
}

// differs tells whether the slot's job has something to do: to write the slot, or to
// note that its cups are another drink's from now on.
func (b *Backend) differs(h Held, w Want) bool {
	return !sameSlot(h.Slot, b.wanted(h, w)) || w.Product != 0 && w.Product != h.Product
}

// change is what to write to make old into new; empty where they agree.
func change(old, new device.Slot) device.SlotChange {
	var c device.SlotChange
	if old.Name != new.Name {
		c.Name = &new.Name
	}
	if old.Price != new.Price {
		c.Price = &new.Price
	}
	if old.Enabled != new.Enabled {
		c.Enabled = &new.Enabled
	}
	return c
}
