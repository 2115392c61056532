package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"crema/store"
)

// Totals are the cups of a backend on one local day, dismissed ones left out.
type Totals struct {
	Day    string           `json:"day"`
	Cups   int              `json:"cups"`
	Money  map[string]int64 `json:"money,omitempty"` // by currency, in minor units
	Drinks []DrinkTotal     `json:"drinks,omitempty"`
}

// DrinkTotal is the part of one drink, or of one slot name that is bound to none.
type DrinkTotal struct {
	Product int64            `json:"product"`
	Name    string           `json:"name"` // as the slot bore it last
	Cups    int              `json:"cups"`
	Money   map[string]int64 `json:"money,omitempty"`
}

var days = store.NewBucket[store.Triple[string, string, string], DrinkTotal]("ledger.days",
	store.TripleKey(store.StringKey(), store.StringKey(), store.StringKey()))

// Day is what was made on a local day, "2006-01-02" as in Cup.Day; by drink, the most
// cups first. It reads counters, not cups.
func Day(tx *store.Tx, backend, day string) Totals {
	t := Totals{Day: day, Money: map[string]int64{}}
	for k, d := range days.From(tx, store.Triple[string, string, string]{A: backend, B: day}) {
		if k.A != backend || k.B != day {
			break
		}
		if d.Cups == 0 {
			continue
		}
		t.Cups += d.Cups
		for currency, amount := range d.Money {
			t.Money[currency] += amount
		}
		t.Drinks = append(t.Drinks, d)
	}
	slices.SortStableFunc(t.Drinks, func(a, b DrinkTotal) int { return cmp.Compare(b.Cups, a.Cups) })
	return t
}

// tally adds a cup to its day's counters, or takes it away (by −1).
func tally(tx *store.Tx, c Cup, by int) error {
	if c.Day == "" || c.State == Dismissed {
		return nil
	}
	drink := "?" + c.SlotName
	if c.Product != 0 {
		drink = strconv.FormatInt(c.Product, 10)
	}
	k := store.Triple[string, string, string]{A: c.Backend, B: c.Day, C: drink}
	d, _, err := days.Get(tx, k)
	if err != nil {
		return fmt.Errorf("count cup %s: %w", c.Key, err)
	}
	d.Product, d.Name = c.Product, c.SlotName
	d.Cups += by
	d.Money = maps.Clone(d.Money)
	if d.Money == nil {
		d.Money = map[string]int64{}
	}
	if d.Money[c.Price.Currency] += int64(by) * c.Price.Amount; d.Money[c.Price.Currency] == 0 {
		delete(d.Money, c.Price.Currency)
	}
	if err := days.Put(tx, k, d); err != nil {
		return fmt.Errorf("count cup %s: %w", c.Key, err)
	}
	return nil
}
