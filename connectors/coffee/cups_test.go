package coffee

import (
	"errors"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

func both(t *testing.T, f func(t *testing.T, w *world)) {
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) { f(t, newWorld(t, version)) })
	}
}

// TestFirstSight: until Odoo was asked readings are kept and get no key; the first one
// is the baseline, what came after it becomes cups.
func TestFirstSight(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.m.Buy(1)
		w.m.Buy(1) // before crema came
		before := len(w.m.made)
		w.work()
		for range 3 {
			w.m.Buy(2)
			w.work()
		}
		w.boot()
		w.m.Buy(3)
		if n := len(w.cups()); n != 0 {
			t.Fatalf("%d cups before Odoo was asked", n)
		}
		if w.m.is1900() == (w.m.acked > 0) {
			t.Errorf("acknowledged up to %d", w.m.acked)
		}
		w.open()
		w.m.made = w.m.made[before:]
		w.compare()
		if n := len(w.cups()); n != 4 {
			t.Errorf("%d cups, want 4", n)
		}
	})
}

// TestLostCard: a board with an empty store goes on from the note, and counts again
// only what Odoo does not have.
func TestLostCard(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		var note string
		booked := map[string]int64{}
		for i := range 30 {
			w.m.Buy(i % 3) // slot 0 wraps round
			w.m.Buy(7)
			w.work()
			if i == 5 {
				w.update(func(tx *store.Tx) error {
					open, err := ledger.Bookable(tx, "kitchen", 1000)
					for _, c := range open {
						if err := ledger.Book(tx, c.Seq, 1); err != nil {
							return err
						}
					}
					marks, err2 := ledger.CurrentMarks(tx, w.m.model, w.m.serial)
					note = marks.Note()
					return errors.Join(err, err2)
				})
			}
		}
		for i, c := range w.cups() {
			if i < 40 { // the rest waited when the card broke
				booked[c.UUID] = int64(i + 1)
			}
		}
		// A new card. Customers go on while Odoo can't be reached.
		fresh := newWorld(t, w.version)
		fresh.m = w.m
		w.m.w = fresh
		fresh.boot()
		fresh.work()
		for range 5 {
			w.m.Buy(7)
			fresh.work()
		}
		marks, ok := ledger.ParseNote(note)
		if !ok {
			t.Fatalf("note %q", note)
		}
		var missing int
		fresh.update(func(tx *store.Tx) error {
			for s, slot := range w.m.slots {
				if err := errors.Join(fresh.addDrink(tx, int64(100+s), slot.Name), shops.Put(tx, "kitchen", storedShop{"EUR", 2})); err != nil {
					return err
				}
			}
			m, _, err := ledger.GetMachine(tx, w.m.model, w.m.serial)
			if err != nil {
				return err
			}
			asked := map[string]int64{}
			for _, key := range keysAbove(m, marks) {
				if id, ok := booked[ledger.OrderUUID(key)]; ok {
					asked[ledger.OrderUUID(key)] = id
				}
			}
			came, err := adoptNote(tx, fresh.b, m, marks, inOdoo{booked: asked})
			missing = came.seen + came.parked
			return err
		})
		w.m.Buy(0)
		fresh.work()
		again, twice := 0, 0
		for _, c := range fresh.cups() {
			_, was := booked[c.UUID]
			switch {
			case c.State == ledger.Seen && was:
				twice++
			case c.State == ledger.Seen:
				again++
			case c.State != ledger.Booked || !was:
				t.Errorf("%s is %s", c.Key, c.State)
			}
		}
		if all := len(w.m.made); twice > 0 || again != all-len(booked) || missing != again-1 {
			t.Errorf("%d cups would be booked twice, %d are to be booked (%d of them before), want %d", twice, again, missing, all-len(booked))
		}
	})
}

// TestLostCardAfterReset: the counters were reset since the note; its era is over, the
// new one begins at 1.
func TestLostCardAfterReset(t *testing.T) {
	w := newWorld(t, "1900")
	w.m.era = 254
	marks := ledger.Marks{Model: "1900", Serial: w.m.serial, Era: 254, N: w.m.n[:]}
	for range 3 {
		w.m.Reset() // over the end of the epoch's 8 bits
	}
	w.m.Buy(4)
	w.m.Buy(4)
	w.work()
	var keys []string
	w.update(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, "1900", w.m.serial)
		if err != nil {
			return err
		}
		keys = keysAbove(m, marks)
		_, err = adoptNote(tx, w.b, m, marks, inOdoo{booked: map[string]int64{ledger.OrderUUID(keys[0]): 9}})
		return err
	})
	if want := "crema/1900/00184467/257/4/1 crema/1900/00184467/257/4/2"; strings.Join(keys, " ") != want {
		t.Errorf("keys %v, want %s", keys, want)
	}
	cups := w.cups()
	if len(cups) != 2 || cups[0].State != ledger.Booked || cups[1].State != ledger.Parked || cups[1].Reason != ledger.ReasonUnbound {
		t.Errorf("cups %+v", cups)
	}
	if len(w.checkpoints(reasonCounterReset)) != 1 {
		t.Error("no checkpoint about the reset")
	}
}

// TestOverrun: the journal lost entries; the checkpoint names them and their drinks,
// nothing is booked for them.
func TestOverrun(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	w.m.Buy(1)
	w.work()
	for range 10 {
		w.m.Buy(2)
	}
	for range 256 {
		w.m.Buy(3)
	}
	w.work()
	w.compare()
	found := w.checkpoints(reasonJournalGap)
	if len(found) != 1 || !strings.Contains(found[0].Message, "entries 2–11 ") || !strings.Contains(found[0].Message, `10 × "Drink 102" (slot 2).`) {
		t.Errorf("checkpoints %+v", found)
	}
	w.m.Buy(2)
	w.work()
	if len(w.cups()) != 1+256+1 || len(w.checkpoints(reasonJournalGap)) != 1 {
		t.Errorf("%d cups, checkpoints %+v", len(w.cups()), w.checkpoints(reasonJournalGap))
	}
}

// TestJournalBackwards: a machine that lost its memory uses numbers again; its cups must
// not vanish behind the keys of others. A person is told which they are, by its counters,
// whether these were lost as well or not: once more when it is over, of those since.
func TestJournalBackwards(t *testing.T) {
	for _, reset := range []bool{true, false} {
		for _, reviewed := range []bool{true, false} {
			w := newWorld(t, "2900")
			w.open()
			buy := func(slots ...int) {
				for _, s := range slots {
					w.m.Buy(s)
				}
				w.work()
			}
			told := func(words ...string) connectors.Checkpoint {
				t.Helper()
				found := w.checkpoints(reasonJournalBackwards)
				if len(found) == 0 {
					t.Fatal("nobody is told")
				}
				p := found[len(found)-1]
				for _, s := range words {
					if !strings.Contains(p.Message, s) {
						t.Errorf("it does not say %q: %s", s, p.Message)
					}
				}
				return p
			}
			buy(1, 1, 2, 1, 1)
			w.m.entries, w.m.acked = nil, 0
			if reset {
				clear(w.m.counts)
			}
			buy(1)
			told("goes on at number 2, but number 5 was read", `1 × "Drink 101" (slot 1).`, "From number 6 on", "after 4 entries more")
			buy(2)
			p := told("goes on at number 3", `1 × "Drink 101" (slot 1), 1 × "Drink 102" (slot 2).`, "after 3 entries more")
			unbooked := func() (words string) {
				w.view(func(tx *store.Tx) error {
					v, err := w.b.View(tx)
					words = v.Unbooked
					return err
				})
				return words
			}
			if s := unbooked(); !strings.Contains(s, "from number 6 on") {
				t.Errorf("the page says %q", s)
			}
			commits := w.store.Stats().Commits
			w.work()
			if n := w.store.Stats().Commits - commits; n != 0 {
				t.Errorf("%d commits though nothing is new", n)
			}
			if n := len(w.cups()); n != 5 {
				t.Errorf("%d cups, want 5", n)
			}
			last := `2 × "Drink 101" (slot 1), 2 × "Drink 102" (slot 2), 1 × "Drink 103" (slot 3).`
			if reviewed {
				w.update(func(tx *store.Tx) error { return w.b.d.Checkpoints.Review(tx, p.ID, "") })
				last = `since this was reviewed: 1 × "Drink 101" (slot 1), 1 × "Drink 102" (slot 2), 1 × "Drink 103" (slot 3).`
			}
			buy(3)
			buy(1)
			if found := w.checkpoints(reasonJournalBackwards); len(found) != 1 {
				t.Errorf("told again before it is over: %+v", found)
			}
			buy(2, 4, 4) // numbers 5 to 7
			if p := told("has come to number 6 again", last); p.State != connectors.CheckpointOpen {
				t.Errorf("the checkpoint is %+v", p)
			}
			buy(1)
			if s := unbooked(); s != "" {
				t.Errorf("the page says %q", s)
			}
			if n := len(w.cups()); n != 5+3 {
				t.Errorf("%d cups, want 8: entries 6 to 8", n)
			}
			for range 300 {
				w.m.Buy(2)
			}
			w.work() // what it overwrites now is told by the counters as ever
			if gap := w.checkpoints(reasonJournalGap); len(gap) != 1 || !strings.Contains(gap[0].Message, `44 × "Drink 102"`) {
				t.Errorf("checkpoints %+v", gap)
			}
		}
	}
}

// TestJump: more cups than can be made since the last reading are set aside; so many
// that nobody would look through them, or a counter that stands lower, are named only.
func TestJump(t *testing.T) {
	for _, c := range []struct {
		name   string
		pass   time.Duration
		jump   func(*fakeMachine)
		parked int
		seen   int
		reason string
	}{
		{"in time", 100 * time.Second, func(m *fakeMachine) { m.n[1] += 110 }, 0, 110, ""},
		{"too many", 100 * time.Second, func(m *fakeMachine) { m.n[1] += 121 }, 121, 0, ledger.ReasonJump},
		{"far too many", 100 * time.Second, func(m *fakeMachine) { m.n[1] += 20_000; m.n[2] += 3 }, 0, 0, reasonCountersLost},
		{"lower", 100 * time.Second, func(m *fakeMachine) { m.n[1] -= 10; m.n[2] += 3 }, 0, 3, reasonCountersLost},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "1900")
			w.m.n = [8]uint64{}
			w.m.n[1] = 500
			w.open()
			w.clock.pass(c.pass)
			c.jump(w.m)
			w.work()
			w.work()
			parked, seen := 0, 0
			for _, cup := range w.cups() {
				switch {
				case cup.State == ledger.Seen:
					seen++
				case cup.State == ledger.Parked && cup.Reason == ledger.ReasonJump:
					parked++
				default:
					t.Errorf("cup %+v", cup)
				}
			}
			if parked != c.parked || seen != c.seen {
				t.Errorf("%d parked, %d seen", parked, seen)
			}
			if c.reason != "" && len(w.checkpoints(c.reason)) != 1 {
				t.Errorf("no checkpoint %s", c.reason)
			}
			w.m.Buy(1)
			w.work()
			if n := len(w.cups()); n != c.parked+c.seen+1 {
				t.Errorf("%d cups after one more", n)
			}
		})
	}
}

// TestClockWait: over a reboot with a wrong clock nobody knows how long the board was
// off: a reading of many cups waits for the time, one of a few does not.
func TestClockWait(t *testing.T) {
	w := newWorld(t, "1900")
	w.open()
	reboot := func(trust string, off time.Duration) {
		w.clock.boot += "+"
		w.clock.wall, w.clock.trust = w.clock.wall.Add(off), trust
		w.boot()
	}
	reboot(ledger.TimeUntrusted, 0)
	w.m.n[3] += 15
	w.work()
	if n := len(w.cups()); n != 15 {
		t.Fatalf("%d cups, want 15", n)
	}
	w.clock.trust = ledger.TimeTrusted
	w.m.Buy(3)
	w.work()
	reboot(ledger.TimeUntrusted, 10*time.Minute)
	w.m.n[3] += 300
	if err := w.poll(); err == nil {
		err = w.poll()
		if !errors.Is(err, errClockWait) {
			t.Errorf("poll = %v, want errClockWait", err)
		}
	}
	if w.m.locked {
		t.Error("the panel is locked while the reading waits")
	}
	w.clock.trust = ledger.TimeTrusted
	w.work()
	for _, c := range w.cups() {
		if c.State != ledger.Seen {
			t.Fatalf("cup %+v", c)
		}
	}
	if n := len(w.cups()); n != 15+1+300 {
		t.Errorf("%d cups", n)
	}
	// A clock that never comes: a day later the reading is set aside, and counting goes on.
	reboot(ledger.TimeUntrusted, 0)
	w.m.n[3] += 300
	w.poll()
	w.clock.pass(25 * time.Hour)
	w.work()
	if n := len(w.cups()); n != 15+1+600 {
		t.Errorf("%d cups after a day without a clock", n)
	}
}

// TestPanel: of what a person does at the machine Odoo wins in name and price; a slot
// that is switched off stays off until somebody says so.
func TestPanel(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	w.want(2, 102, 102, true)
	w.m.Edit(2, func(s *device.Slot) { s.Enabled = false })
	w.work()
	found := w.checkpoints(reasonDisabledAtPanel)
	if len(found) != 1 || found[0].State != connectors.CheckpointOpen {
		t.Fatalf("checkpoints %+v", found)
	}
	w.want(2, 102, 130, true)
	if err := w.write(2); err != nil {
		t.Fatal(err)
	}
	if s := w.m.slots[2]; s.Enabled || s.Price.Amount != 130 {
		t.Errorf("slot %+v: want the new price, and off", s)
	}
	w.update(func(tx *store.Tx) error { return w.b.d.Checkpoints.Review(tx, found[0].ID, "") })
	if err := w.write(2); err != nil {
		t.Fatal(err)
	}
	if !w.m.slots[2].Enabled {
		t.Error("the slot is still off after the review")
	}
	w.m.Edit(2, func(s *device.Slot) { s.Price.Amount, s.Name = 1, "Happy hour" })
	w.m.Buy(2)
	w.work()
	if err := w.write(2); err != nil {
		t.Fatal(err)
	}
	if s := w.m.slots[2]; s.Price.Amount != 130 || s.Name != "Drink 102" {
		t.Errorf("slot %+v: want what Odoo says", s)
	}
	// What was sold under the person's name is of no drink that Odoo knows.
	cups := w.cups()
	if c := cups[len(cups)-1]; c.SlotName != "Happy hour" || c.Price.Amount != 1 || c.State != ledger.Parked || c.Reason != ledger.ReasonUnbound {
		t.Errorf("cup %+v", c)
	}
}

// TestRenamedWhileBrewing: a slot is renamed at the panel while its cup is in the
// making; that one cup may be of either drink, the next one can't.
func TestRenamedWhileBrewing(t *testing.T) {
	for _, price := range []int64{102, 300} {
		w := newWorld(t, "2900")
		w.open()
		w.m.start(2, device.CupSale, 9)
		w.m.Edit(2, func(s *device.Slot) { s.Name, s.Price.Amount = "Drink 105", price })
		w.work()
		for w.m.brewing > 0 {
			w.m.brew()
		}
		w.m.Buy(2)
		w.boot()
		w.work()
		want := 1
		if price != 102 {
			want = 0 // the price tells
		}
		if n := w.compare(); n != want || len(w.cups()) != 2 {
			t.Errorf("renamed at %d: %d of %d cups in doubt, want %d", price, n, len(w.cups()), want)
		}
	}
}

// TestRestartDuringWrite: the machine lost its power between the lock and the write, or
// after it; what it holds decides, and what nobody can know is set aside.
func TestRestartDuringWrite(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		w.want(2, 102, 250, true)
		// Killed after the intent, before the write: the panel is free again.
		at := w.momentOf(t, func() error { return w.write(2) }, "WriteSlot")
		w.fuse.set(at - 1)
		w.write(2)
		w.m.Restart(true)
		w.m.Buy(2) // at the old price
		w.boot()
		w.work()
		if n := w.compare(); n != 0 {
			t.Errorf("%d cups in doubt though the slot was never written", n)
		}
		// Killed after the write: it may have sold before it.
		w.fuse.set(at)
		w.write(2)
		if w.m.slots[2].Price.Amount != 250 {
			t.Fatalf("not killed after the write: %+v", w.m.slots[2])
		}
		w.m.Restart(true)
		w.m.Buy(2) // at the new price
		w.boot()
		w.work()
		n := w.compare()
		if w.m.is1900() && (n != 1 || len(w.checkpoints(ledger.ReasonInDoubt)) != 1) {
			t.Errorf("%d cups in doubt, want the one that nobody can know", n)
		}
		if !w.m.is1900() && n != 0 {
			t.Errorf("%d cups in doubt, though the entry's price tells", n)
		}
		if w.m.locked {
			t.Error("the panel is locked")
		}
	})
}

// momentOf finds the event at which a call of the machine takes effect, on a copy of
// nothing: it runs f with a fuse and looks where it stops.
func (w *world) momentOf(t *testing.T, f func() error, _ string) int {
	t.Helper()
	price := w.m.slots[2].Price
	for fuse := 0; fuse < 200; fuse++ {
		w.fuse.set(fuse)
		f()
		written := w.m.slots[2].Price != price
		w.boot()
		if written {
			// Undo it, as a technician would.
			w.m.slots[2].Price = price
			w.update(func(tx *store.Tx) error {
				h, _, err := getHeld(tx, "kitchen", 2)
				h.Intent = nil
				return errors.Join(err, putHeld(tx, "kitchen", h))
			})
			w.work()
			return fuse
		}
		w.work()
	}
	t.Fatal("it is never written")
	return 0
}

// TestSwap: another machine on the line brings its own slots and cursor; the first
// one, back again, goes on where it was.
func TestSwap(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		w.m.Buy(1)
		w.work()
		first := w.m
		w.m = newFakeMachine(w, w.version)
		w.m.serial, w.m.slots[1].Name = "77777777", "Other"
		w.boot()
		w.work()
		w.m.Buy(1)
		w.work()
		if n := len(w.checkpoints(reasonSwapped)); n != 1 {
			t.Errorf("%d checkpoints about the swap", n)
		}
		if n := len(w.cups()); n != 1 {
			t.Errorf("%d cups, want those of the known machine alone", n)
		}
		w.m = first
		w.m.Buy(1)
		w.boot()
		w.work()
		w.compare()
		if n := len(w.cups()); n != 2 {
			t.Errorf("%d cups", n)
		}
	})
}

// TestQuietPoll: a poll that finds nothing writes nothing.
func TestQuietPoll(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		w.m.Buy(1)
		w.work()
		w.work()
		before := w.store.Stats().Commits
		for range 10 {
			w.work()
		}
		if after := w.store.Stats().Commits; after != before {
			t.Errorf("%d commits in ten polls that found nothing", after-before)
		}
	})
}

// TestLockWish: a person's wish holds over restarts of everything.
func TestLockWish(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		if err := w.b.SetLock(t.Context(), true); err != nil { // the link does not run: away
			t.Fatal(err)
		}
		for i, restart := range []func(){func() {}, func() { w.m.Restart(true) }, w.boot, func() { w.m.Restart(true); w.boot() }} {
			restart()
			w.onLine = w.onLine && w.m.locked
			w.work()
			if !w.m.locked {
				t.Error("the panel is free")
			}
			w.want(3, 103, int64(i)+7, true)
			if err := w.write(3); err != nil || !w.m.locked {
				t.Errorf("after a slot's change: locked %v, %v", w.m.locked, err)
			}
		}
		if err := w.b.SetLock(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		w.onLine = false
		w.work()
		if w.m.locked {
			t.Error("the panel is locked")
		}
	})
}

// TestPick: the machine's own price tells old from new, unless the slot was changed
// more than once; without a price nobody can tell two drinks apart.
func TestPick(t *testing.T) {
	eur := func(n int64) device.Money { return device.Money{Amount: n, Currency: "EUR"} }
	price := func(n int64) *device.Money { m := eur(n); return &m }
	old, renamed, dearer := content{1, "A", eur(100)}, content{2, "B", eur(200)}, content{1, "A", eur(200)}
	for _, c := range []struct {
		name    string
		of      candidates
		price   *device.Money
		want    content
		certain bool
	}{
		{"one", only(old), nil, old, true},
		{"nothing known", candidates{}, price(5), content{}, true},
		{"the old price", candidates{of: []content{old, renamed}}, price(100), old, true},
		{"the new price", candidates{of: []content{old, renamed}}, price(200), renamed, true},
		{"neither price", candidates{of: []content{old, renamed}}, price(150), renamed, false},
		{"no price, two drinks", candidates{of: []content{old, renamed}}, nil, renamed, false},
		{"no price, two prices", candidates{of: []content{old, dearer}}, nil, dearer, false},
		{"an entry's price, one drink", candidates{of: []content{old, dearer}}, price(150), dearer, true},
		{"changed twice", candidates{of: []content{old, renamed}, several: true}, price(100), old, false},
		{"changed twice, one drink", candidates{of: []content{old, dearer}, several: true}, price(100), old, true},
		{"unbound, two names", candidates{of: []content{{0, "A", eur(1)}, {0, "B", eur(1)}}}, price(1), content{0, "B", eur(1)}, false},
	} {
		if got, certain := c.of.pick(0, c.price); got != c.want || certain != c.certain {
			t.Errorf("%s: pick = %+v, %v, want %+v, %v", c.name, got, certain, c.want, c.certain)
		}
	}
}

// TestBookingIsAskedFor: the cups and the job that books them are one commit.
func TestBookingIsAskedFor(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		sales := func() (n int) {
			w.view(func(tx *store.Tx) error {
				jobs, _, err := w.b.d.Queue.List(tx, queue.Filter{Kind: SalesKind.Name})
				n = len(jobs)
				return err
			})
			return n
		}
		if sales() != 0 {
			t.Fatal("a booking without cups")
		}
		w.m.Buy(1)
		w.work()
		if sales() != 1 {
			t.Errorf("%d bookings asked for, want one", sales())
		}
	})
}
