package source

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
	"crema/web"
)

type cups struct{ p *Parts }

func (s cups) List(_ context.Context, f web.CupFilter) (web.Page[web.Cup], error) {
	var page web.Page[web.Cup]
	after, err := number("after", f.After)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		list, last, err := ledger.List(tx, ledger.Filter{Backend: f.Backend, State: ledger.State(f.State), After: after, Limit: f.Limit})
		page.Next = next(last)
		for _, c := range list {
			if err == nil {
				var w web.Cup
				w, err = s.cup(tx, c)
				page.Items = append(page.Items, w)
			}
		}
		return err
	})
	return page, err
}

func (s cups) Recent(_ context.Context, backend string, n int) ([]web.Cup, error) {
	var list []web.Cup
	err := s.p.Store.View(func(tx *store.Tx) error {
		for c := range ledger.Newest(tx, backend) {
			if len(list) == n {
				return nil
			}
			w, err := s.cup(tx, c)
			if err != nil {
				return err
			}
			list = append(list, w)
		}
		return nil
	})
	return list, err
}

// Today is the day that it is now where the board stands.
func (s cups) Today(_ context.Context, backend string) (web.Day, error) {
	var totals ledger.Totals
	err := s.p.Store.View(func(tx *store.Tx) error {
		totals = ledger.Day(tx, backend, s.p.Clock.Now().In(s.p.Config.Timezone).Format(time.DateOnly))
		for i, d := range totals.Drinks {
			name, err := s.drink(tx, backend, d.Product, d.Name)
			if err != nil {
				return err
			}
			totals.Drinks[i].Name = name
		}
		return nil
	})
	day := web.Day{Cups: totals.Cups, Money: amounts(totals.Money)}
	for _, d := range totals.Drinks {
		day.Drinks = append(day.Drinks, web.DrinkTotal{Name: d.Name, Cups: d.Cups, Money: amounts(d.Money)})
	}
	slices.SortStableFunc(day.Drinks, func(a, b web.DrinkTotal) int { return cmp.Or(b.Cups-a.Cups, cmp.Compare(a.Name, b.Name)) })
	return day, err
}

// amounts is money by currency, in the order of the currencies.
func amounts(by map[string]int64) []web.Money {
	var list []web.Money
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		list = append(list, web.Money{Amount: by[currency], Currency: currency})
	}
	return list
}

// drink is Odoo's name of a product; where that is not known, the slot's.
func (s cups) drink(tx *store.Tx, backend string, product int64, slotName string) (string, error) {
	b, err := s.p.Machines.Backend(tx, backend)
	if err != nil || product == 0 {
		return slotName, nil // of a backend that is configured no longer
	}
	name, err := b.DrinkName(tx, product)
	return cmp.Or(name, slotName), err
}

// cup is a cup of the ledger on the wire.
func (s cups) cup(tx *store.Tx, c ledger.Cup) (web.Cup, error) {
	name, err := s.drink(tx, c.Backend, c.Product, c.SlotName)
	w := web.Cup{
		Key: c.Key, UUID: web.ID(c.UUID), Backend: c.Backend, Serial: c.Serial, Number: c.Number, Slot: c.Slot, Kind: string(c.Kind),
		Product: name, ProductID: id(uint64(c.Product)), Payment: cmp.Or(string(c.Payment), "none"), Time: web.At(c.Time), TimeTrust: c.TimeTrust,
		State: string(c.State), Reason: c.Reason, OdooID: id(uint64(c.OdooID)),
	}
	if c.Model == "1900" {
		w.Era = &c.Era
	}
	if c.Kind == device.CupSale || c.Kind == device.CupCounted {
		price := web.Money(c.Price)
		w.Price = &price
	}
	return w, err
}
