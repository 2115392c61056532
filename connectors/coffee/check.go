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

// Finding is one thing that keeps a backend from working, in words for the person
// who can mend it.
type Finding struct {
	Code string // stable, for programs
	Text string // what is wrong
	Fix  string // what to do
}

// Test looks at the machine and at all that Odoo must have for it, without writing
// anything, and returns what is missing. No findings mean that all is well: then the
// backend goes to production, and its flows are started, or need wait no longer for
// their retry.
func (b *Backend) Test(ctx context.Context) ([]Finding, error) {
	findings := b.testMachine(ctx)
	more, err := b.testOdoo(ctx)
	if err != nil {
		return nil, err
	}
	if findings = append(findings, more...); len(findings) > 0 {
		return findings, nil
	}
	return nil, b.d.Store.Update(ctx, func(tx *store.Tx) error { return b.passed(tx) })
}

// tryFor is how long a test waits for a machine that it is tried to connect to; with one
// that is silent a try takes some two seconds.
const tryFor = 5 * time.Second

func (b *Backend) testMachine(ctx context.Context) []Finding {
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
		return []Finding{{"machine_model", text, "Correct `version` in the configuration, or plug the cable into the other machine."}}
	case device.LinkLoginRefused:
		return []Finding{{"machine_login", text, "Correct `username` and the file of `password_file`."}}
	case device.LinkLockedOut:
		return []Finding{{"machine_locked_out", text, "Correct the password and wait: the machine takes no login for a minute after five wrong ones."}}
	default:
		return []Finding{{"machine_away", text, "Switch the machine on and check the cable and `port`."}}
	}
}

// testOdoo asks Odoo for each thing that the flows need. What can't be asked because
// an earlier answer is missing is not reported: mend one thing, test again.
func (b *Backend) testOdoo(ctx context.Context) ([]Finding, error) {
	c := b.d.Odoo
	v, err := c.Probe(ctx)
	if err != nil {
		return b.finding(err, "odoo_away", "Check `url`, the network, and that Odoo runs.")
	}
	if v.Major < 19 {
		return []Finding{{"odoo_version", fmt.Sprintf("Odoo is version %s; crema needs 19 or later.", v.Text), "Update Odoo."}}, nil
	}
	b.forgetShop()
	shop, err := b.readShop(ctx)
	if err != nil {
		return b.finding(err, "odoo_pos", "Correct `pos`, or give the user rights on the point of sale (Point of Sale / User).")
	}
	var findings []Finding
	for _, kind := range []string{"default", "cash", "card", "badge"} {
		if kind != "default" && b.cfg.Payment[kind] == "" {
			continue
		}
		if _, err := shop.method(b.cfg, kind); err != nil {
			findings = append(findings, Finding{"odoo_payment", "Payment: " + err.Error() + ".", "Correct `payment`."})
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
		findings = append(findings, Finding{"odoo_no_drinks", fmt.Sprintf("The POS category %q has no product that is available in the POS.", b.cfg.POSCategory),
			"Put the drinks into the category and tick Point of Sale on them."})
	}
	for _, model := range []string{"pos.order", "pos.session"} {
		may, err := c.HasAccess(ctx, model, "create")
		if err != nil {
			more, err := b.finding(err, "odoo_rights", "Install Point of Sale, and give the user its rights.")
			return append(findings, more...), err
		}
		if !may {
			findings = append(findings, Finding{"odoo_rights", "The user may not create " + model + ".", "Give the user the rights of Point of Sale / User."})
		}
	}
	return findings, nil
}

// finding turns what Odoo answered into words; an error that says nothing about
// Odoo (the context ended, the store failed) stays one.
func (b *Backend) finding(err error, code, fix string) ([]Finding, error) {
	var answer *odoo.Error
	var choice *odoo.ChoiceError
	switch {
	case errors.As(err, &choice):
		return []Finding{{code, choice.Error(), fix}}, nil
	case errors.As(err, &answer) && answer.Class == odoo.Stop:
		return []Finding{{"odoo_key", "Odoo does not accept the API key.", "Make a new key in Odoo (Preferences, Security) and put it into the file of `api_key_file`."}}, nil
	case errors.Is(err, odoo.ErrNoDatabase):
		return []Finding{{"odoo_database", "Odoo: " + words(err) + ".", "Check `database`, and that Odoo's database runs."}}, nil
	case errors.As(err, &answer) && (answer.Class == odoo.Transient || answer.Class == odoo.Unknown):
		return []Finding{{"odoo_away", "Odoo: " + words(err) + ".", "Check `url`, the network, and that Odoo runs."}}, nil
	case errors.As(err, &answer):
		return []Finding{{code, "Odoo: " + words(err) + ".", fix}}, nil
	default:
		return nil, err
	}
}

// passed is the commit of a good test.
func (b *Backend) passed(tx *store.Tx) error {
	if err := (connectors.Backends{}).SetState(tx, b.cfg.Name, connectors.Production); err != nil {
		return err
	}
	if err := b.odooWorks(tx); err != nil {
		return err
	}
	tx.OnCommit(func() { b.tested.Store(true) })
	for _, flow := range []string{"catalogue", "sales"} {
		if _, err := b.enqueueFlow(tx, flow, true); err != nil {
			return err
		}
	}
	return nil
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
		_, err := queue.Enqueue(tx, b.d.Queue, TestKind, FlowArgs{b.cfg.Name},
			queue.Options{IdentityKey: "test/" + b.cfg.Name, Backend: b.cfg.Name, PullForward: true})
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

// testJob tests a backend until it is well: that is how a backend of the file gets
// to production by itself.
func (b *Backend) testJob(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	findings, err := b.Test(ctx)
	if err != nil {
		return nil, odoo.JobError(err)
	}
	if len(findings) == 0 {
		job.SetResult("all is well")
		return nil, nil
	}
	f := findings[0]
	wait := 10 * time.Minute
	if f.Code == "odoo_away" || f.Code == "odoo_database" {
		// Soon after a restart of Odoo's; of one that is away for weeks each try is two commits.
		wait = min(max(b.d.Clock.Now().Sub(b.d.Odoo.Status().FailingSince)/2, 30*time.Second), wait)
	}
	return nil, queue.Snooze(fmt.Errorf("%s %s", f.Text, f.Fix), wait)
}
