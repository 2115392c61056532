package coffee

import (
	"fmt"
	"maps"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// The manual has numbers that are never used again. A 2900 whose memory was lost, or that
// was replaced under its serial number, uses them again all the same, and a cup's key is
// its number: Odoo has orders under those that were read already, or a person has dismissed
// them. So these cups are never booked; a person is told how many there are, by the
// machine's counters, and enters them. Cups are booked again from the first number on that
// was not read before.

// wentBack is what is known of a machine whose journal stands lower than it was read.
type wentBack struct {
	Next uint64 `json:"next"` // the machine's next number when its counters were read last; 0: never
	// Base are its counters up to which a person has seen what it made; nil: they are not
	// known. Cups are its counters as they were read last.
	Base map[int]uint64 `json:"base"`
	Cups map[int]uint64 `json:"cups"`
	Seen bool           `json:"seen,omitempty"` // a person has reviewed what it made up to Base
}

// wentBacks are by model and serial number.
var wentBacks = store.NewBucket[string, wentBack]("coffee.journal.back", store.StringKey())

// toRead tells whether the machine's counters are wanted beside its journal, which stands at
// next and was read up to before read.
func (w *wentBack) toRead(next, read uint64) bool {
	return w == nil && next < read || w != nil && next != w.Next
}

// backwards takes a journal whose next number is lower than what was read of it. What was
// told once and reviewed is told again when it is over.
func (in *intake) backwards(l look) error {
	w, found, err := wentBacks.Get(in.tx, in.machineName())
	if err != nil || found && l.counters == nil {
		return err
	}
	if l.counters != nil {
		if w.Cups == nil {
			w.Base = countedFrom(in.m.Counts, l.counters.Cups)
		}
		w.Next, w.Cups = l.next, maps.Clone(l.counters.Cups)
	}
	if err := wentBacks.Put(in.tx, in.machineName(), w); err != nil || w.Seen {
		return err
	}
	made, _, err := in.madeSince(w, nil)
	if err != nil {
		return err
	}
	return in.tell(ModelMachine, in.machineName(), reasonJournalBackwards,
		"The journal of %s goes on at number %d, but number %d was read already: its memory was lost, or another machine bears its serial number. The numbers up to %d stand for other cups in Odoo, so those that it makes now are not booked, and won't be. %s Enter them in Odoo by hand, and review this. From number %d on its cups are booked again by themselves, after %s more; what it made by then is told once more.",
		in.machineName(), l.next, in.m.Next-1, in.m.Next-1, made, in.m.Next, connectors.Counted(in.m.Next-l.next, "entry", "entries"))
}

// caughtUp tells, where the journal was lower than it was read, that it no longer is.
func (in *intake) caughtUp(l look) error {
	w, found, err := wentBacks.Get(in.tx, in.machineName())
	if err != nil || !found {
		return err
	}
	booked := map[int]uint64{}
	if l.counters != nil {
		w.Cups = l.counters.Cups
		for _, e := range l.entries {
			if e.Number >= in.m.Next && e.Kind != device.CupAborted {
				booked[e.Slot]++
			}
		}
	}
	made, none, err := in.madeSince(w, booked)
	if err != nil {
		return err
	}
	in.m.Counts, in.dirty = nil, true // they may be of before; read again with the next entry
	if err := wentBacks.Delete(in.tx, in.machineName()); err != nil || w.Seen && none {
		return err
	}
	return in.tell(ModelMachine, in.machineName(), reasonJournalBackwards,
		"The journal of %s has come to number %d again, and its cups are booked from there on. Those that it made before, since its memory was lost or it was replaced, are not, and won't be. %s Enter them in Odoo by hand, and review this.",
		in.machineName(), in.m.Next, made)
}

// countedFrom is where the counters stood when the journal went back: as they were known, or
// at 0 where they were lost with it; nil: nobody knows.
func countedFrom(known, now map[int]uint64) map[int]uint64 {
	for slot, n := range known {
		if now[slot] < n {
			return map[int]uint64{}
		}
	}
	return maps.Clone(known)
}

// madeSince says what the machine made since a person was told, but for those that are
// booked; none: it is known that there are none.
func (in *intake) madeSince(w wentBack, booked map[int]uint64) (made string, none bool, err error) {
	if w.Base == nil || w.Cups == nil {
		return "How many there are, and of which drinks, is not known.", false, nil
	}
	var out []string
	for _, slot := range sortedSlots(w.Cups) {
		n := w.Cups[slot] - w.Base[slot] - booked[slot]
		if int64(n) <= 0 {
			continue
		}
		c, _, err := in.content(slot, 0, nil)
		if err != nil {
			return "", false, err
		}
		out = append(out, fmt.Sprintf("%d × %q (slot %d)", n, c.name, slot))
	}
	since := "since then"
	if w.Seen {
		since = "since this was reviewed"
	}
	if len(out) == 0 {
		return fmt.Sprintf("By its counters it has made none %s.", since), true, nil
	}
	return fmt.Sprintf("By its counters it has made %s: %s. Free, test and remote cups among them can't be told from sold ones.", since, strings.Join(out, ", ")), false, nil
}

// acceptBackwards notes that a person knows of the cups that were told.
func (b *Backend) acceptBackwards(tx *store.Tx, p connectors.Checkpoint) error {
	w, found, err := wentBacks.Get(tx, p.Record)
	if err != nil || !found {
		return err
	}
	if w.Seen = true; w.Cups != nil {
		w.Base = w.Cups
	}
	return wentBacks.Put(tx, p.Record, w)
}

// unbookedWords says for the page what becomes of the cups of a machine whose journal stands
// lower than it was read; "" where it doesn't.
func unbookedWords(tx *store.Tx, model, serial string) (string, error) {
	w, found, err := wentBacks.Get(tx, model+"/"+serial)
	if err != nil || !found {
		return "", err
	}
	m, _, err := ledger.GetMachine(tx, model, serial)
	return fmt.Sprintf("Its cups are not booked: its journal went back to number %d, and they are again from number %d on.", max(w.Next, 1)-1, m.Next), err
}
