package coffee

import (
	"context"
	"errors"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// test looks at the machine and at all that Odoo must have for it, without writing
// anything, and returns what is missing.
func (b *Backend) test(ctx context.Context) ([]connectors.Finding, error) {
	findings := append(b.testMachine(ctx), b.checkWired()...)
	more, err := b.testOdoo(ctx)
	if err != nil {
		return nil, err
	}
	return append(findings, more...), nil
}

// tryFor is how long a test waits for a machine that it is tried to connect to; with one
// that is silent a try takes some two seconds.
const tryFor = 5 * time.Second

func (b *Backend) testMachine(ctx context.Context) []connectors.Finding {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	b.link.Retry(ctx)
	h := b.link.Health()
	text := "The machine does not answer."
	if h.Err != nil {
		text = "The machine: " + h.Err.Error() + "."
	}
	if errors.Is(h.Err, errTwin) {
		return []connectors.Finding{{Code: "machine_twin", Text: text, Fix: "Give each machine a serial number of its own (its maker sets it), or take one of the two backends out."}}
	}
	switch h.State {
	case device.LinkConnected:
		return nil
	case device.LinkWrongModel:
		return []connectors.Finding{{Code: "machine_model", Text: text, Fix: "Correct `version` of the backend, or plug the cable into the other machine."}}
	case device.LinkLoginRefused:
		return []connectors.Finding{{Code: "machine_login", Text: text, Fix: "Correct `username` and the password: under Edit, or in the file of `password_file`."}}
	case device.LinkLockedOut:
		return []connectors.Finding{{Code: "machine_locked_out", Text: text, Fix: "Correct the password and wait: the machine takes no login for a minute after five wrong ones."}}
	default:
		return []connectors.Finding{{Code: "machine_away", Text: text, Fix: "Switch the machine on and check the cable and `port`."}}
	}
}

// anchorNow asks at once where the books of a machine stand that has no cursor yet: the
// job may wait for long, or somebody may have ended it. parent waits for the answer.
func (b *Backend) anchorNow(tx *store.Tx, parent queue.ID) error {
	model, serial, ok := b.identity(tx)
	if !ok {
		return nil
	}
	m, found, err := ledger.GetMachine(tx, model, serial)
	if err != nil || !found || m.Known {
		return err
	}
	return b.enqueueAnchor(tx, model, serial, parent)
}

// askForTest has the backend tested, unless it was since the program started, and the
// slots written that differ from what they shall hold: their jobs may wait for long. The
// machine's goroutine calls it at the first poll of each connection: only then does the
// link say that the machine is there.
func (b *Backend) askForTest(ctx context.Context) error {
	return b.d.Store.Update(ctx, func(tx *store.Tx) error {
		if m, _, err := ledger.GetMachine(tx, b.id.Model, b.id.Serial); err != nil || m.Known {
			if err := errors.Join(err, b.writeSlots(tx)); err != nil {
				return err
			}
		}
		if b.tested.Load() {
			return nil
		}
		_, err := b.d.EnqueueTest(tx, b.cfg.Name)
		return err
	})
}

// writeSlots asks for all slots to be made as they are wanted.
func (b *Backend) writeSlots(tx *store.Tx) error {
	for h := range heldSlots(tx, b.cfg.Name) {
		if _, _, differs, err := b.wantNow(tx, h.Slot.Number); err != nil {
			return err
		} else if !differs {
			continue
		}
		if _, err := b.enqueueSlot(tx, h.Slot.Number, 0); err != nil {
			return err
		}
	}
	return nil
}
