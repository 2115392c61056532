package coffee

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// booking is what the cups of one call go by.
type booking struct {
	shop  *shop // nil: Odoo was not asked yet, and no cup is passed over for what it lacks
	marks ledger.Marks
	till  till
	state salesState
	cups  []ledger.Cup
	passed
}

// passed tells why cups were passed over that wait longer than others.
type passed struct {
	early bool     // their time can't be right yet (see cupTime)
	left  []string // the kinds of payment for which the point of sale has no method
}

// nextCups chooses the cups of the next call: the oldest that may be booked now. Where too
// many were refused in a row it is one cup, of a drink that was not tried yet if there is
// one.
func (b *Backend) nextCups(k *booking) error {
	k.cups, k.passed = nil, passed{}
	return b.d.Store.View(func(tx *store.Tx) (err error) {
		if k.state, _, err = salesStates.Get(tx, b.cfg.Name); err != nil {
			return err
		}
		limit := salesBatch
		if k.state.Limit > 0 {
			limit = k.state.Limit
		}
		for c, err := range b.bookable(tx, k) {
			if err != nil {
				return err
			}
			if k.state.Refused >= refusedInARow {
				if fresh := !slices.Contains(k.state.Tried, c.Product); len(k.cups) == 0 || fresh {
					k.cups = []ledger.Cup{c}
					if fresh {
						break
					}
				}
			} else if k.cups = append(k.cups, c); len(k.cups) == limit {
				break
			}
		}
		return nil
	})
}

// bookable are the cups that may be booked now, oldest first, with the time that they are
// booked with. k.passed is why others were passed over on the way.
func (b *Backend) bookable(tx *store.Tx, k *booking) iter.Seq2[ledger.Cup, error] {
	return func(yield func(ledger.Cup, error) bool) {
		for c, err := range ledger.SeenCups(tx, b.cfg.Name) {
			if err != nil {
				yield(c, err)
				return
			}
			at, ready := b.cupTime(c)
			c.Time = at
			switch {
			case !ready:
				k.early = true
			case k.till.ending != nil && !k.till.ending.holds(c):
			case k.shop != nil && k.shop.cantPay(b.cfg, c) != nil:
				if kind := paymentName(c.Payment); !slices.Contains(k.left, kind) {
					k.left = append(k.left, kind)
				}
			default:
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// cupTime is the time that a cup is booked with, and whether it may be booked now.
// A cup read with a wrong clock gets its true time once the clock is trusted in the
// same boot. One from before this program was built waits until the clock is trusted, a day at
// most; in a later boot it gets the latest time at which it can have been made: board time
// stands still while the board is off.
func (b *Backend) cupTime(c ledger.Cup) (time.Time, bool) {
	ago := b.d.Clock.Board() - c.Board
	at := c.Time
	if c.TimeTrust == ledger.TimeUntrusted && b.d.Clock.Trusted() && (c.Boot == b.d.Clock.BootID() || at.Before(b.d.Build)) {
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
