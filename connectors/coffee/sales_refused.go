package coffee

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/queue"
	"crema/store"
)

// untried tells whether a cup of another drink than these may be booked now.
func (b *Backend) untried(k booking, drinks []int64) (found bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		for c, err := range b.bookable(tx, &k) {
			if err != nil {
				return err
			}
			if !slices.Contains(drinks, c.Product) {
				found = true
				return nil
			}
		}
		return nil
	})
	return found, err
}

// parkedCup is a cup that can't be booked as it is.
type parkedCup struct {
	cup    ledger.Cup
	reason string
	why    error
}

// refused handles a booking that Odoo would not have: is its session gone, was what
// we know of the POS out of date, or which cup is at fault?
func (b *Backend) refused(ctx context.Context, job *queue.Job[FlowArgs], k booking, call salesCall, cause error) (queue.Done, error) {
	state, session := k.state, k.till.session
	gone, err := b.sessionGone(ctx, session)
	if err != nil {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	b.setSession(0, ledger.Marks{})
	if gone {
		return nil, queue.Snooze(fmt.Errorf("somebody closed session %d in Odoo meanwhile: %w", session, cause), time.Second)
	}
	if gone, err = b.methodGone(ctx, call); err != nil {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	if gone {
		job.SetResult("a payment method is gone in Odoo")
		return func(tx *store.Tx) error { return b.follow(tx, job.ID, state) }, nil // it says which
	}
	if len(call.orders) > 1 {
		job.SetResult(fmt.Sprintf("Odoo refused %d cups together: %s", len(call.orders), words(cause)))
		return func(tx *store.Tx) error {
			if err := b.park(tx, call.parked); err != nil {
				return err
			}
			return b.follow(tx, job.ID, salesState{Limit: len(call.orders) / 2, Refused: state.Refused})
		}, nil
	}
	if state.Refused >= refusedInARow {
		// Is it the drink? A cup of each other one is tried before the search is given up.
		tried := state.Tried
		if p := call.cups[0].Product; !slices.Contains(tried, p) {
			tried = append(slices.Clone(tried), p)
		}
		more, err := b.untried(k, tried)
		if err != nil {
			return nil, err
		}
		if more {
			job.SetResult("Odoo refused one more cup: " + words(cause))
			return func(tx *store.Tx) error {
				if err := b.park(tx, call.parked); err != nil {
					return err
				}
				return b.follow(tx, job.ID, salesState{Limit: 1, Refused: state.Refused, Tried: tried})
			}, nil
		}
		if k.till.ending != nil { // those that come later may be booked into the next session
			k.state = salesState{Limit: 1, Refused: state.Refused, Tried: tried}
			return b.endSession(ctx, job, k)
		}
		err = fmt.Errorf("odoo refuses every cup, so the cups are not at fault, and wait: %w", cause)
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	job.SetResult("Odoo refused one cup: " + words(cause))
	return func(tx *store.Tx) error {
		parked := append(call.parked, parkedCup{call.cups[0], ledger.ReasonRefused, cause})
		if err := b.park(tx, parked); err != nil {
			return err
		}
		return b.follow(tx, job.ID, salesState{Limit: 1, Refused: state.Refused + 1})
	}, nil
}

// methodGone finds out, after a refused booking, whether a payment method is not the point
// of sale's any more: then no cup is at fault.
func (b *Backend) methodGone(ctx context.Context, call salesCall) (bool, error) {
	s, err := b.readShop(ctx)
	if err != nil {
		return false, err
	}
	for _, o := range call.orders {
		for _, p := range o.Payments {
			if !slices.ContainsFunc(s.Methods, func(m pos.PaymentMethod) bool { return m.ID == p.Method }) {
				return true, nil
			}
		}
	}
	return false, nil
}

// park sets cups aside, each with a checkpoint that says why.
func (b *Backend) park(tx *store.Tx, cups []parkedCup) error {
	_, digits, err := b.currency(tx)
	if err != nil {
		return err
	}
	for _, p := range cups {
		if err := ledger.Park(tx, p.cup.Seq, p.reason); err != nil {
			return err
		}
		if _, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: b.cfg.Name, Model: ModelCup, Record: strconv.FormatUint(p.cup.Seq, 10), Reason: p.reason,
			Message: fmt.Sprintf("The cup %q of %s, for %s, can't be booked: %s. Review this to have it tried again once that is mended; you can also say that it is never booked. Its key is %s.",
				p.cup.SlotName, when(p.cup.Time), money(p.cup.Price, digits), words(p.why), p.cup.Key),
		}); err != nil {
			return err
		}
	}
	return nil
}
