package coffee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// nextCups are the cups of the next call. Those whose time can't be right yet wait
// (see cupTime), the ones behind them go on; wait tells that there are such. Where too
// many were refused in a row it is one cup, of a drink that was not tried yet if there
// is one. only chooses among them; nil: all.
func (b *Backend) nextCups(only func(ledger.Cup) bool) (state salesState, cups []ledger.Cup, wait bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		if state, _, err = salesStates.Get(tx, b.cfg.Name); err != nil {
			return err
		}
		limit := salesBatch
		if state.Limit > 0 {
			limit = state.Limit
		}
		for c, err := range ledger.SeenCups(tx, b.cfg.Name) {
			if err != nil {
				return err
			}
			at, ready := b.cupTime(c)
			if c.Time = at; !ready {
				wait = true
				continue
			}
			if only != nil && !only(c) {
				continue
			}
			if state.Refused >= refusedInARow {
				if fresh := !slices.Contains(state.Tried, c.Product); len(cups) == 0 || fresh {
					cups = []ledger.Cup{c}
					if fresh {
						break
					}
				}
			} else if cups = append(cups, c); len(cups) == limit {
				break
			}
		}
		return nil
	})
	return state, cups, wait, err
}

// cupTime is the time that a cup is booked with, and whether it may be booked now.
// A cup read with a wrong clock gets its true time once the clock is trusted in the
// same boot; one from before this program was built waits for that, a day at most.
func (b *Backend) cupTime(c ledger.Cup) (time.Time, bool) {
	ago := b.d.Clock.Board() - c.Board
	at := c.Time
	if c.TimeTrust == "untrusted" && b.d.Clock.Trusted() && c.Boot == b.d.Clock.BootID() {
		at = b.d.Clock.Now().Add(-ago)
	}
	return at, !at.Before(b.d.Build) || ago >= 24*time.Hour
}

// keepTime gives a cup in the ledger the time that it is booked with, and so the day that
// it counts in, where it was read with a wrong clock.
func (b *Backend) keepTime(tx *store.Tx, booked ledger.Cup) error {
	c, err := ledger.Get(tx, booked.Seq)
	if err != nil || !c.Open() || c.Time.Equal(booked.Time) {
		return err
	}
	c.Time, c.TimeTrust = booked.Time, ledger.TimeEstimated
	c.Day = c.Time.In(b.d.Zone).Format(time.DateOnly)
	return ledger.Update(tx, c)
}

// salesCall is what one booking call holds.
type salesCall struct {
	cups   []ledger.Cup // those of orders, in their order
	orders []pos.Order
	parked []parkedCup
}

// orders makes the orders of a batch and sets apart the cups that have none.
func (b *Backend) orders(ctx context.Context, s *shop, cups []ledger.Cup, session int64) (salesCall, error) {
	var call salesCall
	drinks := map[int64]Drink{}
	var taxIDs []int64
	for _, c := range cups {
		if _, known := drinks[c.Product]; known {
			continue
		}
		d, err := b.drink(ctx, c.Product)
		if errors.Is(err, errDeleted) {
			continue
		}
		if err != nil {
			return call, err
		}
		drinks[c.Product] = d
		taxIDs = append(taxIDs, d.TaxIDs...)
	}
	taxes, err := b.taxes(ctx, s, taxIDs)
	if err != nil {
		return call, err
	}
	for _, c := range cups {
		if _, known := drinks[c.Product]; !known {
			call.parked = append(call.parked, parkedCup{c, ledger.ReasonRefused, fmt.Errorf("%w: product %d", errDeleted, c.Product)})
			continue
		}
		o, err := s.order(b.cfg, c, drinks[c.Product], session, taxes)
		switch {
		case err == nil:
			call.cups, call.orders = append(call.cups, c), append(call.orders, o)
		case errors.Is(err, errCurrency):
			call.parked = append(call.parked, parkedCup{c, ledger.ReasonCurrency, err})
		case untaxable(err):
			call.parked = append(call.parked, parkedCup{c, ledger.ReasonTax, err})
		default:
			return call, err
		}
	}
	return call, nil
}
