package coffee

import (
	"math"
	"slices"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// adoptFirstSight begins the cursor of a machine that Odoo has no note of. The first
// reading kept is the baseline: what was made before is not ours. What was read since
// becomes cups. m names the machine; it is read again in tx.
func adoptFirstSight(tx *store.Tx, b *Backend, m ledger.Machine) error {
	in, err := b.adoption(tx, m)
	if err != nil || in == nil {
		return err
	}
	if len(in.m.Readings) > 0 {
		first := in.m.Readings[0]
		in.m.Epoch, in.m.Era = first.Epoch, uint64(first.Epoch)
		in.m.Raw, in.m.N, in.m.LastRead = first.Cups, first.Cups, first.When
	}
	next := in.m.Next
	in.m.Next = in.m.FirstNumber + 1
	return in.adopt(next)
}

// adoptNote goes on from the newest note about a machine. booked has the order of
// every uuid above the note that Odoo has; of keysAbove none may be left out. missing
// is how many cups were made since the note that Odoo does not have.
func adoptNote(tx *store.Tx, b *Backend, m ledger.Machine, marks ledger.Marks, booked map[string]int64) (missing int, err error) {
	in, err := b.adoption(tx, m)
	if err != nil || in == nil {
		return 0, err
	}
	in.booked = booked
	if len(marks.N) == len(in.m.N) {
		in.m.Epoch, in.m.Era = uint8(marks.Era), marks.Era
		for s, n := range marks.N {
			in.m.N[s], in.m.Raw[s] = n, n%counters1900
		}
	}
	next := in.m.Next
	in.m.Next = marks.Number + 1
	err = in.adopt(next)
	return in.missing, err
}

// adoption begins to turn what was kept raw of a machine into cups; nil where it has
// a cursor already.
func (b *Backend) adoption(tx *store.Tx, m ledger.Machine) (*intake, error) {
	m, found, err := ledger.GetMachine(tx, m.Model, m.Serial)
	if err != nil || !found || m.Known {
		return nil, err
	}
	m.Known = true
	return &intake{b: b, tx: tx, m: m, at: b.now(), slots: map[int]candidates{}, dirty: true}, nil
}

// adopt turns what was kept raw into cups, through the same code as polling, and
// stores the cursor. next is where reading the journal goes on.
func (in *intake) adopt(next uint64) error {
	now := in.at
	for _, r := range in.m.Readings {
		if in.at = r.When; r.Epoch == in.m.Epoch && r.Cups == in.m.Raw {
			in.m.LastRead = r.When
			continue
		}
		if err := in.count(r.Epoch, r.Cups, anything); err != nil {
			return err
		}
	}
	in.m.Readings = nil
	in.at = now
	var entries []timedEntry
	for e := range ledger.RawEntries(in.tx, in.m.Serial) {
		entries = append(entries, timedEntry{Entry: e.Entry, trust: e.Trust, name: e.SlotName})
	}
	if in.m.Model == Coffee2900.VersionName() {
		if err := in.enterAdopted(entries, next); err != nil {
			return err
		}
		if err := ledger.DropRaw(in.tx, in.m.Serial); err != nil {
			return err
		}
	}
	return in.finish()
}

// enterAdopted adds the raw entries above the cursor. Those between the note and the
// oldest entry kept that Odoo has are booked; the others are lost, and named.
func (in *intake) enterAdopted(entries []timedEntry, next uint64) error {
	oldest := next
	if len(entries) > 0 {
		oldest = min(oldest, entries[0].Number)
	}
	// Where Odoo has all below the oldest entry nothing was lost there.
	for in.m.Next < oldest {
		if _, ok := in.booked[ledger.OrderUUID(ledger.Key2900(in.m.Serial, in.m.Next))]; !ok {
			break
		}
		in.m.Next++
	}
	if err := in.enter(entries, nil); err != nil {
		return err
	}
	in.m.Next = max(in.m.Next, next)
	return nil
}

// keysAbove are the keys of all cups above the marks that this or an older board may
// have booked, by what was read of the machine until now.
func keysAbove(m ledger.Machine, marks ledger.Marks) []string {
	if m.Model == Coffee2900.VersionName() {
		var keys []string
		for n := marks.Number + 1; n < m.Next && len(keys) < math.MaxUint16; n++ {
			keys = append(keys, ledger.Key2900(m.Serial, n))
		}
		return keys
	}
	if len(marks.N) != len(m.N) || len(m.Readings) == 0 {
		return nil
	}
	era, epoch := marks.Era, uint8(marks.Era)
	n := [8]uint64(marks.N)
	var keys []string
	for _, r := range m.Readings {
		if r.Epoch != epoch {
			era, epoch, n = era+uint64(r.Epoch-epoch), r.Epoch, [8]uint64{}
		}
		for s := range n {
			more := (r.Cups[s] - n[s]) % counters1900
			if more >= counters1900/2 {
				more = 0 // lower than before: none of these is ever a cup, see count
				n[s] += (r.Cups[s] - n[s]) % counters1900
			}
			for range more {
				n[s]++
				keys = append(keys, ledger.Key1900(m.Serial, era, s, n[s]))
			}
		}
	}
	return slices.Clip(keys)
}
