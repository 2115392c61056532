package coffee

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/busy"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// busyLook is how often a look at Odoo is.
const busyLook = 5 * time.Second

// busyWorld is a board that pours a coffee when Odoo is busy for 5 minutes, at most one in 30.
type busyWorld struct {
	*world
	ended  map[string]bool // brew jobs whose end the queue has committed
	poured []time.Duration // board time of each cup that the machine made by itself
	snap   Snapshot
}

func newBusyWorld(t *testing.T, version string) *busyWorld {
	w := &busyWorld{world: newWorld(t, version), ended: map[string]bool{}}
	w.open()
	w.update(func(tx *store.Tx) error {
		d, _, err := drinks.Get(tx, drinkKey{A: "kitchen", B: 103})
		d.Code = "ESPRESSO"
		return errors.Join(err, drinks.Put(tx, drinkKey{A: "kitchen", B: 103}, d))
	})
	w.snap.Health.State, w.snap.Status.State = device.LinkConnected, device.StateReady
	w.restart("boot-1")
	return w
}

// restart starts the process, on the kernel's boot of this name.
func (w *busyWorld) restart(boot string) {
	w.clock.boot = boot
	w.boot()
	w.drink("ESPRESSO")
	w.work()
}

// drink has the backend pour this drink, and the machine be what the test says.
func (w *busyWorld) drink(code string) {
	w.b.cfg.Busy = busy.Settings{Enabled: true, Slower: 10 * time.Second, For: 5 * time.Minute, Drink: code, Every: 30 * time.Minute}
	deps := w.b.busyDeps()
	deps.NotReady = func(tx *store.Tx) string { return w.b.notReady(tx, w.snap) }
	w.b.busy = busy.New(deps)
}

// look is one look at Odoo, 5 s after the last, and what the queue does after it. A kill is survived.
// look is a look at Odoo and what comes of it; it tells whether the process was killed meanwhile, and what it saw may be forgotten.
func (w *busyWorld) look(busy bool) (killed bool) {
	w.t.Helper()
	w.clock.pass(busyLook)
	made := len(w.m.made)
	err := w.b.busy.Look(w.t.Context(), busy)
	if err == nil {
		err = w.jobs()
	}
	if killed = w.fuse.isBlown(); killed {
		w.restart(w.clock.boot)
		err = w.jobs()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range w.m.made[made:] {
		if c.kind == device.CupRemote {
			w.poured = append(w.poured, w.clock.board)
		}
	}
	return killed
}

// jobs runs the brew jobs as their handler does, on this goroutine.
func (w *busyWorld) jobs() error {
	var open []queue.Info
	w.view(func(tx *store.Tx) error {
		list, _, err := w.b.d.Queue.List(tx, queue.Filter{Kind: BrewKind.Name, State: queue.StatePending, Limit: 1000})
		open = list
		return err
	})
	for _, i := range open {
		token := strings.TrimPrefix(i.IdentityKey, "brew/")
		if w.ended[token] {
			continue
		}
		_, begun, err := w.b.pourOf(token)
		if err == nil && begun {
			err = w.awaitCup(token)
		} else if err == nil {
			err = w.pour(BrewArgs{Backend: "kitchen", Slot: 3, Token: token, Busy: 103})
		}
		if w.fuse.isBlown() {
			return errDead
		}
		if _, begun, _ = w.b.pourOf(token); err != nil && !begun && !errors.Is(err, errNotBusy) {
			continue // it is snoozed
		}
		w.ended[token] = true
	}
	return nil
}

// looks is Odoo busy, or not, for so long.
func (w *busyWorld) looks(busy bool, d time.Duration) {
	w.t.Helper()
	for range d / busyLook {
		w.look(busy)
	}
}

func (w *busyWorld) want(cups int, when string) {
	w.t.Helper()
	if len(w.poured) != cups {
		w.t.Fatalf("%s: %d cups, want %d (%v)", when, len(w.poured), cups, w.checkpoints("busy_drink"))
	}
}

func busyWorlds(t *testing.T, f func(*testing.T, *busyWorld)) {
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) { f(t, newBusyWorld(t, version)) })
	}
}

// TestBusyPours: after the time, at most as often as is said, and not for what passes by.
func TestBusyPours(t *testing.T) {
	busyWorlds(t, func(t *testing.T, w *busyWorld) {
		commits := w.store.Stats().Commits
		w.looks(false, time.Minute)
		if n := w.store.Stats().Commits; n != commits {
			t.Errorf("%d commits while nothing happens", n-commits)
		}
		for range 5 {
			w.looks(true, 4*time.Minute)
			w.looks(false, busyLook)
		}
		w.want(0, "busy for 4 minutes at a time")
		w.looks(true, 5*time.Minute)
		w.want(0, "not quite 5 minutes")
		w.looks(true, busyLook)
		w.want(1, "5 minutes")
		w.looks(true, 30*time.Minute-busyLook)
		w.want(1, "not quite 30 minutes after")
		w.looks(true, 61*time.Minute)
		w.want(4, "every 30 minutes")
		w.looks(false, time.Minute)
		w.looks(true, 20*time.Minute)
		w.want(4, "busy again, too early")
		w.looks(true, 20*time.Minute)
		w.want(5, "busy again")
		for _, c := range w.m.made {
			if c.slot != 3 || c.kind != device.CupRemote {
				t.Errorf("poured %+v", c)
			}
		}
	})
}

// TestBusyKilledAnywhere kills the process at each single moment between the look that asks for the cup and the end of its job: there is
// one cup.
func TestBusyKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		for fuse := 0; ; fuse += momentStep() {
			w := newBusyWorld(t, version)
			w.looks(true, 5*time.Minute)
			w.fuse.set(fuse)
			w.look(true)
			killed := w.fuse.never()
			w.fuse.set(-1)
			w.looks(true, 25*time.Minute)
			w.want(1, fmt.Sprintf("%s killed at %d", version, fuse))
			w.looks(true, 10*time.Minute)
			w.want(2, "and the next")
			w.store.Close()
			if !killed {
				if fuse < 8 {
					t.Errorf("only %d moments", fuse)
				}
				break
			}
		}
	}
}

// TestBusyAtRandom: through kills, restarts of the board and jumps of its clock no cup comes too early, and none
// unless Odoo was busy for long enough.
func TestBusyAtRandom(t *testing.T) {
	t.Parallel()
	random := chance(t, seedOf(t))
	busyWorlds(t, func(t *testing.T, w *busyWorld) {
		var since time.Duration
		busy, cups := false, 0
		for i := range 5000 {
			if random.IntN(100) == 0 {
				busy = !busy
			}
			if random.IntN(50) == 0 {
				w.fuse.set(random.IntN(12))
			}
			if random.IntN(200) == 0 {
				w.clock.wall = w.clock.wall.Add(time.Duration(random.IntN(100)-50) * time.Hour)
			}
			if random.IntN(300) == 0 {
				w.restart("boot-" + string(rune('a'+i%26)) + w.clock.board.String())
				since = w.clock.board
			}
			if killed := w.look(busy); !busy && !killed {
				since = w.clock.board
			}
			if n := len(w.poured); n > cups {
				if n > cups+1 || w.clock.board-since < 5*time.Minute || cups > 0 && w.poured[cups]-w.poured[cups-1] < 30*time.Minute {
					t.Fatalf("poured at %v; busy since %v", w.poured, since)
				}
				cups = n
			}
		}
		if cups < 3 {
			t.Errorf("%d cups in %v", cups, w.clock.board)
		}
		if w.m.locked {
			t.Error("the panel is locked")
		}
	})
}

// TestBusyOnlyIfReady: what keeps the cup from being poured, and that it is poured when that is over.
func TestBusyOnlyIfReady(t *testing.T) {
	for name, c := range map[string]struct {
		spoil, mend func(*busyWorld)
		told        bool
	}{
		"away":    {func(w *busyWorld) { w.snap.Health.State = device.LinkAway }, func(w *busyWorld) { w.snap.Health.State = device.LinkConnected }, false},
		"heating": {func(w *busyWorld) { w.snap.Status.State = device.StateHeating }, func(w *busyWorld) { w.snap.Status.State = device.StateReady }, false},
		"locked": {func(w *busyWorld) { w.update(func(tx *store.Tx) error { return lockWishes.Put(tx, "kitchen", true) }) },
			func(w *busyWorld) { w.update(func(tx *store.Tx) error { return lockWishes.Delete(tx, "kitchen") }) }, false},
		"not in production":         {func(w *busyWorld) { w.state(connectors.Draft) }, func(w *busyWorld) { w.state(connectors.Production) }, false},
		"an unknown drink":          {func(w *busyWorld) { w.drink("TEA") }, func(w *busyWorld) { w.drink("ESPRESSO") }, true},
		"switched off at the panel": {func(w *busyWorld) { w.hold(false) }, func(w *busyWorld) { w.hold(true) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBusyWorld(t, "2900")
			w.looks(true, 4*time.Minute)
			c.spoil(w)
			w.looks(true, 20*time.Minute)
			w.want(0, "not ready")
			if told := len(w.checkpoints("busy_drink")); told != map[bool]int{true: 1}[c.told] {
				t.Errorf("%d checkpoints", told)
			}
			w.view(func(tx *store.Tx) error {
				v, err := w.b.busy.View(tx)
				if v == nil || !v.Busy || v.Wait == "" || v.Since.IsZero() || !v.Poured.IsZero() {
					t.Errorf("the page has %+v", v)
				}
				return err
			})
			c.mend(w)
			w.looks(true, time.Minute)
			w.want(1, "ready again")
			if open := slices.ContainsFunc(w.checkpoints("busy_drink"), func(p connectors.Checkpoint) bool { return p.State == connectors.CheckpointOpen }); open {
				t.Error("the checkpoint stays open")
			}
		})
	}
}

func (w *busyWorld) state(s connectors.BackendState) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error { return connectors.Backends{}.SetState(tx, "kitchen", s) })
}

func (w *busyWorld) hold(enabled bool) {
	w.t.Helper()
	w.m.Edit(3, func(s *device.Slot) { s.Enabled = enabled })
	w.work()
}

// TestBusyAfterAnOlderSnapshot: it does not know of the last cup, so that the whole time passes first, and no job of it pours.
func TestBusyAfterAnOlderSnapshot(t *testing.T) {
	busyWorlds(t, func(t *testing.T, w *busyWorld) {
		w.looks(true, 5*time.Minute)
		w.clock.pass(busyLook)
		if err := w.b.busy.Look(t.Context(), true); err != nil { // the job waits in the backup
			t.Fatal(err)
		}
		backup := filepath.Join(t.TempDir(), "backup.db")
		if _, err := w.store.SnapshotFile(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		if err := w.jobs(); err != nil {
			t.Fatal(err)
		}
		if n := len(w.m.made); n != 1 {
			t.Fatalf("%d cups, want 1", n)
		}
		w.store.Close()
		if _, err := store.Replace(t.Context(), w.path, backup, store.Options{}); err != nil {
			t.Fatal(err)
		}
		w.restart("boot-1")
		w.adopt()
		w.work()
		w.looks(true, 29*time.Minute)
		if n := len(w.m.made); n != 1 {
			t.Fatalf("%d cups too early", n-1)
		}
		w.looks(true, 2*time.Minute)
		if n := len(w.m.made); n != 2 {
			t.Fatalf("%d cups, want 2", n)
		}
	})
}

// TestBusyIsRefusedLate: what was right when the cup was asked for need not be when its job runs.
func TestBusyIsRefusedLate(t *testing.T) {
	busyWorlds(t, func(t *testing.T, w *busyWorld) {
		args := BrewArgs{Backend: "kitchen", Slot: 3, Token: "00112233445566aa", Busy: 103}
		if err := w.pour(args); !errors.Is(err, errNotBusy) {
			t.Errorf("a cup when Odoo is not busy any more: %v", err)
		}
		w.work()
		w.looks(true, time.Minute)
		args.Busy = 104
		if err := w.pour(args); !errors.Is(err, device.ErrNotReady) {
			t.Errorf("a cup of another drink: %v", err)
		}
		w.b.cfg.Busy.Enabled = false
		job := &queue.Job[BrewArgs]{Args: args}
		job.Created = w.clock.wall
		if _, err := w.b.brewJob(t.Context(), job); !queue.IsPermanent(err) || !strings.Contains(err.Error(), "switched off") {
			t.Errorf("a cup that was switched off: %v", err)
		}
		w.work()
		if len(w.m.made) != 0 || w.m.locked {
			t.Errorf("%d cups, locked %v", len(w.m.made), w.m.locked)
		}
	})
}
