package coffee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

// odooFailed says what becomes of a job that Odoo failed, and tells a person where
// only a person can help. step commits that on the way, since a failed job commits
// nothing itself.
//
// What Odoo did not answer, and what it can't answer until somebody has acted, costs
// no attempt: the job waits, for weeks if need be, and goes on by itself. What one flow
// opens is closed by that flow alone, but the key is that of all.
func (b *Backend) odooFailed(ctx context.Context, flow string, step func(context.Context, func(*store.Tx) error) error, err error) error {
	reason, message := "", ""
	wait := 10 * time.Minute
	var choice *odoo.ChoiceError
	var blocked *sessionError
	switch class := odoo.ClassOf(err); {
	case errors.As(err, &blocked):
		reason, message = reasonSession, blocked.text
		wait = 5 * time.Minute
	case errors.As(err, &choice), errors.Is(err, errConfig):
		reason, message = reasonOdoo, strings.TrimPrefix(err.Error(), "odoo: ")
		b.forgetShop() // it may be corrected before that is due
	case class == odoo.Stop:
		flow = keyTrouble
		reason, message = reasonOdoo, "Odoo does not accept the API key: make a new one in Odoo (Preferences, Security) and put it into the file of `odoo.api_key_file`."
	case class == odoo.Denied, class == odoo.Refused:
		reason, message = reasonOdoo, fmt.Sprintf("Odoo refuses what crema asks for: %s. Correct that in Odoo; crema tries again by itself.", words(err))
	default:
		return connectors.Outcome(err)
	}
	if serr := step(ctx, func(tx *store.Tx) error {
		if blocked != nil {
			last, _, err := blockers.Get(tx, b.cfg.Name)
			if err != nil {
				return err
			}
			// A person may have asked for it to be closed while the job ran.
			asked := last.Close && last.Session == blocked.id && blocked.closable && !blocked.tried
			if err := blockers.Put(tx, b.cfg.Name, blocker{Session: blocked.id, Closable: blocked.closable, Close: asked}); err != nil {
				return err
			}
		}
		_, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: b.cfg.Name, Model: ModelOdoo, Record: b.troubled(flow), Reason: reason, Message: message})
		return err
	}); serr != nil {
		return serr
	}
	return queue.Snooze(odoo.Worded(err), wait)
}

// errConfig is a configuration that Odoo does not bear out.
var errConfig = errors.New("the settings of the machine do not fit Odoo")

// keyTrouble stands for a flow where Odoo does not accept the key: none of them works.
const keyTrouble = "api_key"

// troubled is the record of the checkpoint of a flow that Odoo refuses: the point of sale
// itself for the bookings.
func (b *Backend) troubled(flow string) string {
	if flow == "sales" {
		return b.cfg.POS
	}
	return b.cfg.POS + "/" + flow
}

// odooWorks closes what odooFailed had opened about Odoo for these flows.
func (b *Backend) odooWorks(tx *store.Tx, flows ...string) error {
	for _, flow := range append(flows, keyTrouble) {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.troubled(flow), reasonOdoo); err != nil {
			return err
		}
	}
	return nil
}

// nobodyWaits closes what is open about the bookings: there are none.
func (b *Backend) nobodyWaits(tx *store.Tx) error {
	return errors.Join(b.nobodyLeft(tx), b.nobodyBlocked(tx))
}

// nobodyBlocked closes what odooFailed had opened for the bookings: no cup waits for it.
func (b *Backend) nobodyBlocked(tx *store.Tx) error {
	return errors.Join(
		b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.cfg.POS, reasonSession),
		b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.cfg.POS, reasonOdoo))
}

// words is what went wrong, for people: Odoo's own words where there are any.
func words(err error) string { return odoo.Plain(err) }
