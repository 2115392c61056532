package ledger

import (
	"fmt"

	"crema/store"
)

// Add puts a cup into the ledger as seen, or in the state that it bears, and returns
// it with its number and uuid. It returns false, and the cup as it is known, where the
// key is known: nothing changes then.
func Add(tx *store.Tx, c Cup) (Cup, bool, error) {
	if known, ok, err := ByKey(tx, c.Key); err != nil || ok {
		return known, false, err
	}
	seq, err := cups.Next(tx)
	if err != nil {
		return c, false, fmt.Errorf("add cup %s: %w", c.Key, err)
	}
	c.Seq, c.UUID = seq, OrderUUID(c.Key)
	if c.State == "" {
		c.State = Seen
	}
	if err := byKey.Put(tx, c.Key, seq); err != nil {
		return c, false, fmt.Errorf("add cup %s: %w", c.Key, err)
	}
	if err := allCups.Put(tx, store.Pair[string, uint64]{A: c.Backend, B: seq}, struct{}{}); err != nil {
		return c, false, fmt.Errorf("add cup %s: %w", c.Key, err)
	}
	if err := put(tx, c, ""); err != nil {
		return c, false, err
	}
	return c, true, tally(tx, c, +1)
}

// put stores a cup and its indexes; was is its state before.
func put(tx *store.Tx, c Cup, was State) error {
	if err := cups.Put(tx, c.Seq, c); err != nil {
		return fmt.Errorf("store cup %s: %w", c.Key, err)
	}
	if err := index(tx, c, was); err != nil {
		return fmt.Errorf("index cup %s: %w", c.Key, err)
	}
	return nil
}

// get reads a cup that must be there.
func get(tx *store.Tx, seq uint64) (Cup, error) {
	c, ok, err := cups.Get(tx, seq)
	if err != nil {
		return c, fmt.Errorf("read cup %d: %w", seq, err)
	}
	if !ok {
		return c, fmt.Errorf("cup %d: %w", seq, ErrUnknownCup)
	}
	return c, nil
}

// Book notes that the order of Odoo with this id has the cup. It is final; to book
// it again changes nothing. A parked or dismissed cup that turns out to be in Odoo is
// booked too: Odoo says what is.
func Book(tx *store.Tx, seq uint64, odooID int64) error {
	c, err := get(tx, seq)
	if err != nil || c.State == Booked {
		return err
	}
	was := c.State
	c.State, c.Reason, c.OdooID = Booked, "", odooID
	if err := put(tx, c, was); err != nil {
		return err
	}
	if was == Dismissed { // counted again, since it was sold after all
		return tally(tx, c, +1)
	}
	return nil
}

// Park holds an open cup back for the reason given. ErrBooked, ErrDismissed.
func Park(tx *store.Tx, seq uint64, reason string) error {
	return change(tx, seq, func(c *Cup) { c.State, c.Reason = Parked, reason })
}

// Release makes a parked cup bookable again; of a seen one nothing changes.
// ErrBooked, ErrDismissed.
func Release(tx *store.Tx, seq uint64) error {
	return change(tx, seq, func(c *Cup) { c.State, c.Reason = Seen, "" })
}

// Dismiss decides that an open cup will not be booked. It leaves the day's counts.
// ErrBooked.
func Dismiss(tx *store.Tx, seq uint64, reason string) error {
	c, err := get(tx, seq)
	if err != nil || c.State == Dismissed {
		return err
	}
	if c.State == Booked {
		return fmt.Errorf("cup %s: %w", c.Key, ErrBooked)
	}
	if err := tally(tx, c, -1); err != nil {
		return err
	}
	was := c.State
	c.State, c.Reason = Dismissed, reason
	return put(tx, c, was)
}

// Update replaces an open cup: its drink, price, time, and its state (seen or parked)
// with the reason. What names it (key, machine, number, slot) stays as it was.
// ErrBooked, ErrDismissed.
func Update(tx *store.Tx, with Cup) error {
	return change(tx, with.Seq, func(c *Cup) {
		c.Kind, c.Product, c.SlotName, c.Price = with.Kind, with.Product, with.SlotName, with.Price
		c.Payment, c.Badge, c.Used = with.Payment, with.Badge, with.Used
		c.Time, c.TimeTrust, c.Day = with.Time, with.TimeTrust, with.Day
		if with.Open() {
			c.State, c.Reason = with.State, with.Reason
		}
	})
}

// change alters an open cup that stays open.
func change(tx *store.Tx, seq uint64, with func(*Cup)) error {
	c, err := get(tx, seq)
	switch {
	case err != nil:
		return err
	case c.State == Booked:
		return fmt.Errorf("cup %s: %w", c.Key, ErrBooked)
	case c.State == Dismissed:
		return fmt.Errorf("cup %s: %w", c.Key, ErrDismissed)
	}
	if err := tally(tx, c, -1); err != nil {
		return err
	}
	was := c.State
	with(&c)
	if err := tally(tx, c, +1); err != nil {
		return err
	}
	return put(tx, c, was)
}
