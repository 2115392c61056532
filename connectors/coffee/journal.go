package coffee

import (
	"cmp"
	"maps"
	"strings"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
)

// journal takes a reading of the 2900's journal: the entries from the cursor on.
func (in *intake) journal(l look) error {
	if in.m.Next == 0 {
		// The first reading ever. What is kept from before may have been booked by a board
		// whose card was lost: it is read too, and Odoo will say.
		in.m.Next, in.m.FirstNumber, in.dirty = 1, max(l.next, 1)-1, true
	}
	if !in.m.Known {
		return in.keepEntries(l)
	}
	if l.next < in.m.Next {
		return in.backwards(l)
	}
	if err := in.caughtUp(l); err != nil {
		return err
	}
	if err := in.enter(withTimes(l.entries, in.at, in.m.ClockTrust), l.counters); err != nil {
		return err
	}
	if l.counters != nil && l.next == in.m.Next {
		in.m.Counts, in.dirty = maps.Clone(l.counters.Cups), true
	}
	return nil
}

// keepEntries keeps raw entries until Odoo was asked.
func (in *intake) keepEntries(l look) error {
	for _, e := range withTimes(l.entries, in.at, in.m.ClockTrust) {
		if e.Number < in.m.Next {
			continue
		}
		c, certain, err := in.content(e.Slot, e.Number, e.Price)
		if err != nil {
			return err
		}
		if err := ledger.PutRaw(in.tx, in.m.Serial, ledger.Raw{Entry: e.Entry, Trust: e.trust, SlotName: c.name, Doubt: !certain}); err != nil {
			return err
		}
		in.m.Next, in.m.LastRead, in.dirty = e.Number+1, in.at, true
	}
	return nil
}

// enter adds the cups of entries, moves the cursor, and names the numbers that the
// machine has overwritten. counters are the machine's own counts of all that it made
// up to the last entry, where they were read.
func (in *intake) enter(entries []timedEntry, counters *device.Counters) error {
	var lost []string
	var numbers []uint64 // of the entries, as many as a person may book
	first, last := uint64(0), uint64(0)
	for _, e := range entries {
		if e.Number < in.m.Next {
			continue // applied before
		}
		if gone := in.unbooked(in.m.Next, e.Number-1); len(gone) > 0 {
			lost = append(lost, ledger.Spans(gone))
			numbers = append(numbers, gone[:min(len(gone), maxParkedJump-min(len(numbers), maxParkedJump))]...)
			first, last = cmp.Or(first, gone[0]), gone[len(gone)-1]
		}
		in.m.Next, in.m.LastRead, in.dirty = e.Number+1, in.at, true
		if e.Kind == device.CupAborted {
			if err := in.keepUse(e, true); err != nil {
				return err
			}
			continue
		}
		if in.m.Counts != nil {
			in.m.Counts = maps.Clone(in.m.Counts)
			in.m.Counts[e.Slot]++
		}
		if err := in.enterCup(e); err != nil {
			return err
		}
	}
	if len(lost) == 0 {
		return nil
	}
	drinks, known, err := in.lostDrinks(counters)
	if err != nil {
		return err
	}
	record := in.machineName() + "/" + ledger.Span(first, last)
	if err := lostCups.Put(in.tx, recordOfBackend(in.b.cfg.Name, record), lostEntries{Numbers: numbers, Drinks: drinks, Known: known, At: in.at}); err != nil {
		return err
	}
	if counters == nil {
		in.m.Counts = nil // what was lost here must not be told of the next loss
	}
	compared := ""
	if in.known.booked != nil {
		compared = "Odoo does not have them either. "
	}
	return in.tell(ModelMachine, record, reasonJournalGap,
		"The journal of %s had overwritten the entries %s before they were read: they are not booked. %s%s",
		in.machineName(), strings.Join(lost, ", "), compared, lostWords(drinks, known))
}

// unbooked are the numbers of a gap, but for those that are in Odoo already: an older
// state of this store, or another board, had read them.
func (in *intake) unbooked(from, to uint64) (gone []uint64) {
	for n := from; n <= to; n++ {
		if _, is := in.known.booked[ledger.OrderUUID(ledger.Key2900(in.m.Serial, n))]; is {
			in.came.booked++
			continue
		}
		gone = append(gone, n)
		in.came.lost++
	}
	return gone
}

func (in *intake) enterCup(e timedEntry) error {
	c, certain, err := in.content(e.Slot, e.Number, e.Price)
	if err != nil {
		return err
	}
	cup := ledger.Cup{
		Key: ledger.Key2900(in.m.Serial, e.Number), Number: e.Number, Slot: e.Slot, Kind: e.Kind, Product: c.product, SlotName: c.name,
		Payment: e.Payment, Badge: e.Badge, Used: e.Used, Time: e.Time, TimeTrust: e.trust,
	}
	reason := ""
	if !certain || e.doubt {
		reason = ledger.ReasonInDoubt
	}
	if e.name != "" && e.name != c.name { // kept raw, when the slot had another name
		cup.SlotName = e.name
		if cup.Product, err = drinkOf(in.tx, in.b.cfg.Name, e.Slot, e.name); err != nil {
			return err
		}
	}
	switch {
	case e.Kind != device.CupSale:
		if cup.Price, err = in.priced(device.Money{}); err != nil {
			return err
		}
	case e.Price == nil:
		// No sale without a price exists in the manual: a person must say what it was.
		cup.Price, reason = c.price, ledger.ReasonInDoubt
	default:
		cup.Price = *e.Price
	}
	return in.add(cup, reason)
}

// timedEntry is an entry with a time, and how far that can be trusted.
type timedEntry struct {
	device.Entry
	trust string
	// Of one that was kept raw: what its slot was called then, and whether it may have been
	// of what the slot held before.
	name  string
	doubt bool
}

// withTimes gives a time to the entries without one: by their uptime from another
// entry of the same boot, else that of the reading. trust is how far the time is to be
// trusted that crema set the machine's clock to.
func withTimes(entries []device.Entry, at ledger.When, trust string) []timedEntry {
	if trust == "" {
		trust = ledger.TimeEstimated // somebody else set it
	}
	out := make([]timedEntry, len(entries))
	for i, e := range entries {
		out[i] = timedEntry{Entry: e, trust: trust}
		if !e.Time.IsZero() && plausible(e.Time, at) {
			continue
		}
		out[i].Time, out[i].trust = at.Wall, at.Trust
		if at.Trust == ledger.TimeTrusted {
			out[i].trust = ledger.TimeEstimated
		}
		if t, ok := sameBoot(entries, i); ok && plausible(t, at) {
			out[i].Time, out[i].trust = t, ledger.TimeEstimated
		}
	}
	return out
}

// plausible refuses times that lie in the future of a clock that is to be trusted.
func plausible(t time.Time, at ledger.When) bool {
	return at.Trust == ledger.TimeUntrusted || t.Before(at.Wall.Add(5*time.Minute))
}

// sameBoot works out the time of entry i from the nearest one that has a time and was
// written in the same boot of the machine: uptime does not fall between them.
func sameBoot(entries []device.Entry, i int) (time.Time, bool) {
	for j := i + 1; j < len(entries) && entries[j].Uptime >= entries[j-1].Uptime; j++ {
		if !entries[j].Time.IsZero() {
			return entries[j].Time.Add(entries[i].Uptime - entries[j].Uptime), true
		}
	}
	for j := i - 1; j >= 0 && entries[j].Uptime <= entries[j+1].Uptime; j-- {
		if !entries[j].Time.IsZero() {
			return entries[j].Time.Add(entries[i].Uptime - entries[j].Uptime), true
		}
	}
	return time.Time{}, false
}
