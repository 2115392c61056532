package stock

import (
	"fmt"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// useKey is an entry of a machine's journal, by serial number.
type useKey = store.Pair[string, uint64]

// uses has what the entries used that are no cups of this ledger, until it was sent:
// those that were aborted, and those that an earlier board had booked.
var uses = store.NewBucket[useKey, use]("coffee.uses", store.PairKey(store.StringKey(), store.Uint64Key()))

type use struct {
	Used    map[int]int64 `json:"used,omitempty"` // by ingredient, in its unit
	Aborted bool          `json:"aborted,omitempty"`
}

// KeepUse keeps what the entry of this number in a machine's journal used that becomes no cup
// here: one that was aborted, or that an earlier board has booked.
func KeepUse(tx *store.Tx, serial string, number uint64, used map[int]int64, aborted bool) error {
	return uses.Put(tx, useKey{A: serial, B: number}, use{Used: used, Aborted: aborted})
}

// entry is one entry of the journal as the stock sees it.
type entry struct {
	number  uint64
	used    map[int]int64
	known   bool   // what it used is
	product int64  // what it is to be sold as; 0: nothing, or nobody knows
	open    bool   // it may yet be booked
	line    string // the order line that it was booked with, if it was
}

// block is how many entries a transfer stands for at most. Blocks begin at the
// numbers 1, 65, 129 and so on, of which a transfer has all or a part.
const block = 64

// blockEnd is the last number of the block that n is in.
func blockEnd(n uint64) uint64 { return (n-1)/block*block + block }

// entries are the entries from a number on, to the end of its block, that were read.
func (f *Flow) entries(serial string, from uint64) (list []entry, err error) {
	err = f.deps.Store.View(func(tx *store.Tx) error {
		list = nil
		m, _, err := ledger.GetMachine(tx, model, serial)
		if err != nil {
			return err
		}
		for n := from; n <= blockEnd(from) && n < m.Next; n++ {
			e := entry{number: n}
			key := ledger.Key2900(serial, n)
			line := ledger.LineUUID(ledger.OrderUUID(key))
			c, found, err := ledger.ByKey(tx, key)
			if err != nil {
				return err
			}
			if found {
				e.used, e.known, e.open = c.Used, len(c.Used) > 0, c.Open() // one that a person booked for a lost entry has none
				if c.State != ledger.Dismissed {
					e.product = c.Product
				}
				if c.State == ledger.Booked {
					e.line = line
				}
			} else if u, kept, err := uses.Get(tx, useKey{A: serial, B: n}); err != nil {
				return err
			} else if kept {
				e.used, e.known = u.Used, true
				if !u.Aborted {
					e.line = line
				}
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// dropUses forgets what was sent.
func dropUses(tx *store.Tx, serial string, upTo uint64) error {
	for k := range uses.Prefix(tx, store.Leading(store.StringKey(), serial)) {
		if k.B > upTo {
			break
		}
		if err := uses.Delete(tx, k); err != nil {
			return fmt.Errorf("forget what entry %d of %s used: %w", k.B, serial, err)
		}
	}
	return nil
}
