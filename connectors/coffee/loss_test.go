package coffee

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/store"
)

// office is Odoo as far as exactly-once goes: it books a uuid once, and keeps the notes
// of sessions.
type office struct {
	booked map[string]ledger.Cup // by uuid
	notes  []string
}

// TestLosses lets a board lose its card, come back with an older snapshot of its store,
// and change places with another board, at any time, while the machine sells and its
// counters wrap and are reset. Odoo must have every cup once, but for those that no
// board could read.
func TestLosses(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, version := range []string{"1900", "2900"} {
		synctestRun(t, version, func(t *testing.T) {
			for i := range seeds(3) {
				losses(t, version, seed+i)
			}
		})
	}
}

func losses(t *testing.T, version string, seed uint64) {
	rnd := chance(t, seed)
	w := newWorld(t, version)
	w.m.era = 253
	o := &office{booked: map[string]ledger.Cup{}}
	other := w.path + ".other" // the other board's store
	snapshot := w.path + ".snapshot"
	w.found(o, rnd)
	for range 250 {
		w.clock.pass(time.Hour)
		switch p := rnd.IntN(100); {
		case p < 45:
			for range 1 + rnd.IntN(6) {
				w.m.Buy(rnd.IntN(8))
			}
		case p < 70:
			w.work()
		case p < 82:
			w.bookSome(o, rnd)
		case p < 86:
			w.view(func(tx *store.Tx) error { // a session is opened
				marks, err := ledger.CurrentMarks(tx, w.m.model, w.m.serial)
				o.notes = append(o.notes, marks.Note())
				return err
			})
		case p < 89 && version == "1900":
			for range 1 + rnd.IntN(3) {
				w.m.Reset()
				w.forgotten()
				w.m.Buy(rnd.IntN(8))
			}
		case p < 89:
			for range 300 {
				w.m.Buy(rnd.IntN(8))
			}
		case p < 92:
			w.store.Close()
			if err := os.Remove(w.path); err != nil {
				t.Fatal(err)
			}
			w.again(o, rnd)
		case p < 95:
			w.store.Close()
			carry(t, w.path, snapshot)
			w.again(o, rnd)
		case p < 97:
			w.store.Close()
			if _, err := os.Stat(snapshot); err == nil {
				carry(t, snapshot, w.path)
			}
			w.again(o, rnd)
		default:
			w.store.Close()
			if _, err := os.Stat(other); err == nil {
				carry(t, other, snapshot+".tmp")
				carry(t, w.path, other)
				carry(t, snapshot+".tmp", w.path)
			} else {
				carry(t, w.path, other)
			}
			w.again(o, rnd)
		}
	}
	w.work()
	for w.bookSome(o, rnd) {
	}
	w.balance(o)
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
}

// found puts the drinks into the store, and the machine's cursor where Odoo has it.
func (w *world) found(o *office, rnd *rand.Rand) {
	w.t.Helper()
	w.work()
	w.update(func(tx *store.Tx) error {
		if err := shops.Put(tx, "kitchen", storedShop{"EUR", 2}); err != nil {
			return err
		}
		for s, slot := range w.m.slots {
			if err := w.addDrink(tx, int64(100+s), slot.Name); err != nil {
				return err
			}
			if err := w.b.binder().Bind(tx, connectors.Binding{OdooID: int64(100 + s), External: fmt.Sprint(s)}); err != nil {
				return err
			}
		}
		return nil
	})
	meanwhile := func() {
		for range rnd.IntN(4) {
			w.m.Buy(rnd.IntN(8))
			w.work()
		}
	}
	meanwhile()
	m, _, err := w.b.readMachine(w.m.model, w.m.serial)
	if err != nil || m.Known {
		return
	}
	if m.Restored {
		known := o.ask(m, m.Cursor())
		for c := range w.openCups() {
			if id, is := o.booked[c.UUID]; is {
				known.booked[c.UUID] = int64(id.Seq) + 1
			}
		}
		meanwhile()
		w.update(func(tx *store.Tx) error {
			came, err := adoptRestored(tx, w.b, m, known)
			return errors.Join(err, w.b.d.tellCompared(tx, m.Model+"/"+m.Serial, came))
		})
		w.agrees(o)
		return
	}
	if len(o.notes) == 0 {
		o.notes = append(o.notes, baseline(m).Note())
		for _, cup := range w.m.made {
			if !above(cup.key, baseline(m)) {
				w.m.lost[cup.key] = true
			}
		}
		meanwhile()
		w.update(func(tx *store.Tx) error { return adoptFirstSight(tx, w.b, m) })
		return
	}
	marks, ok := ledger.ParseNote(o.notes[len(o.notes)-1])
	if !ok {
		w.t.Fatalf("note %q", o.notes[len(o.notes)-1])
	}
	known := o.ask(m, marks)
	meanwhile()
	w.update(func(tx *store.Tx) error {
		_, err := adoptNote(tx, w.b, m, marks, known)
		return err
	})
	w.agrees(o)
}

// ask is what Odoo answers about the cups above the marks.
func (o *office) ask(m ledger.Machine, marks ledger.Marks) inOdoo {
	known := inOdoo{booked: map[string]int64{}}
	for _, key := range keysAbove(m, marks) {
		if _, is := o.booked[ledger.OrderUUID(key)]; is {
			known.booked[ledger.OrderUUID(key)] = 1
		}
	}
	return known
}

// agrees holds the ledger against Odoo: what one says is booked, the other has.
func (w *world) agrees(o *office) {
	w.t.Helper()
	for _, c := range w.cups() {
		if _, is := o.booked[c.UUID]; is != (c.State == ledger.Booked) {
			w.t.Errorf("%s is %s, in Odoo: %v", c.Key, c.State, is)
		}
	}
}

// openCups are those that are not booked.
func (w *world) openCups() iter.Seq[ledger.Cup] {
	return func(yield func(ledger.Cup) bool) {
		for _, c := range w.cups() {
			if c.Open() && !yield(c) {
				return
			}
		}
	}
}

func above(key string, marks ledger.Marks) bool {
	if marks.Model == "2900" {
		var n uint64
		fmt.Sscanf(key, "crema/2900/"+marks.Serial+"/%d", &n)
		return n > marks.Number
	}
	var era, n uint64
	var slot int
	fmt.Sscanf(key, "crema/1900/"+marks.Serial+"/%d/%d/%d", &era, &slot, &n)
	return era > marks.Era || era == marks.Era && n > marks.N[slot]
}

// again boots on what the disk has now. What an older board had read and not booked can
// be gone with it: where the counters were reset or the ring went round.
func (w *world) again(o *office, rnd *rand.Rand) {
	w.t.Helper()
	for _, cup := range w.m.made {
		if _, is := o.booked[ledger.OrderUUID(cup.key)]; !is && !w.readable(cup.key) {
			w.m.lost[cup.key] = true
		}
	}
	w.clock.boot = fmt.Sprint("boot-", rnd.Uint64())
	w.boot()
	w.found(o, rnd)
}

// readable tells whether the machine can still tell of a cup.
func (w *world) readable(key string) bool {
	if w.m.is1900() {
		return above(key, ledger.Marks{Model: "1900", Serial: w.m.serial, Era: w.m.era, N: make([]uint64, 8)})
	}
	return above(key, ledger.Marks{Model: "2900", Serial: w.m.serial, Number: w.m.oldest() - 1})
}

// bookSome books a batch, sometimes without hearing of it.
func (w *world) bookSome(o *office, rnd *rand.Rand) (more bool) {
	w.t.Helper()
	deaf := rnd.IntN(4) == 0
	w.update(func(tx *store.Tx) error {
		list, err := ledger.Bookable(tx, "kitchen", 50)
		if err != nil {
			return err
		}
		more = len(list) > 0
		for _, c := range list {
			if _, known := o.booked[c.UUID]; !known {
				o.booked[c.UUID] = c
			}
			if deaf {
				continue
			}
			if err := ledger.Book(tx, c.Seq, 1); err != nil {
				return err
			}
		}
		return nil
	})
	return more
}

// balance holds Odoo against what the machine made.
func (w *world) balance(o *office) {
	w.t.Helper()
	w.view(ledger.Check)
	truth := map[string]made{}
	for _, cup := range w.m.made {
		uuid := ledger.OrderUUID(cup.key)
		truth[uuid] = cup
		got, is := o.booked[uuid]
		switch {
		case !is && !w.m.lost[cup.key]:
			w.t.Errorf("%s was made and is not in Odoo", cup.key)
		case is && (got.Slot != cup.slot || got.Price.Amount != cup.price.Amount):
			w.t.Errorf("%s is slot %d at %d in Odoo, it was slot %d at %d", cup.key, got.Slot, got.Price.Amount, cup.slot, cup.price.Amount)
		}
	}
	for uuid, c := range o.booked {
		if _, is := truth[uuid]; !is {
			w.t.Errorf("%s (%s) is in Odoo and was never made", c.Key, uuid)
		}
	}
}

func carry(t testing.TB, from, to string) {
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
