package coffee

import (
	"context"
	"errors"
	"strings"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// A cup whose payment method is gone is not at fault, and is not parked: it waits until the
// point of sale has a method for it again. The others are booked meanwhile.

// kindsOfPayment are the words of `payment`.
var kindsOfPayment = []string{"default", "cash", "card", "badge"}

// awaitPayment has the booking wait where every cup that is left waits for a payment method.
func (b *Backend) awaitPayment(ctx context.Context, step stepper, k booking) error {
	err := step(ctx, func(tx *store.Tx) error { return errors.Join(b.nobodyBlocked(tx), b.tellLeft(tx, k)) })
	if err != nil {
		return err
	}
	b.forgetShop() // it may be corrected before that is due
	_, err = k.shop.method(b.cfg, k.left[0])
	return queue.Snooze(err, 10*time.Minute)
}

// tellLeft tells a person of the kinds of payment whose cups were passed over, and closes
// what was open about those that have a method again.
func (b *Backend) tellLeft(tx *store.Tx, k booking) error {
	for _, kind := range k.left {
		_, err := k.shop.method(b.cfg, kind)
		who := "paid by " + kind
		if kind == "default" {
			who = "paid in a way that the machine does not tell"
		}
		if err := b.tellPerson(tx, ModelOdoo, b.ofPayment(kind), reasonOdoo, "Cups %s wait: %s. The others are booked meanwhile; these are, as soon as that is mended.",
			who, strings.TrimPrefix(err.Error(), errConfig.Error()+": ")); err != nil {
			return err
		}
	}
	for _, kind := range kindsOfPayment {
		if _, err := k.shop.method(b.cfg, kind); err != nil {
			continue
		}
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.ofPayment(kind), reasonOdoo); err != nil {
			return err
		}
	}
	return nil
}

// ofPayment is the record of the checkpoint of a kind of payment.
func (b *Backend) ofPayment(kind string) string { return b.troubled("payment " + kind) }

// paymentAwaited tells whether cups wait for a payment method: the job that waits with them is not
// to keep others waiting.
func (b *Backend) paymentAwaited(tx *store.Tx) bool {
	for _, kind := range kindsOfPayment {
		if b.d.Checkpoints.IsOpen(tx, b.cfg.Name, ModelOdoo, b.ofPayment(kind), reasonOdoo) {
			return true
		}
	}
	return false
}

// nobodyLeft closes what was open about payment methods: no cup waits for one.
func (b *Backend) nobodyLeft(tx *store.Tx) error {
	for _, kind := range kindsOfPayment {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.ofPayment(kind), reasonOdoo); err != nil {
			return err
		}
	}
	return nil
}

// tryLeft looks at once whether the cups that waited for a payment method can be booked.
func (b *Backend) tryLeft(tx *store.Tx, p connectors.Checkpoint) error {
	if !strings.HasPrefix(p.Record, b.ofPayment("")) {
		return nil
	}
	tx.OnCommit(b.forgetShop)
	_, err := b.enqueueFlow(tx, "sales", true)
	return err
}
