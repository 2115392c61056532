package coffee

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/store"
)

// soldAs is a slot and the name that it sold cups under. A slot that was renamed sold
// several drinks: what a person says of one name is not said of another.
type soldAs struct {
	slot int
	name string
}

// record names it in a checkpoint.
func (s soldAs) record() string { return strconv.Itoa(s.slot) + "/" + s.name }

// inOrder are the keys of m by slot and name.
func inOrder(m map[soldAs]bool) []soldAs {
	return slices.SortedFunc(maps.Keys(m), func(a, b soldAs) int { return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.name, b.name)) })
}

// tellUnbound says of each that its cups wait for their drink. That its slot has an unknown name is told by that too, and by
// nothing else any more.
func (b *Backend) tellUnbound(tx *store.Tx, unbound map[soldAs]bool) error {
	for _, s := range inOrder(unbound) {
		if err := b.tellPerson(tx, ModelSlot, s.record(), reasonUnboundSlot,
			"Slot %d sells %q, which is no drink that Odoo knows: its cups wait. Add a drink of this name to the POS category in Odoo, or switch the slot off. You can also say which drink the waiting cups are, or that they are never booked.",
			s.slot, s.name); err != nil {
			return err
		}
		sells, err := b.sells(tx, s)
		if err == nil && sells {
			err = b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelSlot, strconv.Itoa(s.slot), reasonUnknownSlot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sells tells whether the slot has the name still.
func (b *Backend) sells(tx *store.Tx, s soldAs) (bool, error) {
	h, known, err := getHeld(tx, b.cfg.Name, s.slot)
	return known && h.Slot.Name == s.name, err
}

// keepUnbound refuses the review while cups wait for their drink: nobody would be told of
// them any more. After it the slot's name is one that a person has seen and left.
func (b *Backend) keepUnbound(tx *store.Tx, p connectors.Checkpoint) error {
	if n := len(b.concerned(tx, p)); n > 0 {
		return fmt.Errorf("%w: %s for it: say which drink they are, or that they are never booked", connectors.ErrAnswer, connectors.Counted(n, "cup waits", "cups wait"))
	}
	number, name, _ := strings.Cut(p.Record, "/")
	slot, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("checkpoint %d names %q, which is no slot and its name: %w", p.ID, p.Record, err)
	}
	sells, err := b.sells(tx, soldAs{slot, name})
	if err != nil || !sells {
		return err
	}
	return knownNames.Put(tx, slotKeyOf(b.cfg.Name, slot), name)
}
