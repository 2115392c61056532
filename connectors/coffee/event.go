package coffee

import (
	"errors"
	"slices"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// What others can listen to, each in the commit that keeps it. All of it is read from a
// machine or from Odoo, so that no listener can undo it. What a machine did itself bears
// its backend as the origin; what came from Odoo, or crema wrote, bears none.
//
// An older snapshot of the store publishes anew what it learns anew: who tells others goes
// by the cup's key.
var (
	// CupMade is a cup that the ledger did not know yet.
	CupMade = connectors.NewTopic[ledger.Cup](ModelCup, "made")
	// CupBooked is a cup that is known to be in Odoo from now on.
	CupBooked = connectors.NewTopic[ledger.Cup](ModelCup, "booked")
	// AlarmRaised and AlarmCleared are an alarm's beginning and end, over restarts of both
	// sides. One that came and went between two polls is neither.
	AlarmRaised  = connectors.NewTopic[alarms.Alarm](ModelMachine, "alarm raised")
	AlarmCleared = connectors.NewTopic[alarms.Alarm](ModelMachine, "alarm cleared")
	// SlotWritten is a slot that holds something else, read back from the machine. Its id is
	// the slot's number.
	SlotWritten = connectors.Written[Held](ModelSlot)
	// The drinks of a backend, by product id. One that is archived, or leaves the category, is
	// deleted; one that comes back is created.
	DrinkCreated = connectors.Created[Drink](ModelProduct)
	DrinkWritten = connectors.Written[Drink](ModelProduct)
	DrinkDeleted = connectors.Deleted[Drink](ModelProduct)
)

// publish tells whoever listens of a fact about a backend.
func publish[E any](tx *store.Tx, b *Backend, topic connectors.Topic[E], origin string, at ledger.When, data E) error {
	if !connectors.Heard(b.d.Events, topic) {
		return nil
	}
	of, err := connectors.Backends{}.Get(tx, b.cfg.Name)
	if errors.Is(err, connectors.ErrNoBackend) {
		of, err = b.record, nil // a fact needs no record
	}
	if err != nil {
		return err
	}
	return connectors.PublishFact(tx, b.d.Events, topic, connectors.Event[E]{Backend: of, Origin: origin, At: at.Wall, Trust: at.Trust, Data: data})
}

// book notes that the order of Odoo with this id has the cup, and publishes it once.
func (b *Backend) book(tx *store.Tx, seq uint64, odooID int64) error {
	if !connectors.Heard(b.d.Events, CupBooked) {
		return ledger.Book(tx, seq, odooID)
	}
	was, err := ledger.Get(tx, seq)
	if err != nil || was.State == ledger.Booked {
		return err
	}
	if err := ledger.Book(tx, seq, odooID); err != nil {
		return err
	}
	now, err := ledger.Get(tx, seq)
	if err != nil {
		return err
	}
	return b.cupBooked(tx, now)
}

func (b *Backend) cupBooked(tx *store.Tx, c ledger.Cup) error {
	return publish(tx, b, CupBooked, b.cfg.Name, b.now(), c)
}

// slotWritten publishes that a slot that was known holds something else now.
func (b *Backend) slotWritten(tx *store.Tx, at ledger.When, old, now Held) error {
	fields := slotFields(old.Slot, now.Slot)
	if len(fields) == 0 {
		return nil
	}
	origin := b.cfg.Name // somebody at the panel
	if old.Intent != nil && sameSlot(now.Slot, old.Intent.New) {
		origin = ""
	}
	return publish(tx, b, SlotWritten, origin, at,
		connectors.RecordEvent[Held]{ID: strconv.Itoa(now.Slot.Number), Fields: fields, Record: now})
}

// slotFields are the fields in which two states of a slot differ, by their JSON names.
func slotFields(a, b device.Slot) []string {
	recipe := func(s device.Slot) device.Recipe {
		if s.Recipe == nil {
			return device.Recipe{}
		}
		return *s.Recipe
	}
	return differing(map[string]bool{
		"name": a.Name != b.Name, "price": a.Price != b.Price, "enabled": a.Enabled != b.Enabled,
		"volume": a.Volume != b.Volume, "recipe": recipe(a) != recipe(b),
	})
}

// drinkRead publishes what the catalogue found new of a drink.
func (b *Backend) drinkRead(tx *store.Tx, was, now Drink) error {
	e := connectors.RecordEvent[Drink]{ID: strconv.FormatInt(now.Product, 10), Record: now}
	topic := DrinkWritten
	switch {
	case was.Active && !now.Active:
		topic = DrinkDeleted
	case !was.Active && now.Active:
		topic = DrinkCreated
	case now.Active:
		e.Fields = drinkFields(was, now)
	}
	if topic == DrinkWritten && len(e.Fields) == 0 {
		return nil
	}
	return publish(tx, b, topic, "", b.now(), e)
}

// drinkFields are the fields in which two states of a drink differ, by their JSON names.
func drinkFields(a, b Drink) []string {
	return differing(map[string]bool{
		"code": a.Code != b.Code, "name": a.Name != b.Name, "fitted": a.Fitted != b.Fitted, "price": a.Price != b.Price,
		"tax_ids": !slices.Equal(a.TaxIDs, b.TaxIDs),
	})
}

// differing are the names of those that are true, in alphabetical order.
func differing(fields map[string]bool) (names []string) {
	for name, differs := range fields {
		if differs {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
