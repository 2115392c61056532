package coffee

import (
	"context"
	"errors"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/coffee/stock"
	"crema/connectors/odoo/pos"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// newStock is the flow of the backend's stock.
func (b *Backend) newStock() *stock.Flow {
	return stock.New(stock.Deps{
		Backend: b.cfg.Name, Location: b.cfg.StockLocation, Ingredients: b.cfg.Ingredients,
		Environment: b.d.Environment, Odoo: b.d.Odoo,
		Follow: func(tx *store.Tx, job queue.ID) error {
			_, err := queue.Enqueue(tx, b.d.Queue, StockKind, FlowArgs{b.cfg.Name},
				queue.Options{IdentityKey: "stock/" + b.cfg.Name, Backend: b.cfg.Name, Follows: job})
			return err
		},
		Done: func(tx *store.Tx) error { return errors.Join(b.odooWorks(tx, "stock"), b.done(tx, "stock")) },
		Failed: func(ctx context.Context, job stock.Job, err error) error {
			return b.odooFailed(ctx, "stock", job.Step, err)
		},
		Finding: b.finding,
	})
}

// keepStock is the job of the flow.
func (b *Backend) keepStock(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	if b.cfg.StockLocation == "" {
		job.SetResult("no stock_location is set")
		return nil, nil
	}
	left := b.readLeft(ctx)
	var m ledger.Machine
	if err := b.d.Store.View(func(tx *store.Tx) (err error) {
		m, err = b.attachedMachine(tx)
		return err
	}); errors.Is(err, errNotAnchored) || errors.Is(err, errNeverSeen) {
		return nil, queue.Snooze(errNotAnchored, lastWait)
	} else if err != nil {
		return nil, err
	}
	return b.stock.Keep(ctx, job.ID, job, m, left)
}

// readLeft reads the cups and then the levels. From a machine that can't be asked now
// nothing is left over: what cups used is sent all the same.
func (b *Backend) readLeft(ctx context.Context) (left stock.Left) {
	err := b.link.Do(ctx, device.PriorityNormal, func(ctx context.Context, m device.Machine) error {
		if err := b.pollCups(ctx, m); err != nil {
			return err
		}
		before, err := m.Status(ctx)
		if err != nil {
			return err
		}
		levels, err := m.Levels(ctx)
		if err != nil {
			return err
		}
		after, err := m.Status(ctx)
		if err != nil {
			return err
		}
		left = stock.Left{Levels: levels}
		if before.State != device.StateBrewing && after.State != device.StateBrewing && before.Next == after.Next {
			left.Next = after.Next
		}
		b.show(func(s *Snapshot) { s.Levels = levels })
		return nil
	})
	if err != nil {
		b.log.Debug("read what is left", "error", err)
	}
	return left
}

// keepUse keeps what an entry used that becomes no cup.
func (in *intake) keepUse(e timedEntry, aborted bool) error {
	if in.b.cfg.StockLocation == "" {
		return nil
	}
	return stock.KeepUse(in.tx, in.m.Serial, e.Number, e.Used, aborted)
}

// checkStock looks at all that the flow stock needs, where it is set up.
func checkStock(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	if b.cfg.StockLocation == "" {
		return nil, nil
	}
	var drinks []int64
	if err := b.d.Store.View(func(tx *store.Tx) error {
		for d := range drinksOf(tx, b.cfg.Name) {
			drinks = append(drinks, d.Product)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var at *pos.Config
	if c.shop != nil {
		at = &c.shop.Config
	}
	return b.stock.Check(ctx, b.Snapshot().Levels, at, drinks)
}
