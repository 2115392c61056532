package stock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// mostParts is how many transfers one job makes at most: bookings wait for it meanwhile.
const mostParts = 8

// again is how long a job waits for what a person or the machine has to do.
const again = 10 * time.Minute

// Keep sends to Odoo what cups have used, and what the machine says is left of each ingredient.
// It runs in the channel of the bookings: a drink that is a kit takes its ingredients by its
// booking, and that must not come between a reading and its count. id is that of the job, and m
// the machine, of which is known where its books stand.
func (f *Flow) Keep(ctx context.Context, id queue.ID, job Job, m ledger.Machine, left Left) (queue.Done, error) {
	told, err := f.toldIngredients(ctx, job, left)
	if err != nil {
		return nil, err
	}
	if len(told) == 0 {
		return nil, queue.Snooze(errUntold, again)
	}
	room, findings, err := f.stockroom(ctx, told)
	if err == nil && len(findings) > 0 {
		err = fmt.Errorf("%w: %s", errSetUp, inWords(findings))
	}
	if err != nil {
		return nil, f.failed(ctx, job, err)
	}
	used, err := f.sendUsed(ctx, job, room, m)
	if err != nil {
		return nil, f.failed(ctx, job, err)
	}
	if used.more {
		job.SetResult(used.String())
		return func(tx *store.Tx) error { return f.deps.Follow(tx, id) }, nil
	}
	counted, err := f.sendLevels(ctx, room, m, left, used.next)
	if err != nil {
		return nil, f.failed(ctx, job, err)
	}
	job.SetResult(used.String() + "; " + counted)
	return func(tx *store.Tx) error {
		if err := f.deps.Checkpoints.ResolveCheckpoint(tx, f.deps.Backend, modelLocation, f.deps.Location, reasonStock); err != nil {
			return err
		}
		return f.deps.Done(tx)
	}, nil
}

// errSetUp is an Odoo that is not set up for the stock.
var errSetUp = errors.New("the settings of the machine do not fit Odoo")

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

// toldIngredients are those that the machine told last, which are kept where they are new.
func (f *Flow) toldIngredients(ctx context.Context, job Job, left Left) (told []ingredient, err error) {
	err = f.deps.Store.View(func(tx *store.Tx) (err error) {
		told, _, err = ingredients.Get(tx, f.deps.Backend)
		return err
	})
	if now := ingredientsOf(left.Levels); err == nil && len(now) > 0 && !slices.Equal(now, told) {
		told = now
		err = job.Step(ctx, func(tx *store.Tx) error { return ingredients.Put(tx, f.deps.Backend, now) })
	}
	return told, err
}

// failed says what becomes of a job that could not go on, and tells a person where
// only a person can help. What was used stays in the ledger and is sent then.
func (f *Flow) failed(ctx context.Context, job Job, err error) error {
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
	case errors.Is(err, errSetUp):
		message = err.Error()
	case class == odoo.Denied, class == odoo.Refused:
		message = "Odoo refuses: " + strings.Join(strings.Fields(odoo.Plain(err)), " ")
	default:
		return f.deps.Failed(ctx, job, err)
	}
	message = fmt.Sprintf("The stock of %s waits. %s Correct it; crema goes on by itself.", f.deps.Location, ended(message))
	if serr := job.Step(ctx, func(tx *store.Tx) error {
		return f.tellPerson(tx, modelLocation, f.deps.Location, reasonStock, "%s", message)
	}); serr != nil {
		return serr
	}
	return queue.Snooze(err, again)
}

// ended ends a sentence.
func ended(s string) string { return strings.TrimRight(s, ". ") + "." }
