package apikey

import (
	"context"
	"fmt"
	"time"

	"crema/connectors"
	"crema/store"
)

const (
	// ReasonKeyEnds is the checkpoint of a key that ends soon.
	ReasonKeyEnds = "odoo_key_ends"

	// Model is the model of that checkpoint.
	Model = "odoo"

	early, urgent = 14 * day, 3 * day
)

// warns tells whether a person should know that the key ends, and how long it still holds. A key that will be
// replaced in time needs nobody.
func (k *Keeper) warns(u use) (left time.Duration, yes bool) {
	left, ends := k.left(u.Ends)
	if !ends || left > early {
		return left, false
	}
	return left, !k.c.Rotate || u.Cannot != "" || left <= k.threshold(u)
}

// tell keeps what was seen, and opens or closes the checkpoint about it.
func (k *Keeper) tell(tx *store.Tx, u use) error {
	old, err := k.Seen(tx)
	if err != nil {
		return err
	}
	left, yes := k.warns(u)
	if !yes {
		if err := k.c.Checkpoints.ResolveCheckpoint(tx, "", Model, "", ReasonKeyEnds); err != nil {
			return err
		}
		return k.see(tx, u.Seen)
	}
	message := k.message(u, left)
	u.Told = message
	if old.Told != message {
		if _, err := k.c.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Model: Model, Reason: ReasonKeyEnds, Message: message}); err != nil {
			return err
		}
	}
	return k.see(tx, u.Seen)
}

// message says it without a count of days, so that it changes twice and not each day.
func (k *Keeper) message(u use, left time.Duration) string {
	if left <= urgent {
		return fmt.Sprintf("%s on %s, in a few days: nothing is booked and no price comes down after that. %s", k.subject(u), date(u.Ends), k.fix(u))
	}
	return fmt.Sprintf("%s on %s. %s", k.subject(u), date(u.Ends), k.fix(u))
}

func (k *Keeper) subject(u use) string {
	if u.Several > 0 {
		return fmt.Sprintf("One of the %d API keys that crema's user has in Odoo, %q, ends", u.Several, u.Name)
	}
	return fmt.Sprintf("The API key of Odoo, %q, ends", u.Name)
}

func (k *Keeper) fix(u use) string {
	const byHand = "make a new key in Odoo (Preferences, Security), put it into the file of `api_key_file` under [odoo], and restart crema"
	switch {
	case !k.c.Rotate:
		return "Set `rotate_key` to true, or " + byHand + "."
	case u.Cannot == noCalls:
		return "This Odoo makes no keys by calls: " + byHand + "."
	case u.Cannot != "":
		return fmt.Sprintf("crema could not have another one made (%s). Have an administrator set the system parameter base.enable_programmatic_api_keys to True in Odoo, then crema does it by itself; or %s.", u.Cannot, byHand)
	default:
		return "crema tries each day to have another one made; should that not succeed, " + byHand + "."
	}
}

// Test looks when the key in use ends, without writing anything, and warns if that is soon.
func (k *Keeper) Test(ctx context.Context) ([]connectors.Finding, error) {
	keys, err := list(ctx, k.odoo)
	if err != nil {
		return nil, err
	}
	h, err := k.read()
	if given, failed := k.c.Given(); failed != nil || err != nil || h.Given != given { // as follow does
		h = kept{Given: given}
	}
	u, err := k.remember(k.which(h, keys))
	if err != nil {
		return nil, err
	}
	left, yes := k.warns(u)
	if !yes {
		return nil, nil
	}
	return []connectors.Finding{{Code: ReasonKeyEnds, Warning: true, Text: fmt.Sprintf("%s %s, on %s.", k.subject(u), inDays(left), date(u.Ends)), Fix: k.fix(u)}}, nil
}

func inDays(left time.Duration) string {
	if left < day {
		return "within a day"
	}
	return "in " + connectors.Counted(left/day, "day", "days")
}
