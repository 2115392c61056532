package coffee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	reasonSession   = "session"
	reasonRefused   = "refused"
	reasonFull      = "store_full"
	reasonOdoo      = "odoo"
	reasonParkedJob = "parked_job"
)

// enqueueSales asks for a booking run in the commit that brought the cups. What
// comes while one runs gets one follower.
func (b *Backend) enqueueSales(tx *store.Tx, parent queue.ID) (queue.ID, error) {
	id, err := queue.Enqueue(tx, b.d.Queue, SalesKind, FlowArgs{b.cfg.Name},
		queue.Options{IdentityKey: "sales/" + b.cfg.Name, Backend: b.cfg.Name, Parent: parent})
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
	state, cups, wait, err := b.nextCups()
	if err != nil {
		return nil, err
	}
	if len(cups) == 0 && wait {
		return nil, queue.Snooze(errUntrusted, 5*time.Minute)
	}
	if len(cups) == 0 {
		job.SetResult("nothing to book")
		return func(tx *store.Tx) error { return b.done(tx, "sales") }, nil
	}
	shop, err := b.shop(ctx)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	marks, err := b.marks(cups[0])
	if err != nil {
		return nil, err
	}
	session, err := b.session(ctx, shop, marks)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	batch, err := b.orders(ctx, shop, cups, session)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	var booked map[string]int64
	if len(batch.orders) > 0 {
		if booked, err = pos.Sync(ctx, b.d.Odoo, batch.orders); err != nil {
			if odoo.ClassOf(err) == odoo.Refused {
				return b.refused(ctx, job, state, session, batch, err)
			}
			return nil, b.odooFailed(ctx, job.Step, err)
		}
	}
	job.SetResult(fmt.Sprintf("%d cups booked, %d parked", len(batch.cups), len(batch.parked)))
	return func(tx *store.Tx) error {
		for _, c := range batch.cups {
			if err := ledger.Book(tx, c.Seq, booked[c.UUID]); err != nil {
				return err
			}
		}
		if err := b.park(tx, batch.parked); err != nil {
			return err
		}
		if err := b.odooWorks(tx); err != nil {
			return err
		}
		if err := b.done(tx, "sales"); err != nil {
			return err
		}
		return b.follow(tx, job.ID, salesState{Limit: grow(state.Limit)})
	}, nil
}

// grow doubles the limit again after a success, up to a whole batch (0).
func grow(limit int) int {
	if limit *= 2; limit >= salesBatch {
		return 0
	}
	return limit
}

// follow stores where the search stands and enqueues the next call, if a cup waits.
// Whoever waits for this job waits for the next as well.
func (b *Backend) follow(tx *store.Tx, job queue.ID, next salesState) error {
	if err := salesStates.Put(tx, b.cfg.Name, next); err != nil {
		return err
	}
	rest, err := ledger.Bookable(tx, b.cfg.Name, 1)
	if err != nil || len(rest) == 0 {
		return err
	}
	_, err = queue.Enqueue(tx, b.d.Queue, SalesKind, FlowArgs{b.cfg.Name}, queue.Options{IdentityKey: "sales/" + b.cfg.Name, Backend: b.cfg.Name, Follows: job})
	return err
}

// nextCups are the cups of the next call. Those whose time can't be right yet wait
// (see cupTime), the ones behind them go on; wait tells that there are such. Where too
// many were refused in a row it is one cup, of a drink that was not tried yet if there
// is one.
func (b *Backend) nextCups() (state salesState, cups []ledger.Cup, wait bool, err error) {
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

// untried tells whether a cup waits of another drink than these.
func (b *Backend) untried(drinks []int64) (found bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		for c, err := range ledger.SeenCups(tx, b.cfg.Name) {
			if err != nil {
				return err
			}
			if _, ready := b.cupTime(c); ready && !slices.Contains(drinks, c.Product) {
				found = true
				return nil
			}
		}
		return nil
	})
	return found, err
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

// parkedCup is a cup that can't be booked as it is.
type parkedCup struct {
	cup    ledger.Cup
	reason string
	why    error
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
	taxes, err := b.taxes(ctx, taxIDs)
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
		case errors.Is(err, errTax):
			call.parked = append(call.parked, parkedCup{c, ledger.ReasonTax, err})
		default:
			return call, err
		}
	}
	return call, nil
}

// refused handles a booking that Odoo would not have: is its session gone, was what
// we know of the POS out of date, or which cup is at fault?
func (b *Backend) refused(ctx context.Context, job *queue.Job[FlowArgs], state salesState, session int64, call salesCall, cause error) (queue.Done, error) {
	gone, err := b.sessionGone(ctx, session)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	b.setSession(0, ledger.Marks{})
	b.forgetShop()
	if gone {
		return nil, queue.Snooze(fmt.Errorf("session %d was closed: %w", session, cause), time.Second)
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
		more, err := b.untried(tried)
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
		err = fmt.Errorf("odoo refuses every cup, nothing more is parked: %w", cause)
		return nil, b.odooFailed(ctx, job.Step, err)
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
			Message: fmt.Sprintf("%s of %s (%s) can't be booked: %s. Review this to try it again.",
				p.cup.Key, p.cup.Time.UTC().Format(time.DateTime), money(p.cup.Price, digits), words(p.why)),
		}); err != nil {
			return err
		}
	}
	return nil
}
