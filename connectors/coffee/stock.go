package coffee

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

// reasonStock is the checkpoint of a stock that can't be kept until somebody acts,
// reasonStockGap that of entries of which nobody knows what they used, and
// reasonStockBegins says from which entry on what is used is booked.
const (
	reasonStock       = "stock"
	reasonStockGap    = "stock_gap"
	reasonStockBegins = "stock_begins"
)

// stockParts is how many transfers one job makes at most: bookings wait for it meanwhile.
const stockParts = 8

// stock sends to Odoo what cups have used, and what the machine says is left of each
// ingredient. It runs in the channel of the bookings: a drink that is a kit takes its
// ingredients by its booking, and that must not come between a reading and its count.
func (b *Backend) stock(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	if b.cfg.StockLocation == "" {
		job.SetResult("no stock_location is set")
		return nil, nil
	}
	left := b.readLeft(ctx)
	m, told, err := b.stockMachine(ctx, job.Step, left)
	if err != nil {
		return nil, err
	}
	if !m.Known {
		return nil, queue.Snooze(errNotAnchored, lastWait)
	}
	if len(told) == 0 {
		return nil, queue.Snooze(errUntold, lastWait)
	}
	room, findings, err := b.stockroom(ctx, told)
	if err == nil && len(findings) > 0 {
		err = fmt.Errorf("%w: %s", errConfig, inWords(findings))
	}
	if err != nil {
		return nil, b.stockFailed(ctx, job.Step, err)
	}
	used, err := b.sendUsed(ctx, job.Step, room, m)
	if err != nil {
		return nil, b.stockFailed(ctx, job.Step, err)
	}
	if used.more {
		job.SetResult(used.String())
		return func(tx *store.Tx) error { return b.followStock(tx, job.ID) }, nil
	}
	counted, err := b.sendLevels(ctx, room, m, left, used.next)
	if err != nil {
		return nil, b.stockFailed(ctx, job.Step, err)
	}
	job.SetResult(used.String() + "; " + counted)
	return func(tx *store.Tx) error {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, modelLocation, b.cfg.StockLocation, reasonStock); err != nil {
			return err
		}
		return errors.Join(b.odooWorks(tx, "stock"), b.done(tx, "stock"))
	}, nil
}

// modelLocation is what the checkpoints about the stock are about.
const modelLocation = "stock.location"

// errUntold is a machine that has not said yet what it counts its ingredients in.
var errUntold = errors.New("the machine has not told its ingredients yet")

// inWords are findings as one text.
func inWords(findings []connectors.Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Text+" "+f.Fix)
	}
	return strings.Join(all, " ")
}

// followStock goes on with what is left to send. Whoever waits for this job waits for the
// next as well.
func (b *Backend) followStock(tx *store.Tx, job queue.ID) error {
	_, err := queue.Enqueue(tx, b.d.Queue, StockKind, FlowArgs{b.cfg.Name}, queue.Options{IdentityKey: "stock/" + b.cfg.Name, Backend: b.cfg.Name, Follows: job})
	return err
}

// stockMachine is the machine whose stock is kept, and what it last told of its
// ingredients, which is kept where it is new.
func (b *Backend) stockMachine(ctx context.Context, step stepper, left leftover) (m ledger.Machine, told []ingredient, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		model, serial, ok := b.identity(tx)
		if !ok {
			return nil
		}
		if m, _, err = ledger.GetMachine(tx, model, serial); err != nil {
			return err
		}
		told, _, err = ingredients.Get(tx, b.cfg.Name)
		return err
	})
	if now := ingredientsOf(left.levels); err == nil && len(now) > 0 && !sameIngredients(now, told) {
		told = now
		err = step(ctx, func(tx *store.Tx) error { return ingredients.Put(tx, b.cfg.Name, now) })
	}
	return m, told, err
}

// stepper is a job's Step.
type stepper func(context.Context, func(*store.Tx) error) error

// stockFailed says what becomes of a job that could not go on, and tells a person where
// only a person can help. What was used stays in the ledger and is sent then.
func (b *Backend) stockFailed(ctx context.Context, step stepper, err error) error {
	class, message := odoo.ClassOf(err), ""
	refused, isRefused := errors.AsType[*odoo.LoadError](err)
	choice, isChoice := errors.AsType[*odoo.ChoiceError](err)
	switch {
	case errors.Is(err, queue.ErrLeaseLost):
		return err
	case isRefused:
		message = "Odoo does not take what was used: " + refused.Error()
	case isChoice:
		message = choice.Error()
	case errors.Is(err, errConfig):
		message = err.Error()
	case class == odoo.Denied, class == odoo.Refused:
		message = "Odoo refuses: " + strings.Join(strings.Fields(words(err)), " ")
	default:
		return b.odooFailed(ctx, "stock", step, err)
	}
	message = fmt.Sprintf("The stock of %s waits. %s Correct it; crema goes on by itself.", b.cfg.StockLocation, ended(message))
	if serr := step(ctx, func(tx *store.Tx) error {
		return b.tellPerson(tx, modelLocation, b.cfg.StockLocation, reasonStock, "%s", message)
	}); serr != nil {
		return serr
	}
	return queue.Snooze(err, lastWait)
}

// ended ends a sentence.
func ended(s string) string { return strings.TrimRight(s, ". ") + "." }
