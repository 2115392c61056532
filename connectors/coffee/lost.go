package coffee

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// lostEntries is what is known of journal entries that a machine had overwritten before
// they were read: kept until a person has said what shall become of them.
type lostEntries struct {
	Numbers []uint64    `json:"numbers"` // maxParkedJump of them at most
	Drinks  []lostDrink `json:"drinks,omitempty"`
	Known   bool        `json:"known,omitempty"` // Drinks are all that there were, by the machine's counters
	At      ledger.When `json:"at"`              // when it was found
}

// lostDrink is how many of the overwritten entries were cups of one slot.
type lostDrink struct {
	Slot    int          `json:"slot"`
	Cups    int          `json:"cups"`
	Name    string       `json:"name"`
	Product int64        `json:"product"`
	Price   device.Money `json:"price"`
}

// lostCups are by the backend and the record of their checkpoint.
var lostCups = store.NewBucket[store.Pair[string, string], lostEntries]("coffee.lost", store.PairKey(store.StringKey(), store.StringKey()))

func recordOfBackend(backend, record string) store.Pair[string, string] {
	return store.Pair[string, string]{A: backend, B: record}
}

// lostDrinks tells which drinks the overwritten cups were, by the machine's counts; false:
// nobody knows.
func (in *intake) lostDrinks(counters *device.Counters) (drinks []lostDrink, known bool, err error) {
	counts := in.m.Counts
	if counters == nil || counts == nil {
		return nil, false, nil
	}
	for _, slot := range sortedSlots(counters.Cups) {
		// 32 bits, never reset (manual, section 2, COUNTERS).
		n := int32(uint32(counters.Cups[slot]) - uint32(counts[slot]))
		if n <= 0 {
			continue
		}
		c, _, err := in.content(slot, 0, nil)
		if err != nil {
			return nil, false, err
		}
		drinks = append(drinks, lostDrink{Slot: slot, Cups: int(n), Name: c.name, Product: c.product, Price: c.price})
	}
	return drinks, true, nil
}

// lostWords says which drinks they were, and what a person can do.
func lostWords(drinks []lostDrink, known bool) string {
	switch {
	case !known:
		return "Which drinks they were is not known."
	case len(drinks) == 0:
		return "By the machine's counters they were all aborted cups."
	}
	var out []string
	for _, d := range drinks {
		out = append(out, strconv.Itoa(d.Cups)+" × "+strconv.Quote(d.Name)+" (slot "+strconv.Itoa(d.Slot)+")")
	}
	return "By the machine's counters they were: " + strings.Join(out, ", ") + ". Free and test cups among them can't be told from sold ones. You can have all of them booked as sold, at the prices that the slots have now; reviewed, they stay unbooked."
}

// bookLost books the cups that a machine had overwritten, under the numbers of their
// entries: twice asked for, or by another board, they are the same cups. Which number was
// which drink nobody knows, nor does it matter to the books.
func (b *Backend) bookLost(tx *store.Tx, p connectors.Checkpoint, _ string) error {
	lost, found, err := lostCups.Get(tx, recordOfBackend(b.cfg.Name, p.Record))
	if err != nil {
		return err
	}
	cups := 0
	for _, d := range lost.Drinks {
		cups += d.Cups
	}
	switch {
	case !found || !lost.Known:
		return fmt.Errorf("%w: which drinks they were is not known; enter them in Odoo by hand", connectors.ErrAnswer)
	case cups > len(lost.Numbers):
		return fmt.Errorf("%w: the counters tell of %s, and only %s missing, or more than %d are; enter them in Odoo by hand",
			connectors.ErrAnswer, connectors.Counted(cups, "cup", "cups"), connectors.Counted(len(lost.Numbers), "entry is", "entries are"), maxParkedJump)
	}
	parts := strings.SplitN(p.Record, "/", 3)
	if len(parts) != 3 {
		return fmt.Errorf("%w: it names no machine", connectors.ErrAnswer)
	}
	m, _, err := ledger.GetMachine(tx, parts[0], parts[1])
	if err != nil {
		return err
	}
	in := &intake{b: b, tx: tx, m: m, at: lost.At, slots: map[int]candidates{}}
	next := lost.Numbers
	for _, d := range lost.Drinks {
		price, err := in.priced(d.Price)
		if err != nil {
			return err
		}
		for range d.Cups {
			if err := in.add(ledger.Cup{
				Key: ledger.Key2900(m.Serial, next[0]), Number: next[0], Slot: d.Slot, Kind: device.CupSale, Product: d.Product, SlotName: d.Name,
				Price: price, Time: lost.At.Wall, TimeTrust: ledger.TimeEstimated}, ""); err != nil {
				return err
			}
			next = next[1:]
		}
	}
	return errors.Join(in.finish(), b.leaveLost(tx, p))
}

// leaveLost forgets entries about which a person has decided.
func (b *Backend) leaveLost(tx *store.Tx, p connectors.Checkpoint) error {
	return lostCups.Delete(tx, recordOfBackend(b.cfg.Name, p.Record))
}
