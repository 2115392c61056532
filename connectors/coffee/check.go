package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// test looks at the machine and at all that Odoo must have for it, without writing
// anything, and returns what is missing.
func (b *Backend) test(ctx context.Context) ([]connectors.Finding, error) {
	findings := b.testMachine(ctx)
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

// testOdoo asks Odoo for each thing that the flows need. What can't be asked because
// an earlier answer is missing is not reported: mend one thing, test again.
func (b *Backend) testOdoo(ctx context.Context) ([]connectors.Finding, error) {
	c := b.d.Odoo
	v, err := c.Probe(ctx)
	if err != nil {
		return b.finding(err, "odoo_away", "Check `url`, the network, and that Odoo runs.")
	}
	if v.Major < 19 {
		return []connectors.Finding{{Code: "odoo_version", Text: fmt.Sprintf("Odoo is version %s; crema needs 19 or later.", v.Text), Fix: "Update Odoo."}}, nil
	}
	b.forgetShop()
	shop, err := b.readShop(ctx)
	if err != nil {
		return b.finding(err, "odoo_pos", "Correct `pos`, or give the user rights on the point of sale (Point of Sale / User).")
	}
	var findings []connectors.Finding
	for _, kind := range []string{"default", "cash", "card", "badge"} {
		if kind != "default" && b.cfg.Payment[kind] == "" {
			continue
		}
		if _, err := shop.method(b.cfg, kind); err != nil {
			findings = append(findings, connectors.Finding{Code: "odoo_payment", Text: "Payment: " + err.Error() + ".", Fix: "Correct `payment`."})
		}
	}
	category, err := product.FindCategory(ctx, c, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		more, err := b.finding(err, "odoo_category", "Correct `pos_category`, or add the category in Odoo.")
		return append(findings, more...), err
	}
	drinks, err := product.Drinks(ctx, c, product.Query{Category: category.ID, Lang: b.cfg.Language})
	if err != nil {
		more, err := b.finding(err, "odoo_products", "Give the user the right to read products.")
		return append(findings, more...), err
	}
	if len(drinks) == 0 {
		findings = append(findings, connectors.Finding{Code: "odoo_no_drinks", Text: fmt.Sprintf("The POS category %q has no product that is available in the POS.", b.cfg.POSCategory),
			Fix: "Put the drinks into the category and tick Point of Sale on them."})
	}
	for _, model := range []string{"pos.order", "pos.session"} {
		may, err := c.HasAccess(ctx, model, "create")
		if err != nil {
			more, err := b.finding(err, "odoo_rights", "Install Point of Sale, and give the user its rights.")
			return append(findings, more...), err
		}
		if !may {
			findings = append(findings, connectors.Finding{Code: "odoo_rights", Text: "The user may not create " + model + ".", Fix: "Give the user the rights of Point of Sale / User."})
		}
	}
	return findings, nil
}

// finding turns what Odoo answered into words; an error that says nothing about
// Odoo (the context ended, the store failed) stays one.
func (b *Backend) finding(err error, code, fix string) ([]connectors.Finding, error) {
	var answer *odoo.Error
	var choice *odoo.ChoiceError
	switch {
	case errors.As(err, &choice):
		return []connectors.Finding{{Code: code, Text: choice.Error(), Fix: fix}}, nil
	case errors.As(err, &answer) && answer.Class == odoo.Stop:
		return []connectors.Finding{{Code: "odoo_key", Text: "Odoo does not accept the API key.", Fix: "Make a new key in Odoo (Preferences, Security) and put it into the file of `api_key_file`."}}, nil
	case errors.Is(err, odoo.ErrNoDatabase):
		return []connectors.Finding{{Code: "odoo_database", Text: "Odoo: " + words(err) + ".", Fix: "Check `database`, and that Odoo's database runs."}}, nil
	case errors.As(err, &answer) && (answer.Class == odoo.Transient || answer.Class == odoo.Unknown):
		return []connectors.Finding{{Code: "odoo_away", Text: "Odoo: " + words(err) + ".", Fix: "Check `url`, the network, and that Odoo runs."}}, nil
	case errors.As(err, &answer):
		return []connectors.Finding{{Code: code, Text: "Odoo: " + words(err) + ".", Fix: fix}}, nil
	default:
		return nil, err
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
