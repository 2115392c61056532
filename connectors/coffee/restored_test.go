package coffee

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// restore puts a backup of the store as it is now in the place of one that is gone, and
// starts crema on it.
func (k *books) restore() *Machines {
	t := k.t
	t.Helper()
	dir := t.TempDir()
	backup, path := filepath.Join(dir, "backup.db"), filepath.Join(dir, "crema.db")
	if _, err := k.store.SnapshotFile(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Replace(t.Context(), path, backup, store.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return k.connect(s, k.queue.Clock)
}

// has has Odoo know orders, as a board books them.
func (k *books) has(keys ...string) {
	for _, key := range keys {
		k.erp.Insert("pos.order", 0, standin.Values{"uuid": ledger.OrderUUID(key), "state": "paid"})
	}
}

// entry is a sale of number n as it is kept raw.
func (k *books) entry(n uint64) ledger.Raw {
	price := eur(190)
	return ledger.Raw{Entry: device.Entry{Number: n, Slot: 1, Kind: device.CupSale, Price: &price, Payment: device.PaymentCard, Time: k.queue.Clock.Now()},
		Trust: ledger.TimeTrusted, SlotName: "Drink 2"}
}

// TestRestored goes through all that must be drawn from a restored snapshot: cups that
// were booked after it are found in Odoo, what the machine has is booked, what neither
// has is named, no cup is poured, and a person is told.
func TestRestored(t *testing.T) {
	k := newBooks(t)
	k.make(7, k.products[2], eur(190))
	k.update(func(tx *store.Tx) error {
		for seq := range uint64(4) {
			if err := ledger.Book(tx, seq+1, 1); err != nil {
				return err
			}
		}
		h := Held{Slot: device.Slot{Number: 1, Name: "Drink 2"}, Intent: &Intent{Boot: 7}}
		return errors.Join(putHeld(tx, "kitchen", h),
			pours.Put(tx, "kitchen", pour{Token: "00112233445566aa", Slot: 1, State: pourPending, Mark: 7}),
			drinks.Put(tx, drinkKey{A: "kitchen", B: k.products[2]}, Drink{Product: k.products[2], Name: "Drink 2", Fitted: "Drink 2", Active: true}))
	})
	brew, err := k.b.Brew(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= 12; n++ { // what was booked until the store was lost
		k.has(ledger.Key2900("29-1", n))
	}
	c := k.restore()

	if i := k.queue.Info(t, brew); i.State != queue.StateCancelled || !strings.Contains(i.Error+i.Result, "ask for the cup again") {
		t.Errorf("the cup that was asked for is %+v", i)
	}
	told := k.open()[reasonRestored]
	for _, words := range []string{"replaced by", "backup.db", "asked for and are not made: 1;", "under way on kitchen", "2900/29-1 is compared with Odoo as soon as both answer"} {
		if !strings.Contains(told.Message, words) {
			t.Errorf("a person is not told %q: %s", words, told.Message)
		}
	}
	k.update(func(tx *store.Tx) error {
		if p, _, err := pours.Get(tx, "kitchen"); err != nil || p.State != pourRestored {
			t.Errorf("the cup under way is %+v, %v", p, err)
		}
		if h, _, err := getHeld(tx, "kitchen", 1); err != nil || h.Intent == nil || h.Intent.Boot != 0 {
			t.Errorf("the change that was begun is %+v, %v", h.Intent, err)
		}
		if marks, err := ledger.CurrentMarks(tx, "2900", "29-1"); err != nil || marks.Number != 4 {
			t.Errorf("marks %+v, %v", marks, err)
		}
		// The machine is read: its ring begins at 15.
		m, _, err := ledger.GetMachine(tx, "2900", "29-1")
		for n := uint64(15); n <= 17; n++ {
			err = errors.Join(err, ledger.PutRaw(tx, "29-1", k.entry(n)))
		}
		m.Next = 18
		return errors.Join(err, ledger.PutMachine(tx, m), k.b.anchorNow(tx, 0))
	})
	k.work(1)
	k.wantStates(0, 7+3, 0)
	gap := k.open()[reasonJournalGap].Message
	if !strings.Contains(gap, "13–14 before") || !strings.Contains(gap, "Odoo does not have them either") {
		t.Errorf("lost: %s", gap)
	}
	told = k.open()[reasonRestored]
	// Those that were seen in the snapshot may have been booked once more before it.
	if want := "booked now: 3, neither in the machine nor in Odoo: 2."; !strings.Contains(told.Message, "2900/29-1 was compared with Odoo: ") || !strings.Contains(told.Message, want) {
		t.Errorf("a person is told %s, want %s", told.Message, want)
	}
	if n := len(k.erp.Orders()); n != 12+3 {
		t.Errorf("%d orders, want 15", n)
	}
	if err := c.d.Sync(t.Context(), []connectors.Backend{kitchen2900()}); err != nil || len(k.queue.Jobs(t, queue.Filter{State: queue.StateFailed})) > 0 {
		t.Errorf("settled again: %v, failed: %+v", err, k.queue.Jobs(t, queue.Filter{State: queue.StateFailed}))
	}
	for _, l := range k.open() {
		if l.Reason == reasonFirstSight || l.Reason == reasonLostCard {
			t.Errorf("the machine was known, yet: %s", l.Message)
		}
	}
}

// TestRestoredOdooAway: nothing is called lost, and nothing is booked twice, as long as
// Odoo can't be asked; also over another restoration.
func TestRestoredOdooAway(t *testing.T) {
	k := newBooks(t)
	k.make(3, k.products[2], eur(190))
	k.work(0)
	heal := k.erp.Fail(standin.Rule{Fault: standin.CloseBeforeCommit})
	k.restore()
	k.update(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, "2900", "29-1")
		m.Next = 301 // 4 to 250 were overwritten
		for n := uint64(251); n <= 300; n++ {
			err = errors.Join(err, ledger.PutRaw(tx, "29-1", k.entry(n)))
		}
		return errors.Join(err, ledger.PutMachine(tx, m), k.b.anchorNow(tx, 0))
	})
	k.work(5)
	k.restore()
	k.update(func(tx *store.Tx) error { return k.b.anchorNow(tx, 0) })
	k.work(5)
	if lost, is := k.open()[reasonJournalGap]; is {
		t.Errorf("called lost before Odoo was asked: %s", lost.Message)
	}
	k.wantStates(0, 3, 0)
	for n := uint64(4); n <= 280; n++ {
		k.has(ledger.Key2900("29-1", n))
	}
	heal()
	k.work(60)
	if lost, is := k.open()[reasonJournalGap]; is {
		t.Errorf("called lost though Odoo has them: %s", lost.Message)
	}
	if n := len(k.erp.Orders()); n != 280 && n != 300 {
		t.Errorf("%d orders", n)
	}
}

// TestAskPast: of an era that is over Odoo alone knows how many cups were made.
func TestAskPast(t *testing.T) {
	k := newBooks(t)
	m := ledger.Machine{Model: "1900", Serial: "S", Era: 3, Epoch: 3, N: [8]uint64{5, 0, 10}, Raw: [8]uint64{5, 0, 10}, Known: true}
	m.Distrust()
	m.Readings = []ledger.Reading{{Epoch: 5, Cups: [8]uint64{2}}}
	var keys []string
	for n := uint64(11); n <= 10+2*pastBlock+7; n++ { // several blocks, with holes
		if n%40 != 0 {
			keys = append(keys, ledger.Key1900("S", 3, 2, n))
		}
	}
	keys = append(keys, ledger.Key1900("S", 4, 7, 9), ledger.Key1900("S", 5, 0, 1))
	k.has(keys...)
	known, err := k.b.askAbove(t.Context(), m, m.Cursor(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := [8]uint64{5, 0, 10 + 2*pastBlock + 7}; known.past[3] != want {
		t.Errorf("era 3 is booked up to %v, want %v", known.past[3], want)
	}
	if want := [8]uint64{7: 9}; known.past[4] != want || len(known.past) != 2 {
		t.Errorf("past %v", known.past)
	}
	if len(known.booked) != 1 {
		t.Errorf("of the era now %v are booked, want one", known.booked)
	}
}

// restored takes a snapshot, lets f pass, and loses the store but for the snapshot.
func (w *world) restored(f func()) {
	w.t.Helper()
	w.snapshot()
	f()
	w.powerCut()
	w.clobber()
	w.clock.pass(time.Hour)
	w.boot()
	w.work()
}

// adopt is the job that compares a restored machine with an Odoo that has these cups.
func (w *world) adopt(booked ...string) (came adopted) {
	w.t.Helper()
	known := inOdoo{booked: map[string]int64{}}
	for _, key := range booked {
		known.booked[ledger.OrderUUID(key)] = 1
	}
	m, _, err := w.b.readMachine(w.m.model, w.m.serial)
	if err != nil || !m.Restored {
		w.t.Fatalf("the machine is %+v, %v", m, err)
	}
	w.update(func(tx *store.Tx) (err error) {
		came, err = adoptRestored(tx, w.b, m, known)
		return err
	})
	return came
}

// TestRestoredPour: crema had a cup under way in the snapshot. It is never made again, the
// panel is free, and what the 1900 counted since is in doubt, but for what Odoo has.
func TestRestoredPour(t *testing.T) {
	for name, booked := range map[string]bool{"in Odoo": true, "not in Odoo": false} {
		synctestRun(t, name, func(t *testing.T) {
			w := newWorld(t, "1900")
			w.open()
			if err := w.startBrew(2, "00112233445566aa"); err != nil {
				t.Fatal(err)
			}
			w.restored(func() {
				for w.m.brewing > 0 {
					w.m.brew()
				}
				w.work()
				w.m.Buy(2)
				w.m.Buy(3)
			})
			if w.m.locked {
				t.Error("the panel stays locked until Odoo can be asked")
			}
			first := ledger.Key1900(w.m.serial, w.m.era, 2, w.m.n[2]-1)
			var keys []string
			if booked {
				keys = append(keys, first)
			}
			w.adopt(keys...)
			w.work()
			var states []string
			for _, c := range w.cups() {
				states = append(states, string(c.State)+c.Reason)
			}
			want := []string{"parkedin_doubt", "seen", "seen"}
			if booked {
				want[0] = "booked"
			}
			if !slices.Equal(states, want) || len(w.m.made) != 3 {
				t.Errorf("cups %v, want %v; %d made", states, want, len(w.m.made))
			}
			if doubts := w.checkpoints(ledger.ReasonInDoubt); booked == (len(doubts) == 1) {
				t.Errorf("checkpoints %+v", doubts)
			}
			if err := w.brew(4, "00112233445566bb"); err != nil {
				t.Errorf("the next cup: %v", err)
			}
		})
	}
}

// TestRestoredSlot: a slot was changed after the snapshot. Of its cups since that Odoo does
// not have nobody knows which it was; those of other slots, and later ones, are certain.
func TestRestoredSlot(t *testing.T) {
	synctestRun(t, "1900", func(t *testing.T) {
		w := newWorld(t, "1900")
		w.open()
		var sold string
		w.restored(func() {
			w.m.Buy(1)
			w.work()
			sold = w.m.made[0].key
			w.want(1, 101, 500, true)
			if err := w.write(1); err != nil {
				t.Fatal(err)
			}
			w.m.Buy(1)
			w.m.Buy(2)
		})
		w.work()
		w.m.Buy(1)
		w.work()
		w.adopt(sold)
		// What the snapshot wants of the slot is old: only a new catalogue is written.
		w.want(1, 101, 101, true)
		if err := w.write(1); err != nil || w.m.slots[1].Price.Amount != 500 {
			t.Errorf("slot 1 is written as the snapshot had it: %+v, %v", w.m.slots[1], err)
		}
		got := map[string]string{}
		for _, c := range w.cups() {
			got[c.Key] = string(c.State) + c.Reason
		}
		for i, want := range []string{"booked", "parkedin_doubt", "seen", "seen"} {
			if key := w.m.made[i].key; got[key] != want {
				t.Errorf("cup %d (%s) is %q, want %q", i, key, got[key], want)
			}
		}
	})
}
