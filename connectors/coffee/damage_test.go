package coffee

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// damages is how many stores TestDamage breaks of each model.
func damages() int {
	switch {
	case testing.Short():
		return 20
	case os.Getenv("CREMA_E2E") == "nightly":
		return 500
	default:
		return 60
	}
}

// TestDamage lets the board's card rot: again and again the power is cut and pages of the
// store are empty, noise, or gone, or bits are flipped, while the machine sells, cups are
// booked, and snapshots are taken now and then. The board comes up each time. At the end
// Odoo has every cup once, but for those that neither the machine nor any state of the
// store could tell.
func TestDamage(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, version := range []string{"1900", "2900"} {
		synctestRun(t, version, func(t *testing.T) {
			const perLife = 20
			restored := 0
			for i := range damages() / perLife {
				restored += damagedLife(t, version, seed+uint64(i), perLife)
			}
			t.Logf("%d damages, after %d of them the store was an older one", damages(), restored)
			if restored < damages()/8 { // some seven of twenty are
				t.Errorf("%d of %d damages were noticed", restored, damages())
			}
		})
	}
}

func damagedLife(t *testing.T, version string, seed uint64, rounds int) int {
	rnd := chance(t, seed)
	w := newWorld(t, version)
	o := &office{booked: map[string]ledger.Cup{}}
	w.found(o, rnd)
	for range rounds {
		for range 2 + rnd.IntN(8) {
			w.clock.pass(time.Hour)
			switch rnd.IntN(6) {
			case 0, 1:
				for range 1 + rnd.IntN(20) {
					w.m.Buy(rnd.IntN(8))
				}
			case 2:
				w.bookSome(o, rnd)
			case 3:
				w.snapshot()
			default:
				w.work()
			}
		}
		w.powerCut()
		if rnd.IntN(4) > 0 {
			w.damage(w.path, rnd)
		}
		if rnd.IntN(8) == 0 {
			w.damage(w.snapshots()[0], rnd)
		}
		before := w.restorations
		w.again(o, rnd)
		w.settled(w.restorations > before)
	}
	w.work()
	for w.bookSome(o, rnd) {
	}
	w.balance(o)
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	w.store.Close()
	return w.restorations
}

// settled holds that nothing of a restoration is left open, and that the newest checkpoint
// about one tells of it.
func (w *world) settled(restored bool) {
	w.t.Helper()
	if told := w.checkpoints(reasonRestored); restored {
		if len(told) == 0 {
			w.t.Error("nobody is told that the store was restored")
		} else if m := told[len(told)-1].Message; !strings.Contains(m, w.path+".damaged-") || strings.Contains(m, "as soon as both answer") {
			w.t.Errorf("a person is told: %s", m)
		}
	}
	w.view(func(tx *store.Tx) error {
		_, pending, err := store.PendingRestoration(tx)
		if pending {
			w.t.Error("the restoration is not settled")
		}
		return err
	})
}

// snapshot has the store write a snapshot, as it does by itself each day.
func (w *world) snapshot() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.store.KeepSnapshots(ctx, store.SnapshotPlan{Every: time.Hour}) }()
	synctest.Wait() // until it waits for the next one
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || w.store.SnapshotErr() != nil {
		w.t.Fatalf("snapshot: %v, %v", err, w.store.SnapshotErr())
	}
}

// snapshots are the paths of the snapshots' files, the newest first; of a file that is
// not there where there is none.
func (w *world) snapshots() (paths []string) {
	entries, err := os.ReadDir(w.path + ".snapshots")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	for _, e := range slices.Backward(entries) {
		if !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, w.path+".snapshots/"+e.Name())
		}
	}
	return append(paths, w.path+".none")
}

// powerCut leaves the file of the store as it is now: nobody closes it.
func (w *world) powerCut() {
	w.t.Helper()
	carry(w.t, w.path, w.path+".cut")
	w.store.Close()
	if err := os.Rename(w.path+".cut", w.path); err != nil {
		w.t.Fatal(err)
	}
}

// damage is what a worn card does to a file.
func (w *world) damage(path string, rnd *rand.Rand) {
	w.t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
	const page = 4096
	pages := len(b) / page
	switch rnd.IntN(9) {
	case 0:
		b = b[:rnd.IntN(len(b)+1)]
	case 1:
		for i := range b[:page] {
			b[i] = byte(rnd.Uint32()) // the first header
		}
	case 2:
		clear(b[:2*page]) // both
	case 3:
		for at := page * rnd.IntN(max(pages, 1)); at < len(b); at += page * (1 + rnd.IntN(pages)) {
			for i := range b[at:min(at+page, len(b))] {
				b[at+i] = byte(rnd.Uint32())
			}
		}
	case 4:
		b = append(b, []byte(strconv.FormatUint(rnd.Uint64(), 36))...)
	case 5:
		for range 1 + rnd.IntN(40) {
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		}
	default:
		for range 1 + rnd.IntN(max(pages/8, 1)) {
			at := page * rnd.IntN(max(pages, 1))
			clear(b[at:min(at+page, len(b))])
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// clobber leaves nothing of the store but its snapshots.
func (w *world) clobber() {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte(strings.Repeat("rot", 5000)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
