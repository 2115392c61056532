package coffee

import (
	"errors"
	"fmt"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/store"
)

// dismissedByPerson is why a cup is never booked that a person has dismissed.
const dismissedByPerson = "by hand"

// answers are what a person can have done about a checkpoint, instead of reviewing it.
func (m *Machines) answers() {
	on := func(reason string, a connectors.Answer, do func(*Backend, *store.Tx, connectors.Checkpoint, string) error) {
		m.d.Checkpoints.OnAnswer(reason, a, func(tx *store.Tx, p connectors.Checkpoint, value string) error {
			b, err := m.Backend(tx, p.Backend)
			if errors.Is(err, connectors.ErrNoBackend) || errors.Is(err, ErrNoMachine) {
				return fmt.Errorf("%w: its backend is gone", connectors.ErrAnswer)
			}
			if err != nil {
				return err
			}
			return do(b, tx, p, value)
		})
	}
	on(reasonJournalGap, connectors.Answer{Name: "book", Label: "Book these cups"}, (*Backend).bookLost)
	on(reasonUnboundSlot, connectors.Answer{Name: "drink", Label: "Book its cups as this drink", Value: "Internal reference or id of the drink"}, (*Backend).giveDrink)
	dismiss := connectors.Answer{Name: "dismiss", Label: "Never book these cups"}
	for _, reason := range []string{reasonUnboundSlot, ledger.ReasonRefused, ledger.ReasonCurrency, ledger.ReasonTax, ledger.ReasonJump, ledger.ReasonInDoubt} {
		on(reason, dismiss, (*Backend).dismiss)
	}
}

// concerned are the parked cups that a checkpoint is about.
func (b *Backend) concerned(tx *store.Tx, p connectors.Checkpoint) []ledger.Cup {
	reason := p.Reason
	if reason == reasonUnboundSlot {
		reason = ledger.ReasonUnbound
	}
	var cups []ledger.Cup
	for c := range ledger.ParkedCups(tx, b.cfg.Name) {
		if c.Reason == reason && isAbout(p, c) {
			cups = append(cups, c)
		}
	}
	return cups
}

// isAbout tells whether the record that a checkpoint names stands for the cup. One of any
// other model, a product say, is about no cup.
func isAbout(p connectors.Checkpoint, c ledger.Cup) bool {
	switch {
	case p.Model == ModelCup:
		return p.Record == strconv.FormatUint(c.Seq, 10)
	case p.Model == ModelSlot && p.Reason == reasonUnboundSlot:
		return p.Record == soldAs{c.Slot, c.SlotName}.record()
	case p.Model == ModelSlot:
		return p.Record == strconv.Itoa(c.Slot)
	case p.Model == ModelMachine:
		return p.Record == c.Model+"/"+c.Serial
	default:
		return false
	}
}

// dismiss decides that the cups are never booked. They are behind the marks then: a lost
// card does not bring them back.
func (b *Backend) dismiss(tx *store.Tx, p connectors.Checkpoint, _ string) error {
	for _, c := range b.concerned(tx, p) {
		if err := ledger.Dismiss(tx, c.Seq, dismissedByPerson); err != nil {
			return err
		}
	}
	return nil
}

// giveDrink says which drink the cups are that a slot sold under a name that Odoo does not know.
func (b *Backend) giveDrink(tx *store.Tx, p connectors.Checkpoint, value string) error {
	var found []int64
	for d := range drinksOf(tx, b.cfg.Name) {
		if d.Code == value || strconv.FormatInt(d.Product, 10) == value {
			found = append(found, d.Product)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("%w: %d drinks of this machine in Odoo have the internal reference or id %q", connectors.ErrAnswer, len(found), value)
	}
	for _, c := range b.concerned(tx, p) {
		c.Product, c.State, c.Reason = found[0], ledger.Seen, ""
		if err := ledger.Update(tx, c); err != nil {
			return err
		}
	}
	_, err := b.enqueueSales(tx, 0)
	return err
}
