package coffee

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// The reasons of the checkpoints about a machine and what it counted.
const (
	reasonUnboundSlot      = "unbound_slot"
	reasonDisabledAtPanel  = "disabled_at_panel"
	reasonSwapped          = "machine_swapped"
	reasonCounterReset     = "counter_reset"
	reasonCountersLost     = "counters_lost"
	reasonJournalGap       = "journal_gap"
	reasonJournalBackwards = "journal_backwards"
	reasonSlotRefused      = "slot_refused"
)

// intake turns what was read of one machine into cups, in one transaction.
type intake struct {
	b  *Backend
	tx *store.Tx
	m  ledger.Machine // as it will be stored
	at ledger.When

	slots  map[int]candidates
	known  inOdoo       // what Odoo has already, when a lost card or an older snapshot is made good
	unsure map[int]bool // slots whose cups are in doubt then
	came   adopted      // what came of it

	dirty bool // m must be stored
	seen  int  // cups added that can be booked
	added int  // cups added

	unbound map[soldAs]bool  // what has cups without a drink
	doubt   map[int][]uint64 // slot → numbers of cups that may be of either content
	ours    map[int]uint64   // slot → number of a cup that crema or a customer started
}

// add puts one cup into the ledger. reason is why it can't be booked as it is, "" for
// none.
func (in *intake) add(c ledger.Cup, reason string) error {
	c.Backend, c.Model, c.Serial = in.b.cfg.Name, in.m.Model, in.m.Serial
	c.Board, c.Boot = in.at.Board, in.at.Boot
	c.Day = c.Time.In(in.b.d.Zone).Format(time.DateOnly)
	order, isBooked := in.known.booked[ledger.OrderUUID(c.Key)]
	switch {
	case isBooked:
		c.State, c.OdooID = ledger.Booked, order
	case reason != "":
		c.State, c.Reason = ledger.Parked, reason
	case c.Product == 0:
		c.State, c.Reason = ledger.Parked, ledger.ReasonUnbound
	default:
		c.State = ledger.Seen
	}
	c, added, err := ledger.Add(in.tx, c)
	if err != nil || !added {
		return err
	}
	in.added++
	in.came.count(c.State)
	if err := in.publish(c); err != nil {
		return err
	}
	switch {
	case c.State == ledger.Seen:
		in.seen++
	case c.State == ledger.Parked && c.Reason == ledger.ReasonUnbound:
		in.unbound = put(in.unbound, soldAs{c.Slot, c.SlotName}, true)
	case c.State == ledger.Parked && c.Reason == ledger.ReasonInDoubt:
		in.doubt = put(in.doubt, c.Slot, append(in.doubt[c.Slot], c.Number))
	}
	return nil
}

// publish tells of a cup that is new here; Odoo may have it already.
func (in *intake) publish(c ledger.Cup) error {
	if err := publish(in.tx, in.b, CupMade, in.b.cfg.Name, ledger.When{Wall: c.Time, Trust: c.TimeTrust}, c); err != nil || c.State != ledger.Booked {
		return err
	}
	return in.b.cupBooked(in.tx, c)
}

func put[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[k] = v
	return m
}

// finish stores the cursor, says what a person must know, and asks for the booking.
func (in *intake) finish() error {
	if in.dirty {
		if err := ledger.PutMachine(in.tx, in.m); err != nil {
			return err
		}
	}
	if err := in.b.tellUnbound(in.tx, in.unbound); err != nil {
		return err
	}
	for _, slot := range sortedSlots(in.doubt) {
		if err := in.tellDoubt(slot); err != nil {
			return err
		}
	}
	if in.added > 0 {
		if err := in.b.keepWater(in.tx); err != nil {
			return err
		}
		in.tx.OnCommit(func() { in.b.changed("cups") })
	}
	if in.seen == 0 {
		return nil
	}
	_, err := in.b.enqueueSales(in.tx, 0)
	return err
}

func (in *intake) tellDoubt(slot int) error {
	c, _, err := in.content(slot, 0, nil)
	if err != nil {
		return err
	}
	if n, ok := in.ours[slot]; ok {
		return in.tell(ModelSlot, strconv.Itoa(slot), ledger.ReasonInDoubt,
			"crema started a cup of slot %d, and the machine or the board was restarted before it was counted: cup %d may be that one, or a customer's. Review this to book it as sold.", slot, n)
	}
	return in.tell(ModelSlot, strconv.Itoa(slot), ledger.ReasonInDoubt,
		"Slot %d was changed while the machine was restarted or out of sight. The cups %s may have been of what it held before or in between, or of %q. Review this to book them as %q.",
		slot, ledger.Spans(in.doubt[slot]), c.name, c.name)
}

// tell opens a checkpoint about this backend.
func (in *intake) tell(model, record, reason, format string, args ...any) error {
	return in.b.tellPerson(in.tx, model, record, reason, format, args...)
}

func (b *Backend) tellPerson(tx *store.Tx, model, record, reason, format string, args ...any) error {
	_, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: b.cfg.Name, Model: model, Record: record, Reason: reason, Message: fmt.Sprintf(format, args...)})
	return err
}

func (in *intake) machineName() string { return in.m.Model + "/" + in.m.Serial }

func sortedSlots[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// priced is a price with the currency that it is booked in: the machine's own
// currency, where it tells none, is the POS's.
func (in *intake) priced(m device.Money) (device.Money, error) {
	if m.Currency != "" {
		return m, nil
	}
	currency, _, err := in.b.currency(in.tx)
	m.Currency = currency
	return m, err
}
