package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// differences says cup by cup what the machines made, the ledger has and Odoo has booked
// where they differ, and what the board thinks of it: one failed run is to be enough to
// find out what happened.
func (w *world) differences() {
	w.t.Helper()
	ledger, ok := w.ledger()
	if !ok {
		w.t.Log("the board does not list its cups")
		return
	}
	orders := map[string]string{} // by uuid
	for _, o := range w.odoo.Orders() {
		orders[o.UUID] = fmt.Sprintf("%s of %s: %s at %.2f, %s", o.UUID, w.machineOf(o), w.drinkName(o.Products[0]), o.Total, o.State)
	}
	for _, m := range []*machine{w.lobby, w.kitchen} {
		truth := m.Truth()
		var made, kept, unbooked []string
		for _, c := range truth.Cups {
			made = append(made, place(c.Slot, c.Number))
		}
		for _, c := range ledger {
			if c.Backend != m.name {
				continue
			}
			kept = append(kept, place(c.Slot, c.Number))
			if _, has := orders[c.UUID]; !has {
				unbooked = append(unbooked, fmt.Sprintf("%s %s %s", c.Key, c.State, c.Reason))
			}
		}
		w.t.Logf("%s is %s, made %d cups, and the ledger has %d\nmade, and not in the ledger: %s\nin the ledger, and not made: %s\nin the ledger, and not in Odoo: %s\nit holds %+v\nits counters show %v, epoch %d",
			m.name, truth.State, len(made), len(kept), without(made, kept), without(kept, made), unbooked, truth.Slots, truth.Counters, truth.Epoch)
	}
	for _, c := range ledger {
		delete(orders, c.UUID)
	}
	for _, o := range orders {
		w.t.Logf("in Odoo, and not in the ledger: %s", o)
	}
	var page struct{ Items []checkpointJSON }
	w.api("GET", "checkpoints?open=true&limit=1000", &page)
	for _, c := range page.Items {
		w.t.Logf("open: %s %s %s: %s", c.Backend, c.Reason, c.Record, c.Message)
	}
}

// place names a cup as machine and ledger both can: the machine's counters go round at
// 65,536, and each slot counts anew after a reset.
func place(slot int, number uint64) string {
	return fmt.Sprintf("slot %d number %d", slot, number%65536)
}

// without is what one list has more often than the other.
func without(list, other []string) string {
	var rest []string
	other = slices.Clone(other)
	for _, s := range list {
		if i := slices.Index(other, s); i >= 0 {
			other = slices.Delete(other, i, i+1)
		} else {
			rest = append(rest, s)
		}
	}
	return strings.Join(rest, ", ")
}
