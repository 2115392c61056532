package coffee

import (
	"context"

	"crema/connectors/coffee/ledger"
	"crema/queue"
	"crema/store"
)

// awaitTrust has the cups that wait for the board's time booked as soon as it is known, not when
// the booking that found it unknown looks again. Trust that is gained holds as long as the board
// runs: it comes once.
func (b *Backend) awaitTrust(ctx context.Context) {
	for {
		changed := b.d.Clock.Changed()
		if b.d.Clock.Trusted() {
			if err := b.bookTimeless(ctx); err != nil && ctx.Err() == nil {
				b.log.Error("book the cups that waited for the time", "error", err) // their job looks again within minutes
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// bookTimeless asks for a booking, now, where a cup was made before anybody knew the time. It
// writes nothing where there is none.
func (b *Backend) bookTimeless(ctx context.Context) error {
	waits := false
	if err := b.d.Store.View(func(tx *store.Tx) error {
		for c, err := range ledger.SeenCups(tx, b.cfg.Name) {
			if err != nil {
				return err
			}
			if waits = c.TimeTrust == ledger.TimeUntrusted && c.Time.Before(b.d.Build); waits {
				return nil
			}
		}
		return nil
	}); err != nil || !waits {
		return err
	}
	return b.d.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := queue.Enqueue(tx, b.d.Queue, SalesKind, FlowArgs{b.cfg.Name}, queue.Options{IdentityKey: "sales/" + b.cfg.Name, Backend: b.cfg.Name, PullForward: true})
		return b.unlessFull(tx, err)
	})
}
