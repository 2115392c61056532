package coffee

import (
	"fmt"
	"iter"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// Held is what crema knows that a slot holds: as the machine itself reported it last,
// together with the commit of the cups up to then. The cups that follow are of this
// drink, name and price.
type Held struct {
	Slot device.Slot `json:"slot"`
	// Product is the drink that the slot's name stands for; 0 where it is bound to none.
	Product int64 `json:"product"`
	// Intent is the change that was begun and not yet verified; nil else.
	Intent *Intent `json:"intent,omitempty"`
	// PanelOff tells that a person switched the slot off at the machine's panel. It
	// stays off until the checkpoint about it is reviewed.
	PanelOff bool `json:"panel_off,omitempty"`
	// Before is what it held when it was changed at the panel while a cup was in the making;
	// nil where the machine has no journal, whose entry could be told to be that cup's.
	Before *Before `json:"before,omitempty"`
}

// Before is the earlier content of a slot, of which one more cup may come.
type Before struct {
	Slot    device.Slot `json:"slot"`
	Product int64       `json:"product"`
	Until   uint64      `json:"until"` // the number of that cup's entry, if it is one of this slot
	// Several tells that it was changed more than once when crema saw it: the cup may be of
	// what it held in between.
	Several bool `json:"several,omitempty"`
	// Before is what it held before this, where the same cup may be of that too.
	Before *Before `json:"before,omitempty"`
}

// Intent is a change of a slot that was committed before its first byte went out. While
// it stands, the slot may hold the old or the new: it is read back before anything else,
// and what it holds decides the cups after Mark.
type Intent struct {
	New        device.Slot  `json:"new"`
	NewProduct int64        `json:"new_product"`
	Mark       ledger.Marks `json:"mark"`
	// Boot is the machine's boot count when the panel was locked, 0 where it has none.
	Boot uint64 `json:"boot,omitempty"`
}

// Want is what the catalogue wants a slot to hold. The catalogue writes it at any time;
// the slot's job reads it as it stands when it runs.
type Want struct {
	Product int64        `json:"product"`
	Name    string       `json:"name"` // fitted
	Price   device.Money `json:"price"`
	Enabled bool         `json:"enabled"`
}

// Drink is a product as the catalogue read it last.
type Drink struct {
	Product int64        `json:"product"`
	Code    string       `json:"code,omitempty"`
	Name    string       `json:"name"`
	Fitted  string       `json:"fitted"` // the name as the machine can hold it
	Price   device.Money `json:"price"`
	Active  bool         `json:"active"`
	TaxIDs  []int64      `json:"tax_ids,omitempty"`
	// Unpriced says why its price can't be told; "": it can.
	Unpriced string `json:"unpriced,omitempty"`
}

// slotKey is a slot of a backend, drinkKey a product of a backend.
type (
	slotKey  = store.Pair[string, uint64]
	drinkKey = store.Pair[string, int64]
)

var (
	helds  = store.NewBucket[slotKey, Held]("coffee.held", store.PairKey(store.StringKey(), store.Uint64Key()))
	wants  = store.NewBucket[slotKey, Want]("coffee.wants", store.PairKey(store.StringKey(), store.Uint64Key()))
	drinks = store.NewBucket[drinkKey, Drink]("coffee.drinks", store.PairKey(store.StringKey(), store.Int64Key()))
)

// staleWants has the backends whose wants are those of an older snapshot of the store:
// nothing is written by them before the catalogue was read anew.
var staleWants = store.NewBucket[string, bool]("coffee.wants.stale", store.StringKey())

func slotKeyOf(backend string, slot int) slotKey { return slotKey{A: backend, B: uint64(slot)} }

// heldSlots are the slots of a backend by rising number, as they were read last.
func heldSlots(tx *store.Tx, backend string) iter.Seq[Held] {
	return func(yield func(Held) bool) {
		for k, h := range helds.From(tx, slotKey{A: backend}) {
			if k.A != backend || !yield(h) {
				return
			}
		}
	}
}

// drinksOf are the drinks of a backend by rising product id.
func drinksOf(tx *store.Tx, backend string) iter.Seq[Drink] {
	return func(yield func(Drink) bool) {
		for k, d := range drinks.From(tx, drinkKey{A: backend, B: 0}) {
			if k.A != backend || !yield(d) {
				return
			}
		}
	}
}

// drinkOf finds the drink that a slot stands for when it bears this name: the slot's
// bound drink where its fitted name is this, else the one whose fitted name it is, else
// 0. Fitted names depend on the product alone, so a name means the same drink in every
// slot and at every time.
func drinkOf(tx *store.Tx, backend string, slot int, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	bound, err := boundDrink(tx, backend, slot)
	if err != nil {
		return 0, err
	}
	var found []Drink
	for d := range drinksOf(tx, backend) {
		if d.Fitted == name {
			if found = append(found, d); d.Product == bound {
				return bound, nil
			}
		}
	}
	return oneOf(tx, backend, found)
}

// oneOf is the drink that a name stands for, of those that bear it: the only one, else
// the only one that has a slot, else the only one that is sold (a drink that is archived
// and made anew bears its name twice), else 0.
func oneOf(tx *store.Tx, backend string, list []Drink) (int64, error) {
	if len(list) == 1 {
		return list[0].Product, nil
	}
	var bound, active []int64
	for _, d := range list {
		if _, has, err := slotBinder(backend).Get(tx, d.Product); err != nil {
			return 0, fmt.Errorf("read the binding of product %d of %s: %w", d.Product, backend, err)
		} else if has {
			bound = append(bound, d.Product)
		}
		if d.Active {
			active = append(active, d.Product)
		}
	}
	switch {
	case len(bound) == 1:
		return bound[0], nil
	case len(active) == 1:
		return active[0], nil
	default:
		return 0, nil
	}
}

// putHeld stores what a slot holds.
func putHeld(tx *store.Tx, backend string, h Held) error {
	if err := helds.Put(tx, slotKeyOf(backend, h.Slot.Number), h); err != nil {
		return fmt.Errorf("store slot %d of %s: %w", h.Slot.Number, backend, err)
	}
	return nil
}

// getHeld reads what a slot holds; false where it was never read.
func getHeld(tx *store.Tx, backend string, slot int) (Held, bool, error) {
	h, ok, err := helds.Get(tx, slotKeyOf(backend, slot))
	if err != nil {
		return h, false, fmt.Errorf("read slot %d of %s: %w", slot, backend, err)
	}
	return h, ok, nil
}
