package coffee

import (
	"context"
	"fmt"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// checkPOS looks for the point of sale, and what belongs to it.
func checkPOS(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	b.forgetShop()
	shop, err := b.readShop(ctx)
	if err != nil {
		return b.finding(err, "odoo_pos", "Correct `pos`, make the point of sale in Odoo (Point of Sale, Configuration), or give the user the right \"Point of Sale / User\" (Settings, Users).")
	}
	c.shop = shop
	if !shop.Config.Active {
		return []connectors.Finding{{Code: "odoo_pos", Text: fmt.Sprintf("The point of sale %q is archived.", shop.Config.Name), Fix: "Bring it back in Odoo (Point of Sale, Configuration), or name another in `pos`."}}, nil
	}
	return nil, nil
}

// checkSession looks whether somebody else sells at the point of sale, who has to end first.
func checkSession(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	if c.shop == nil || c.shop.Config.Session == 0 {
		return nil, nil
	}
	open, found, err := pos.OpenSession(ctx, b.d.Odoo, c.shop.Config.ID)
	if err != nil || !found {
		if err == nil {
			return nil, nil
		}
		return b.finding(err, "odoo_session", "Give the user the right \"Point of Sale / User\" (Odoo: Settings, Users).")
	}
	noted, ofCrema := ledger.ParseNote(string(open.Note))
	ours, err := b.knows(c.shop, noted)
	switch {
	case err != nil || ofCrema && ours:
		return nil, err
	case !ofCrema && open.State == pos.OpeningControl && int64(open.User) == c.shop.User.ID:
		return nil, nil // crema's own, which is taken over
	case ofCrema:
		return []connectors.Finding{{Code: "odoo_session", Warning: true, Text: fmt.Sprintf("At the point of sale %q the machine %s/%s has a session open.", c.shop.Config.Name, noted.Model, noted.Serial),
			Fix: "If that machine is another board's, or another of this one, give each a point of sale of its own. If it was here before, nothing is to be done: its session is closed when its cups are booked."}}, nil
	}
	return []connectors.Finding{{Code: "odoo_session", Text: fmt.Sprintf("At the point of sale %q somebody else has the session %s open. The machine's cups wait until it is closed.", c.shop.Config.Name, sessionName(open)),
		Fix: "Close it " + inOdooSessions + ", or give the machine a point of sale of its own."}}, nil
}

// knows tells whether the machine of a note is on this backend's line, or was here before.
func (b *Backend) knows(s *shop, of ledger.Marks) (is bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		if model, serial, ok := b.identity(tx); !ok || model == of.Model && serial == of.Serial {
			is = true // one that was never connected may be the one
			return nil
		}
		is, err = b.wasHere(tx, s, of)
		return err
	})
	return is, err
}

// checkPayment looks for a payment method for each kind of payment that a machine may tell.
func checkPayment(_ context.Context, b *Backend, c *checkup) (findings []connectors.Finding, _ error) {
	if c.shop == nil {
		return nil, nil
	}
	told := map[string]bool{}
	tell := func(code, text, fix string) {
		if !told[code+text] {
			told[code+text] = true
			findings = append(findings, connectors.Finding{Code: code, Text: text, Fix: fix})
		}
	}
	if len(c.shop.Methods) == 0 {
		tell("odoo_payment", fmt.Sprintf("The point of sale %q has no payment method.", c.shop.Config.Name), "Add one in Odoo (Point of Sale, Configuration, Payment Methods).")
		return findings, nil
	}
	for _, kind := range kindsOfPayment {
		if kind != "default" && b.cfg.Payment[kind] == "" {
			continue
		}
		id, err := c.shop.method(b.cfg, kind)
		if err != nil {
			text := strings.TrimPrefix(err.Error(), errConfig.Error()+": ")
			tell("odoo_payment", "Payment: "+text+".", "Correct `payment`, or add the method to the point of sale in Odoo (Point of Sale, Configuration, Payment Methods).")
			continue
		}
		for _, m := range c.shop.Methods {
			if m.ID == id && (m.Split || m.Type == "pay_later") {
				tell("odoo_payment_customer", fmt.Sprintf("The payment method %q wants a customer with each payment, and a machine knows none.", m.Name),
					"Name another in `payment`, or take \"Identify Customer\" off it in Odoo (Point of Sale, Configuration, Payment Methods).")
			}
		}
	}
	return findings, nil
}

// checkLocked looks whether the accounts are closed for the days of today's sales. Where Odoo
// does not say, a closing that it refuses does.
func checkLocked(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	if c.shop == nil || !b.d.Clock.Trusted() {
		return nil, nil
	}
	locks, err := pos.ReadLockDates(ctx, b.d.Odoo, int64(c.shop.Company.ID))
	if class := odoo.ClassOf(err); err != nil && (class == odoo.Refused || class == odoo.Denied) {
		return nil, nil
	}
	if err != nil {
		return b.finding(err, "odoo_locked", "Look in Odoo whether the accounts are closed (Accounting, Lock Dates).")
	}
	today := b.d.Clock.Now().In(b.d.Zone).Format(time.DateOnly)
	if last := locks.Last(); last >= today {
		return []connectors.Finding{{Code: "odoo_locked", Text: fmt.Sprintf("The accounts of %q are locked up to %s: sessions with sales of today can't be closed.", c.shop.Company.Name, last),
			Fix: "Move the lock date in Odoo (Accounting, Actions, Lock Dates) before today."}}, nil
	}
	return nil, nil
}
