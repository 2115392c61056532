package ledger

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"crema/device"
	"crema/store"
)

// Machine is what the board knows of one machine, by model and serial number.
type Machine struct {
	Model   string `json:"model"`
	Serial  string `json:"serial"`
	Backend string `json:"backend"` // where it was attached last

	// Known tells that there is a cursor: Odoo was asked for the anchor, or this is
	// where the cursor began. Until then readings are kept raw and get no key.
	Known bool `json:"known"`

	// FirstNumber is the 2900's last entry at the first reading; at first sight all up
	// to it is dismissed. Next is the number to read next.
	FirstNumber uint64 `json:"first_number,omitempty"`
	Next        uint64 `json:"next,omitempty"`
	// Counts are the cups that each slot of the 2900 ever made, up to Next, by the
	// machine's own counters; nil until they were read once. They tell which drinks the
	// entries were that it has overwritten.
	Counts map[int]uint64 `json:"counts,omitempty"`

	// The 1900's. Readings are kept while it is not Known: the first and the last of each
	// epoch. Era and N are Epoch and Raw unwrapped: Era mod 256 is Epoch, N mod 65536 is Raw.
	Readings []Reading `json:"readings,omitempty"`
	Epoch    uint8     `json:"epoch,omitempty"`
	Era      uint64    `json:"era,omitempty"`
	Raw      [8]uint64 `json:"raw"`
	N        [8]uint64 `json:"n"`
	// Past has the last N of those older eras that still have open cups.
	Past map[uint64][8]uint64 `json:"past,omitempty"`

	// Restored tells that the cursor is that of an older snapshot of the store (Distrust):
	// what comes after it may be booked. It is not Known until Odoo was asked. From is the
	// number at which the 2900's cursor stands; Next goes on with what is kept raw. Doubts
	// has the slots of a 1900 that were changed since: each with how many of Readings have
	// cups that may be of before or after.
	Restored bool        `json:"restored,omitempty"`
	From     uint64      `json:"from,omitempty"`
	Doubts   map[int]int `json:"doubts,omitempty"`

	// LastRead is when the cursor moved last, or when crema last knew that it had not.
	LastRead When `json:"last_read"`
	// ClockTrust is how far the time was to be trusted that crema last set the machine's
	// clock to, when it was powered up for the ClockBoot-th time; "" if it never did.
	ClockTrust string `json:"clock_trust,omitempty"`
	ClockBoot  uint64 `json:"clock_boot,omitempty"`
}

// When is a moment, by board time and by the wall.
type When struct {
	Wall  time.Time     `json:"wall"`
	Trust string        `json:"trust"`
	Board time.Duration `json:"board"`
	Boot  string        `json:"boot"`
}

// Raw is a journal entry of a 2900 that was kept until Odoo could be asked.
type Raw struct {
	device.Entry        // with a time, its own or worked out when it was read
	Trust        string `json:"trust"`     // of the time
	SlotName     string `json:"slot_name"` // what its slot was called when it was read
	// Doubt tells that the slot had been changed, and the entry may be of before or after.
	Doubt bool `json:"doubt,omitempty"`
}

// Reading is one reading of a 1900's counters that was kept raw.
type Reading struct {
	Epoch uint8     `json:"epoch"`
	Cups  [8]uint64 `json:"cups"`
	When
}

var (
	machines = store.NewBucket[store.Pair[string, string], Machine]("ledger.machines",
		store.PairKey(store.StringKey(), store.StringKey()))
	raw = store.NewBucket[store.Pair[string, uint64], Raw]("ledger.raw",
		store.PairKey(store.StringKey(), store.Uint64Key()))
)

// GetMachine reads what is known of a machine; false where it was never seen.
func GetMachine(tx *store.Tx, model, serial string) (Machine, bool, error) {
	m, ok, err := machines.Get(tx, store.Pair[string, string]{A: model, B: serial})
	if err != nil {
		return Machine{}, false, fmt.Errorf("read machine %s/%s: %w", model, serial, err)
	}
	return m, ok, nil
}

// PutMachine stores what is known of a machine. It forgets the ends of those past
// eras that have no open cups any more: put the cups first.
func PutMachine(tx *store.Tx, m Machine) error {
	m.Past = maps.Clone(m.Past)
	maps.DeleteFunc(m.Past, func(era uint64, _ [8]uint64) bool { return !openIn(tx, m.Model, m.Serial, era) })
	if err := machines.Put(tx, store.Pair[string, string]{A: m.Model, B: m.Serial}, m); err != nil {
		return fmt.Errorf("store machine %s/%s: %w", m.Model, m.Serial, err)
	}
	return nil
}

// Distrust makes the cursor of a machine that of an older snapshot: what is read from
// now on is kept raw until Odoo was asked which of it is booked. One without a cursor,
// or that waits for Odoo already, is left as it is.
func (m *Machine) Distrust() {
	if !m.Known {
		return
	}
	m.Known, m.Restored, m.From, m.Counts = false, true, m.Next, nil
}

// Cursor is the cursor itself as marks, without regard to open cups.
func (m Machine) Cursor() Marks {
	if m.Model == model2900 {
		next := m.Next
		if m.Restored {
			next = m.From
		}
		return Marks{Model: m.Model, Serial: m.Serial, Number: max(next, 1) - 1}
	}
	return Marks{Model: m.Model, Serial: m.Serial, Era: m.Era, N: slices.Clone(m.N[:])}
}

// Trust goes on from the cursor that Distrust left, once Odoo was asked. It returns the
// number at which reading the journal goes on, since Next is the cursor again.
func (m *Machine) Trust() (next uint64) {
	next = m.Next
	m.Known, m.Restored, m.Next, m.From = true, false, m.From, 0
	return next
}

// Machines are all that were ever seen, by model and serial number.
func Machines(tx *store.Tx) iter.Seq[Machine] {
	return func(yield func(Machine) bool) {
		for _, m := range machines.All(tx) {
			if !yield(m) {
				return
			}
		}
	}
}

// PutRaw keeps a journal entry of a machine that is not Known yet. The same entry
// again changes nothing.
func PutRaw(tx *store.Tx, serial string, e Raw) error {
	if err := raw.Put(tx, store.Pair[string, uint64]{A: serial, B: e.Number}, e); err != nil {
		return fmt.Errorf("keep entry %d of %s: %w", e.Number, serial, err)
	}
	return nil
}

// RawEntries are the entries kept of a machine, by rising number.
func RawEntries(tx *store.Tx, serial string) iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		for k, e := range raw.From(tx, store.Pair[string, uint64]{A: serial}) {
			if k.A != serial || !yield(e) {
				return
			}
		}
	}
}

// DropRaw forgets the entries kept of a machine, once they are cups.
func DropRaw(tx *store.Tx, serial string) error {
	for k := range raw.From(tx, store.Pair[string, uint64]{A: serial}) {
		if k.A != serial {
			break
		}
		if err := raw.Delete(tx, k); err != nil {
			return fmt.Errorf("drop entry %d of %s: %w", k.B, serial, err)
		}
	}
	return nil
}
