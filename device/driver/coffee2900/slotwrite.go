package coffee2900

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"crema/device"
)

// What a slot can hold (manual 2, Slots).
const (
	nameMax  = 40
	priceMax = 1_000_000
)

// WriteSlot changes slot old.Number, if it is still at revision old.Rev, and reads it
// back. A change of nothing only compares the revision. A price without a currency
// leaves the slot's currency. Errors: device.ErrBadArgument for what a slot can't
// hold, by name, and nothing is sent; *device.RevDiffersError, device.ErrMemory:
// nothing was written; device.ErrOutcomeUnknown: read the slot, nothing tells, or what
// was written could not be read back.
func (m *Machine) WriteSlot(ctx context.Context, old device.Slot, c device.SlotChange) (device.Slot, error) {
	if err := checkChange(old, c); err != nil {
		return device.Slot{}, fmt.Errorf("%s: slot %d: %w", opSlotWrite, old.Number, err)
	}
	f, h, err := m.try(ctx, writeRequest(old, c))
	var differs *device.RevDiffersError
	if errors.As(err, &differs) && h.relogin {
		return m.wroteBefore(ctx, old, c, h, err)
	}
	if err != nil {
		return device.Slot{}, err
	}
	f.uint(2, numberMax)
	now, err := m.ReadSlot(ctx, old.Number)
	if err := errors.Join(f.fault(), err); err != nil {
		return device.Slot{}, unknown(opSlotWrite, 1, fmt.Errorf("slot %d was written: %w", old.Number, err))
	}
	return now, nil
}

// wroteBefore is for a slot found at another revision after the machine was restarted
// in the middle of the write: the revision may have moved by the write itself, whose
// reply was lost with the restart. What the slot holds decides.
func (m *Machine) wroteBefore(ctx context.Context, old device.Slot, c device.SlotChange, h history, refused error) (device.Slot, error) {
	now, err := m.ReadSlot(ctx, old.Number)
	if err != nil {
		return device.Slot{}, unknown(opSlotWrite, 1, err)
	}
	if now.Rev == old.Rev+1 && holds(now, c) {
		return now, nil
	}
	if h.before <= 1 {
		return device.Slot{}, refused // 18 at its one transmission, then 20: never written
	}
	return device.Slot{}, unknown(opSlotWrite, h.before, refused)
}

// holds tells whether s is as c wants it.
func holds(s device.Slot, c device.SlotChange) bool {
	return (c.Name == nil || *c.Name == s.Name) &&
		(c.Price == nil || c.Price.Amount == s.Price.Amount && (c.Price.Currency == "" || c.Price.Currency == s.Price.Currency)) &&
		(c.Enabled == nil || *c.Enabled == s.Enabled) &&
		(c.Recipe == nil || s.Recipe != nil && *c.Recipe == *s.Recipe)
}

func writeRequest(old device.Slot, c device.SlotChange) *request {
	r := newRequest(opSlotWrite).uint(1, uint64(old.Number)).uint(2, old.Rev)
	if c.Name != nil {
		r.text(3, *c.Name)
	}
	if c.Price != nil {
		r.uint(4, uint64(c.Price.Amount))
		if c.Price.Currency != "" {
			r.text(5, c.Price.Currency)
		}
	}
	if c.Enabled != nil {
		r.bool(6, *c.Enabled)
	}
	if p := c.Recipe; p != nil {
		r.uintMap(7, uint64(p.Coffee), uint64(p.Water), uint64(p.Milk), uint64(p.Temperature))
	}
	return r
}

// checkChange refuses what the machine can't hold, by name.
func checkChange(old device.Slot, c device.SlotChange) error {
	if err := checkSlot(opSlotWrite, old.Number); err != nil {
		return err
	}
	bad := func(format string, a ...any) error {
		return fmt.Errorf(format+": %w", append(a, device.ErrBadArgument)...)
	}
	if n := c.Name; n != nil && (len(*n) < 1 || len(*n) > nameMax || !utf8.ValidString(*n)) {
		return bad("name %q, want 1 to %d octets of UTF-8", *n, nameMax)
	}
	if p := c.Price; p != nil {
		if p.Amount < 0 || p.Amount > priceMax {
			return bad("price %d, want 0 to %d", p.Amount, priceMax)
		}
		if p.Currency != "" && !isCurrency(p.Currency) {
			return bad("currency %q, want an ISO 4217 code", p.Currency)
		}
	}
	if c.Volume != nil {
		return bad("a 2900 has recipes, no volume")
	}
	if p := c.Recipe; p != nil && min(int64(p.Coffee), int64(p.Water), int64(p.Milk), int64(p.Temperature)) < 0 {
		return bad("recipe %+v, want nothing under 0", *p)
	}
	return nil
}

func isCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for _, c := range []byte(s) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}
