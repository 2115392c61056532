package coffee

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// compare holds the ledger against what the machine made: every cup once, of the right
// drink at the right price, but for those that nobody could know.
// It returns how many are set aside as doubtful.
func (w *world) compare() (doubtful int) {
	w.t.Helper()
	truth := map[string]made{}
	for _, cup := range w.m.made {
		truth[cup.key] = cup
	}
	seen := map[string]bool{}
	for _, c := range w.cups() {
		cup, ok := truth[c.Key]
		if !ok {
			w.t.Errorf("the ledger has %s, which was never made", c.Key)
			continue
		}
		if seen[c.Key] {
			w.t.Errorf("the ledger has %s twice", c.Key)
		}
		seen[c.Key] = true
		if c.State == ledger.Parked && c.Reason == ledger.ReasonInDoubt {
			doubtful++
			continue
		}
		if c.State != ledger.Seen {
			w.t.Errorf("%s is %s (%s)", c.Key, c.State, c.Reason)
		}
		var product int64
		if _, err := fmt.Sscanf(cup.name, "Drink %d", &product); err != nil {
			w.t.Fatal(err)
		}
		if c.Product != product || c.Price.Amount != cup.price.Amount || c.Price.Currency != "EUR" {
			w.t.Errorf("%s is product %d at %d, it was %s at %d (%s)", c.Key, c.Product, c.Price.Amount, cup.name, cup.price.Amount, cup.kind)
		}
		if (cup.kind == device.CupRemote) != (c.Kind == device.CupRemote) {
			w.t.Errorf("%s is of kind %s, it was %s", c.Key, c.Kind, cup.kind)
		}
	}
	for key := range truth {
		if !seen[key] && !w.m.lost[key] {
			w.t.Errorf("%s was made and is not in the ledger", key)
		}
	}
	return doubtful
}

// TestKillAnywhere kills the process at each single moment of a slot change with
// customers before and after it, of a poll, and of a brew; restarts it, and compares.
// No restart of the machine: nothing may be lost, doubled, wrong or in doubt.
func TestKillAnywhere(t *testing.T) {
	t.Parallel()
	scenes := map[string]func(*world) error{
		"poll": func(w *world) error {
			w.m.Buy(2)
			w.m.Buy(2)
			return w.poll()
		},
		"change of price": func(w *world) error {
			w.m.Buy(2)
			return w.write(2)
		},
		"change of price, a cup in the making": func(w *world) error {
			w.m.start(2, device.CupSale, 3)
			return w.write(2)
		},
		"brew": func(w *world) error {
			w.m.Buy(2)
			return w.brew(2, "00112233445566aa")
		},
		"first connection": func(w *world) error {
			w.onLine = false
			w.m.Buy(2)
			return w.connect()
		},
	}
	for _, version := range []string{"1900", "2900"} {
		for name, scene := range scenes {
			synctestRun(t, version+" "+name, func(t *testing.T) {
				for fuse := 0; ; fuse += momentStep() {
					w := newWorld(t, version)
					w.open()
					w.want(2, 102, 250, true)
					w.fuse.set(fuse)
					err := scene(w)
					killed := w.fuse.isBlown()
					if !killed && err != nil {
						t.Fatalf("not killed: %v", err)
					}
					w.work()
					w.m.Buy(2)
					w.work()
					if err := w.write(2); err != nil {
						t.Fatalf("killed at %d: the change is not made good: %v", fuse, err)
					}
					if w.m.locked {
						t.Errorf("killed at %d: the panel is still locked", fuse)
					}
					w.m.Buy(2)
					w.work()
					if n := w.compare(); n > 0 {
						t.Errorf("killed at %d: %d cups in doubt", fuse, n)
					}
					if got := w.m.slots[2].Price.Amount; got != 250 {
						t.Errorf("killed at %d: the price is %d", fuse, got)
					}
					w.store.Close()
					if t.Failed() || !killed {
						t.Logf("%d moments", fuse)
						return
					}
				}
			})
		}
	}
}

// momentStep is from one moment of a kill to the next: all of them, with -short some.
func momentStep() int {
	if testing.Short() {
		return 4
	}
	return 1
}

// synctestRun runs a subtest in a bubble, where waiting takes no time.
func synctestRun(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// brew is the brew job, on this goroutine.
func (w *world) brew(slot int, token string) error {
	return w.pour(BrewArgs{Backend: "kitchen", Slot: slot, Token: token})
}

func (w *world) pour(args BrewArgs) error {
	key, err := parseToken(args.Token)
	if err != nil {
		return err
	}
	w.pouring = true
	defer func() { w.pouring = false }()
	if err := w.on(func(ctx context.Context, m device.Machine) error {
		return w.b.startPour(ctx, m, args, key, w.store.Update)
	}); err != nil {
		return err
	}
	return w.awaitCup(args.Token)
}

// awaitCup looks until it is known what became of a cup.
func (w *world) awaitCup(token string) error {
	for range 20 {
		p, ok, err := w.b.pourOf(token)
		if err != nil || !ok || p.State != pourPending {
			return err
		}
		if err := w.on(func(ctx context.Context, m device.Machine) error {
			if m.Limits().BrewTokens {
				return w.b.findPour(ctx, m, p)
			}
			return w.b.pollCups(ctx, m)
		}); err != nil {
			return err
		}
	}
	return errors.New("the cup is never done")
}

// TestRandom lets customers, technicians, Odoo and the power act at random on both
// models, between any two calls, and compares the ledger with what was really made.
func TestRandom(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, version := range []string{"1900", "2900"} {
		synctestRun(t, version+" calm", func(t *testing.T) {
			for i := range seeds(8) {
				if n := randomLife(t, version, seed+i, 250, false); n > 0 {
					t.Errorf("seed %d: %d cups are in doubt though the machine never restarted", seed+i, n)
				}
			}
		})
		synctestRun(t, version+" rough", func(t *testing.T) {
			doubtful, all := 0, 0
			for i := range seeds(8) {
				doubtful += randomLife(t, version, seed+i, 250, true)
				all += 250
			}
			t.Logf("%d cups in doubt after %d operations", doubtful, all)
		})
	}
}

// seeds is how often a long test does the same with other seeds: n times, with -short a third as often. Whoever looks for races sees the same
// code each time.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return (n + 2) / 3
	}
	return n
}

// seedOf is the seed of a random test: another one each time, or the one that is asked for.
func seedOf(t *testing.T) uint64 {
	s := os.Getenv("CREMA_SEED")
	if s == "" {
		return uint64(time.Now().UnixNano())
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func randomLife(t *testing.T, version string, seed uint64, steps int, rough bool) (doubtful int) {
	rnd := chance(t, seed)
	w := newWorld(t, version)
	w.open()
	meddle := func() {
		switch p := rnd.IntN(200); {
		case p < 35:
			w.m.Buy(rnd.IntN(8))
		case p < 40:
			w.m.start(rnd.IntN(8), device.CupSale, 1+rnd.IntN(4))
		case p < 41 && rough:
			w.restart(rnd.IntN(2) == 0, w.fuse.never())
		case p < 42 && rough && version == "2900":
			w.m.Edit(rnd.IntN(8), func(s *device.Slot) { s.Price.Amount = int64(rnd.IntN(500)) })
		case p < 43 && rough && version == "2900":
			// Renamed twice between two looks of crema, nobody could tell what was in between.
			if slot := rnd.IntN(8); w.knows(slot) {
				w.m.Edit(slot, func(s *device.Slot) { s.Name = fmt.Sprintf("Drink %d", 100+rnd.IntN(8)) })
			}
		}
	}
	for range steps {
		w.clock.pass(time.Minute)
		w.meddle = meddle
		if rnd.IntN(6) == 0 {
			w.fuse.set(rnd.IntN(40))
		}
		switch p := rnd.IntN(100); {
		case p < 45:
			w.m.Buy(rnd.IntN(8))
		case p < 65:
			w.poll()
		case p < 82:
			w.fuse.set(-1)
			if w.fuse.isBlown() {
				w.boot()
			}
			w.want(rnd.IntN(8), int64(100+rnd.IntN(8)), int64(rnd.IntN(400)), rnd.IntN(5) > 0)
			if rnd.IntN(3) == 0 {
				w.fuse.set(rnd.IntN(40))
			}
			w.write(rnd.IntN(8))
		case p < 90:
			w.write(rnd.IntN(8))
		case p < 94:
			w.brew(rnd.IntN(8), fmt.Sprintf("%016x", rnd.Uint64()))
		case p < 96:
			w.fuse.blow()
		case p < 97 && version == "1900":
			w.m.Reset()
			if w.fuse.isBlown() {
				w.boot()
			}
			w.forgotten()
		case p < 97:
			for range 300 { // the ring overflows
				w.m.Buy(rnd.IntN(8))
			}
		case p < 98 && rough:
			w.restart(rnd.IntN(2) == 0, false)
		case p < 99:
			w.onLine = false
		}
		if w.fuse.isBlown() {
			w.meddle = nil
			w.boot()
		}
	}
	w.meddle = nil
	w.fuse.set(-1)
	for w.m.brewing > 0 {
		w.m.brew()
	}
	w.work()
	doubtful = w.compare()
	w.checkMarks()
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	return doubtful
}

// restart is a power cycle of the machine. That of a 1900 may go unnoticed; but where
// crema has just started a cup on it, crema must see it: killed at the same time, it
// could not tell its own cup from the next customer's (see pour).
// Nor while it is about to start one: a 1900 that has just got its power heats first.
func (w *world) restart(noticed, seen bool) {
	pending, err := w.b.pourPending()
	if err != nil || pending && !seen {
		return
	}
	w.m.Restart(noticed || pending || w.pouring)
}

// knows tells whether crema knows the slot's revision.
func (w *world) knows(slot int) (known bool) {
	w.view(func(tx *store.Tx) error {
		h, _, err := getHeld(tx, "kitchen", slot)
		known = h.Slot.Rev == w.m.slots[slot].Rev
		return err
	})
	return known
}

// forgotten notes the cups that a reset of the counters made unknowable.
func (w *world) forgotten() {
	known := map[string]bool{}
	for _, c := range w.cups() {
		known[c.Key] = true
	}
	for _, cup := range w.m.made {
		if !known[cup.key] {
			w.m.lost[cup.key] = true
		}
	}
}

// checkMarks books all that can be booked, and holds the marks against the machine.
func (w *world) checkMarks() {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		before, err := ledger.CurrentMarks(tx, w.m.model, w.m.serial)
		if err != nil {
			return err
		}
		open, err := ledger.Bookable(tx, "kitchen", 1<<30)
		if err != nil {
			return err
		}
		for _, c := range open {
			if c.Number <= before.Number || len(before.N) > 0 && c.Era == before.Era && c.Number <= before.N[c.Slot] {
				w.t.Errorf("%s is open and below the marks %+v", c.Key, before)
			}
			if err := ledger.Book(tx, c.Seq, int64(c.Seq)); err != nil {
				return err
			}
		}
		for c := range ledger.ParkedCups(tx, "kitchen") {
			if err := ledger.Dismiss(tx, c.Seq, "test"); err != nil {
				return err
			}
		}
		after, err := ledger.CurrentMarks(tx, w.m.model, w.m.serial)
		if err != nil {
			return err
		}
		if w.m.is1900() {
			if after.Era != w.m.era || [8]uint64(after.N) != w.m.n {
				w.t.Errorf("all is booked, the marks are %+v, the machine is at era %d %v", after, w.m.era, w.m.n)
			}
		} else if after.Number != w.m.next()-1 {
			w.t.Errorf("all is booked, the marks are %+v, the machine's next entry is %d", after, w.m.next())
		}
		return nil
	})
}
