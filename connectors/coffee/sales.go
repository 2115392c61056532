package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/queue"
	"crema/store"
)

// salesBatch is how many orders one booking call holds at most: Odoo takes some
// 130 ms for each, and all of them are one transaction.
const salesBatch = 50

// refusedInARow is after how many refused cups in a row the cause is no longer
// sought in the cups: a closed fiscal period refuses them all, and parking a
// thousand cups would help nobody. It may still be in their drink: see nextCups.
const refusedInARow = 3

// salesState is where the search for a refused cup stands.
type salesState struct {
	Limit   int `json:"limit,omitempty"`   // of the next call; 0: a whole batch
	Refused int `json:"refused,omitempty"` // cups refused since the last success
	// Tried are the drinks of which one more cup was tried since, and refused: the cause
	// may be in the drink.
	Tried []int64 `json:"tried,omitempty"`
}

var salesStates = store.NewBucket[string, salesState]("coffee.sales", store.StringKey())

// The reasons of the checkpoints about bookings.
const (
	reasonSession = "session"
	reasonRefused = "refused"
	reasonFull    = "store_full"
	reasonOdoo    = "odoo"
)

// enqueueSales asks for a booking run in the commit that brought the cups. What
// comes while one runs gets one follower.
func (b *Backend) enqueueSales(tx *store.Tx, parent queue.ID) (queue.ID, error) {
	id, err := queue.Enqueue(tx, b.d.Queue, SalesKind, FlowArgs{b.cfg.Name},
		queue.Options{IdentityKey: "sales/" + b.cfg.Name, Backend: b.cfg.Name, Parent: parent, PullForward: b.paymentAwaited(tx)})
	return id, b.unlessFull(tx, err)
}

// unlessFull lets a fact read from a machine be kept where the store is too full for
// another job: the schedule books it later, and a person is told.
func (b *Backend) unlessFull(tx *store.Tx, err error) error {
	if !errors.Is(err, queue.ErrFull) {
		return err
	}
	return b.tellPerson(tx, ModelMachine, b.cfg.Name, reasonFull,
		"The board's store is nearly full: cups are still kept, but no new job is taken. Make room on the card, or have the store looked at.")
}

// sales books the oldest cups that wait, in one call, and enqueues its follower.
// The ledger, not this job, says whether a cup is booked: a job that is cancelled,
// fails or is killed anywhere in between loses nothing, since an order's uuid is its
// cup's, and Odoo books a uuid once.
func (b *Backend) sales(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	var k booking
	if err := b.nextCups(&k); err != nil {
		return nil, err
	}
	owed, asked, err := b.duties()
	if err != nil {
		return nil, err
	}
	due := b.closingDue()
	k.marks, err = b.marks(k.cups)
	if errors.Is(err, ledger.ErrUnknownMachine) && len(k.cups) == 0 {
		due, owed, asked = time.Time{}, false, false
	} else if err != nil {
		return nil, err
	}
	if len(k.cups) == 0 && !owed && !asked && due.IsZero() {
		return b.nothingToBook(ctx, job, k)
	}
	if k.shop, err = b.shop(ctx); err != nil {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	if err := b.nextCups(&k); err != nil {
		return nil, err
	}
	if len(k.cups) == 0 && !owed && !asked && due.IsZero() {
		return b.nothingToBook(ctx, job, k)
	}
	if k.till, err = b.till(ctx, k.shop, k.marks, due, owed || len(k.cups) > 0, asked); err != nil {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	if k.till.ending != nil {
		if err := b.nextCups(&k); err != nil {
			return nil, err
		}
		if len(k.cups) == 0 {
			return b.endSession(ctx, job, k)
		}
	}
	if len(k.cups) > 0 {
		return b.bookCups(ctx, job, k)
	}
	job.SetResult("nothing to book")
	return func(tx *store.Tx) error {
		return errors.Join(b.opened(tx, k.till), b.odooWorks(tx, "sales"), b.follow(tx, job.ID, k.state))
	}, nil
}

// nothingToBook ends a booking that has nothing to do, or nothing yet.
func (b *Backend) nothingToBook(ctx context.Context, job *queue.Job[FlowArgs], k booking) (queue.Done, error) {
	switch {
	case len(k.left) > 0:
		return nil, b.awaitPayment(ctx, job.Step, k)
	case k.early:
		return nil, queue.Snooze(errUntrusted, 5*time.Minute)
	}
	job.SetResult("nothing to book")
	return b.nobodyWaits, nil
}

// duties tells whether the machine's first note is still to be written, and whether a
// person has asked for a session to be closed.
func (b *Backend) duties() (owed, asked bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		last, _, err := blockers.Get(tx, b.cfg.Name)
		owed, asked = notesOwed.Has(tx, b.cfg.Name), last.Close
		return err
	})
	return owed, asked, err
}

// bookCups books cups in one call.
func (b *Backend) bookCups(ctx context.Context, job *queue.Job[FlowArgs], k booking) (queue.Done, error) {
	state, t := k.state, k.till
	batch, err := b.orders(ctx, k.shop, k.cups, t.session)
	if err != nil {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	var booked map[string]pos.Receipt
	if len(batch.orders) > 0 {
		if booked, err = pos.Sync(ctx, b.d.Odoo, batch.orders); err != nil {
			if odoo.ClassOf(err) == odoo.Refused {
				return b.refused(ctx, job, k, batch, err)
			}
			if odoo.ClassOf(err) == odoo.Unknown && ctx.Err() == nil {
				if serr := b.smaller(ctx, job.Step, state, len(batch.orders)); serr != nil {
					return nil, serr
				}
			}
			return nil, b.odooFailed(ctx, "sales", job.Step, err)
		}
	}
	for _, r := range booked {
		if r.Session != t.session { // somebody closed it, and Odoo took another that is open
			b.setSession(0, ledger.Marks{})
		}
	}
	job.SetResult(bookedWords(len(batch.cups), len(batch.parked)))
	return func(tx *store.Tx) error {
		for _, c := range batch.cups {
			if err := b.keepTime(tx, c); err != nil {
				return err
			}
			if err := b.book(tx, c.Seq, booked[c.UUID].ID); err != nil {
				return err
			}
		}
		if err := b.park(tx, batch.parked); err != nil {
			return err
		}
		if err := b.opened(tx, t); err != nil {
			return err
		}
		if err := errors.Join(b.tellLeft(tx, k), b.done(tx, "sales")); err != nil {
			return err
		}
		if len(batch.orders) == 0 {
			return b.follow(tx, job.ID, state) // Odoo has said nothing
		}
		return errors.Join(b.odooWorks(tx, "sales"), b.follow(tx, job.ID, salesState{Limit: grow(state.Limit)}))
	}, nil
}

// opened closes what was open about the point of sale: it has a session of this machine.
func (b *Backend) opened(tx *store.Tx, t till) error {
	if t.fresh || t.none {
		if err := b.sessionClosed(tx); err != nil {
			return err
		}
	}
	if t.ending == nil && t.session != 0 && notesOwed.Has(tx, b.cfg.Name) {
		if err := notesOwed.Delete(tx, b.cfg.Name); err != nil {
			return err
		}
	}
	if last, _, err := blockers.Get(tx, b.cfg.Name); err != nil || last.Close && t.ending == nil && last.Session != t.session {
		if err := errors.Join(err, blockers.Delete(tx, b.cfg.Name)); err != nil { // that session is gone
			return err
		}
	}
	return b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.cfg.POS, reasonSession)
}

// grow doubles the limit again after a success, up to a whole batch (0).
func grow(limit int) int {
	if limit *= 2; limit >= salesBatch {
		return 0
	}
	return limit
}

// smaller halves the next call: one that takes longer than Odoo lets its workers run, or
// longer than the client waits, would be sent for ever.
func (b *Backend) smaller(ctx context.Context, step stepper, state salesState, sent int) error {
	limit := max(1, sent/2)
	if limit == state.Limit {
		return nil
	}
	state.Limit = limit
	return step(ctx, func(tx *store.Tx) error { return salesStates.Put(tx, b.cfg.Name, state) })
}

// follow stores where the search stands and enqueues the next call, if a cup
// waits, or a machine for its first note.
// Whoever waits for this job waits for the next as well.
func (b *Backend) follow(tx *store.Tx, job queue.ID, next salesState) error {
	if err := salesStates.Put(tx, b.cfg.Name, next); err != nil {
		return err
	}
	rest, err := ledger.Bookable(tx, b.cfg.Name, 1)
	if err != nil || len(rest) == 0 && !notesOwed.Has(tx, b.cfg.Name) {
		return err
	}
	_, err = queue.Enqueue(tx, b.d.Queue, SalesKind, FlowArgs{b.cfg.Name}, queue.Options{IdentityKey: "sales/" + b.cfg.Name, Backend: b.cfg.Name, Follows: job})
	return err
}

// bookedWords says what became of a batch.
func bookedWords(booked, parked int) string {
	words := connectors.Counted(booked, "cup", "cups") + " booked"
	if parked > 0 {
		words += fmt.Sprintf(", %d parked", parked)
	}
	return words
}
