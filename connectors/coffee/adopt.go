package coffee

import (
	"math"
	"slices"

	"crema/connectors/coffee/ledger"
	"crema/device"
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
// what Odoo has above the note; of keysAbove none may be left out.
func adoptNote(tx *store.Tx, b *Backend, m ledger.Machine, marks ledger.Marks, known inOdoo) (adopted, error) {
	in, err := b.adoption(tx, m)
	if err != nil || in == nil {
		return adopted{}, err
	}
	in.known = known
	if len(marks.N) == len(in.m.N) {
		in.m.Epoch, in.m.Era = uint8(marks.Era), marks.Era
		for s, n := range marks.N {
			in.m.N[s], in.m.Raw[s] = n, n%counters1900
		}
	}
	next := in.m.Next
	in.m.Next = marks.Number + 1
	err = in.adopt(next)
	return in.came, err
}

// adoptRestored goes on from the cursor of an older snapshot of the store. known is as for
// adoptNote, and has the cups besides that were open in the snapshot.
func adoptRestored(tx *store.Tx, b *Backend, m ledger.Machine, known inOdoo) (adopted, error) {
	m, found, err := ledger.GetMachine(tx, m.Model, m.Serial)
	if err != nil || !found || !m.Restored {
		return adopted{}, err
	}
	next := m.Trust()
	in := &intake{b: b, tx: tx, m: m, at: b.now(), slots: map[int]candidates{}, dirty: true, known: known}
	if err := in.bookKnown(); err != nil {
		return adopted{}, err
	}
	err = in.adopt(next)
	return in.came, err
}

// bookKnown notes which of the open cups Odoo has.
func (in *intake) bookKnown() error {
	var found []ledger.Cup
	for c, err := range ledger.OpenCups(in.tx, in.m.Model, in.m.Serial) {
		if err != nil {
			return err
		}
		if _, is := in.known.booked[c.UUID]; is {
			found = append(found, c)
		}
	}
	for _, c := range found {
		if err := in.b.book(in.tx, c.Seq, in.known.booked[c.UUID]); err != nil {
			return err
		}
	}
	in.came.booked += len(found)
	return nil
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
	for i, r := range in.m.Readings {
		in.unsure = nil
		for slot, until := range in.m.Doubts {
			in.unsure = put(in.unsure, slot, i < until)
		}
		if in.at = r.When; r.Epoch == in.m.Epoch && r.Cups == in.m.Raw {
			in.m.LastRead = r.When
			continue
		}
		if err := in.count(r.Epoch, r.Cups, anything); err != nil {
			return err
		}
	}
	in.m.Readings, in.m.Doubts, in.unsure = nil, nil, nil
	in.at = now
	var entries []timedEntry
	for e := range ledger.RawEntries(in.tx, in.m.Serial) {
		entries = append(entries, timedEntry{Entry: e.Entry, trust: e.Trust, name: e.SlotName, doubt: e.Doubt})
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

// enterAdopted adds the raw entries above the cursor. Those between it and the oldest
// entry kept that Odoo has are booked; the others are lost, and named.
func (in *intake) enterAdopted(entries []timedEntry, next uint64) error {
	for _, e := range entries {
		if e.Number < in.m.Next { // another board has booked it, but perhaps not sent what it used
			if err := in.keepUse(e, e.Kind == device.CupAborted); err != nil {
				return err
			}
		}
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
