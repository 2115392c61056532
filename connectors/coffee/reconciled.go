package coffee

import (
	"maps"
	"slices"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// reconciled is how far the books of a machine were compared, and what the last comparison
// found.
type reconciled struct {
	// Read is the last cup of the ledger that is counted in Cups. From is what the machine's
	// counters said when counting began, in the era Era; Cups are the ledger's since, by slot.
	Read uint64         `json:"read"`
	Era  uint64         `json:"era,omitempty"`
	From map[int]uint64 `json:"from,omitempty"` // nil: they were never read
	Cups map[int]uint64 `json:"cups,omitempty"`

	// Asked is the last cup that Odoo needs not be asked about again, but for Watched: those
	// that were not booked yet, or that Odoo did not have.
	Asked   uint64   `json:"asked"`
	Watched []uint64 `json:"watched,omitempty"`
	// Accepted are cups after Asked that Odoo does not have, as a person knows.
	Accepted []uint64 `json:"accepted,omitempty"`

	// More are how many more cups the machine counted than were read, by slot, and Missing
	// the cups that are booked and that Odoo does not have.
	More    map[int]int64 `json:"more,omitempty"`
	Missing []uint64      `json:"missing,omitempty"`
}

// reconciledMachines are by machine, "2900/29-1".
var reconciledMachines = store.NewBucket[string, reconciled]("coffee.reconciled", store.StringKey())

// Odoo is asked about a cup again until it is as old as this: orders of a session that is
// open can still be cancelled.
const watchBooked = 48 * time.Hour

// A comparison that was never made begins with the newest cups, and not more are watched
// for long.
const (
	firstCompared = 10_000
	mostWatched   = 1_000
)

// forgetReconciled begins all comparisons anew: an older state of the store does not know
// which cups were read since.
func forgetReconciled(tx *store.Tx) error {
	for machine := range maps.Collect(reconciledMachines.All(tx)) {
		if err := reconciledMachines.Delete(tx, machine); err != nil {
			return err
		}
	}
	return nil
}

func (r reconciled) clone() reconciled {
	r.From, r.Cups, r.More = maps.Clone(r.From), maps.Clone(r.Cups), maps.Clone(r.More)
	r.Watched, r.Accepted, r.Missing = slices.Clone(r.Watched), slices.Clone(r.Accepted), slices.Clone(r.Missing)
	if r.Cups == nil {
		r.Cups = map[int]uint64{}
	}
	return r
}

// count counts the cups that were read since the last time, and compares them with the
// machine's counters.
func (r *reconciled) count(tx *store.Tx, m ledger.Machine, now counted) error {
	if r.From == nil {
		r.Read, r.Era, r.From, r.Cups = now.last, now.era, maps.Clone(now.cups), map[int]uint64{}
		return nil
	}
	if r.Era != now.era { // the counters began anew, and what was before was told then
		r.Era, r.From, r.Cups = now.era, map[int]uint64{}, map[int]uint64{}
	}
	for c, err := range cupsAfter(tx, r.Read) {
		if err != nil {
			return err
		}
		if c.Seq > now.last {
			break
		}
		if c.Model == m.Model && c.Serial == m.Serial && c.Era == r.Era {
			r.Cups[c.Slot]++
		}
	}
	r.Read, r.More = now.last, map[int]int64{}
	for slot, n := range now.cups {
		if more := signed(n-r.From[slot]-r.Cups[slot], now.modulus); more != 0 {
			r.More[slot] = more
		}
	}
	return nil
}

// signed is a difference of two counters that go round at modulus.
func signed(d, modulus uint64) int64 {
	if d %= modulus; d >= modulus/2 {
		return int64(d) - int64(modulus)
	}
	return int64(d)
}

// cupsAfter are the cups of the whole ledger after one, as they were read.
func cupsAfter(tx *store.Tx, after uint64) func(yield func(ledger.Cup, error) bool) {
	return func(yield func(ledger.Cup, error) bool) {
		for {
			cups, next, err := ledger.List(tx, ledger.Filter{After: after, Limit: 500})
			if err != nil {
				yield(ledger.Cup{}, err)
				return
			}
			for _, c := range cups {
				if !yield(c, nil) {
					return
				}
			}
			if after = next; next == 0 {
				return
			}
		}
	}
}
