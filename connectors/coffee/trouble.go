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
// no attempt: the job waits, for weeks if need be, and goes on by itself.
func (b *Backend) odooFailed(ctx context.Context, step func(context.Context, func(*store.Tx) error) error, err error) error {
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
		reason, message = reasonOdoo, "Odoo does not accept the API key: make a new one in Odoo (Preferences, Security) and put it into the file of `odoo.api_key_file`."
	case class == odoo.Denied, class == odoo.Refused:
		reason, message = reasonOdoo, fmt.Sprintf("Odoo refuses what crema asks for: %s. Correct that in Odoo; crema tries again by itself.", words(err))
	default:
		return connectors.Outcome(err)
	}
	if serr := step(ctx, func(tx *store.Tx) error {
		if blocked != nil {
			if err := blockers.Put(tx, b.cfg.Name, blocker{Session: blocked.id, Closable: blocked.closable}); err != nil {
				return err
			}
		}
		_, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: b.cfg.Name, Model: ModelOdoo, Record: b.cfg.POS, Reason: reason, Message: message})
		return err
	}); serr != nil {
		return serr
	}
	return queue.Snooze(err, wait)
}

// errConfig is a configuration that Odoo does not bear out.
var errConfig = errors.New("the settings of the machine do not fit Odoo")

// odooWorks closes what odooFailed had opened.
func (b *Backend) odooWorks(tx *store.Tx) error {
	for _, reason := range []string{reasonSession, reasonOdoo} {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelOdoo, b.cfg.POS, reason); err != nil {
			return err
		}
	}
	return nil
}

// words is what went wrong, for people: Odoo's own words where there are any.
func words(err error) string { return odoo.Plain(err) }
